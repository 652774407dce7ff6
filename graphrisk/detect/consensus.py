"""How sure a partition is of a ring's members: found again with other seeds and resolutions.

A run r draws other random numbers and has the resolution gamma (1 + spread x_r), x_r evenly spread over
[-1, 1]. A member's confidence is the share of runs in which it is with the ring's body, which is the group of
that run with most of the ring's members. Lancichinetti and Fortunato, Sci. Rep. 2, 336 (2012), take such
shares for all pairs and iterate; here nothing is partitioned anew.

Whether a member leaves or stays is decided among the ring and those next to it, so that only these are asked
again; where rings and their neighbours have very many edges they are asked fewer times, and of too many only
the best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, Ints
from graphrisk.graph.projection import AccountGraph

Longs = NDArray[np.int64]
# How the partition was made: edges among some accounts, numbered among these; their positions, ascending ->
# for each parameters, communities of these accounts.
Finder: TypeAlias = Callable[[AccountGraph, Longs], Callable[[LeidenParams], Partition]]


@dataclass(frozen=True, slots=True)
class ConsensusParams:
    """run_count: seeds, at most. spread_share: of the resolution, how far it is varied both ways. most_edges:
    the best rings are asked as long as no more edges than that touch their members. enough_edges: those gone
    through in all runs together, beyond which there are no more runs than two."""

    run_count: int = 8
    spread_share: float = 0.2
    most_edges: int = 50_000
    enough_edges: int = 1_000_000

    def limited_to(self, edge_count: int) -> ConsensusParams:
        """With as many runs as may be made of so many edges."""
        affordable = self.enough_edges // max(edge_count, 1)
        return replace(self, run_count=min(self.run_count, max(affordable, 2)))


def confirm_members(
    rings: CandidateRings,
    score: Floats,
    graph: AccountGraph,
    find: Finder,
    leiden: LeidenParams,
    params: ConsensusParams,
) -> Floats:
    """[S] each member's confidence, in 0..1; NaN in rings that were not asked. score: [R]. graph, leiden: by
    which `find` made the rings' communities."""
    asked = _best_rings(rings, score, graph, params.most_edges)
    ring = rings.of_accounts(graph.account_count)
    ring[~np.append(asked, False)[ring]] = -1  # -1, for none, reads the last
    accounts, around = _gather_around(ring >= 0, graph)
    runs = repeat_partition(find(around, accounts), leiden, params.limited_to(around.edge_count))
    confidence = np.full(graph.account_count, np.nan)
    confidence[accounts] = support_members(runs, ring[accounts])
    return np.where(asked[rings.ring], confidence[rings.members], np.nan)


def repeat_partition(
    find: Callable[[LeidenParams], Partition], leiden: LeidenParams, params: ConsensusParams
) -> Ints:
    """int32 [runs, N], the labels of each run's partition, -1 for none."""
    steps = np.linspace(-1.0, 1.0, params.run_count) if params.run_count > 1 else np.zeros(1)
    varied = (
        replace(leiden, seed=leiden.seed + run, resolution=leiden.resolution * (1 + params.spread_share * x))
        for run, x in enumerate(steps.tolist())
    )
    return np.array([find(each).label for each in varied], dtype=np.int32)


def support_members(runs: Ints, ring: Longs) -> Floats:
    """[N] the share of runs in which an account is with the body of its ring; 0 outside rings. runs: [runs,
    N]. ring: [N], -1 for none.

    An account that is alone in a run, or whose ring comes apart into single accounts there, is with nobody
    in it. Of bodies equally large the one with the least label counts.
    """
    members = np.flatnonzero(ring >= 0)
    held = np.zeros(len(members))
    for run in runs:
        held += _with_body(ring[members], run[members].astype(np.int64))
    share = np.zeros(len(ring))
    share[members] = held / max(len(runs), 1)
    return share


def _with_body(own: Longs, found: Longs) -> NDArray[np.bool_]:
    """[S]: whether a member's group of the run is its ring's body there."""
    width = int(found.max(initial=0)) + 1
    grouped = found >= 0
    keys, count = np.unique(own[grouped] * width + found[grouped], return_counts=True)
    group, label = np.divmod(keys, width)
    order = np.lexsort((label, -count, group))
    firsts = order[np.unique(group[order], return_index=True)[1]]
    body = np.full(int(own.max(initial=-1)) + 1, -2, dtype=np.int64)
    # One member alone is no body.
    body[group[firsts]] = np.where(count[firsts] >= 2, label[firsts], -2)
    return np.asarray(body[own] == found)


def _best_rings(
    rings: CandidateRings, score: Floats, graph: AccountGraph, most_edges: int
) -> NDArray[np.bool_]:
    """[R]: the best scores, the first of equals, the edges at whose members number most_edges at most."""
    order = np.argsort(-score, kind="stable")
    rank = np.empty(rings.ring_count, dtype=np.int64)
    rank[order] = np.arange(rings.ring_count)
    rank_of = np.full(graph.account_count, rings.ring_count, dtype=np.int64)
    rank_of[rings.members] = rank[rings.ring]
    better = np.minimum(rank_of[graph.source], rank_of[graph.target])
    touched = np.bincount(better, minlength=rings.ring_count + 1)[: rings.ring_count]
    return np.asarray(np.cumsum(touched)[rank] <= most_edges)


def _gather_around(chosen: NDArray[np.bool_], graph: AccountGraph) -> tuple[Longs, AccountGraph]:
    """The chosen accounts and all who share an edge with one, ascending, and the edges among these, numbered
    among them. chosen: [N]."""
    near = chosen.copy()
    near[graph.target[chosen[graph.source]]] = True
    near[graph.source[chosen[graph.target]]] = True
    accounts = np.flatnonzero(near)
    return accounts, graph.among(accounts)
