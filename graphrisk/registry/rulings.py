"""What the judgements that count do to a run.

- A rejected identifier ties nobody, but through links to it that are themselves confirmed: what is said of
  one link goes before what is said of all.
- A rejected link is taken as never seen.
- A confirmed identifier is a ring's own: see Rulings.
- A judged account has a label; a confirmed ring gives one to each core member that no judgement of its own
  speaks of. A rejected ring labels nobody, for its members may each be anything: they are kept apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.judgements import Judgement, RingState, Ruling, Subject, Target
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgements import Standing, first_withdrawals, in_order, stand_at

Thing = tuple[str, str]  # kind, identifier
Link = tuple[str, str, str]  # account id, kind, identifier


@dataclass(frozen=True, slots=True)
class JudgedLabel:
    """judgement: that gave it, of the account or of a ring that has it in its core."""

    account_id: str
    verdict: Verdict
    judgement: Judgement

    @property
    def reason(self) -> str:
        """'RING-7K3QX confirmed by eve: same hand in all their photos'"""
        judgement = self.judgement
        what = f"{judgement.target.ring_id} " if judgement.target.subject is Subject.RING else ""
        return f"{what}{judgement.ruling}ed by {judgement.judged_by}: {judgement.reason}"


@dataclass(frozen=True, slots=True)
class JudgedRing:
    """odds: of its score when it was judged, see RingState. members: sorted."""

    odds: float
    is_ring: bool
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rulings:
    """All tuples sorted.

    barred_things: tie nobody. barred_links: taken as never seen. kept_links: of barred things, those that tie
    none the less. own_things: of rings; what outsiders hold too loses no weight by it, and where the prior
    judges it counts as brought by a ring with a probability of .9 at least. Things with kept links among
    them, for their weight. labels: one for each account. apart: the members of each rejected ring.
    """

    barred_things: tuple[Thing, ...] = ()
    barred_links: tuple[Link, ...] = ()
    kept_links: tuple[Link, ...] = ()
    own_things: tuple[Thing, ...] = ()
    labels: tuple[JudgedLabel, ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()

    def weighty_things(self) -> frozenset[Thing]:
        """Those that lose no weight by what outsiders hold."""
        return frozenset(self.own_things) | {(kind, identifier) for _, kind, identifier in self.kept_links}


NO_RULINGS = Rulings()


def derive_rulings(standing: Standing) -> Rulings:
    barred = _things(standing, Ruling.REJECT)
    is_barred = set(barred)
    confirmed = _links(standing, Ruling.CONFIRM)
    return Rulings(
        barred_things=barred,
        barred_links=_links(standing, Ruling.REJECT),
        kept_links=tuple(link for link in confirmed if link[1:] in is_barred),
        own_things=_things(standing, Ruling.CONFIRM),
        labels=_labels(standing),
        apart=tuple(sorted(ring.members for _, ring in _rings(standing, Ruling.REJECT))),
    )


def judged_rings(standing: Standing, scale: str, as_of: datetime) -> tuple[JudgedRing, ...]:
    """The rings that runs of that scale found and people judged, from runs as of as_of or earlier. Of what
    was said alike of one ring the first counts, and a ring of which earlier judged ones have half of the
    members is left out: later runs may have heard the verdict before they scored it."""
    counts = {each.target: each.ruling for each in standing.counts}
    found = [
        (ring.as_of, *each.order(), each.ruling is Ruling.CONFIRM, ring)
        for each in standing.stands
        for ring in [each.ring]
        if ring is not None and counts.get(each.target) is each.ruling
    ]
    taken: list[JudgedRing] = []
    seen: set[str] = set()
    for _, _, _, is_ring, ring in sorted(found, key=lambda each: each[:3]):
        if ring.scale != scale or ring.as_of > as_of:
            continue
        members = set(ring.members)
        if 2 * len(members & seen) < len(members):
            taken.append(JudgedRing(ring.odds, is_ring, ring.members))
        seen |= members
    return tuple(taken)


def tell_effects(standing: Standing) -> dict[str, str]:
    """Of each judgement that stands, by its name, what it does to a run."""
    counts = {each.judgement_id for each in standing.counts}
    contested = {each.judgement_id for each in standing.contested}
    judges: dict[Target, set[str]] = defaultdict(set)
    for each in standing.contested:
        judges[each.target].add(each.judged_by)

    def effect(judgement: Judgement, name: str) -> str:
        if judgement.ruling is Ruling.UNSURE:
            return "a remark: changes no number"
        if name in contested:
            return f"contested among {', '.join(sorted(judges[judgement.target]))}: counts for nothing"
        if name not in counts:
            return "said again later: the later one counts"
        return _EFFECTS[judgement.target.subject, judgement.ruling]

    return {name: effect(each, name) for each in standing.stands for name in [each.judgement_id]}


@dataclass(frozen=True, slots=True)
class ToldJudgement:
    """effect: what it does to a run, or why it does nothing."""

    judgement: Judgement
    stands: bool
    effect: str


def tell_judgements(judgements: Iterable[Judgement], moment: datetime) -> tuple[ToldJudgement, ...]:
    """Every judgement, in order, as it is at a moment."""
    everything = in_order(judgements)
    standing = stand_at(everything, moment)
    stands = tell_effects(standing)
    withdrawn = first_withdrawals(each for each in everything if each.judged_at <= moment)

    def effect(judgement: Judgement) -> str:
        if judgement.judgement_id in stands:
            return stands[judgement.judgement_id]
        if judgement.judged_at > moment:
            return "not passed by then"
        if judgement.ruling is Ruling.WITHDRAW:
            return "a withdrawal"
        if judgement.judgement_id in withdrawn:
            return f"withdrawn by {withdrawn[judgement.judgement_id].judged_by}"
        return "expired"

    return tuple(ToldJudgement(each, each.judgement_id in stands, effect(each)) for each in everything)


_EFFECTS = {
    (Subject.ACCOUNT, Ruling.CONFIRM): "a label: bad",
    (Subject.ACCOUNT, Ruling.REJECT): "a label: good",
    (Subject.IDENTIFIER, Ruling.CONFIRM): "counts as a ring's own",
    (Subject.IDENTIFIER, Ruling.REJECT): "ties nobody",
    (Subject.LINK, Ruling.CONFIRM): "ties its account even if the identifier is rejected",
    (Subject.LINK, Ruling.REJECT): "counts as never seen",
    (Subject.RING, Ruling.CONFIRM): "labels its core members bad",
    (Subject.RING, Ruling.REJECT): "keeps its members apart, labels nobody",
}


def _of(standing: Standing, subject: Subject, ruling: Ruling) -> Iterable[Judgement]:
    return (each for each in standing.counts if each.target.subject is subject and each.ruling is ruling)


def _things(standing: Standing, ruling: Ruling) -> tuple[Thing, ...]:
    found = (each.target for each in _of(standing, Subject.IDENTIFIER, ruling))
    return tuple(sorted((target.kind, target.identifier) for target in found))


def _links(standing: Standing, ruling: Ruling) -> tuple[Link, ...]:
    found = (each.target for each in _of(standing, Subject.LINK, ruling))
    return tuple(sorted((target.account_id, target.kind, target.identifier) for target in found))


def _rings(standing: Standing, ruling: Ruling) -> Iterable[tuple[Judgement, RingState]]:
    for each in _of(standing, Subject.RING, ruling):
        if each.ring is not None:
            yield each, each.ring


def _labels(standing: Standing) -> tuple[JudgedLabel, ...]:
    """Of a core member of several confirmed rings the earliest."""
    judged = (each.target for each in (*standing.counts, *standing.contested))
    own = {target.account_id for target in judged if target.subject is Subject.ACCOUNT}
    found: dict[str, JudgedLabel] = {}
    for judgement, ring in _rings(standing, Ruling.CONFIRM):
        for account_id in ring.core:
            if account_id not in own:
                found.setdefault(account_id, JudgedLabel(account_id, Verdict.BAD, judgement))
    for ruling, verdict in ((Ruling.CONFIRM, Verdict.BAD), (Ruling.REJECT, Verdict.GOOD)):
        for each in _of(standing, Subject.ACCOUNT, ruling):
            account_id = each.target.account_id
            found[account_id] = JudgedLabel(account_id, verdict, each)
    return tuple(found[account_id] for account_id in sorted(found))
