"""Rings of the run before hold a little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import account_graph, weighted_graphs

from graphrisk.detect.held_rings import HoldParams, hold_pairs, hold_rings
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.projection import AccountGraph
from graphrisk.risk.cells import sum_ties

IDS = [f"acc-{position}" for position in range(6)]
# two triangles, and of the nine pairs between them three with `tie`: a mean of tie / 3
INSIDE = {(0, 1): 0.5, (0, 2): 0.5, (1, 2): 0.5, (3, 4): 0.5, (3, 5): 0.5, (4, 5): 0.5}


def found(tie: float, before: list[int], margin_share: float = 0.25) -> list[int]:
    graph = account_graph(6, INSIDE | {(0, 3): tie, (1, 4): tie, (2, 5): tie})
    held = hold_rings(graph, np.array([before]), HoldParams(margin_share, 0.5))
    return find_communities(held, IDS, LeidenParams(0.04)).label.tolist()


ONE, TWO, NONE = [0] * 6, [0, 0, 0, 1, 1, 1], [-1] * 6


@pytest.mark.parametrize(
    ("tie", "new", "was_one", "was_two"),
    [
        # The mean of the nine pairs is a third of the tie; together from .04 on.
        (0.09, TWO, TWO, TWO),
        (0.105, TWO, ONE, TWO),  # .035: .044 and .028
        (0.135, ONE, ONE, TWO),  # .045: .056 and .036
        (0.165, ONE, ONE, ONE),  # .055: .069 and .044
    ],
)
def test_rings_go_together_and_apart_only_where_that_is_better_by_the_margin(
    tie: float, new: list[int], was_one: list[int], was_two: list[int]
) -> None:
    assert found(tie, NONE) == new
    assert found(tie, ONE) == was_one
    assert found(tie, TWO) == was_two
    assert found(tie, ONE, 0.0) == found(tie, TWO, 0.0) == new


def test_who_was_in_no_ring_is_taken_as_if_nothing_was_before() -> None:
    # the second triangle was in no ring, so it is held neither to the first nor off it
    half = [0, 0, 0, -1, -1, -1]
    assert [found(tie, half) for tie in (0.105, 0.135)] == [TWO, ONE]


def test_each_run_counts_half_as_much_as_the_one_after_it() -> None:
    pair = account_graph(2, {(0, 1): 0.5})
    one, two, none = [0, 0], [0, 1], [0, -1]
    told = [
        hold_pairs(pair, np.array(before), HoldParams(0.25, 0.5)).tolist()
        for before in ([one], [two], [none], [one, two], [two, one, one], [one, none])
    ]
    # of two runs 2/3 and 1/3; of three 4/7, 2/7 and 1/7
    assert told == [
        [pytest.approx(1.25**vote)] for vote in (1, -1, 0, 2 / 3 - 1 / 3, -4 / 7 + 2 / 7 + 1 / 7, 2 / 3)
    ]


def test_groups_are_held_by_what_their_pairs_count_more() -> None:
    # of groups 0 and 1 one pair of .3 counts a quarter more and one of .1 as it did: .475 for .4; between 0
    # and 2 a pair counts less; 1 and 2 nothing ties; account 5 is in no group
    graph = account_graph(6, {(0, 2): 0.3, (1, 3): 0.1, (0, 4): 0.2, (0, 1): 0.5, (0, 5): 0.9})
    before = np.array([[7, 7, 7, -1, 8, 7]])
    held = hold_rings(graph, before, HoldParams(0.25, 0.5))
    groups = np.array([0, 0, 1, 1, 2, -1])
    margin = np.log(sum_ties(groups, held)[2] / sum_ties(groups, graph)[2])
    assert margin.tolist() == [pytest.approx(np.log(0.475 / 0.4)), pytest.approx(np.log(0.8))]
    assert sum_ties(np.full(6, -1), graph)[2].tolist() == []


@given(weighted_graphs(), st.data())
def test_no_pair_is_lost_and_none_is_surer_than_sure(graph: AccountGraph, data: st.DataObject) -> None:
    count = graph.account_count
    rings = st.lists(st.integers(-1, 2), min_size=count, max_size=count)
    ring = np.array(data.draw(st.lists(rings, max_size=3)), dtype=np.int64).reshape(-1, count)
    held = hold_rings(graph, ring, HoldParams(0.25, 0.5))
    assert held.source.tolist() == graph.source.tolist()
    assert held.llr.tolist() == graph.llr.tolist()
    assert ((held.weight > 0) == (graph.weight > 0)).all()
    assert (held.weight <= 1).all()
    outside = ((ring[:, graph.source] < 0) | (ring[:, graph.target] < 0)).all(axis=0)
    assert held.weight[outside].tolist() == graph.weight[outside].tolist()
