"""What most partitions agree on: recounted pair by pair on small graphs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from small_worlds import account_graph, to_networkx, weighted_graphs

from graphrisk.detect.agreement import AgreementParams, find_agreed
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.projection import AccountGraph

LEIDEN = LeidenParams(0.1)
ALONE = AgreementParams(run_count=1)


def ids_of(graph: AccountGraph) -> list[str]:
    return [f"acc-{position:05d}" for position in range(graph.account_count)]


def agreed(graph: AccountGraph, params: AgreementParams | None = None) -> NDArray[np.int32]:
    return find_agreed(graph, ids_of(graph), LEIDEN, params or AgreementParams()).label


def two_cliques(across: float) -> AccountGraph:
    """Of three accounts each, every pair across being as probable as said."""
    weights = dict.fromkeys([*combinations(range(3), 2), *combinations(range(3, 6), 2)], 0.5)
    return account_graph(6, weights | dict.fromkeys(product(range(3), range(3, 6)), across))


# Eight resolutions, .1 x 1.5^x for x = -1, -5/7, -3/7, -1/7 and so on: four are below .1, the fifth is .106.
@pytest.mark.parametrize(
    ("across", "label"),
    [(0.08, [0, 0, 0, 1, 1, 1]), (0.102, [0, 0, 0, 1, 1, 1]), (0.11, [0] * 6), (0.2, [0] * 6)],
)
def test_two_groups_are_one_where_more_than_half_of_the_partitions_join_them(
    across: float, label: list[int]
) -> None:
    assert agreed(two_cliques(across)).tolist() == label


def test_what_one_partition_joins_by_a_hair_stays_apart() -> None:
    assert agreed(two_cliques(0.102), ALONE).tolist() == [0] * 6
    assert agreed(two_cliques(0.102)).tolist() == [0, 0, 0, 1, 1, 1]


@given(weighted_graphs())
def test_communities_are_what_hangs_together_by_pairs_that_most_partitions_join(graph: AccountGraph) -> None:
    runs = [
        find_communities(graph, ids_of(graph), replace(LEIDEN, resolution=0.1 * 1.5**step, seed=seed)).label
        for seed, step in enumerate(np.linspace(-1, 1, 8))
    ]
    joined = nx.Graph()
    for a, b in to_networkx(graph).edges:
        if sum(run[a] == run[b] >= 0 for run in runs) >= 5:
            joined.add_edge(a, b)
    label = agreed(graph)
    groups = [set(np.flatnonzero(label == group).tolist()) for group in range(label.max(initial=-1) + 1)]
    assert sorted(map(sorted, nx.connected_components(joined))) == sorted(map(sorted, groups))


def test_a_graph_too_large_for_three_partitions_is_partitioned_once() -> None:
    graph = two_cliques(0.102)
    assert graph.edge_count == 15
    assert agreed(graph, AgreementParams(enough_edges=44)).tolist() == agreed(graph, ALONE).tolist()
    assert AgreementParams(enough_edges=45).affordable_count(15) == 3


def test_resolutions_stay_probabilities() -> None:
    graph = two_cliques(0.5)
    found = find_agreed(graph, ids_of(graph), LeidenParams(0.9), AgreementParams())
    assert found.group_count == 0


@pytest.mark.parametrize("account_count", [0, 3])
def test_without_edges_there_are_no_communities(account_count: int) -> None:
    assert agreed(account_graph(account_count, {})).tolist() == [-1] * account_count
