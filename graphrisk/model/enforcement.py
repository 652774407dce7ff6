"""The words of enforcement: tiers, what is done to an account, and what a plan says of each.

An action imposes a tier on an account. It is in force from `from_at` on, until it is lifted or `until_at`
comes. What holds of an account is the strongest action in force: so lifting one gives back whatever held
before it, and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from graphrisk.model.tables import TIME


class Tier(StrEnum):
    """From the mildest to the strongest."""

    MONITOR = "monitor"  # a mark, which the customer does not notice
    STEP_UP = "step_up"  # has to prove who he is: a code, a document
    REVIEW = "review"  # a person looks at it
    RESTRICT = "restrict"  # no coupons, no payouts, listings hidden
    SUSPEND = "suspend"  # the account is closed for a time
    BAN = "ban"  # the account is closed


TIERS: tuple[Tier, ...] = tuple(Tier)
HARMLESS_UP_TO = Tier.REVIEW  # what is stronger takes something away from a person


def rank(tier: Tier | None) -> int:
    """0 for nothing, 1 for monitor, 6 for ban."""
    return 0 if tier is None else TIERS.index(tier) + 1


def strongest(tiers: list[Tier]) -> Tier | None:
    return max(tiers, key=rank, default=None)


class Operation(StrEnum):
    """What a row of a package does to one action."""

    IMPOSE = "impose"  # it begins
    LIFT = "lift"  # it ends
    RESUME = "resume"  # it was lifted, and that was taken back


class Purpose(StrEnum):
    """Why a package was made."""

    APPLY = "apply"  # a plan
    REVERT = "revert"  # takes back a plan, or what was done to an account or a ring
    OVERTURN = "overturn"  # an appeal was upheld against us
    EXPIRE = "expire"  # the time of actions is over


class Bucket(StrEnum):
    """What a plan does with an account."""

    NEW = "new"  # nothing was in force
    ESCALATED = "escalated"  # something milder was in force
    UNCHANGED = "unchanged"  # what is in force stays
    REMOVED = "removed"  # what is in force is no longer borne out, and is lifted
    BLOCKED = "blocked"  # guardrails leave nothing of what the tiers would do that is not in force


class Source(StrEnum):
    """Kinds of evidence that are independent of each other. A home's address and its IP are one."""

    DEVICE = "device"
    INSTRUMENT = "instrument"
    LOCATION = "location"  # where goods go and where connections come from
    CONTACT = "contact"
    OTHER = "other"
    BEHAVIOUR = "behaviour"  # trades in step, in circles, in a dense block: found without identifiers
    RECORD = "record"  # the account's own: a label, lost payments


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks against an account, as a plan tells it.

    kind, identifier: of a thing that it shares with other members of the ring; of behaviour the detector and
    an empty text; of the record `label` or `losses` and an empty text. account_count, ring_account_count:
    holders in all, and in the ring, itself included; 0 without an identifier. counts: False where the policy
    does not let it count, as a hub's; then words say why. derived_from: the kind of which it is a family (an
    address's door); empty for a kind of its own.
    """

    source: Source
    kind: str
    identifier: str
    account_count: int
    ring_account_count: int
    counts: bool
    words: str
    derived_from: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """In one currency, minor units: what an account paid, what of that was lost (charged back or refunded),
    and what it was paid (which may still be held)."""

    currency: str | None
    paid_minor: int
    lost_minor: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What a plan does with one account.

    subject: the account's token (enforce.tokens), which ledgers and manifests carry instead of its id.
    account_id: None once it was erased; then evidence, money and reasons are empty.
    present, proposed: the tier in force before and after; None: none. wanted: what score and risk alone would
    do. blocked_by: names of the guardrails that stand between wanted and proposed, in their order.
    lifts: action ids that the plan ends. risk: probability of being in a ring, with its 90 % interval.
    turnover_share, loss_share: of everything that all accounts paid and lost, currencies weighted by their
    payments. from_at: when the action begins; until_at: when it ends by itself, None: never.
    digest: enforce.plan.row_digest, by which the plan's name stays what it was when a row is erased.
    """

    subject: str
    account_id: str | None
    ring_id: str
    market: str | None
    bucket: Bucket
    present: Tier | None
    wanted: Tier | None
    proposed: Tier | None
    blocked_by: tuple[str, ...]
    lifts: tuple[str, ...]
    ring_score: float
    risk: float
    risk_low: float
    risk_high: float
    turnover_share: float
    loss_share: float
    money: tuple[Money, ...]
    evidence: tuple[Evidence, ...]
    reasons: str
    from_at: datetime | None
    until_at: datetime | None
    is_canary: bool
    digest: str = ""

    @property
    def acts(self) -> bool:
        """Whether anything is done."""
        return self.bucket in (Bucket.NEW, Bucket.ESCALATED, Bucket.REMOVED)


# One row of a package: what the team that executes it does. Times UTC. Sorted by account, action, operation.
ACTION = pa.schema(
    [
        pa.field("action_id", pa.string(), nullable=False),  # A-...: the same action has it for life
        pa.field("operation", pa.string(), nullable=False),  # Operation
        pa.field("account_id", pa.string(), nullable=False),  # or a token, where the package is pseudonymised
        pa.field("ring_id", pa.string(), nullable=False),
        pa.field("tier", pa.string(), nullable=False),  # of this action
        pa.field("state_before", pa.string()),  # the account's tier before the package; null: none
        pa.field("state_after", pa.string()),  # and after it, whatever its other actions
        pa.field("from_at", TIME, nullable=False),
        pa.field("until_at", TIME),  # null: until it is lifted
        pa.field("reason", pa.string(), nullable=False),  # the tier's reason text, in words for the account
        pa.field("plan_id", pa.string(), nullable=False),  # the plan that imposed the action
        pa.field("by_hand", pa.bool_(), nullable=False),  # cannot be undone by machine: tier not reversible
    ]
)


@dataclass(frozen=True, slots=True)
class ActionRow:
    """Fields as in ACTION, and the account's subject token; account_id None once it was erased."""

    action_id: str
    operation: Operation
    subject: str
    account_id: str | None
    ring_id: str
    tier: Tier
    state_before: Tier | None
    state_after: Tier | None
    from_at: datetime
    until_at: datetime | None
    reason: str
    plan_id: str
    by_hand: bool
