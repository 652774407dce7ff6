"""What of enforcement is shown: the strongest action in force on each account, plans that are not done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from graphrisk.model.enforcement import PlanRow, rank
from graphrisk.model.graph_enforcement import (
    AccountAction,
    ActionOutcome,
    EnforcedAccount,
    Outcome,
    PlanHead,
    PlanStatus,
    ShownPlan,
)
from graphrisk.model.plan_rings import choose_whole_rings, group_rows

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
TAKEN_BACK_DAYS = 90  # a plan of which something was taken back is shown for so long afterwards


def find_enforced(actions: Iterable[AccountAction], at: datetime) -> tuple[EnforcedAccount, ...]:
    """By account. Of several actions that are equally strong the one that lasts longest."""
    found: dict[str, AccountAction] = {}
    for action in actions:
        if find_outcome(action, at).outcome is Outcome.IN_FORCE:
            other = found.get(action.account_id)
            if other is None or _strength(action) > _strength(other):
                found[action.account_id] = action
    return tuple(
        EnforcedAccount(account_id, action.tier, action.from_at, action.until_at, action.plan_id)
        for account_id, action in sorted(found.items())
    )


def find_outcome(action: AccountAction, at: datetime) -> ActionOutcome:
    """What was lifted after its time was over, has expired all the same."""
    is_over = action.until_at is not None and action.until_at <= at
    if action.lifted_at is not None and not (
        action.until_at is not None and action.until_at <= action.lifted_at
    ):
        return ActionOutcome(Outcome.LIFTED, action.lifted_at, action.lifted_by)
    if is_over or action.lifted_at is not None:
        return ActionOutcome(Outcome.EXPIRED, action.until_at, None)
    if action.from_at > at:
        return ActionOutcome(Outcome.TO_COME, None, None)
    return ActionOutcome(Outcome.IN_FORCE, None, None)


def is_done(head: PlanHead, actions: Sequence[AccountAction], at: datetime) -> bool:
    """Whether nothing hangs on a plan any more. actions: those that it imposed.

    One that nobody has carried out: its time is over. One that was carried out: none of its actions is in
    force or to come, and if any was taken back, before its time was over, that was long ago.
    """
    if head.status in (PlanStatus.PLANNED, PlanStatus.APPROVED):
        return head.expires_at <= at
    outcomes = [find_outcome(action, at) for action in actions]
    if any(each.outcome in (Outcome.IN_FORCE, Outcome.TO_COME) for each in outcomes):
        return False
    lifted = [each.ended_at for each in outcomes if each.outcome is Outcome.LIFTED and each.ended_at]
    return not lifted or max(lifted) + timedelta(days=TAKEN_BACK_DAYS) <= at


def show_plan(
    head: PlanHead, rows: Iterable[PlanRow], actions: Iterable[AccountAction], at: datetime, *, limit: int
) -> ShownPlan:
    """actions: those that the plan imposed. limit: accounts whose rows are shown."""
    rings = group_rows(rows)
    chosen = choose_whole_rings(rings, limit)
    shown = tuple(row for ring in chosen for row in ring.rows)
    left_out_count = sum(len(ring.rows) for ring in rings) - len(shown)
    outcomes = {action.account_id: find_outcome(action, at) for action in actions}
    return ShownPlan(head, rings, shown, left_out_count, outcomes)


def _strength(action: AccountAction) -> tuple[int, bool, datetime, timedelta, str]:
    """Tier, end, how early it began, plan."""
    return (
        rank(action.tier), action.until_at is None, action.until_at or _EPOCH, _EPOCH - action.from_at,
        action.plan_id,
    )  # fmt: skip
