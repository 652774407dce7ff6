"""What may be done on what grounds, and what must never be done: the content of policy.toml as a value.

A tier is for an account whose ring score, own risk and number of independent kinds of evidence all reach what
the tier asks for. Guardrails then only take away: each names a tier above which an account that it touches
does not go. All are on unless `off` names them; the allow-list cannot be turned off.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from itertools import pairwise

from graphrisk.enforce.purposes import ExportPurpose
from graphrisk.enforce.receivers import Receiver
from graphrisk.errors import ConfigError
from graphrisk.model.enforcement import TIERS, Tier


class Guardrail(StrEnum):
    """In the order in which they are tried and told."""

    ALLOW_LIST = "allow_list"  # never anything against these accounts
    KNOWN_GOOD = "known_good"  # nor against those labelled good
    STALE = "stale"  # the run is too old
    COOL_DOWN = "cool_down"  # an appeal of the account was overturned not long ago
    SOURCES = "sources"  # too few independent kinds of evidence
    HUB = "hub"  # too few are left without what everybody uses, and what was the account's own before
    UNCALIBRATED = "uncalibrated"  # the scores are no probabilities
    ASSOCIATION = "association"  # nothing of its own speaks against the account
    OWN_LIFE = "own_life"  # nearly all it does, it does with things of its own
    NOT_AUTOMATIC = "not_automatic"  # weakly held, or a bridge
    ONE_IDENTIFIER = "one_identifier"  # too much of the plan would hang on one identifier
    CAP_RING = "cap_ring"
    CAP_MARKET = "cap_market"
    CAP_DAY = "cap_day"
    CAP_PLAN = "cap_plan"
    # Those of people and time, which a plan as a whole has to pass
    FOUR_EYES = "four_eyes"  # nobody approves his own plan, nor twice
    VIEWED = "viewed"  # an approver has looked at rings of the plan
    CANARY = "canary"  # a small part first


@dataclass(frozen=True, slots=True)
class TierRule:
    """least_ring_score, least_risk: 0..1. least_sources: independent kinds of evidence. approval_count:
    people beside the author. duration_days: 0 for ever. reversible: by machine; else a revert is marked
    `by_hand`. reason: told to the account."""

    least_ring_score: float
    least_risk: float
    least_sources: int
    approval_count: int
    duration_days: float
    reason: str
    reversible: bool = True


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that may be acted on above monitor. active_share: of active accounts; turnover_share: of what
    all accounts paid."""

    accounts: int
    active_share: float
    turnover_share: float


