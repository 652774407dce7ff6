"""What one run found about one ring, as values: rows of the result tables in model/tables.py, read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.judgements import Ruling, Subject
from graphrisk.model.rings import Explanation, MemberRole
from graphrisk.model.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class RingFinding:
    """Fields as in tables.RING."""

    ring_id: str
    score: float
    size: int
    core_count: int
    labelled_bad_count: int
    labelled_good_count: int
    detectors: str
    amount_minor: int
    currency: str | None
    innocent: Explanation | None
    innocent_bits: float | None
    reasons: str


@dataclass(frozen=True, slots=True)
class MemberFinding:
    """Fields as in tables.RING_MEMBER."""

    account_id: str
    role: MemberRole
    closeness: float
    confidence: float | None
    account_risk: float
    bits: float
    reasons: str
    not_automatic: str | None = None
    detectors: str = ""


@dataclass(frozen=True, slots=True)
class SeedShare:
    """Fields as in tables.BELIEF_SEED: what a labelled account gave a member's belief."""

    account_id: str
    seed_id: str
    belief: float


@dataclass(frozen=True, slots=True)
class SignalFinding:
    """Fields as in tables.RING_SIGNAL."""

    signal: str
    value: float
    points: float
    words: str


@dataclass(frozen=True, slots=True)
class InnocenceFinding:
    """Fields as in tables.RING_INNOCENCE."""

    explanation: Explanation
    bits: float
    words: str


@dataclass(frozen=True, slots=True)
class TieFinding:
    """Fields as in tables.RING_TIE, seen from one of the two rings."""

    other_ring_id: str
    bits: float
    identifier_count: int
    payee_count: int
    words: str


@dataclass(frozen=True, slots=True)
class ExposureFinding:
    """Fields as in tables.RING_EXPOSURE."""

    currency: str | None
    payment_count: int
    paid_minor: int
    chargeback_minor: int
    refund_minor: int
    received_count: int
    received_minor: int


@dataclass(frozen=True, slots=True)
class IdentifierFinding:
    """Fields as in tables.IDENTIFIER_RISK."""

    kind: str
    identifier: str
    risk: float
    account_count: int
    ring_id: str | None
    ring_account_count: int
    use: str
    reason: str


@dataclass(frozen=True, slots=True)
class SharedIdentifier:
    """One identifier on one hop, fields as in tables.EVIDENCE: both accounts of the hop hold it.

    ring_account_count: how many members of the ring hold it, this hop's two ends among them (known at as-of).
    """

    account_id: str
    via_account_id: str
    kind: str
    identifier: str
    account_count: int
    ring_account_count: int
    bits: float
    pair_probability: float


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """A verdict on an account reported by the run's as-of time. reported_at None: no time known."""

    account_id: str
    verdict: Verdict
    reason: str | None
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldJudgement:
    """One that stood at the run's as-of, fields as in judgements.JUDGEMENT_HELD. effect: what it did."""

    judgement_id: str
    subject: Subject
    verdict: Ruling
    account_id: str | None
    kind: str | None
    identifier: str | None
    ring_id: str | None
    judged_by: str
    judged_at: datetime
    reason: str
    expires_at: datetime | None
    effect: str

    def words(self) -> str:
        """'address 12 harbour rd rejected by eve on 2026-03-01: parcel locker; ties nobody'"""
        told = (self.ring_id, self.account_id, self.kind, self.identifier)
        what = " ".join(each for each in told if each is not None)
        said = "left open" if self.verdict is Ruling.UNSURE else f"{self.verdict}ed"
        return f"{what} {said} by {self.judged_by} on {self.judged_at:%Y-%m-%d}: {self.reason}; {self.effect}"


@dataclass(frozen=True, slots=True)
class RingDossier:
    """All that a run says about one ring.

    members: riskiest first, then by id. innocence: what fits best first. ties: the strongest first.
    evidence: sorted by account, farther account, kind, identifier. seeds: by account, the largest first.
    judgements: of the ring, of its members, and of what two of them hold, in the order in which they were
    passed.
    base_account_count: N, the accounts that the run knew.
    """

    run_id: str
    ring: RingFinding
    members: tuple[MemberFinding, ...]
    signals: tuple[SignalFinding, ...]
    evidence: tuple[SharedIdentifier, ...]
    labels: tuple[KnownLabel, ...]
    base_account_count: int
    innocence: tuple[InnocenceFinding, ...] = ()
    ties: tuple[TieFinding, ...] = ()
    exposure: tuple[ExposureFinding, ...] = ()
    seeds: tuple[SeedShare, ...] = ()
    judgements: tuple[HeldJudgement, ...] = ()


@dataclass(frozen=True, slots=True)
class AspectFinding:
    """Fields as in tables.LIKENESS_ASPECT."""

    aspect: str
    chance_share: float | None
    bits: float
    words: str


@dataclass(frozen=True, slots=True)
class LikenessFinding:
    """Fields as in tables.RING_LIKENESS, seen from the newborn ring. aspects: what says most first."""

    former_ring_id: str
    former_run_id: str
    taken_down_at: datetime
    probability: float
    bits: float
    words: str
    aspects: tuple[AspectFinding, ...]
