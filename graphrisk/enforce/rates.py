"""How often what was done is appealed, and how often an appeal is right: by tier, ring or reason.

Intervals are the exact ones of Clopper and Pearson (Biometrika 26, 1934, 404-413): they hold in at least 95 %
of cases, however few there are. Cases are taken as independent of each other, which those of one ring are
not: what one wrong link did to many shows in the rates of the ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TypeVar

from graphrisk.enforce.state import ActionState, EnforcementState
from graphrisk.model.enforcement import TIERS
from graphrisk.model.ledger import Appealed, AppealStatus

_DAY_SECONDS = 86_400

Each = TypeVar("Each")


class RatesBy(StrEnum):
    TIER = "tier"
    RING = "ring"
    REASON = "reason"  # of the appeal, as the desk that took it says


@dataclass(frozen=True, slots=True)
class Share:
    """part_count of of_count, with its 95 % interval; value, low and high are None of nothing."""

    part_count: int
    of_count: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, part_count: int, of_count: int) -> Share:
        if not of_count:
            return cls(part_count, of_count, None, None, None)
        from scipy.stats import binomtest  # noqa: PLC0415 - a second, which no other command waits for

        around = binomtest(part_count, of_count).proportion_ci(0.95, method="exact")
        return cls(part_count, of_count, part_count / of_count, float(around.low), float(around.high))


@dataclass(frozen=True, slots=True)
class AppealRates:
    """name: tier, ring or reason; empty for all together. action_count: imposed. appealed: of these actions,
    those with a case; None by reason, which an action has none of before it is appealed. case_count: cases;
    open_count: of these, the undecided. overturned: of the decided. median_days: from receipt to decision,
    None where none is decided."""

    name: str
    action_count: int | None
    appealed: Share | None
    case_count: int
    open_count: int
    overturned: Share
    median_days: float | None


def rate_appeals(state: EnforcementState, by: RatesBy) -> tuple[AppealRates, ...]:
    """First all together; then tiers from the mildest, rings and reasons by name. Tiers and rings without any
    case stand here with their actions."""
    cases = [body for body, _ in state.appeals.values()]
    actions = tuple(state.actions.values())
    whole = _rate("", actions, cases)
    if by is RatesBy.REASON:
        by_reason = _grouped(cases, lambda case: case.reason_code)
        return (whole, *(_rate(name, None, by_reason[name]) for name in sorted(by_reason)))

    def name_of(action: ActionState) -> str:
        return action.tier.value if by is RatesBy.TIER else action.ring_id

    actions_of = _grouped(actions, name_of)
    cases_of = _grouped(cases, lambda case: name_of(state.actions[case.action_id]))
    names = [tier.value for tier in TIERS] if by is RatesBy.TIER else sorted(actions_of)
    return (
        whole,
        *(_rate(name, actions_of[name], cases_of.get(name, [])) for name in names if name in actions_of),
    )


def _grouped(each: Iterable[Each], name_of: Callable[[Each], str]) -> dict[str, list[Each]]:
    groups: dict[str, list[Each]] = {}
    for one in each:
        groups.setdefault(name_of(one), []).append(one)
    return groups


def _rate(name: str, actions: Sequence[ActionState] | None, cases: Sequence[Appealed]) -> AppealRates:
    decided = [case for case in cases if case.status is not AppealStatus.RECEIVED]
    overturned = sum(case.status is AppealStatus.OVERTURNED for case in decided)
    days = [
        (case.resolved_at - case.received_at).total_seconds() / _DAY_SECONDS
        for case in decided
        if case.resolved_at is not None
    ]
    appealed = len({case.action_id for case in cases})
    return AppealRates(
        name, None if actions is None else len(actions),
        None if actions is None else Share.of(appealed, len(actions)), len(cases), len(cases) - len(decided),
        Share.of(overturned, len(decided)), median(days) if days else None,
    )  # fmt: skip
