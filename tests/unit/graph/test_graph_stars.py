"""Groups of what is alike, on graphs small enough for paper."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.stars import JOIN_SHARE, group_stars, join_groups


def stars(pairs: list[tuple[int, int]], support: list[int]) -> list[int]:
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return group_stars(first, second, np.array(support, dtype=np.int64)).tolist()


def joined(group: list[int], pairs: list[tuple[int, int]]) -> list[int]:
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    return join_groups(np.array(group, dtype=np.int64), first, second).tolist()


def test_a_chain_falls_apart_around_its_best_supported_items() -> None:
    # 0 - 1 - 2 - 3 - 4: the middle has the most support around it
    assert stars([(0, 1), (1, 2), (2, 3), (3, 4)], [1, 1, 5, 1, 1]) == [0, 2, 2, 2, 4]


def test_the_spelling_that_most_use_is_the_centre() -> None:
    assert stars([(0, 1), (0, 2), (1, 2)], [1, 1, 9]) == [2, 2, 2]


def test_what_is_alike_to_nothing_stands_alone() -> None:
    assert stars([], [3, 1]) == [0, 1]
    assert stars([], []) == []


def test_groups_are_joined_where_half_of_the_pairs_across_are_alike() -> None:
    two_of_four, one_of_four = [(0, 2), (1, 3)], [(0, 2)]
    assert joined([0, 0, 2, 2], two_of_four) == [0, 0, 0, 0]
    assert joined([0, 0, 2, 2], one_of_four) == [0, 0, 2, 2]


def test_joining_goes_on_while_it_can() -> None:
    pairs = [(a, b) for b in range(5) for a in range(b)]
    assert joined([0, 1, 2, 3, 4], pairs) == [0] * 5


pairs_of_items = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), unique=True
)


@given(pairs_of_items, st.lists(st.integers(0, 5), min_size=8, max_size=8))
def test_every_item_is_alike_to_its_centre(pairs: list[tuple[int, int]], support: list[int]) -> None:
    centre = stars(pairs, support)
    for item, of in enumerate(centre):
        assert item == of or (min(item, of), max(item, of)) in pairs
        assert centre[of] == of


@given(pairs_of_items, st.lists(st.integers(0, 5), min_size=8, max_size=8))
def test_no_two_groups_are_left_that_are_each_others_best(
    pairs: list[tuple[int, int]], support: list[int]
) -> None:
    group = joined(stars(pairs, support), pairs)
    names = sorted(set(group))
    share = {
        (a, b): sum({group[x], group[y]} == {a, b} for x, y in pairs) / (group.count(a) * group.count(b))
        for a in names
        for b in names
        if a < b
    }
    assert not share or max(share.values()) < JOIN_SHARE
