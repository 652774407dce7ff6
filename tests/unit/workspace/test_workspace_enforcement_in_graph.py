"""What of a workspace's enforcement is to stand in the graph, read from a real ledger and real plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from enforced_shop import BEGAN, DONE_ROWS, ENDS, NOW, plan_row
from handmade_shop import FORMULA
from shop_ledger import ShopLedger

from graphrisk.errors import ConfigError, TamperedError
from graphrisk.model.enforcement import Bucket, Tier
from graphrisk.model.graph_enforcement import NO_ENFORCEMENT, Outcome, PlanStatus
from graphrisk.workspace import Workspace
from graphrisk.workspace.enforcement_in_graph import read_enforcement

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def ledger(shop: Workspace, keys: Path) -> ShopLedger:
    return ShopLedger.begin(shop, keys)


def states(shop: Workspace) -> dict[str, Tier]:
    return {each.account_id: each.tier for each in read_enforcement(shop, NOW).enforced}


def test_without_a_ledger_there_is_nothing_and_no_key_is_asked_for(shop: Workspace) -> None:
    assert read_enforcement(shop, NOW) == NO_ENFORCEMENT
    assert not list(shop.folder.glob("enforc*"))


def test_a_plan_is_shown_from_the_day_that_it_is_made_to_the_day_that_nothing_hangs_on_it(
    shop: Workspace, ledger: ShopLedger
) -> None:
    plan = ledger.plan(DONE_ROWS, BEGAN)
    (shown,) = read_enforcement(shop, NOW).plans
    assert (shown.head.status, shown.head.planned_by, shown.head.run_id) == (
        PlanStatus.PLANNED, "ann", "run-new",
    )  # fmt: skip
    assert states(shop) == {}
    ledger.approve(plan, "bob", BEGAN)
    (shown,) = read_enforcement(shop, NOW).plans
    assert (shown.head.status, shown.head.approved_by) == (PlanStatus.APPROVED, ("bob",))

    ledger.apply(plan, BEGAN)
    (shown,) = read_enforcement(shop, NOW).plans
    assert shown.head.status is PlanStatus.APPLIED
    token_of = ledger.enforcement.token_of()
    assert {name: each.outcome for name, each in shown.outcomes.items()} == dict.fromkeys(
        map(token_of, ("acc1", "acc2", "acc4", FORMULA)), Outcome.IN_FORCE
    )
    assert states(shop) == {
        "acc1": Tier.SUSPEND, "acc2": Tier.BAN, "acc4": Tier.MONITOR, FORMULA: Tier.SUSPEND,
    }  # fmt: skip
    later = read_enforcement(shop, ENDS)
    assert (later.enforced, later.plans) == ((), ())

    ledger.revert(plan, NOW - HOUR)
    (shown,) = read_enforcement(shop, NOW).plans
    assert shown.head.status is PlanStatus.REVERTED
    assert {(each.outcome, each.ended_at, each.ended_by) for each in shown.outcomes.values()} == {
        (Outcome.LIFTED, NOW - HOUR, "revert")
    }
    assert states(shop) == {}
    assert read_enforcement(shop, NOW + 90 * DAY).plans == ()


def test_too_few_approvals_are_none(shop: Workspace, ledger: ShopLedger) -> None:
    plan = ledger.plan(DONE_ROWS, BEGAN, approval_count=2)
    ledger.approve(plan, "bob", BEGAN)
    assert read_enforcement(shop, NOW).plans[0].head.status is PlanStatus.PLANNED
    ledger.approve(plan, "eve", BEGAN)
    assert read_enforcement(shop, NOW).plans[0].head.status is PlanStatus.APPROVED


def test_a_plan_that_waits_goes_when_its_time_is_over_or_the_policy_changes_and_one_that_holds_stays(
    shop: Workspace, ledger: ShopLedger
) -> None:
    waiting = ledger.plan(DONE_ROWS, BEGAN)
    assert read_enforcement(shop, BEGAN + 3 * DAY).plans == ()
    applied = ledger.plan([plan_row("acc1", Bucket.NEW, Tier.SUSPEND)], BEGAN)
    ledger.apply(applied, BEGAN)
    assert {each.head.plan_id for each in read_enforcement(shop, NOW).plans} == {
        waiting.plan_id, applied.plan_id,
    }  # fmt: skip
    policy = shop.folder / "policy.toml"
    policy.write_text(policy.read_text().replace("canary_hours = 12.0", "canary_hours = 13.0"))
    assert [each.head.plan_id for each in read_enforcement(shop, NOW).plans] == [applied.plan_id]


def test_the_strongest_of_several_plans_holds_and_the_milder_one_after_it(
    shop: Workspace, ledger: ShopLedger
) -> None:
    mild = ledger.plan([plan_row("acc1", Bucket.NEW, Tier.REVIEW)], BEGAN)
    ledger.apply(mild, BEGAN)
    strong = ledger.plan([plan_row("acc1", Bucket.ESCALATED, Tier.BAN, present=Tier.REVIEW)], BEGAN)
    ledger.apply(strong, BEGAN)
    assert states(shop) == {"acc1": Tier.BAN}
    ledger.revert(strong, NOW)
    (left,) = read_enforcement(shop, NOW).enforced
    assert (left.tier, left.plan_id) == (Tier.REVIEW, mild.plan_id)


def test_the_state_that_stands_in_the_database_is_what_the_graph_gets(
    shop: Workspace, ledger: ShopLedger
) -> None:
    """Also of actions that are equally strong."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    tiers = (Tier.REVIEW, Tier.SUSPEND, Tier.SUSPEND, Tier.MONITOR, Tier.SUSPEND)
    for hours, days, tier in zip((5, 4, 3, 2, 1), (30, 3, 9, None, 9), tiers, strict=True):
        begun = now - timedelta(hours=hours)
        rows = [
            replace(plan_row(name, Bucket.NEW, tier), from_at=begun, until_at=days and now + days * DAY)
            for name in ("acc1", "acc3")[: hours % 2 + 1]
        ]
        ledger.apply(ledger.plan(rows, begun), begun)
    found = read_enforcement(shop, now + timedelta(minutes=1)).enforced
    with duckdb.connect(str(ledger.enforcement.places.state), read_only=True) as database:
        stored = database.execute(
            "SELECT account_id, tier, from_at, until_at, plan_id FROM enforcement_state ORDER BY account_id"
        ).fetchall()
    assert [(a.account_id, a.tier.value, a.from_at, a.until_at, a.plan_id) for a in found] == stored
    assert [(a.account_id, a.from_at) for a in found] == [
        ("acc1", now - 3 * HOUR), ("acc3", now - 3 * HOUR),
    ]  # fmt: skip


