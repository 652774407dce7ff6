"""How near two values are, and that blocking finds what a look at every pair finds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph import likeness
from graphrisk.graph.likeness import FULLY_BLOCKED_LEVEL, compare_values, find_similar, fold_values
from graphrisk.model.kinds import Comparison
from graphrisk.model.likeness import levels_of

COMPARED = (Comparison.NAME, Comparison.DATE, Comparison.DIGITS, Comparison.TEXT)


def level(comparison: Comparison, one: str, other: str) -> int:
    folded = fold_values([one, other], comparison)
    return int(compare_values(folded, np.array([0]), np.array([1]), comparison)[0])


@pytest.mark.parametrize(
    ("comparison", "one", "other", "expected"),
    [
        (Comparison.NAME, "Smith", "SMITH", 0),
        (Comparison.NAME, "Müller", "Muller", 0),
        (Comparison.NAME, "Smith", "Smyth", 1),
        (Comparison.NAME, "Smith", "Simth", 1),
        (Comparison.NAME, "Robert", "Rob", 2),
        (Comparison.NAME, "Smith", "Jones", 3),
        (Comparison.DATE, "1967-05-01", "1967, 5, 1", 0),
        (Comparison.DATE, "01.05.1967", "19670501", 0),
        (Comparison.DATE, "1967-05-01", "1976-05-01", 1),
        (Comparison.DATE, "1967-05-01", "1967-01-05", 1),
        (Comparison.DATE, "1967-05-01", "1967-05-28", 2),
        (Comparison.DATE, "1967-05-01", "1988-11-28", 3),
        (Comparison.DIGITS, "12 34 567", "1234567", 0),
        (Comparison.DIGITS, "1234567", "1234576", 1),
        (Comparison.DIGITS, "1234567", "1234500", 2),
        (Comparison.DIGITS, "1234567", "7654321", 3),
        (Comparison.TEXT, "Mill Lane", "mill-lane", 0),
        (Comparison.TEXT, "Mill Lane", "Lane Mill", 1),
        (Comparison.TEXT, "Mill Lane", "Milllane", 1),
        (Comparison.TEXT, "hoseason street west", "hoseason west", 2),
        (Comparison.TEXT, "Mill Lane", "High Road", 3),
        *((comparison, "", "", 3) for comparison in COMPARED),
        *((comparison, "---", "\x00", 3) for comparison in COMPARED),
    ],
)
def test_a_pair_has_the_level_that_a_person_would_give_it(
    comparison: Comparison, one: str, other: str, expected: int
) -> None:
    assert level(comparison, one, other) == level(comparison, other, one) == expected


@given(st.sampled_from(COMPARED), st.text(max_size=12), st.text(max_size=12))
def test_a_level_is_symmetric_and_equal_values_are_equal(
    comparison: Comparison, one: str, other: str
) -> None:
    assert level(comparison, one, other) == level(comparison, other, one)
    assert level(comparison, one, one) in {0, len(levels_of(comparison)) + 1}


values = st.lists(st.text("ab12 ", max_size=6), max_size=14)


@given(st.sampled_from(COMPARED), values)
def test_blocking_finds_every_pair_that_is_a_slip_apart(comparison: Comparison, texts: list[str]) -> None:
    folded = fold_values(texts, comparison)
    found = find_similar(folded, comparison)
    pairs = dict(
        zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.level.tolist(), strict=True)
    )
    assert found.skipped_block_count == 0
    for first, second in combinations(range(len(folded)), 2):
        of_pair = level(comparison, folded[first], folded[second])
        if (first, second) in pairs:
            assert pairs[first, second] == of_pair
        elif is_one_slip(folded[first], folded[second]):
            assert of_pair > FULLY_BLOCKED_LEVEL


def is_one_slip(one: str, other: str) -> bool:
    """A letter dropped, put in or exchanged, or two neighbours swapped: tried one by one."""
    if len(one) < len(other):
        one, other = other, one
    dropped = {one[:at] + one[at + 1 :] for at in range(len(one))}
    swapped = {one[:at] + one[at + 1 : at + 2] + one[at] + one[at + 2 :] for at in range(len(one) - 1)}
    same_length = len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return one == other or other in dropped or other in swapped or same_length


@given(st.sampled_from(COMPARED), st.lists(st.text("abc12 ", max_size=6), unique=True, max_size=10))
def test_the_order_of_values_changes_no_pair(comparison: Comparison, texts: list[str]) -> None:
    def pairs(of: list[str]) -> set[frozenset[str]]:
        found = find_similar(fold_values(of, comparison), comparison)
        ends = zip(found.first.tolist(), found.second.tolist(), strict=True)
        return {frozenset((of[first], of[second])) for first, second in ends}

    assert pairs(texts) == pairs(texts[::-1])


def test_a_block_above_the_cap_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "BLOCK_CAP", 3)
    found = find_similar([f"abc{letter}" for letter in "defgh"], Comparison.DIGITS)
    assert (len(found.first), found.skipped_block_count) == (0, 1)


@pytest.mark.parametrize("comparison", COMPARED)
def test_hostile_values_are_compared_like_any_other(comparison: Comparison) -> None:
    texts = ["", "\x00", "\u202eabc", "x" * 100_000, "x" * 100_000 + "y", "🏠", "\ud800", "１２３４"]
    folded = fold_values(texts, comparison)
    assert all(len(text) <= likeness.MOST_CHARS for text in folded)
    found = find_similar(folded, comparison)
    assert (found.first < found.second).all()


@pytest.mark.parametrize("comparison", COMPARED)
def test_no_values_are_near_nothing(comparison: Comparison) -> None:
    found = find_similar([], comparison)
    assert (len(found.first), len(found.level), found.level.dtype) == (0, 0, np.int8)
