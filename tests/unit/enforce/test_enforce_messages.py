from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from delivery_world import NOON, row, rows
from hypothesis import given
from hypothesis import strategies as st
from kept_ledger import KeptLedger, KeptPackages

from graphrisk.enforce.messages import (
    MESSAGE_TYPE,
    Heading,
    begun_batch_size,
    cut_parts,
    part_number,
    still_holds,
    write_message,
)
from graphrisk.enforce.state import replay
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.model.enforcement import ActionRow, Operation, Purpose
from graphrisk.model.ledger import Changed

HEADING = Heading("PKG-A", 3, "P-1", Purpose.APPLY, "ab" * 32, 2)


def changes(given_rows: Sequence[ActionRow]) -> tuple[Changed, ...]:
    return tuple(
        Changed(
            "PKG-A", each.action_id, each.operation, each.subject, each.ring_id, each.tier, each.plan_id,
            each.from_at, each.until_at,
        )
        for each in given_rows
    )  # fmt: skip


accounts = st.lists(st.integers(1, 6), max_size=12).map(
    lambda counts: changes(
        [row(f"A-{a}-{n}", f"acc{a}") for a, count in enumerate(counts) for n in range(count)]
    )
)


@given(accounts, st.integers(1, 7))
def test_every_row_is_in_one_part_in_its_order(told: tuple[Changed, ...], batch_size: int) -> None:
    parts = cut_parts("PKG-A", told, batch_size)
    assert tuple(each for part in parts for each in part.changes) == told
    assert all(1 <= len(part.changes) <= batch_size for part in parts)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert [part_number(part.message_id) for part in parts] == [part.number for part in parts]


@given(accounts, st.integers(6, 9))
def test_an_account_that_a_message_can_hold_is_in_one_message(
    told: tuple[Changed, ...], batch_size: int
) -> None:
    parts = cut_parts("PKG-A", told, batch_size)
    for subject in {each.subject for each in told}:
        assert sum(subject in part.subjects for part in parts) == 1


@given(accounts, st.integers(1, 7))
def test_the_batch_size_can_be_read_off_any_name(told: tuple[Changed, ...], batch_size: int) -> None:
    names = [part.message_id for part in cut_parts("PKG-A", told, batch_size)]
    assert begun_batch_size(names) == (batch_size if names else None)


def test_a_name_that_is_not_ours_says_nothing() -> None:
    for name in ("", "MSG-", "msg_2x", "MSG-" + "A" * 26 + "-0-1", "MSG-" + "A" * 26 + "-1-1\n"):
        assert (begun_batch_size([name]), part_number(name)) == (None, 0)


def test_no_package_of_rows_is_no_message() -> None:
    assert cut_parts("PKG-A", (), 100) == ()


def test_names_differ_where_package_place_cut_or_rows_differ() -> None:
    told = changes(rows(4))
    names = [part.message_id for part in cut_parts("PKG-A", told, 2)]
    assert len(set(names)) == 2
    for other in (
        cut_parts("PKG-B", told, 2),
        cut_parts("PKG-A", told, 3),
        cut_parts("PKG-A", [replace(each, operation=Operation.LIFT) for each in told], 2),
        cut_parts("PKG-A", [replace(each, action_id=each.action_id + "x") for each in told], 2),
    ):
        assert not {part.message_id for part in other} & set(names)


def test_the_same_package_has_the_same_names_for_ever() -> None:
    # printf '["PKG-A", 1, 100, [["A-0000", "impose"], ["A-0001", "impose"]]]' | openssl dgst -sha256 -binary
    # | base32 | head -c 26. If it changes, all that is under way is sent a second time.
    (part,) = cut_parts("PKG-A", changes(rows(2)), 100)
    assert part.message_id == "MSG-QKAJUI6LO6OZLKUP53LVIM46DO-1-100"


def test_a_message_says_what_the_package_says_in_canonical_json() -> None:
    hostile = replace(row("A-1"), account_id='an"n\u202e\x1b[31m', ring_id="RING-é", until_at=None)
    (part,) = cut_parts("PKG-A", changes([hostile]), 100)
    body = write_message(HEADING, part, [hostile]).body
    assert body.isascii()
    assert body.isprintable()
    told = json.loads(body)
    assert body == json.dumps(told, sort_keys=True, separators=(",", ":"))
    assert told == {
        "type": MESSAGE_TYPE, "package_id": "PKG-A", "ledger_seq": 3, "plan_id": "P-1",
        "purpose": "apply", "manifest_sha256": "ab" * 32, "part": 1, "part_count": 2,
        "actions": [{
            "action_id": "A-1", "operation": "impose", "account_id": 'an"n\u202e\x1b[31m',
            "ring_id": "RING-é", "tier": "restrict", "state_before": None, "state_after": "restrict",
            "from_at": "2026-03-01T12:00:00Z", "until_at": None, "reason": "on hold", "plan_id": "P-1",
            "by_hand": False,
        }],
    }  # fmt: skip


def order(
    given_rows: Sequence[ActionRow], purpose: Purpose, plan: str = "P-1", at: datetime = NOON
) -> HandOver:
    return HandOver(purpose, plan, "all", plan, "", tuple(given_rows), (), "eve", at)


@pytest.mark.parametrize(
    ("later", "holds"),
    [
        ([], [True]),
        # a revert
        ([(Operation.LIFT, Purpose.REVERT, "P-1")], [False, True]),
        # another plan lifts it, and is taken back
        ([(Operation.LIFT, Purpose.APPLY, "P-2")], [False, True]),
        (
            [(Operation.LIFT, Purpose.APPLY, "P-2"), (Operation.RESUME, Purpose.REVERT, "P-2")],
            [True, False, True],
        ),
        # it is reverted in between: the lift of the revert stays, and nobody may hear of the resumption
        (
            [
                (Operation.LIFT, Purpose.APPLY, "P-2"),
                (Operation.LIFT, Purpose.REVERT, "P-1"),
                (Operation.RESUME, Purpose.REVERT, "P-2"),
            ],
            [False, True, True, False],
        ),
    ],
)
def test_only_what_agrees_with_the_ledger_of_now_still_holds(
    later: list[tuple[Operation, Purpose, str]], holds: list[bool]
) -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    hand_over(ledger, packages, order([row("A-1")], Purpose.APPLY))
    for operation, purpose, plan in later:
        hand_over(ledger, packages, order([row("A-1", operation=operation)], purpose, plan))
    state = replay(ledger.entries)
    told = [change for package in state.packages.values() for change in package.changes]
    assert [still_holds(state, change, NOON) for change in told] == holds


def test_what_would_impose_what_is_over_no_longer_holds() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    hand_over(ledger, packages, order([row("A-1")], Purpose.APPLY))
    ((change,),) = (package.changes for package in replay(ledger.entries).packages.values())
    end = change.until_at
    assert end is not None
    state = replay(ledger.entries)
    assert still_holds(state, change, end - timedelta(seconds=1))
    assert not still_holds(state, change, end)
    hand_over(ledger, packages, order([row("A-1", operation=Operation.LIFT)], Purpose.EXPIRE))
    state = replay(ledger.entries)
    lift = list(state.packages.values())[1].changes[0]
    assert still_holds(state, lift, end), "that it ended is told"
