"""Members of rings against whom nothing should be done automatically, and why.

Who is at the edge, who was not in the ring each time that it was found again, who hangs by one thing alone,
and who alone ties a part of the ring to the rest may be in it for an innocent reason; a person should look.
"""

from __future__ import annotations

import igraph
import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.family_links import FamilyLinks
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph

Longs = NDArray[np.int64]

LEAST_CONFIDENCE = 0.75
LEAST_CUT_OFF = 2  # members whom a bridge alone ties to the rest; one is only weakly held itself


def bar_members(
    rings: CandidateRings, graph: AccountGraph, wide: FamilyLinks, llr: Floats
) -> list[str | None]:
    """[S] the reasons in words, None where there is none. graph: the pairs that hold rings together. llr: [M]
    nats, of the identifiers of wide.links; what says nothing holds nobody."""
    thing_count = count_things(rings, wide, llr)
    cut_off = count_cut_off(rings, graph)
    told = zip(
        rings.core.tolist(), rings.confidence_share.tolist(), thing_count.tolist(), cut_off.tolist(),
        strict=True,
    )  # fmt: skip
    return [_reasons(*each) for each in told]


def count_things(rings: CandidateRings, wide: FamilyLinks, llr: Floats) -> Longs:
    """[S] the independent things that each member shares with another of its ring: what lies in a family
    counts with the family, once."""
    links = wide.links
    ring = rings.of_accounts(links.account_count)[links.account]
    kept = np.flatnonzero((ring >= 0) & (llr[links.identifier] > 0))
    identifier = links.identifier[kept].astype(np.int64)
    pair = ring[kept] * links.identifier_count + identifier
    _, inverse, count = np.unique(pair, return_inverse=True, return_counts=True)
    shared = count[inverse] >= 2
    root = _outermost(wide)[identifier[shared]]
    key = np.unique(links.account[kept][shared].astype(np.int64) * max(links.identifier_count, 1) + root)
    of_account = np.bincount(key // max(links.identifier_count, 1), minlength=links.account_count)
    return of_account[rings.members].astype(np.int64)


def count_cut_off(rings: CandidateRings, graph: AccountGraph) -> Longs:
    """[S] how many members each alone ties to the largest part of what is left of its ring without it."""
    position = np.full(graph.account_count, -1, dtype=np.int64)
    position[rings.members] = np.arange(len(rings.members))
    source, target = position[graph.source], position[graph.target]
    inside = (source >= 0) & (target >= 0)
    inside[inside] = rings.ring[source[inside]] == rings.ring[target[inside]]
    source, target = source[inside], target[inside]
    network = igraph.Graph(n=len(rings.members), edges=np.column_stack((source, target)))
    points = np.array(network.articulation_points(), dtype=np.int64)
    piece = np.array(network.connected_components().membership, dtype=np.int64)
    asked = np.zeros(len(rings.members), dtype=np.bool_)
    asked[points] = True
    found = np.zeros(len(rings.members), dtype=np.int64)
    # Piece by piece: a member whom nobody holds is no part that anybody ties, and work stays linear in rings.
    edges_of = _by_group(piece[source])
    for label, members in _by_group(piece).items():
        if asked[members].any():
            within = edges_of[label]
            ends = np.searchsorted(members, np.column_stack((source[within], target[within])))
            found[members] = _cut_off(igraph.Graph(n=len(members), edges=ends), asked[members])
    return found


def _by_group(group: Longs) -> dict[int, Longs]:
    """The rising positions of each value."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    ends = np.append(starts, len(group))[1:]
    found = zip(starts.tolist(), ends.tolist(), strict=True)
    return {int(group[order[first]]): order[first:end] for first, end in found}


def _cut_off(connected: igraph.Graph, asked: NDArray[np.bool_]) -> Longs:
    """Of each asked vertex how many others fall off the largest part that is left without it; else 0."""
    found = np.zeros(len(asked), dtype=np.int64)
    for vertex in np.flatnonzero(asked).tolist():
        left = connected.copy()
        left.delete_vertices(vertex)
        sizes = left.connected_components().sizes()
        found[vertex] = sum(sizes) - max(sizes)
    return found


def _outermost(wide: FamilyLinks) -> Longs:
    """[M] the outermost thing that each identifier lies in, itself where it lies in none."""
    root = np.arange(wide.links.identifier_count)
    while True:
        above = np.where(wide.parent[root] >= 0, wide.parent[root], root)
        if np.array_equal(above, root):
            return root
        root = above


def _reasons(core: bool, confidence: float, thing_count: int, cut_off: int) -> str | None:  # noqa: FBT001
    reasons = []
    if not core:
        reasons.append("at the edge of the ring")
    if confidence < LEAST_CONFIDENCE:
        reasons.append(f"in the ring in {confidence:.0%} of the times that it was found again")
    if thing_count == 0:
        reasons.append("shares no identifier with another member")
    if thing_count == 1:
        reasons.append("held by one identifier alone")
    if cut_off >= LEAST_CUT_OFF:
        reasons.append(f"a bridge, without which {cut_off} members fall off")
    return "; ".join(reasons) or None
