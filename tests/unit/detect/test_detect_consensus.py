"""How sure a partition is of its members."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import account_graph, to_networkx, weighted_graphs

from graphrisk.detect.consensus import (
    Consensus,
    ConsensusParams,
    agree_on_communities,
    repeat_partition,
    split_at_bridges,
    support_members,
)
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, find_components
from graphrisk.graph.projection import AccountGraph

IDS = [f"acc-{position:02d}" for position in range(40)]
LEIDEN = LeidenParams(0.1)


def repeated(graph: AccountGraph, params: ConsensusParams | None = None) -> Consensus:
    return repeat_partition(graph, IDS[: graph.account_count], LEIDEN, params or ConsensusParams())


def labels(*runs: list[int]) -> Consensus:
    return Consensus(np.empty(0), np.array(runs, dtype=np.int32), ConsensusParams())


def test_confidence_is_the_share_of_runs_with_the_body_of_the_community() -> None:
    # account 3 is with the other three in one run of four, alone in one, with a stranger in two
    runs = labels([0, 0, 0, 0, -1], [0, 0, 0, -1, -1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1])
    support = support_members(runs, Partition(np.array([0, 0, 0, 0, -1], dtype=np.int32)))
    assert support.confidence_share.tolist() == [1.0, 1.0, 1.0, 0.25, 0.0]
    assert support.core.tolist() == [True, True, True, False, False]


def test_a_community_that_falls_into_single_accounts_has_no_body() -> None:
    runs = labels([0, 0], [-1, -1])
    support = support_members(runs, Partition(np.array([0, 0], dtype=np.int32)))
    assert support.confidence_share.tolist() == [0.5, 0.5]


def test_two_cliques_are_sure_and_what_hangs_by_a_thread_between_them_is_not() -> None:
    cliques = [*combinations(range(4), 2), *combinations(range(4, 8), 2)]
    thread = {(0, 8): 0.2, (1, 8): 0.2, (4, 8): 0.2, (5, 8): 0.2}
    graph = account_graph(9, dict.fromkeys(cliques, 0.5) | thread)
    consensus = repeated(graph)
    support = support_members(consensus, find_communities(graph, IDS[:9], LEIDEN))
    assert support.confidence_share[:8].tolist() == [1.0] * 8
    assert support.confidence_share[8] < 1
    assert agree_on_communities(consensus, graph).label[[0, 4]].tolist() == [0, 1]


@given(weighted_graphs())
def test_shares_are_what_the_runs_say_and_the_same_every_time(graph: AccountGraph) -> None:
    consensus = repeated(graph)
    again = repeated(graph)
    assert consensus.edge_share.tobytes() == again.edge_share.tobytes()
    assert consensus.label.tobytes() == again.label.tobytes()
    for edge, (a, b) in enumerate(zip(graph.source, graph.target, strict=True)):
        together = [run[a] == run[b] >= 0 for run in consensus.label]
        assert consensus.edge_share[edge] == pytest.approx(np.mean(together))


@given(weighted_graphs())
def test_agreed_communities_are_the_components_of_what_holds(graph: AccountGraph) -> None:
    consensus = repeated(graph)
    network = to_networkx(graph)
    ends = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    network.remove_edges_from(
        [pair for pair, share in zip(ends, consensus.edge_share, strict=True) if share < 0.5]
    )
    agreed = agree_on_communities(consensus, graph)
    assert {
        frozenset(np.flatnonzero(agreed.label == group).tolist()) for group in range(agreed.group_count)
    } == {frozenset(group) for group in nx.connected_components(network) if len(group) > 1}


def test_one_run_without_spread_is_the_partition_itself_and_sure_of_all() -> None:
    graph = account_graph(5, dict.fromkeys(combinations(range(4), 2), 0.5))
    consensus = repeated(graph, ConsensusParams(run_count=1))
    communities = find_communities(graph, IDS[:5], LEIDEN)
    assert consensus.label[0].tolist() == communities.label.tolist()
    assert support_members(consensus, communities).confidence_share.tolist() == [1, 1, 1, 1, 0]


def test_a_community_is_split_at_a_bridge_that_is_too_weak_and_the_bridge_is_told() -> None:
    cliques = [*combinations(range(4), 2), *combinations(range(4, 8), 2)]
    graph = account_graph(8, dict.fromkeys(cliques, 0.5) | {(3, 4): 0.3})
    parts, bridges = split_at_bridges(find_components(graph), graph, 0.1)
    assert parts.label.tolist() == [0] * 4 + [1] * 4
    (bridge,) = bridges
    assert {bridge.side, bridge.other_side} == {(0, 1, 2, 3), (4, 5, 6, 7)}
    assert [(graph.source[e], graph.target[e]) for e in bridge.edges] == [(3, 4)]
    assert bridge.weight == pytest.approx(0.3)
    assert split_at_bridges(find_components(graph), graph, 0.07)[1] == ()  # .3 >= .07 * 8 / 2


@given(weighted_graphs(), st.sampled_from([0.05, 0.2, 0.5]))
def test_no_part_has_a_cut_that_is_too_weak(graph: AccountGraph, resolution: float) -> None:
    whole = find_components(graph)
    parts, bridges = split_at_bridges(whole, graph, resolution)
    network = to_networkx(graph)
    for group in range(parts.group_count):
        members = np.flatnonzero(parts.label == group).tolist()
        assert len(set(whole.label[members].tolist())) == 1
        least, _ = nx.stoer_wagner(network.subgraph(members))
        assert least >= resolution * len(members) / 2 - 1e-9
    assert all(bridge.side and bridge.other_side for bridge in bridges)


@given(weighted_graphs(), st.sampled_from([0.05, 0.2, 0.5]))
def test_leiden_run_until_stable_leaves_hardly_anything_to_split(
    graph: AccountGraph, resolution: float
) -> None:
    # only optimality forbids every weak cut; single accounts, at the least, are held by that much
    stable = LeidenParams(resolution, iteration_count=-1)
    communities = find_communities(graph, IDS[: graph.account_count], stable)
    _, bridges = split_at_bridges(communities, graph, resolution)
    assert all(min(len(bridge.side), len(bridge.other_side)) > 1 for bridge in bridges)


def test_without_accounts_or_edges_nothing_is_repeated_or_split() -> None:
    for count in (0, 3):
        graph = account_graph(count, {})
        consensus = repeated(graph)
        assert agree_on_communities(consensus, graph).group_count == 0
        assert support_members(consensus, find_components(graph)).core.tolist() == [False] * count
        assert split_at_bridges(find_components(graph), graph, 0.1)[1] == ()
