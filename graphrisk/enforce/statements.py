"""Statements of reasons: what was done to an account, why, by whom, for how long, and how to object.

A statement is a draft that somebody who knows the law has to approve. It tells kinds and counts, never
another account and never an identifier: what the account shares may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphrisk.errors import printable
from graphrisk.model.enforcement import ActionRow, Evidence, Operation, PlanRow, Purpose, Source, Tier
from graphrisk.model.ledger import Approved
from graphrisk.model.rings import Detector

NOTICE = "draft, not legal advice"
MOST_FACTS = 5_000  # characters; the most that the EU database takes
_MOST_WORDS = 300  # of one fact


@dataclass(frozen=True, slots=True)
class TierWords:
    """done: what the account meets with. is_told: whether the statement is meant to be sent; what takes
    nothing away and is not noticed is only kept for whoever asks."""

    tier: Tier
    done: str
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class OwnFact:
    """A fact that is no shared thing. kind: as Evidence has it. words: None where the plan's own words say
    more, as with counts. public: without anything of the account."""

    kind: str
    words: str | None
    public: str


@dataclass(frozen=True, slots=True)
class PurposeWords:
    """Why a package was made, as its accounts are told. by_person: who decided, where nobody approves."""

    purpose: Purpose
    why: str
    by_person: bool


TIER_WORDS = (
    TierWords(
        Tier.MONITOR, "the account is marked for closer watching; nothing is taken away", is_told=False
    ),
    TierWords(Tier.STEP_UP, "a further proof of who uses the account is asked for"),
    TierWords(Tier.REVIEW, "a person looks at the account; nothing is taken away", is_told=False),
    TierWords(Tier.RESTRICT, "coupons and payouts are on hold, and listings are hidden"),
    TierWords(Tier.SUSPEND, "the account is suspended"),
    TierWords(Tier.BAN, "the account is closed"),
)
OPERATION_WORDS: Mapping[Operation, str] = {
    Operation.IMPOSE: "From {begin}: {done}",
    Operation.LIFT: "No longer in force: {done}",
    Operation.RESUME: "In force again: {done}",
}
PURPOSE_WORDS = (
    PurposeWords(Purpose.APPLY, "", by_person=False),
    PurposeWords(Purpose.REVERT, "An earlier decision was taken back.", by_person=True),
    PurposeWords(Purpose.OVERTURN, "An objection to an earlier decision was upheld.", by_person=True),
    PurposeWords(Purpose.EXPIRE, "The time of an earlier decision is over.", by_person=False),
)
OWN_FACTS = (
    OwnFact(Detector.LOCKSTEP, "it pays the same payees within the same hours as others of the ring",
            "payments in step with those of other accounts"),
    OwnFact(Detector.DENSE_BLOCKS, "it trades with accounts of the ring far more than with others",
            "trade that stays within a group of accounts"),
    OwnFact(Detector.CASH_OUT, "more suspicious accounts, it among them, pay at one place than by chance",
            "many suspicious accounts at one place of payment"),
    OwnFact(Detector.CIRCULAR, "money that it pays comes back to it", "money that goes in a circle"),
    OwnFact("label", "fraud by it was recorded before", "earlier findings of fraud"),
    OwnFact("losses", None, "payments that were charged back or refunded"),
)  # fmt: skip
SOURCE_WORDS: Mapping[Source, str] = {
    Source.DEVICE: "devices in common with other accounts",
    Source.INSTRUMENT: "means of payment in common with other accounts",
    Source.LOCATION: "places of delivery or connection in common with other accounts",
    Source.CONTACT: "contact details in common with other accounts",
    Source.OTHER: "other details in common with other accounts",
    Source.BEHAVIOUR: "behaviour like that of other accounts",
    Source.RECORD: "the account's own record",
}

_TIERS = {each.tier: each for each in TIER_WORDS}
_PURPOSES = {each.purpose: each for each in PURPOSE_WORDS}
_OWN = {str(each.kind): each for each in OWN_FACTS}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is the same for all accounts of a package. at: of the package. approvals: of its plan; empty
    where nobody had to approve. redress: how to object, from the policy."""

    package_id: str
    purpose: Purpose
    at: datetime
    redress: str
    approvals: tuple[Approved, ...] = ()

    def approval_count(self, subject: str, ring_id: str) -> tuple[int, int]:
        """How many approved, and how many of these had opened the account's ring or its own evidence: who
        opened neither has decided nothing about this account."""
        opened = sum(
            ring_id in each.viewed_rings or subject in each.viewed_subjects for each in self.approvals
        )
        return len(self.approvals), opened

    def is_by_person(self, subject: str, ring_id: str) -> bool:
        return _PURPOSES[self.purpose].by_person or self.approval_count(subject, ring_id)[1] > 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's. is_told: whether it is to be sent. state_after, until_at: what holds now and until when
    it does, None: nothing, without end."""

    account_id: str
    action_ids: tuple[str, ...]
    is_told: bool
    state_after: Tier | None
    until_at: datetime | None
    is_by_person: bool
    text: str


def state_reasons(rows: Sequence[ActionRow], plan_row: PlanRow | None, occasion: Occasion) -> Statement:
    """rows: all of one account in a package. plan_row: what the plan says of it, where there is one."""
    first = rows[0]
    if first.account_id is None:
        raise ValueError("an account that was erased gets no statement")
    imposing = [row for row in rows if row.operation is not Operation.LIFT]
    strongest = max(imposing, key=lambda row: list(Tier).index(row.tier), default=None)
    parts = [_why(rows, occasion), *(_tell_row(row) for row in rows)]
    if strongest is None:
        parts.append(_what_is_left(first.state_after))
    else:
        parts += [_how_long(strongest), _one_line(strongest.reason), _facts_part(plan_row)]
    parts.append(_who(occasion, first, is_end=strongest is None))
    if strongest is not None or first.state_after is not None:
        parts.append(f"How to object: {_one_line(occasion.redress)}")
    return Statement(
        first.account_id, tuple(row.action_id for row in rows), any(_TIERS[row.tier].is_told for row in rows),
        first.state_after, None if strongest is None else strongest.until_at,
        occasion.is_by_person(first.subject, first.ring_id), "\n".join(part for part in parts if part),
    )  # fmt: skip


def tell_facts(evidence: Iterable[Evidence]) -> str:
    """What counted against the account, to itself: kinds and counts. At most MOST_FACTS characters, in whole
    sentences; says how many more there are."""
    counting = [each for each in evidence if each.counts]
    return _within([*_shared_facts(counting), *(_own_fact(each) for each in counting if not each.identifier)])


def tell_facts_in_public(evidence: Iterable[Evidence]) -> str:
    """The same for everybody: which kinds of facts, and how many kinds there are of each."""
    found: dict[str, None] = {}
    for each in evidence:
        if each.counts:
            own = None if each.identifier else _OWN.get(each.kind)
            found[SOURCE_WORDS[each.source] if own is None else own.public] = None
    if not found:
        return "The facts are no longer on record."
    return _within([f"The account appears to be one of several that one party runs: {', '.join(found)}."])


def say_time(at: datetime) -> str:
    return at.isoformat(" ", "minutes") + " UTC"


def _why(rows: Sequence[ActionRow], occasion: Occasion) -> str:
    """Of a plan that only ends something, the reason is its rows'."""
    why = _PURPOSES[occasion.purpose].why
    is_end = all(row.operation is Operation.LIFT for row in rows)
    return _one_line(rows[0].reason) if not why and is_end else why


