"""How far each account may go: what the tiers would do, and what each guardrail leaves of it.

Every guardrail of this module looks at one account alone. Those that look at the whole plan, caps and the
share of one identifier, are in caps.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from graphrisk.enforce.evidence import count_sources, speaks_for_itself
from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.enforce.policy import Guardrail, Policy
from graphrisk.model.enforcement import HARMLESS_UP_TO, TIERS, Evidence, Tier, rank


@dataclass(frozen=True, slots=True)
class Moment:
    """at: of the plan. run: the one that it is made from. is_cooling: subjects whose appeal was overturned
    within the cool-down."""

    at: datetime
    run: RunFacts
    is_cooling: frozenset[str]


@dataclass(frozen=True, slots=True)
class Allowed:
    """wanted: what ring score and risk alone would do. tier: what the guardrails leave. blocked_by: those
    that took something away, in their order."""

    wanted: Tier | None
    tier: Tier | None
    blocked_by: tuple[Guardrail, ...]


def is_stale(run: RunFacts, at: datetime, policy: Policy) -> bool:
    """A run of tomorrow is no fresher than one of last month: its clock is wrong."""
    age = at - run.as_of
    return age > timedelta(days=policy.limits.fresh_days) or age < timedelta(days=-1)


def allow(
    member: MemberFacts, subject: str, evidence: tuple[Evidence, ...], policy: Policy, moment: Moment
) -> Allowed:
    """What may be done to one account."""
    wanted = _fitting_tier(member, None, policy)
    left, blocked_by = wanted, []
    for guardrail, most in _limits(member, subject, evidence, policy, moment):
        if policy.is_on(guardrail) and rank(left) > rank(most):
            left = most
            blocked_by.append(guardrail)
    return Allowed(wanted, left, tuple(blocked_by))


def _limits(
    member: MemberFacts, subject: str, evidence: tuple[Evidence, ...], policy: Policy, moment: Moment
) -> list[tuple[Guardrail, Tier | None]]:
    """Each guardrail that touches the account, with the strongest tier that it leaves."""
    uses = member.shared_event_count / member.event_count if member.event_count else 1.0
    limits = policy.limits
    touched: list[tuple[bool, Guardrail, Tier | None]] = [
        (member.account_id in policy.allow_list, Guardrail.ALLOW_LIST, None),
        (member.is_labelled_good, Guardrail.KNOWN_GOOD, None),
        (is_stale(moment.run, moment.at, policy), Guardrail.STALE, None),
        (subject in moment.is_cooling, Guardrail.COOL_DOWN, None),
        (True, Guardrail.SOURCES, _fitting_tier(member, count_sources(evidence, counting=False), policy)),
        (True, Guardrail.HUB, _fitting_tier(member, count_sources(evidence, counting=True), policy)),
        (not moment.run.is_calibrated, Guardrail.UNCALIBRATED, HARMLESS_UP_TO),
        (not speaks_for_itself(evidence), Guardrail.ASSOCIATION, HARMLESS_UP_TO),
        (uses < limits.shared_use_share, Guardrail.OWN_LIFE, HARMLESS_UP_TO),
        (member.not_automatic is not None, Guardrail.NOT_AUTOMATIC, HARMLESS_UP_TO),
    ]
    return [(guardrail, most) for is_touched, guardrail, most in touched if is_touched]


def _fitting_tier(member: MemberFacts, source_count: int | None, policy: Policy) -> Tier | None:
    """The strongest whose rule is met. source_count: independent kinds of evidence, None: do not ask."""
    for tier in reversed(TIERS):
        rule = policy.tiers.of(tier)
        asked = rule.least_sources
        if rank(tier) > rank(Tier.MONITOR):
            asked = max(asked, policy.limits.least_sources)
        is_sure = member.ring_score >= rule.least_ring_score and member.risk >= rule.least_risk
        if is_sure and (source_count is None or source_count >= asked):
            return tier
    return None
