"""Rates of appeal and overturn, counted by hand; intervals solved for anew from the binomial distribution."""

from __future__ import annotations

import pytest
from enforced import Desk, Imposed
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from graphrisk.enforce.rates import RatesBy, Share, rate_appeals
from graphrisk.model.enforcement import Tier
from graphrisk.model.ledger import AppealStatus

UPHELD, OVERTURNED, RECEIVED = AppealStatus.UPHELD, AppealStatus.OVERTURNED, AppealStatus.RECEIVED


@pytest.fixture
def desk() -> Desk:
    """Four restricted in RING-A, of whom two appeal; one banned in RING-B, who appeals twice; one watched."""
    made = Desk()
    made.apply(
        "P1",
        [
            *(Imposed(f"R{n}", f"T{n}", Tier.RESTRICT) for n in range(4)),
            Imposed("B1", "T8", Tier.BAN, ring="RING-B"),
            Imposed("M1", "T9", Tier.MONITOR, ring="RING-C"),
        ],
    )
    made.appeal("C1", "R0", RECEIVED, "not_me", (1, None))
    made.appeal("C1", "R0", OVERTURNED, "not_me", (1, 3))
    made.appeal("C2", "R1", RECEIVED, "not_me", (1, None))
    made.appeal("C3", "B1", UPHELD, "hardship", (1, 11))
    made.appeal("C4", "B1", OVERTURNED, "not_me", (12, 13))
    return made


def test_tiers_stand_from_the_mildest_with_actions_cases_and_what_is_open(desk: Desk) -> None:
    found = rate_appeals(desk.state(), RatesBy.TIER)
    told = [(r.name, r.action_count, r.case_count, r.open_count, r.median_days) for r in found]
    assert told == [
        ("", 6, 4, 1, 2),  # 2, 10 and 1 days
        ("monitor", 1, 0, 0, None),
        ("restrict", 4, 2, 1, 2),
        ("ban", 1, 2, 0, 5.5),
    ]


def test_an_open_case_is_no_part_of_the_overturned(desk: Desk) -> None:
    shares = {r.name: r.overturned for r in rate_appeals(desk.state(), RatesBy.TIER)}
    assert (shares["restrict"].part_count, shares["restrict"].of_count) == (1, 1)
    assert (shares["ban"].part_count, shares["ban"].of_count) == (1, 2)
    assert shares["monitor"] == Share(0, 0, None, None, None)


def test_an_action_that_is_appealed_twice_is_one_appealed_action(desk: Desk) -> None:
    shares = {r.name: r.appealed for r in rate_appeals(desk.state(), RatesBy.RING)}
    assert {name: share and (share.part_count, share.of_count) for name, share in shares.items()} == {
        "": (3, 6), "RING-A": (2, 4), "RING-B": (1, 1), "RING-C": (0, 1),
    }  # fmt: skip


def test_a_reason_has_cases_and_no_actions(desk: Desk) -> None:
    found = rate_appeals(desk.state(), RatesBy.REASON)
    told = [(r.name, r.action_count, r.appealed, r.case_count, r.overturned.of_count) for r in found[1:]]
    assert told == [("hardship", None, None, 1, 1), ("not_me", None, None, 3, 2)]


def test_of_nothing_there_is_no_rate() -> None:
    (only,) = rate_appeals(Desk().state(), RatesBy.RING)
    assert (only.action_count, only.case_count, only.overturned.value) == (0, 0, None)


def test_none_of_ten_is_below_three_tenths_with_95_percent() -> None:
    # 1 - 0.025 ** (1 / 10) = 0.30850: for k = 0 the upper end has this closed form
    share = Share.of(0, 10)
    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(0.30850, abs=1e-5)


@given(st.integers(1, 300), st.data())
def test_ends_are_where_either_tail_has_two_and_a_half_percent(of_count: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, of_count))
    share = Share.of(part, of_count)
    assert share.low is not None
    assert share.high is not None
    if part:
        assert binom.sf(part - 1, of_count, share.low) == pytest.approx(0.025, abs=1e-6)
    if part < of_count:
        assert binom.cdf(part, of_count, share.high) == pytest.approx(0.025, abs=1e-6)