@dataclass(frozen=True, slots=True)
class Caps:
    """ring, market, day, plan: each on its own. market: shares are of the market's active accounts. Shares of
    accounts never forbid the first `small_count`, lest a small shop could do nothing at all."""

    small_count: int = 10
    ring: Cap = Cap(500, 0.02, 0.05)
    market: Cap = Cap(5_000, 0.05, 0.1)
    day: Cap = Cap(10_000, 0.05, 0.1)
    plan: Cap = Cap(10_000, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the guardrails measure by.

    off: those that are turned off. fresh_days: a run's as-of is at most so old. cool_down_days: after an
    overturned appeal. hub_account_count: an identifier of more accounts is a hub, unless at least
    ring_held_share of them are in the ring, or the run says with at least ring_brought that a ring brought
    it. least_sources: for anything above monitor. own_first_days: a
    thing that the account used so long before others of the ring is its own, and no evidence.
    lost_payments, lost_share: from both on, an account's own lost payments speak against it.
    shared_use_share: the least part of its uses that is of things shared with its ring.
    one_identifier_share: of a plan.
    viewed_rings: of the plan, that each approver has opened, or all if there are fewer. canary_share: of a
    plan with at least canary_from actions; canary_hours: before the rest. canary_overturned_share: of the
    canary, from which on the rest is refused. plan_hours: for which a plan is good.
    """

    off: tuple[Guardrail, ...] = ()
    fresh_days: float = 7.0
    cool_down_days: float = 90.0
    hub_account_count: int = 10
    ring_held_share: float = 0.5
    ring_brought: float = 0.5
    least_sources: int = 2
    own_first_days: float = 30.0
    lost_payments: int = 2
    lost_share: float = 0.25
    shared_use_share: float = 0.1
    one_identifier_share: float = 0.25
    viewed_rings: int = 3
    canary_share: float = 0.05
    canary_from: int = 50
    canary_hours: float = 12.0
    canary_overturned_share: float = 0.1
    plan_hours: float = 72.0


@dataclass(frozen=True, slots=True)
class Tiers:
    """One rule for each tier, from the mildest."""

    monitor: TierRule = TierRule(0.3, 0.3, 1, 0, 30, "We watch this account more closely.")
    step_up: TierRule = TierRule(0.5, 0.5, 2, 0, 14, "We ask for another proof of who uses this account.")
    review: TierRule = TierRule(0.5, 0.6, 2, 0, 30, "A person looks at this account.")
    restrict: TierRule = TierRule(
        0.7, 0.8, 2, 1, 30,
        "Promotions and payouts are on hold, and listings hidden: one party appears to run this account and"
        " others.",
    )  # fmt: skip
    suspend: TierRule = TierRule(
        0.9, 0.95, 3, 2, 90,
        "The account is suspended: it appears to be one of several that one party runs to abuse the shop.",
    )  # fmt: skip
    ban: TierRule = TierRule(
        0.97, 0.99, 4, 2, 0,
        "The account is closed: it appears to be one of several that one party runs to abuse the shop.",
    )  # fmt: skip

    def of(self, tier: Tier) -> TierRule:
        found: TierRule = getattr(self, tier.value)
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """allow_list: account ids. approvers: name -> Ed25519 public key (hexadecimal) with which that person
    signs approvals; where it is empty, a name is taken as it is said. redress: how to object, for the
    statements. purposes: of exports, beside and before enforce.purposes."""

    tiers: Tiers = Tiers()
    limits: Limits = Limits()
    caps: Caps = Caps()
    allow_list: frozenset[str] = frozenset()
    approvers: tuple[tuple[str, str], ...] = ()
    receivers: tuple[Receiver, ...] = ()
    purposes: tuple[ExportPurpose, ...] = ()
    redress: str = "You can object to this decision; reply to the message that told you of it."
    digest: str = field(init=False, compare=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self))

    def is_on(self, guardrail: Guardrail) -> bool:
        return guardrail not in self.limits.off


def _digest(policy: Policy) -> str:
    """SHA-256 of all that the policy says, however its file spells it; hexadecimal."""
    told = {
        each.name: getattr(policy, each.name)
        for each in fields(policy)
        if each.name not in ("digest", "allow_list", "receivers", "purposes")
    }
    told = {name: value if isinstance(value, str | tuple) else asdict(value) for name, value in told.items()}
    told["allow_list"] = sorted(policy.allow_list)
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), default=list)
    return hashlib.sha256(text.encode()).hexdigest()


_SHARES = (
    "ring_held_share", "ring_brought", "lost_share", "shared_use_share", "one_identifier_share",
    "canary_share", "canary_overturned_share",
)  # fmt: skip
MOST_DAYS, MOST_HOURS = 200_000.0, 100_000.0  # further away there are no dates
_DAYS = ("fresh_days", "cool_down_days", "own_first_days")
_HOURS = ("canary_hours", "plan_hours")
_COUNTS = ("hub_account_count", "least_sources", "lost_payments", "viewed_rings", "canary_from")


def check_policy(policy: Policy, where: str) -> None:
    """Raises ConfigError for what is out of range or contradicts itself."""
    for tier in TIERS:
        _check_rule(policy.tiers.of(tier), f"{where} [tiers.{tier}]")
    for milder, stronger in pairwise(TIERS):
        _check_order(policy.tiers, milder, stronger, where)
    place = f"{where} [limits]"
    for name in _SHARES:
        _check_range(getattr(policy.limits, name), 0.0, 1.0, f"{place} {name}")
    for names, most in ((_DAYS, MOST_DAYS), (_HOURS, MOST_HOURS), (_COUNTS, 1e9)):
        for name in names:
            _check_range(getattr(policy.limits, name), 0.0, most, f"{place} {name}")
    for name in ("ring", "market", "day", "plan"):
        cap: Cap = getattr(policy.caps, name)
        _check_range(cap.accounts, 0, 1e12, f"{where} [caps.{name}] accounts")
        for share in ("active_share", "turnover_share"):
            _check_range(getattr(cap, share), 0.0, 1.0, f"{where} [caps.{name}] {share}")
    _check_range(policy.caps.small_count, 0, 1e12, f"{where} [caps] small_count")
    _check_keys(policy, f"{where} [approvers]")
    if Guardrail.ALLOW_LIST in policy.limits.off:
        raise ConfigError(
            "the allow-list cannot be turned off",
            where=f"{place} off",
            remedy="empty it, if it shall not hold",
        )


def _check_keys(policy: Policy, where: str) -> None:
    """Each person has a key of his own."""
    known: dict[str, str] = {}
    for name, key in policy.approvers:
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise ConfigError("an Ed25519 public key has 64 hexadecimal digits", where=f"{where} {name}")
        if key in known:
            raise ConfigError(f"the key is that of {known[key]}, too", where=f"{where} {name}")
        known[key] = name


def _check_rule(rule: TierRule, where: str) -> None:
    for name in ("least_ring_score", "least_risk"):
        _check_range(getattr(rule, name), 0.0, 1.0, f"{where} {name}")
    for name, most in (("least_sources", 100), ("approval_count", 100), ("duration_days", MOST_DAYS)):
        _check_range(getattr(rule, name), 0, most, f"{where} {name}")
    if not rule.reason.strip():
        raise ConfigError("a tier says in words why", where=f"{where} reason")


def _check_order(tiers: Tiers, milder: Tier, stronger: Tier, where: str) -> None:
    """A stronger tier asks for no less."""
    for each in ("least_ring_score", "least_risk", "least_sources", "approval_count"):
        asked, least = getattr(tiers.of(stronger), each), getattr(tiers.of(milder), each)
        if asked < least:
            raise ConfigError(
                f"{stronger} asks for less than {milder}", where=f"{where} [tiers.{stronger}] {each}",
                value=str(asked), remedy=f"at least {least}",
            )  # fmt: skip


def _check_range(value: float, least: float, most: float, where: str) -> None:
    if not least <= value <= most:
        raise ConfigError(f"lies between {least:g} and {most:g}", where=where, value=str(value))