def test_an_account_that_was_erased_from_the_ledger_is_told_nowhere(
    shop: Workspace, ledger: ShopLedger
) -> None:
    ledger.apply(ledger.plan(DONE_ROWS, BEGAN), BEGAN)
    ledger.erase("acc1", NOW)
    found = read_enforcement(shop, NOW)
    assert "acc1" not in repr(found)
    assert {each.account_id for each in found.enforced} == {"acc2", "acc4", FORMULA}
    assert found.plans[0].account_count == len(DONE_ROWS)


def test_a_ledger_that_was_tampered_with_is_not_shown(shop: Workspace, ledger: ShopLedger) -> None:
    ledger.apply(ledger.plan(DONE_ROWS, BEGAN), BEGAN)
    place = ledger.enforcement.places.ledger
    place.write_bytes(place.read_bytes().replace(b'"suspend"', b'"restrict"', 1))
    with pytest.raises(TamperedError):
        read_enforcement(shop, NOW)


def test_a_ledger_that_nobody_can_check_is_not_shown(shop: Workspace, ledger: ShopLedger, keys: Path) -> None:
    ledger.apply(ledger.plan(DONE_ROWS, BEGAN), BEGAN)
    (keys / "signing.pub").unlink()
    with pytest.raises(ConfigError):
        read_enforcement(shop, NOW)
