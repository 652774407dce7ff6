"""Communities that keep to themselves stay whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import account_graph, weighted_graphs

from graphrisk.detect.isolation import join_isolated
from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.projection import AccountGraph

# two couples, a thin tie between them
COUPLES = {(0, 1): 0.5, (2, 3): 0.5, (1, 2): 0.02}


def partition(*label: int) -> Partition:
    return Partition(np.array(label, dtype=np.int32))


def joined(graph: AccountGraph, fine: Partition, coarse: Partition, least_share: float = 0.9) -> list[int]:
    return join_isolated(fine, coarse, graph, least_share).label.tolist()


def test_parts_that_are_tied_to_nobody_else_are_one() -> None:
    graph = account_graph(5, COUPLES)
    assert joined(graph, partition(0, 0, 1, 1, -1), partition(0, 0, 0, 0, -1)) == [0, 0, 0, 0, -1]


def test_parts_that_are_tied_to_others_as_well_stay_apart() -> None:
    # of the ties of the parts .02 is to each other, .01 to account 4: two thirds
    graph = account_graph(5, COUPLES | {(3, 4): 0.01})
    fine, coarse = partition(0, 0, 1, 1, -1), partition(0, 0, 0, 0, -1)
    assert joined(graph, fine, coarse) == [0, 0, 1, 1, -1]
    assert joined(graph, fine, coarse, least_share=0.6) == [0, 0, 0, 0, -1]


def test_ties_inside_the_parts_do_not_count() -> None:
    graph = account_graph(5, COUPLES | {(0, 1): 1.0, (3, 4): 0.01})
    assert joined(graph, partition(0, 0, 1, 1, -1), partition(0, 0, 0, 0, -1)) == [0, 0, 1, 1, -1]


def test_a_coarse_community_that_takes_in_a_loner_is_tied_to_it() -> None:
    graph = account_graph(3, {(0, 1): 0.5, (1, 2): 0.01})
    assert joined(graph, partition(0, 0, -1), partition(0, 0, 0)) == [0, 0, 0]


def test_where_nothing_is_grouped_nothing_is_joined() -> None:
    assert joined(account_graph(2, {}), partition(-1, -1), partition(-1, -1)) == [-1, -1]
    assert joined(account_graph(0, {}), partition(), partition()) == []


@given(weighted_graphs(), st.data())
def test_every_community_is_a_coarse_or_a_fine_one(graph: AccountGraph, data: st.DataObject) -> None:
    def drawn() -> Partition:
        groups = st.lists(st.integers(-1, 3), min_size=graph.account_count, max_size=graph.account_count)
        return canonical_partition(np.array(data.draw(groups), dtype=np.int64))

    fine, coarse = drawn(), drawn()
    found = join_isolated(fine, coarse, graph, 0.9).label
    inside = {
        frozenset(np.flatnonzero(each.label == g)) for each in (coarse,) for g in range(each.group_count)
    }
    whole = {frozenset(np.flatnonzero(found == group)) for group in range(int(found.max(initial=-1)) + 1)}
    taken = set().union(*(group for group in whole if group in inside)) if whole else set()
    for group in whole - inside:
        parts = set(fine.label[sorted(group)])
        assert len(parts) == 1
        assert group == frozenset(np.flatnonzero(fine.label == parts.pop())) - taken
