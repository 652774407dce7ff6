"""Which ring became which, against every other way to say it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from backtest_worlds import dated_run, outcome_tables, score
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.evaluate.backtest.stability import match_rings
from graphrisk.evaluate.membership import NO_RING, Membership

ACCOUNTS = 9


def rings(partition: list[int]) -> Membership:
    """partition: of each account its ring, below 0 for none."""
    told = np.array(partition, dtype=np.int64)
    inside = np.flatnonzero(told >= 0)
    names, ring = np.unique(told[inside], return_inverse=True)
    return Membership.of(ring.astype(np.int64), inside, names.size)


PARTITIONS = st.lists(st.integers(-1, 3), min_size=ACCOUNTS, max_size=ACCOUNTS).map(rings)


def kept(earlier: Membership, later: Membership, became: tuple[int, ...] | list[int]) -> int:
    old, new = earlier.first_rings(ACCOUNTS), later.first_rings(ACCOUNTS)
    return sum(
        became[a] == b for a, b in zip(old.tolist(), new.tolist(), strict=True) if NO_RING not in (a, b)
    )


@given(PARTITIONS, PARTITIONS)
def test_no_other_one_to_one_matching_keeps_more_accounts_together(
    earlier: Membership, later: Membership
) -> None:
    became = match_rings(earlier, later).tolist()
    matched = [ring for ring in became if ring != NO_RING]
    assert len(matched) == len(set(matched))
    choices = list(range(later.ring_count)) + [NO_RING] * earlier.ring_count
    every = set(permutations(choices, earlier.ring_count))
    assert kept(earlier, later, became) == max(kept(earlier, later, each) for each in every)


@given(PARTITIONS)
def test_rings_that_did_not_change_become_themselves(same: Membership) -> None:
    assert match_rings(same, same).tolist() == list(range(same.ring_count))


@given(PARTITIONS, PARTITIONS)
def test_no_ring_becomes_one_that_shares_nobody_with_it(earlier: Membership, later: Membership) -> None:
    old, new = earlier.first_rings(ACCOUNTS), later.first_rings(ACCOUNTS)
    for ring, other in enumerate(match_rings(earlier, later).tolist()):
        assert other == NO_RING or np.any((old == ring) & (new == other))


def test_a_split_and_a_new_name_are_told_apart() -> None:
    """abcd splits into abc (as Z) and d (with e); gh is called otherwise. Of six accounts five stay."""
    risks = dict.fromkeys("abcdegh", 0.5)
    earlier = dated_run(0, {"R": (0.9, "abcd"), "S": (0.6, "gh")}, risks)
    later = dated_run(10, {"Z": (0.5, "abc"), "Y": (0.6, "de"), "X": (0.9, "gh")}, risks)
    (found,) = score([earlier, later], outcome_tables([])).stability
    assert found.account_count == 6
    assert found.stayed.value == pytest.approx(5 / 6)
    assert found.still_in_ring.value == 1
    # Dealt anew among seven: four times 3 / 7, twice 2 / 7
    assert found.baseline == pytest.approx((4 * 3 / 7 + 2 * 2 / 7) / 6)


def test_a_ring_that_is_gone_keeps_nobody() -> None:
    risks = dict.fromkeys("abc", 0.5)
    runs = [dated_run(0, {"R": (0.9, "abc")}, risks), dated_run(10, {}, risks)]
    (found,) = score(runs, outcome_tables([])).stability
    assert (found.stayed.value, found.still_in_ring.value, found.baseline) == (0, 0, 0)
