"""hand over: the package first, then the ledger; once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from kept_ledger import KeptLedger, KeptPackages, PowerCut

from graphrisk.errors import TamperedError
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier
from graphrisk.model.ledger import Changed, Packaged

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere


def row(action: str, account: str = "ann", operation: Operation = Operation.IMPOSE) -> ActionRow:
    return ActionRow(
        action, operation, f"t-{account}", account, "RING-A", Tier.RESTRICT, None, Tier.RESTRICT, NOON,
        NOON + timedelta(days=30), "on hold", "P-1", by_hand=False,
    )  # fmt: skip


def order(*rows: ActionRow, stage: str = "all", by: str = "eve", at: datetime = NOON) -> HandOver:
    return HandOver(Purpose.APPLY, "P-1", stage, "P-1", "because", rows or (row("A-1"),), (), by, at)


def test_the_changes_of_a_package_stand_before_the_entry_that_makes_them_count() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    given = order(row("A-2", "bob"), row("A-1", "ann"))
    packaged = hand_over(ledger, packages, given)
    changed = [entry.body for entry in ledger.entries[:-1] if isinstance(entry.body, Changed)]
    assert [(each.action_id, each.subject, each.package_id) for each in changed] == [
        ("A-1", "t-ann", given.package_id),
        ("A-2", "t-bob", given.package_id),
    ]
    assert ledger.entries[-1].body == packaged
    assert packaged == Packaged(
        given.package_id, Purpose.APPLY, "P-1", "all", "P-1", "because",
        f"manifest of {given.package_id} by eve", 2,
    )  # fmt: skip
    assert set(ledger.state().actions) == {"A-1", "A-2"}


def test_handing_over_again_changes_neither_ledger_nor_package() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    first = hand_over(ledger, packages, order())
    before, folders = ledger.entries, dict(packages.folders)
    later = order(by="bob", at=NOON + timedelta(days=1))
    assert hand_over(ledger, packages, later) == first
    assert (ledger.entries, packages.folders) == (before, folders)


def test_what_a_crash_left_before_the_ledger_is_made_anew() -> None:
    ledger, packages = KeptLedger(until_cut=0), KeptPackages()
    with pytest.raises(PowerCut):
        hand_over(ledger, packages, order(by="eve"))
    assert len(packages.folders) == 1
    packaged = hand_over(ledger, packages, order(by="bob"))
    assert [each.by for each in packages.folders.values()] == ["bob"]
    assert packaged.manifest_sha256.endswith("by bob")
    assert ledger.packaged() == [packaged]


def test_what_a_crash_left_of_another_package_is_removed_and_what_was_handed_over_stays() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    hand_over(ledger, packages, order(stage="canary"))
    ledger.until_cut = 0
    with pytest.raises(PowerCut):
        hand_over(ledger, packages, order(row("A-9")))
    hand_over(ledger, packages, order(stage="rest"))
    assert sorted(packages.folders) == sorted(each.package_id for each in ledger.packaged())


def test_a_package_is_told_the_hash_of_the_entry_that_it_follows() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    hand_over(ledger, packages, order(stage="canary"))
    hand_over(ledger, packages, order(stage="rest"))
    assert packages.hashes == ["", "hash1"]


@pytest.mark.parametrize(
    "other",
    [
        order(row("A-2")),
        order(row("A-1", operation=Operation.LIFT)),
        order(row("A-1"), row("A-2")),
        order(stage="canary"),
        replace(order(), purpose=Purpose.REVERT),
        replace(order(), plan_id="P-2"),
        replace(order(), about="ring"),
    ],
)
def test_a_package_that_does_something_else_has_another_name(other: HandOver) -> None:
    assert other.package_id != order().package_id


def test_who_when_why_and_the_order_of_rows_do_not_change_a_name() -> None:
    rows = row("A-1"), row("A-2", "bob")
    one = order(*rows)
    other = replace(order(*reversed(rows), by="bob", at=NOON + timedelta(days=3)), note="other")
    assert one.package_id == other.package_id
    assert one.rows == other.rows


def test_a_package_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="without rows"):
        HandOver(Purpose.REVERT, "P-1", "all", "P-1", "", (), (), "eve", NOON)


def test_a_package_that_proves_that_the_ledger_was_put_back_is_not_removed() -> None:
    ledger, packages = KeptLedger(), KeptPackages()
    hand_over(ledger, packages, order(row("A-1")))
    late = order(row("A-2"), stage="rest")
    hand_over(ledger, packages, late)
    # Somebody brings back the ledger as it was before everything
    del ledger.kept[:]
    with pytest.raises(TamperedError):
        hand_over(ledger, packages, order(row("A-3")))
    assert late.package_id in packages.folders


def test_the_kill_switch_is_asked_for_last_and_leaves_the_ledger_as_it_was() -> None:
    ledger, packages = KeptLedger(), KeptPackages()

    def stop() -> None:
        assert packages.folders  # the package stands
        raise PowerCut

    with pytest.raises(PowerCut):
        hand_over(ledger, packages, order(row("A-1")), stop)
    assert ledger.entries == ()
    hand_over(ledger, packages, order(row("A-1")))
    assert len(ledger.packaged()) == 1
