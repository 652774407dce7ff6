"""What a plan is made from: what one run and the tables say of the members of rings, nothing later than the
run's as-of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.enforcement import Money
from graphrisk.model.rings import Detector, MemberRole


@dataclass(frozen=True, slots=True)
class SharedThing:
    """An identifier that a member shares with another member of its ring; judged-away links are left out.

    account_count: accounts that ever used it, known at as-of; ring_account_count: members of the ring among
    them, itself included. first_seen_at: by the member; others_first_seen_at: by any other member; None: of
    some link no time is known, so that it may be as old as any. event_count: the member's uses. Of a thing
    that the run derived (model.derived_kinds) neither times nor uses are known, and its members are those
    whose paths name it. ring_brought: probability that a ring brought it, where the run judged it, else None.
    """

    kind: str
    identifier: str
    account_count: int
    ring_account_count: int
    first_seen_at: datetime | None
    others_first_seen_at: datetime | None
    event_count: int
    ring_brought: float | None


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """One member of one ring.

    risk, risk_low, risk_high: as in tables.ACCOUNT_RISK; both ends equal risk where it is no probability.
    not_automatic: as in tables.RING_MEMBER. detectors: those in whose own group it is. labels: the account's
    own, known at as-of. payment_count, lost_payment_count: that it made; lost: charged back or refunded.
    turnover_share: of what all accounts paid, the part that it paid: per currency, weighted by the currency's
    share of payments; the shares of all accounts add up to 1, or are all 0 where nothing was paid.
    loss_share: likewise of what was lost. event_count: all its uses of identifiers; shared_event_count: of
    these, of things that it shares with other members. things: by kind and identifier.
    """

    account_id: str
    ring_id: str
    ring_score: float
    role: MemberRole
    confidence: float | None
    risk: float
    risk_low: float
    risk_high: float
    not_automatic: str | None
    detectors: tuple[Detector, ...]
    market: str | None
    is_labelled_bad: bool
    is_labelled_good: bool
    payment_count: int
    lost_payment_count: int
    turnover_share: float
    loss_share: float
    money: tuple[Money, ...]
    event_count: int
    shared_event_count: int
    things: tuple[SharedThing, ...]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """About the run and everybody.

    is_calibrated: risks and ring scores are probabilities. active_by_market: accounts made, seen or paying
    within 90 days before the last time by as-of that any was, by market ('' where it is not told); of
    accounts without any time of use all count.
    data_digest: of the files that are loaded; judgements_digest: of all judgements; of the present, so that a
    plan of an older state is recognised.
    """

    run_id: str
    as_of: datetime
    is_calibrated: bool
    account_count: int
    active_by_market: tuple[tuple[str, int], ...]
    data_digest: str
    judgements_digest: str

    @property
    def active_count(self) -> int:
        return sum(count for _, count in self.active_by_market)
