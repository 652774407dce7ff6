"""The second look: risky accounts grouped among themselves."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_worlds import account_graph, to_networkx, weighted_graphs

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.second_look import regroup_accounts
from graphrisk.graph.projection import AccountGraph

IDS = [f"acc-{position:02d}" for position in range(40)]


def looked_again(
    graph: AccountGraph, chosen: NDArray[np.bool_], resolution: float
) -> tuple[list[int], list[int]]:
    """Labels before and after."""
    params = LeidenParams(resolution)
    ids = IDS[: graph.account_count]
    first = find_communities(graph, ids, params)
    return first.label.tolist(), regroup_accounts(first, chosen, graph, ids, params).label.tolist()


def chosen_of(graph: AccountGraph, *positions: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(graph.account_count), positions)


def test_what_thin_evidence_held_too_little_is_joined_among_the_risky() -> None:
    # two couples of .3; the mean over the six pairs is .11, the four between them .015 each
    thin = {(0, 2): 0.015, (0, 3): 0.015, (1, 2): 0.015, (1, 3): 0.015}
    graph = account_graph(5, {(0, 1): 0.3, (2, 3): 0.3} | thin)
    before, after = looked_again(graph, chosen_of(graph, 0, 1, 2, 3), 0.02)
    assert before == [0, 0, 1, 1, -1]
    assert after == [0, 0, 0, 0, -1]


def test_who_is_not_risky_is_left_out_of_the_ring_of_those_who_are() -> None:
    graph = account_graph(4, {(0, 1): 0.5, (1, 2): 0.5, (0, 2): 0.5, (2, 3): 0.5, (1, 3): 0.5, (0, 3): 0.5})
    before, after = looked_again(graph, chosen_of(graph, 0, 1, 2), 0.02)
    assert before == [0, 0, 0, 0]
    assert after == [0, 0, 0, -1]


def test_what_is_left_of_a_community_stays_together_where_it_still_hangs_together() -> None:
    # a star: without its middle the leaves are alone; beside it a triangle that loses nobody
    star = {(0, 1): 0.9, (0, 2): 0.9, (0, 3): 0.9}
    graph = account_graph(7, star | {(4, 5): 0.5, (5, 6): 0.5, (4, 6): 0.5})
    before, after = looked_again(graph, chosen_of(graph, 0), 0.02)
    assert before == [0, 0, 0, 0, 1, 1, 1]
    assert after == [-1, -1, -1, -1, 0, 0, 0]


@given(weighted_graphs(), st.sampled_from([0.02, 0.1]))
def test_nobody_risky_changes_nothing(graph: AccountGraph, resolution: float) -> None:
    before, after = looked_again(graph, chosen_of(graph), resolution)
    assert after == before


@given(weighted_graphs(), st.sampled_from([0.02, 0.1]), st.sets(st.integers(0, 11)))
def test_groups_are_connected_and_never_mix_the_risky_with_others(
    graph: AccountGraph, resolution: float, positions: set[int]
) -> None:
    chosen = chosen_of(graph, *positions)
    _, after = looked_again(graph, chosen, resolution)
    network = to_networkx(graph)
    for group in range(max(after) + 1):
        members = [position for position, label in enumerate(after) if label == group]
        assert len(members) >= 2
        assert nx.is_connected(network.subgraph(members))
        assert len(set(chosen[members].tolist())) == 1


@given(weighted_graphs(), st.sets(st.integers(0, 11)))
def test_others_are_together_only_where_they_were(graph: AccountGraph, positions: set[int]) -> None:
    chosen = chosen_of(graph, *positions)
    before, after = looked_again(graph, chosen, 0.05)
    for a in range(graph.account_count):
        for b in range(a):
            if not chosen[a] and after[a] == after[b] >= 0:
                assert before[a] == before[b] >= 0
