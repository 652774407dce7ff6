"""What of enforcement is shown: the strongest action in force on each account, plans that are not done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from graphrisk.enforce.state import ActionState
from graphrisk.model.enforcement import PlanRow, Purpose, rank
from graphrisk.model.graph_enforcement import ActionOutcome, Outcome, PlanHead, PlanStatus, ShownPlan
from graphrisk.model.plan_rings import choose_whole_rings, group_rows

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
_LIFTED_BY = {Purpose.REVERT: "revert", Purpose.OVERTURN: "appeal", Purpose.EXPIRE: "expiry"}
TAKEN_BACK_DAYS = 90  # a plan of which something was taken back is shown for so long afterwards


def find_enforced(actions: Iterable[ActionState], at: datetime) -> dict[str, ActionState]:
    """Subject -> its strongest action in force; of several that are equally strong the one that lasts longest
    (as the view enforcement_state has it)."""
    found: dict[str, ActionState] = {}
    for action in actions:
        if action.in_force(at):
            other = found.get(action.subject)
            if other is None or _place(action) < _place(other):
                found[action.subject] = action
    return found


def find_outcome(action: ActionState, at: datetime) -> ActionOutcome:
    """What was lifted after its time was over, has expired all the same."""
    until_at = action.until_at
    if action.lifts:
        lift = action.lifts[0]
        if until_at is None or lift.at < until_at:
            return ActionOutcome(
                Outcome.LIFTED, lift.at, _LIFTED_BY.get(lift.purpose, f"plan {lift.plan_id}")
            )
        return ActionOutcome(Outcome.EXPIRED, until_at, None)
    if action.is_over(at):
        return ActionOutcome(Outcome.EXPIRED, until_at, None)
    return ActionOutcome(Outcome.IN_FORCE if action.from_at <= at else Outcome.TO_COME, None, None)


def is_done(head: PlanHead, actions: Iterable[ActionState], at: datetime) -> bool:
    """Whether nothing hangs on a plan any more. actions: those that it imposed.

    One that nobody has carried out: its time is over. One that was carried out: none of its actions is in
    force or to come, and if any was taken back, before its time was over, that was long ago.
    """
    if head.status in (PlanStatus.PLANNED, PlanStatus.APPROVED):
        return head.expires_at <= at
    outcomes = []
    for action in actions:
        if action.stands(at):
            return False
        outcomes.append(find_outcome(action, at))
    lifted = [each.ended_at for each in outcomes if each.outcome is Outcome.LIFTED and each.ended_at]
    return not lifted or max(lifted) + timedelta(days=TAKEN_BACK_DAYS) <= at


def show_plan(
    head: PlanHead, rows: Iterable[PlanRow], actions: Iterable[ActionState], at: datetime, *, limit: int
) -> ShownPlan:
    """actions: those that the plan imposed. limit: accounts whose rows are shown."""
    rings = group_rows(rows)
    chosen = choose_whole_rings(rings, limit)
    shown = tuple(row for ring in chosen for row in ring.rows)
    left_out_count = sum(len(ring.rows) for ring in rings) - len(shown)
    outcomes = {action.subject: find_outcome(action, at) for action in actions}
    return ShownPlan(head, rings, shown, left_out_count, outcomes)


def _place(action: ActionState) -> tuple[int, bool, timedelta, datetime, str]:
    """The strongest first, then what has no end, what ends last, what began first."""
    until_at = action.until_at
    left = _EPOCH - (until_at or _EPOCH)
    return -rank(action.tier), until_at is not None, left, action.from_at, action.action_id
