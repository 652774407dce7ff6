"""What is done about the rings of the hand-made shop (tests/handmade_shop.py), as values.

P-DONE     applied, of RING-ALPHA: acc1 suspended for 30 days; acc2 was reviewed, is banned; a guardrail keeps
           acc3 from it; acc4 is watched; and of RING-HOSTILE: one account suspended, the others blocked
P-WAITING  planned, of RING-ALPHA: what is done to acc1 goes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handmade_shop import FORMULA, HOSTILE, MARKUP, SQL

from graphrisk.enforce.shown import find_enforced, show_plan
from graphrisk.enforce.state import ActionState, Lift
from graphrisk.model.enforcement import Bucket, Evidence, PlanRow, Purpose, Source, Tier
from graphrisk.model.graph_enforcement import EnforcedAccount, GraphEnforcement, PlanHead, PlanStatus

NOW = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - naive UTC, as everywhere
BEGAN, ENDS = NOW - timedelta(days=1), NOW + timedelta(days=29)
DONE, WAITING = "P-DONE", "P-WAITING"
_DEVICE = Evidence(Source.DEVICE, "device", "D1", 3, 3, True, "same device as 2 others")
_HOSTILE_DEVICE = Evidence(Source.DEVICE, "device", f"D9 {MARKUP}", 4, 4, True, f"{FORMULA} {SQL}")


def plan_row(
    account_id: str,
    bucket: Bucket,
    proposed: Tier | None,
    *,
    present: Tier | None = None,
    blocked_by: tuple[str, ...] = (),
    ring_id: str = "RING-ALPHA",
) -> PlanRow:
    is_hostile = account_id in HOSTILE
    return PlanRow(
        subject=f"token{account_id}", account_id=account_id, ring_id=ring_id, market=None, bucket=bucket,
        present=present, wanted=Tier.SUSPEND, proposed=proposed, blocked_by=blocked_by, lifts=(),
        ring_score=0.4 if is_hostile else 0.9, risk=0.8, risk_low=0.6, risk_high=0.9, turnover_share=0.0,
        loss_share=0.0, money=(), evidence=(_HOSTILE_DEVICE if is_hostile else _DEVICE,),
        reasons=f"shares D9 {MARKUP} {account_id}" if is_hostile else "same device as 2 others",
        from_at=None if proposed is None else BEGAN, until_at=None if proposed is None else ENDS,
        is_canary=False,
    )  # fmt: skip


DONE_ROWS = (
    plan_row("acc1", Bucket.NEW, Tier.SUSPEND),
    plan_row("acc2", Bucket.ESCALATED, Tier.BAN, present=Tier.REVIEW),
    plan_row("acc3", Bucket.BLOCKED, None, blocked_by=("hub", FORMULA)),
    plan_row("acc4", Bucket.NEW, Tier.MONITOR),
    plan_row(HOSTILE[0], Bucket.NEW, Tier.SUSPEND, ring_id="RING-HOSTILE"),
    *(
        plan_row(name, Bucket.BLOCKED, None, blocked_by=("one_thing",), ring_id="RING-HOSTILE")
        for name in HOSTILE[1:]
    ),
)
WAITING_ROWS = (plan_row("acc1", Bucket.REMOVED, None, present=Tier.SUSPEND),)


def imposed(
    account_id: str,
    tier: Tier,
    *,
    plan_id: str = DONE,
    began: datetime = BEGAN,
    until: datetime | None = None,
) -> ActionState:
    subject = f"token{account_id}"
    return ActionState(
        f"A-{plan_id}-{account_id}", subject, "RING-ALPHA", tier, plan_id, "PKG-1", began, began, until
    )


ACTIONS = (
    imposed("acc1", Tier.SUSPEND, until=ENDS),
    imposed("acc2", Tier.REVIEW, plan_id="P-OLD", began=BEGAN - timedelta(days=9)),
    imposed("acc2", Tier.BAN),
    imposed("acc4", Tier.MONITOR, until=ENDS),
    imposed(HOSTILE[0], Tier.SUSPEND, until=ENDS),
)


def lifted(purpose: Purpose = Purpose.REVERT) -> tuple[ActionState, ...]:
    """All that P-DONE imposed is taken back."""
    lift = Lift("PKG-2", purpose, DONE, NOW)
    return tuple(replace(each, lifts=(lift,)) if each.plan_id == DONE else each for each in ACTIONS)


def enforcement(
    actions: Sequence[ActionState] = ACTIONS,
    *,
    status: PlanStatus = PlanStatus.APPLIED,
    at: datetime = NOW,
    limit: int = 2_000,
) -> GraphEnforcement:
    """status: of P-DONE."""
    of_done = [each for each in actions if each.plan_id == DONE]
    done = PlanHead(DONE, "run-new", status, BEGAN, BEGAN + timedelta(days=3), "ann", ("bob", MARKUP))
    waiting = PlanHead(WAITING, "run-new", PlanStatus.PLANNED, NOW, NOW + timedelta(days=3), "ann")
    enforced = (
        EnforcedAccount(subject.removeprefix("token"), each.tier, each.from_at, each.until_at, each.plan_id)
        for subject, each in find_enforced(actions, at).items()
    )
    return GraphEnforcement(
        tuple(enforced),
        (
            show_plan(done, DONE_ROWS, of_done, at, limit=limit),
            show_plan(waiting, WAITING_ROWS, (), at, limit=limit),
        ),
    )
