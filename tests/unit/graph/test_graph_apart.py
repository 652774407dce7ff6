"""Edges inside a rejected ring go, all others stay."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import weighted_graphs

from graphrisk.graph.apart import keep_apart
from graphrisk.graph.projection import AccountGraph


def edges(graph: AccountGraph) -> list[tuple[int, int, float]]:
    return list(zip(graph.source.tolist(), graph.target.tolist(), graph.weight.tolist(), strict=True))


@given(weighted_graphs(), st.data())
def test_an_edge_goes_exactly_where_one_group_has_both_its_ends(graph: AccountGraph, data) -> None:
    members = st.sets(st.integers(0, graph.account_count - 1), min_size=1)
    groups = data.draw(st.lists(members, max_size=4))
    found = keep_apart(graph, [np.array(sorted(group), dtype=np.int64) for group in groups])
    left = [edge for edge in edges(graph) if not any({edge[0], edge[1]} <= group for group in groups)]
    assert edges(found) == left


def test_a_group_of_nobody_keeps_nobody_apart() -> None:
    graph = AccountGraph(2, np.array([0], np.int32), np.array([1], np.int32), np.zeros(1), np.ones(1))
    assert edges(keep_apart(graph, [np.empty(0, dtype=np.int64)])) == edges(graph)
