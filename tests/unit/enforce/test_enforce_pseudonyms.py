"""Of one purpose rows can be joined, of two they cannot, and nothing that names somebody is left."""

from __future__ import annotations

import re
from dataclasses import astuple, replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.pseudonyms import Domain, pseudonymise_action, pseudonymise_plan_row, round_digits
from graphrisk.model.enforcement import (
    ActionRow,
    Bucket,
    Evidence,
    Money,
    Operation,
    PlanRow,
    Source,
    Tier,
)

KEY = b"k" * 32
NOON = datetime(2026, 3, 1, 12, 34, 56, 789)  # noqa: DTZ001 - naive UTC, as everywhere
ACTION = ActionRow(
    "A-ACTION", Operation.IMPOSE, "subject-of-ledger", "acc17", "RING-7K3QX", Tier.RESTRICT, None,
    Tier.RESTRICT, NOON, NOON, "words for the account", "P-PLAN", by_hand=False,
)  # fmt: skip
ROW = PlanRow(
    "subject-of-ledger", "acc17", "RING-7K3QX", "DE", Bucket.NEW, None, Tier.BAN, Tier.RESTRICT,
    ("cap_ring",), ("A-LIFTED",), 0.87654321, 0.912345, 0.812345, 0.991234, 0.0123456, 0.0234567,
    (Money("EUR", 123456, 7891, -4567),),
    (Evidence(Source.DEVICE, "device", "D-4411", 5, 4, True, "same device as 3 others"),), "in words",
    NOON, None, False, "digest-of-row",
)  # fmt: skip
ONE, OTHER = Domain(KEY, "analytics"), Domain(KEY, "vendor-x")
RAW = (
    "A-ACTION",
    "subject-of-ledger",
    "acc17",
    "RING-7K3QX",
    "P-PLAN",
    "A-LIFTED",
    "D-4411",
    "digest-of-row",
)


def names(told: object) -> set[str]:
    """All that could join two files: what looks like a token or a name of ours."""
    return set(re.findall(r"[a-z2-7]{26}|[A-Z]+-[A-Z0-9]+", repr(told)))


def test_no_name_of_anybody_or_anything_is_left() -> None:
    for told in (pseudonymise_action(ACTION, ONE), pseudonymise_plan_row(ROW, ONE)):
        assert not [raw for raw in RAW if raw in repr(astuple(told))]
        assert "words" not in repr(astuple(told))


def test_rows_of_one_purpose_can_be_joined() -> None:
    action, row = pseudonymise_action(ACTION, ONE), pseudonymise_plan_row(ROW, ONE)
    assert (action.account_id, action.subject, action.ring_id) == (row.account_id, row.subject, row.ring_id)
    assert pseudonymise_action(ACTION, Domain(KEY, "analytics")) == action
    lifting = replace(ROW, lifts=(ACTION.action_id,))
    assert pseudonymise_plan_row(lifting, ONE).lifts == (action.action_id,)


def test_rows_of_two_purposes_have_no_name_in_common() -> None:
    for make, source in ((pseudonymise_action, ACTION), (pseudonymise_plan_row, ROW)):
        assert not names(astuple(make(source, ONE))) & names(astuple(make(source, OTHER)))


def test_another_key_gives_other_tokens() -> None:
    other = pseudonymise_action(ACTION, Domain(b"o" * 32, "analytics"))
    assert other.account_id != pseudonymise_action(ACTION, ONE).account_id


def test_times_shares_and_sums_are_coarse() -> None:
    row = pseudonymise_plan_row(ROW, ONE)
    assert (row.from_at, row.until_at) == (datetime(2026, 3, 1), None)  # noqa: DTZ001 - naive UTC
    assert (row.ring_score, row.risk, row.turnover_share) == (0.88, 0.91, 0.01)
    assert row.money == (Money("EUR", 120000, 7800, -4500),)
    exact = pseudonymise_action(ACTION, Domain(KEY, "vendor-x", exact_times=True))
    assert (exact.from_at, exact.until_at) == (NOON, NOON)


def test_an_erased_account_has_no_token() -> None:
    erased = replace(ACTION, account_id=None)
    assert (pseudonymise_action(erased, ONE).account_id, pseudonymise_action(erased, ONE).subject) == (
        None,
        "",
    )


@pytest.mark.parametrize(
    "purpose", ["", "ledger", "Analytics", "vendor_x", "a" * 33, "-x", "x-", "a b", "1a", "é"]
)
def test_what_is_no_short_lower_case_word_is_no_purpose(purpose: str) -> None:
    with pytest.raises(ValueError, match="a purpose is"):
        Domain(KEY, purpose)


@given(st.integers(-(10**15), 10**15))
def test_a_rounded_sum_has_two_digits_and_is_no_larger(amount: int) -> None:
    rounded = round_digits(amount)
    assert len(str(abs(rounded)).rstrip("0")) <= 2
    assert abs(rounded) <= abs(amount)
    assert abs(amount) - abs(rounded) < max(abs(amount) / 10, 1)
    assert rounded * amount >= 0
