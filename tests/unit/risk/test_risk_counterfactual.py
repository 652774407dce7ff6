"""The fewest things without which a ring is another one: against every set, on graphs small enough."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from small_worlds import World, shared_links, weighed, world_of

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.projection import AccountGraph, ProjectionParams, project_links
from graphrisk.model.counterfactuals import Search
from graphrisk.risk.counterfactual import (
    Enquiry,
    RingSurroundings,
    SearchParams,
    _smallest_cut,
    has_left,
    is_apart,
    propose,
)

LEIDEN = LeidenParams(resolution=0.1)


def around(world: World, size: int) -> RingSurroundings:
    """The first `size` accounts as a ring, every identifier a thing that can go."""
    links = shared_links(world)
    llr, prior = weighed(links)
    graph = project_links(links, llr, prior, ProjectionParams(keep_probability=0.001))
    held = links.incidence()
    both = held[graph.source].multiply(held[graph.target]).tocsr() @ sparse.diags_array(llr)
    count = links.identifier_count
    return RingSurroundings(
        tuple(world.account_ids()), np.arange(size), graph, np.full(graph.edge_count, prior),
        np.zeros(graph.edge_count), sparse.csr_array(both), np.eye(count, dtype=bool),
        np.asarray(held[np.arange(size)].T.toarray() > 0),
    )  # fmt: skip


def does(ring: RingSurroundings, things: tuple[int, ...], account: int | None, params: SearchParams) -> bool:
    graph = ring.without(np.array(things, dtype=np.int64))
    label = rejoined(communities(graph, ring), communities(ring.without(NOTHING), ring), graph, ring)
    if account is None:
        return is_apart(label, ring.members, params.kept_share)
    return has_left(label, ring.members, account, params.left_share)


NOTHING = np.empty(0, dtype=np.int64)


def communities(graph: AccountGraph, ring: RingSurroundings) -> NDArray[np.int32]:
    return find_communities(graph.only(graph.weight >= 0.025), ring.account_ids, LEIDEN).label


def rejoined(
    label: NDArray[np.int32], cells: NDArray[np.int32], graph: AccountGraph, ring: RingSurroundings
) -> NDArray[np.int64]:
    """Communities of members of other cells, joined where half of what tied them is left: pair by pair."""
    left: Counter[tuple[int, int]] = Counter()
    before: Counter[tuple[int, int]] = Counter()
    members = set(ring.members.tolist())
    for at, (one, other) in enumerate(zip(graph.source.tolist(), graph.target.tolist(), strict=True)):
        low, high = sorted((int(label[one]), int(label[other])))
        if {one, other} <= members and cells[one] != cells[other] and 0 <= low < high:
            left[low, high] += graph.weight[at]
            before[low, high] += ring.graph.weight[at]
    joined = label.astype(np.int64)
    for (low, high), tie in left.items():
        if tie >= before[low, high] / 2:
            joined[joined == joined[label == high][0]] = joined[label == low][0]
    return joined


# 0 to 3 and 4 to 6 hold two devices each; one card ties the halves
HALVES = world_of(400, {"device": [range(4), range(4), range(4, 7), range(4, 7)], "instrument": [range(7)]})


def test_a_ring_of_two_halves_falls_apart_without_the_card_between_them() -> None:
    ring = around(HALVES, 7)
    first = next(propose(ring, Enquiry(None, LEIDEN, SearchParams())))
    assert first.search is Search.EXACT
    assert len(first.things) == 1
    assert np.flatnonzero(~ring.holds[first.things[0]]).tolist() == []  # all seven hold it


# two cells of six, all on three devices of their own; a card each ties two of one to two of the other
CELLS = world_of(2000, {"device": [range(6)] * 3 + [range(6, 12)] * 3, "instrument": [(0, 6), (1, 7)]})


def test_a_ring_of_two_cells_is_whole_until_half_of_what_ties_them_is_gone() -> None:
    ring = around(CELLS, 12)
    assert len(set(communities(ring.without(NOTHING), ring)[:12].tolist())) == 2
    first = next(propose(ring, Enquiry(None, LEIDEN, SearchParams())))
    assert first.search is Search.EXACT
    # Either card alone leaves half; both go, or the three devices of a cell.
    assert [int(ring.holds[at].sum()) for at in first.things] == [2, 2]


@given(
    st.lists(st.frozensets(st.integers(0, 5), min_size=2, max_size=5), min_size=1, max_size=6),
    st.sampled_from([None, 0, 3]),
)
@settings(max_examples=60)
def test_no_smaller_set_does_what_an_exact_one_does(
    groups: list[frozenset[int]], account: int | None
) -> None:
    ring = around(world_of(300, {"device": groups}), 6)
    params = SearchParams()
    first = next(propose(ring, Enquiry(account, LEIDEN, params)), None)
    smaller = [
        things
        for size in range(1, 4)
        for things in combinations(range(len(groups)), size)
        if does(ring, things, account, params)
    ]
    if not smaller:
        assert first is None or first.search is not Search.EXACT
        return
    assert first is not None
    assert first.search is Search.EXACT
    assert len(first.things) == len(smaller[0])
    assert first.things in smaller


@given(st.lists(st.frozensets(st.integers(0, 5), min_size=2, max_size=4), min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_cut_is_the_least_that_parts_the_account_from_somebody(
    groups: list[frozenset[int]],
) -> None:
    ring = around(world_of(300, {"device": groups}), 6)
    cut = _smallest_cut(ring, Enquiry(0, LEIDEN, SearchParams()))
    parting = [
        things
        for size in range(1, len(groups) + 1)
        for things in combinations(range(len(groups)), size)
        if _parts_somebody(groups, things)
    ]
    if not parting:
        assert cut == ()
        return
    assert cut in parting
    lost = _reached(groups, ()) - _reached(groups, cut)
    least = [
        min(len(things) for things in parting if end not in _reached(groups, things)) for end in sorted(lost)
    ]
    assert len(cut) in least


def _parts_somebody(groups: list[frozenset[int]], gone: tuple[int, ...]) -> bool:
    """Whether somebody could be reached from 0, and cannot without these."""
    return bool(_reached(groups, ()) - _reached(groups, gone))


def _reached(groups: list[frozenset[int]], gone: tuple[int, ...]) -> frozenset[int]:
    reached = frozenset({0})
    while True:
        wider = reached.union(*(g for at, g in enumerate(groups) if at not in gone and g & reached))
        if wider == reached:
            return reached
        reached = wider


def test_where_too_many_things_come_into_question_a_cut_is_proposed() -> None:
    # two halves of seven things each, tied by four cards: more sets of four than are tried
    held = {"device": [range(4)] * 7 + [range(4, 8)] * 7, "instrument": [range(8)] * 4}
    ring = around(world_of(2000, held), 8)
    params = SearchParams(exact_size=3, most_tries=100)
    first = next(propose(ring, Enquiry(None, LEIDEN, params)))
    assert first.search is Search.CUT
    assert ring.holds[list(first.things)].all(axis=1).sum() == len(first.things) == 4


def test_each_further_proposal_is_larger_and_none_is_larger_than_asked() -> None:
    held = {"device": [range(6)] * 9}
    ring = around(world_of(2000, held), 6)
    found = list(propose(ring, Enquiry(0, LEIDEN, SearchParams(exact_size=1, most_removed=5))))
    sizes = [len(each.things) for each in found]
    assert sizes
    assert max(sizes) <= 5


@pytest.mark.parametrize("account", [None, 0])
def test_where_nothing_is_shared_nothing_is_proposed(account: int | None) -> None:
    ring = around(world_of(20, {"device": [(10, 11)]}), 3)
    ring = RingSurroundings(
        ring.account_ids, ring.members, ring.graph, ring.bare_odds, ring.staying, ring.shared,
        ring.parts[:0], ring.holds[:0],
    )  # fmt: skip
    assert list(propose(ring, Enquiry(account, LEIDEN, SearchParams()))) == []


def test_left_and_apart_are_what_is_stated() -> None:
    members = np.arange(6)
    assert not is_apart(np.array([0, 0, 0, 0, 0, 1]), members, 2 / 3)
    assert is_apart(np.array([0, 0, 0, 0, 1, 1]), members, 2 / 3)
    assert is_apart(np.full(6, -1), members, 2 / 3)
    assert has_left(np.array([1, 0, 0, 0, 0, 0]), members, 0, 0.5)
    assert has_left(np.array([-1, -1, 0, 0, 0, 0]), members, 0, 0.5)
    assert not has_left(np.array([0, 0, 0, 0, 1, 1]), members, 0, 0.5)