def _tell_row(row: ActionRow) -> str:
    words = OPERATION_WORDS[row.operation]
    return words.format(begin=say_time(row.from_at), done=_TIERS[row.tier].done) + "."


def _what_is_left(state: Tier | None) -> str:
    return "Nothing else is in force." if state is None else f"Still in force: {_TIERS[state].done}."


def _how_long(row: ActionRow) -> str:
    if row.until_at is None:
        return "This has no end by itself."
    return f"This ends by itself on {say_time(row.until_at)}."


def _facts_part(plan_row: PlanRow | None) -> str:
    facts = "" if plan_row is None else tell_facts(plan_row.evidence)
    if plan_row is None or not facts:
        return "The facts were told when this was first done."
    intro = "We take this account for one of a ring: several accounts that one party appears to run."
    if plan_row.risk_low < plan_row.risk_high:
        risk, low, high = map(say_probability, (plan_row.risk, plan_row.risk_low, plan_row.risk_high))
        intro += f" We estimate that this is so with {risk} probability (between {low} and {high})."
    return f"{intro}\nThe facts: {facts}"


def _who(occasion: Occasion, row: ActionRow, *, is_end: bool) -> str:
    """What only ends was found at another time."""
    found = "" if is_end else "This was found by automated means. "
    if _PURPOSES[occasion.purpose].by_person:
        return f"{found}A person decided on this step."
    approved, opened = occasion.approval_count(row.subject, row.ring_id)
    if not approved:
        return f"{found}It was decided by automated means; no person decided."
    people = f"{approved} {'person' if approved == 1 else 'people'} approved it"
    return f"{found}{people}, of whom {opened} had the facts about this account or its ring open."


def _shared_facts(evidence: Iterable[Evidence]) -> list[str]:
    """One clause for each kind, kinds sorted: how many things, and with how many others at most."""
    others: dict[str, list[int]] = {}
    for each in evidence:
        if each.identifier:
            others.setdefault(each.kind, []).append(max(each.ring_account_count - 1, 0))
    return [
        f"{_cut(kind.replace('_', ' '))}: {len(counts):,} shared with {_people(max(counts))} of the ring"
        f"{' at most' if len(counts) > 1 else ''}"
        for kind, counts in sorted(others.items())
    ]


def _people(count: int) -> str:
    return f"{count:,} other{'' if count == 1 else 's'}"


def say_probability(share: float) -> str:
    """Nothing that was estimated is certain."""
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def _own_fact(evidence: Evidence) -> str:
    own = _OWN.get(evidence.kind)
    return _cut(evidence.words if own is None or own.words is None else own.words)


def _within(facts: Sequence[str]) -> str:
    """Joined by semicolons, and as many as there is room for."""
    text = ""
    for at, fact in enumerate(facts):
        joined = f"{text}; {fact}" if text else fact
        rest = len(facts) - at
        if len(joined) > MOST_FACTS - 40:
            return f"{text}; and {rest:,} more" if text else _cut(fact, MOST_FACTS)
        text = joined
    return text


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _cut(text: str, most: int = _MOST_WORDS) -> str:
    shown = printable(text[:most])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
