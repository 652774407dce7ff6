"""What speaks against an account, by independent kinds of evidence, and what of it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from graphrisk.enforce.facts import MemberFacts, SharedThing
from graphrisk.enforce.policy import Guardrail, Policy
from graphrisk.errors import printable
from graphrisk.model.derived_kinds import base_codes, with_derived
from graphrisk.model.enforcement import Evidence, Source
from graphrisk.model.kinds import KindSet, Nature
from graphrisk.model.rings import Detector

LOSSES = "losses"  # the kind of evidence that an account's own lost payments are
_OF_NATURE = {
    Nature.DEVICE: Source.DEVICE,
    Nature.INSTRUMENT: Source.INSTRUMENT,
    Nature.PLACE: Source.LOCATION,
    Nature.NETWORK: Source.LOCATION,
    Nature.CONTACT: Source.CONTACT,
    Nature.OTHER: Source.OTHER,
}
_OF_DETECTOR = {
    Detector.LOCKSTEP: "pays the same payees within the same hours as others of the ring",
    Detector.DENSE_BLOCKS: "trades with the ring far more than with others",
    Detector.CASH_OUT: "is one of more suspicious accounts at one place than chance sends there",
    Detector.CIRCULAR: "money that it pays comes back to it",
}


@dataclass(frozen=True, slots=True)
class KindFacts:
    """Of a kind of identifier: which independent kind of evidence it is, and the kind that it is a family
    of, empty for none."""

    source: Source
    derived_from: str


_UNKNOWN = KindFacts(Source.OTHER, "")


def know_kinds(kinds: KindSet) -> dict[str, KindFacts]:
    """By name, those that are derived included: a family is what its values are."""
    every = with_derived(kinds)
    names, bases = every.names(), base_codes(every).tolist()
    return {
        name: KindFacts(_OF_NATURE[every.kinds[base].nature], names[base] if base != code else "")
        for code, (name, base) in enumerate(zip(names, bases, strict=True))
    }


def list_evidence(
    member: MemberFacts, kinds: Mapping[str, KindFacts], policy: Policy
) -> tuple[Evidence, ...]:
    """What is shared, by kind and identifier; then behaviour; then the account's own record. kinds: of
    know_kinds."""
    shared = (_tell_thing(thing, kinds.get(thing.kind, _UNKNOWN), policy) for thing in member.things)
    return (*shared, *_tell_behaviour(member), *_tell_record(member, policy))


def count_sources(evidence: tuple[Evidence, ...], *, counting: bool) -> int:
    """Independent kinds among the evidence. counting: of what counts; else of all. Losses are no kind of
    their own: they say that something is wrong with an account, not that it belongs to the ring."""
    told = (each for each in evidence if each.kind != LOSSES)
    return len({each.source for each in told if each.counts or not counting})


def hanging_on(evidence: tuple[Evidence, ...]) -> tuple[str, str] | None:
    """The only identifier that counts, as (kind, identifier): without it nothing would be left that the
    account shares. Its families are no others; of them the one that most of the ring holds is named. None
    where nothing counts, or more than one."""
    counting = [each for each in evidence if each.counts and each.account_count]
    own = [each for each in counting if not each.derived_from]
    kinds = {each.derived_from or each.kind for each in counting}
    if len(own) > 1 or len(kinds) != 1:
        return None
    widest = max(counting, key=lambda each: (each.ring_account_count, each.kind, each.identifier))
    return widest.kind, widest.identifier


def speaks_for_itself(evidence: tuple[Evidence, ...]) -> bool:
    """Whether something of the account's own speaks against it. Behaviour does not: to pay the same payees at
    the same hours, or to be one of many at one place, takes others, and others can follow an honest account
    about to make it look so."""
    return any(each.source is Source.RECORD and each.counts for each in evidence)


def _tell_thing(thing: SharedThing, kind: KindFacts, policy: Policy) -> Evidence:
    others = thing.ring_account_count - 1
    held = f"{thing.account_count:,} account{'s' if thing.account_count != 1 else ''} ever"
    words = (
        f"same {printable(thing.kind)} as {others:,} other{'s' if others != 1 else ''} of the ring; {held}"
    )
    objection = _objection(thing, policy)
    if objection:
        words += f"; does not count: {objection}"
    return Evidence(
        kind.source, thing.kind, thing.identifier, thing.account_count, thing.ring_account_count,
        not objection, words, kind.derived_from,
    )  # fmt: skip


def _objection(thing: SharedThing, policy: Policy) -> str:
    limits = policy.limits
    if policy.is_on(Guardrail.HUB) and thing.account_count > limits.hub_account_count:
        share = thing.ring_account_count / thing.account_count
        is_brought = thing.ring_brought is not None and thing.ring_brought >= limits.ring_brought
        if share < limits.ring_held_share and not is_brought:
            return f"a hub, {share:.0%} of its accounts are in the ring"
    first, others = thing.first_seen_at, thing.others_first_seen_at
    if policy.is_on(Guardrail.OWN_LIFE) and first is not None and others is not None:
        ahead = others - first
        if ahead >= timedelta(days=limits.own_first_days):
            return f"it was the account's own for {ahead.days} days before others came"
    return ""


def _tell_behaviour(member: MemberFacts) -> Iterator[Evidence]:
    for detector in member.detectors:
        if detector in _OF_DETECTOR:
            yield _of_its_own(Source.BEHAVIOUR, detector.value, _OF_DETECTOR[detector])


def _tell_record(member: MemberFacts, policy: Policy) -> Iterator[Evidence]:
    if member.is_labelled_bad:
        yield _of_its_own(Source.RECORD, "label", "known to be bad")
    lost, paid = member.lost_payment_count, member.payment_count
    limits = policy.limits
    if lost >= max(limits.lost_payments, 1) and lost >= limits.lost_share * paid:
        words = f"{lost:,} of its {paid:,} payments were charged back or refunded"
        yield _of_its_own(Source.RECORD, LOSSES, words)


def _of_its_own(source: Source, kind: str, words: str) -> Evidence:
    return Evidence(
        source, kind, identifier="", account_count=0, ring_account_count=0, counts=True, words=words
    )
