"""status: what is in force, what waits, and what was done to one account or ring."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.expiry import expire
from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.state import ActionState, EnforcementState
from graphrisk.model.enforcement import TIERS, Tier
from graphrisk.model.ledger import AppealStatus


@dataclass(frozen=True, slots=True)
class Status:
    """in_force: accounts by the strongest tier in force, from the mildest. later: actions that begin later.
    over: actions whose time is over and of which nobody was told yet. undelivered: packages of which no
    receiver took anything. open_appeals: cases without an answer."""

    head: tuple[int, str]
    is_stopped: bool
    in_force: tuple[tuple[Tier, int], ...]
    later_count: int
    over_count: int
    plan_count: int
    package_count: int
    undelivered_count: int
    dead_letter_count: int
    open_appeal_count: int
    erased_count: int


def sum_up(state: EnforcementState, at: datetime) -> Status:
    """at: naive UTC."""
    tiers = Counter(state.tiers(at).values())
    sent = {package_id for package_id, _, _ in state.delivered}
    actions = state.actions.values()
    return Status(
        state.head,
        state.is_stopped,
        tuple((tier, tiers[tier]) for tier in TIERS if tiers[tier]),
        sum(action.stands(at) and action.from_at > at for action in actions),
        len(expire(state, at, Tiers())),
        len(state.plans),
        len(state.packages),
        len(set(state.packages) - sent),
        len(state.dead),
        sum(appeal.status is AppealStatus.RECEIVED for appeal, _ in state.appeals.values()),
        len(state.erased),
    )


@dataclass(frozen=True, slots=True)
class ToldAction:
    """standing: `in force`, `later`, `over`, or `lifted`."""

    action: ActionState
    standing: str


def tell_actions(
    state: EnforcementState, at: datetime, *, subject: str | None = None, ring_id: str | None = None
) -> tuple[ToldAction, ...]:
    """All that was ever imposed on an account, or on members of a ring; the latest first."""
    chosen = [
        action
        for action in state.actions.values()
        if (subject is None or action.subject == subject) and (ring_id is None or action.ring_id == ring_id)
    ]
    chosen.sort(key=lambda action: (action.imposed_at, action.action_id), reverse=True)
    return tuple(ToldAction(action, _standing(action, at)) for action in chosen)


def _standing(action: ActionState, at: datetime) -> str:
    if action.lifts:
        return "lifted"
    if action.is_over(at):
        return "over"
    return "in force" if action.in_force(at) else "later"
