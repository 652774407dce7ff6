"""Components against networkx, and labels that do not depend on numbering."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import account_graph, to_networkx, weighted_graphs

from graphrisk.graph.components import Partition, canonical_partition, find_components, keep_sizes
from graphrisk.graph.projection import AccountGraph


@given(weighted_graphs())
def test_components_are_those_of_networkx(graph: AccountGraph) -> None:
    label = find_components(graph).label
    ours = {frozenset(np.flatnonzero(label == group).tolist()) for group in range(label.max(initial=-1) + 1)}
    theirs = {frozenset(group) for group in nx.connected_components(to_networkx(graph)) if len(group) > 1}
    assert ours == theirs


@given(st.lists(st.integers(-2, 5), max_size=20), st.permutations(range(6)))
def test_renumbered_groups_have_the_same_labels(raw: list[int], numbering: list[int]) -> None:
    renumbered = [10 * numbering[group] if group >= 0 else -7 for group in raw]
    one = canonical_partition(np.array(raw, dtype=np.int64))
    other = canonical_partition(np.array(renumbered, dtype=np.int64))
    assert one.label.tolist() == other.label.tolist()


@given(st.lists(st.integers(-2, 5), max_size=20))
def test_labels_count_up_by_the_least_account_and_nobody_is_alone(raw: list[int]) -> None:
    partition = canonical_partition(np.array(raw, dtype=np.int64))
    seen = [label for label in dict.fromkeys(partition.label.tolist()) if label >= 0]
    assert seen == list(range(partition.group_count))
    assert (partition.sizes() >= 2).all()
    for position, group in enumerate(raw):
        alone = group < 0 or raw.count(group) == 1
        assert (partition.label[position] == -1) == alone


@given(st.lists(st.integers(-2, 5), max_size=20))
def test_members_list_each_group_in_order(raw: list[int]) -> None:
    partition = canonical_partition(np.array(raw, dtype=np.int64))
    accounts, starts = partition.members()
    for group in range(partition.group_count):
        inside = accounts[starts[group] : starts[group + 1]]
        assert inside.tolist() == np.flatnonzero(partition.label == group).tolist()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_graph_without_edges_has_no_components(count: int) -> None:
    partition = find_components(account_graph(count, {}))
    assert partition.group_count == 0
    assert partition.sizes().tolist() == []
    assert partition.label.tolist() == [-1] * count
    assert [part.tolist() for part in partition.members()] == [[], [0]]


def test_groups_below_a_size_are_dropped_and_the_rest_numbered_anew() -> None:
    groups = Partition(np.array([0, 0, 1, 1, 1, -1, 2, 2, 2, 2], dtype=np.int32))
    assert keep_sizes(groups, 3).label.tolist() == [-1, -1, 0, 0, 0, -1, 1, 1, 1, 1]
    assert keep_sizes(groups, 2).label.tolist() == groups.label.tolist()
    assert keep_sizes(groups, 5).label.tolist() == [-1] * 10


@pytest.mark.parametrize("label", [[], [-1, -1]])
def test_where_there_is_no_group_none_is_kept(label: list[int]) -> None:
    assert keep_sizes(Partition(np.array(label, dtype=np.int32)), 2).label.tolist() == label


@given(weighted_graphs(), st.integers(0, 6))
def test_what_is_kept_is_every_group_of_the_size(graph: AccountGraph, least: int) -> None:
    groups = find_components(graph)
    kept = keep_sizes(groups, least)
    assert sorted(kept.sizes()) == sorted(size for size in groups.sizes() if size >= least)
    inside = kept.label >= 0
    assert (groups.label[inside] >= 0).all()
    assert len(set(zip(groups.label[inside], kept.label[inside], strict=True))) == kept.group_count
