"""How sure a partition is of its members: Leiden again with other seeds and resolutions, and the least cut.

A run r draws other random numbers and has the resolution gamma (1 + spread x_r), x_r evenly spread over
[-1, 1]. For an edge, the share of runs in which its ends are together; for a member of a community, the share
of runs in which it is with the community's body, which is the group of that run with most of its members.
Lancichinetti and Fortunato, Sci. Rep. 2, 336 (2012), take such shares for all pairs and iterate; here they
are taken on edges that exist, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import igraph
import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, canonical_partition, find_components
from graphrisk.graph.links import Floats, Ints
from graphrisk.graph.projection import AccountGraph


@dataclass(frozen=True, slots=True)
class ConsensusParams:
    """run_count: seeds. spread_share: of the resolution, how far it is varied both ways. core_share: of the
    runs, those that a core member, or a kept edge, holds in."""

    run_count: int = 8
    spread_share: float = 0.2
    core_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Consensus:
    """edge_share: float64 [E], of the runs, those in which an edge's ends were together. label: int32
    [runs, N], the runs' own partitions, -1 for none. params: what they were made with."""

    edge_share: Floats
    label: Ints
    params: ConsensusParams


@dataclass(frozen=True, slots=True)
class Support:
    """confidence_share: float64 [N], of the runs, those in which an account is with the body of its
    community; 0 outside communities. core: bool [N], whether that reaches core_share."""

    confidence_share: Floats
    core: NDArray[np.bool_]


def repeat_partition(
    graph: AccountGraph, account_ids: Sequence[str], leiden: LeidenParams, params: ConsensusParams
) -> Consensus:
    """account_ids: [N], as for find_communities. One run of Leiden for each seed, so meant for the graph of
    suspects."""
    steps = np.linspace(-1.0, 1.0, params.run_count) if params.run_count > 1 else np.zeros(1)
    label = np.empty((params.run_count, graph.account_count), dtype=np.int32)
    together = np.zeros(graph.edge_count)
    for run, step in enumerate(steps.tolist()):
        varied = replace(
            leiden, seed=leiden.seed + run, resolution=leiden.resolution * (1 + params.spread_share * step)
        )
        label[run] = find_communities(graph, account_ids, varied).label
        ends = label[run][graph.source], label[run][graph.target]
        together += (ends[0] == ends[1]) & (ends[0] >= 0)
    return Consensus(together / max(params.run_count, 1), label, params)


def agree_on_communities(consensus: Consensus, graph: AccountGraph) -> Partition:
    """What hangs together by edges that hold in core_share of the runs."""
    return find_components(graph.only(consensus.edge_share >= consensus.params.core_share))


def support_members(consensus: Consensus, communities: Partition) -> Support:
    """How far the runs agree with each membership of `communities`, any partition of the same accounts.

    An account that is alone in a run, or whose community comes apart into single accounts there, is with
    nobody in it. Of bodies equally large the one with the least label counts.
    """
    accounts, _ = communities.members()
    own = communities.label[accounts].astype(np.int64)
    held = np.zeros(len(accounts))
    for run in consensus.label:
        held += _with_body(own, run[accounts].astype(np.int64), communities.group_count)
    share = np.zeros(len(communities.label))
    share[accounts] = held / max(len(consensus.label), 1)
    return Support(share, (share >= consensus.params.core_share) & (communities.label >= 0))


def _with_body(own: NDArray[np.int64], found: NDArray[np.int64], group_count: int) -> NDArray[np.bool_]:
    """[S]: whether a member's group of the run is its community's body there."""
    width = int(found.max(initial=0)) + 1
    grouped = found >= 0
    keys, count = np.unique(own[grouped] * width + found[grouped], return_counts=True)
    group, label = np.divmod(keys, width)
    order = np.lexsort((label, -count, group))
    firsts = order[np.unique(group[order], return_index=True)[1]]
    body = np.full(group_count, -2, dtype=np.int64)
    # One member alone is no body.
    body[group[firsts]] = np.where(count[firsts] >= 2, label[firsts], -2)
    return np.asarray(body[own] == found)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Where a community was cut: the accounts of both sides, the edges between (positions in the graph), and
    their summed probability."""

    side: tuple[int, ...]
    other_side: tuple[int, ...]
    edges: tuple[int, ...]
    weight: float


def split_at_bridges(
    communities: Partition, graph: AccountGraph, resolution: float
) -> tuple[Partition, tuple[Bridge, ...]]:
    """Communities whose least cut weighs under resolution * size / 2 are cut there, and the parts again.

    In a partition that is optimal for CPM at that resolution there are none: by moving the s members of one
    side out, it would gain resolution * s (size - s) - cut, so that no cut is below resolution * (size - 1).
    What was put together by another rule may have them.
    """
    label = communities.label.astype(np.int64)
    inside = np.flatnonzero((label[graph.source] == label[graph.target]) & (label[graph.source] >= 0))
    inside = inside[np.argsort(label[graph.source[inside]], kind="stable")]
    edge_starts = np.searchsorted(label[graph.source[inside]], np.arange(communities.group_count + 1))
    accounts, starts = communities.members()
    bridges: list[Bridge] = []
    next_label = communities.group_count
    for group in np.flatnonzero(_may_be_cut(communities, graph, inside, resolution)).tolist():
        own = accounts[starts[group] : starts[group + 1]]
        parts = _split(own, inside[edge_starts[group] : edge_starts[group + 1]], graph, resolution, bridges)
        for part in parts[1:]:
            label[part] = next_label
            next_label += 1
    return canonical_partition(label), tuple(bridges)


def _may_be_cut(
    communities: Partition, graph: AccountGraph, inside: NDArray[np.int64], resolution: float
) -> NDArray[np.bool_]:
    """[C]: false where the lightest pair alone rules it out: every cut has at least size - 1 pairs in a
    community whose members are all linked."""
    size = communities.sizes()
    group = communities.label[graph.source[inside]]
    count = np.bincount(group, minlength=communities.group_count)
    lightest = np.full(communities.group_count, np.inf)
    np.minimum.at(lightest, group, graph.weight[inside])
    sure = (count == size * (size - 1) // 2) & (lightest * (size - 1) >= resolution * size / 2)
    return np.asarray(~sure)


def _split(
    accounts: NDArray[np.int64],
    edges: NDArray[np.int64],
    graph: AccountGraph,
    resolution: float,
    bridges: list[Bridge],
) -> list[NDArray[np.int64]]:
    """The parts of one community; appends where it was cut."""
    whole, waiting = [], [(accounts, edges)]
    while waiting:
        part, inside = waiting.pop()
        if len(part) < 2:
            whole.append(part)
            continue
        source, target = (
            np.searchsorted(part, graph.source[inside]),
            np.searchsorted(part, graph.target[inside]),
        )
        network = igraph.Graph(n=len(part), edges=np.column_stack((source, target)))
        # As a list: igraph takes an array for the name of an attribute.
        cut = network.mincut(capacity=graph.weight[inside].tolist())
        if cut.value >= resolution * len(part) / 2:
            whole.append(part)
            continue
        first = np.zeros(len(part), dtype=bool)
        first[cut.partition[0]] = True
        crossing = first[source] != first[target]
        bridges.append(
            Bridge(
                tuple(part[first].tolist()), tuple(part[~first].tolist()), tuple(inside[crossing].tolist()),
                float(cut.value),
            )
        )  # fmt: skip
        waiting += [(part[side], inside[side[source] & side[target]]) for side in (first, ~first)]
    return whole
