"""How much of the caps earlier plans have used up.

Of a ring counts what stands on its members; of a day what begins on it; of a market what begins on the day of
the plan or later. Only what is above monitor counts. What begins counts whether it was taken back or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.caps import Spending, Spent
from graphrisk.enforce.policy import Guardrail
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import Tier, rank


def plans_that_count(state: EnforcementState, at: datetime, rings: Collection[str]) -> tuple[str, ...]:
    """Plans with actions that begin on that day or later, or that stand in one of the rings; sorted."""
    wanted = set(rings)
    found = {
        action.plan_id
        for action in state.actions.values()
        if action.from_at.date() >= at.date() or (action.ring_id in wanted and action.stands(at))
    }
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Payer:
    """What a plan's row says of what its account pays, and where it is."""

    subject: str
    market: str | None
    turnover_share: float


def sum_spending(state: EnforcementState, payers: Mapping[str, Sequence[Payer]], at: datetime) -> Spending:
    """payers: by plan, of plans_that_count; of other plans the ring and the day count accounts alone, and the
    market nothing."""
    known = {(plan_id, row.subject): row for plan_id, rows in payers.items() for row in rows}
    sums: dict[tuple[Guardrail, str], dict[str, float]] = defaultdict(dict)
    begun: dict[tuple[Guardrail, str], list[float]] = defaultdict(list)
    for action in state.actions.values():
        if rank(action.tier) <= rank(Tier.MONITOR):
            continue
        row = known.get((action.plan_id, action.subject))
        turnover = 0.0 if row is None else row.turnover_share
        if action.stands(at):
            sums[Guardrail.CAP_RING, action.ring_id][action.subject] = turnover
        day = action.from_at.date()
        begun[Guardrail.CAP_DAY, day.isoformat()].append(turnover)
        if row is not None and day >= at.date():
            begun[Guardrail.CAP_MARKET, row.market or ""].append(turnover)
    rings = {key: Spent(len(of_ring), sum(of_ring.values())) for key, of_ring in sums.items()}
    return rings | {key: Spent(len(shares), sum(shares)) for key, shares in begun.items()}
