"""How much of the caps earlier plans have used up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from graphrisk.enforce.caps import Spent
from graphrisk.enforce.plan import Plan
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import Tier, rank


def plans_from(state: EnforcementState, day: date) -> tuple[str, ...]:
    """Plans with actions that begin on that day or later, sorted."""
    found = {action.plan_id for action in state.actions.values() if action.from_at.date() >= day}
    return tuple(sorted(found))


def spent_by_day(state: EnforcementState, plans: Iterable[Plan]) -> dict[date, Spent]:
    """What was imposed above monitor, by the day on which it begins, whether it was taken back or not. plans:
    those of plans_from, which know what each account pays."""
    turnover = {(plan.plan_id, row.subject): row.turnover_share for plan in plans for row in plan.rows}
    sums: dict[date, list[float]] = defaultdict(lambda: [0, 0.0])
    for action in state.actions.values():
        if rank(action.tier) > rank(Tier.MONITOR):
            told = sums[action.from_at.date()]
            told[0] += 1
            told[1] += turnover.get((action.plan_id, action.subject), 0.0)
    return {day: Spent(int(count), share) for day, (count, share) in sums.items()}
