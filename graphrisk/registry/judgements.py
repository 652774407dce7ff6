"""Which judgements count at a moment: known by then, not expired, not withdrawn, and not contested.

Everything here is a function of a set of judgements and a time: the order of rows changes nothing.

- A judgement stands at a time if it was passed by then, has not expired, and no withdrawal of it was passed
  by then.
- `unsure` stands beside the others and never takes their place.
- Of one judge's confirmations and rejections of one thing the latest that stands counts.
- Where judges disagree about one thing none of them counts, until one is withdrawn or expires: nobody
  overrules a colleague without it being recorded.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.judgements import Judgement, Ruling, Subject, Target

_DECIDES = (Ruling.CONFIRM, Ruling.REJECT)


@dataclass(frozen=True, slots=True)
class Standing:
    """All tuples in the order of Judgement.order.

    stands: all that stand, unsure ones among them, no withdrawals. counts: of each thing that judges agree
    about, the latest judgement. contested: the ones that would count, had another judge not said the
    opposite.
    """

    stands: tuple[Judgement, ...] = ()
    counts: tuple[Judgement, ...] = ()
    contested: tuple[Judgement, ...] = ()

    def digest(self) -> str:
        """Of what stands; empty where nothing does."""
        names = sorted(each.judgement_id for each in self.stands)
        return hashlib.sha256(" ".join(names).encode()).hexdigest() if names else ""


NOTHING_STANDS = Standing()


@dataclass(frozen=True, slots=True)
class Merge:
    """merged: the judgements of both sides, in order, each once. added: of them, those that the first side
    did not have."""

    merged: tuple[Judgement, ...]
    added: tuple[Judgement, ...]


def merge_judgements(ours: Iterable[Judgement], theirs: Iterable[Judgement]) -> Merge:
    """A set is merged with itself without effect, and two with each other in any order alike."""
    here = {each.judgement_id: each for each in ours}
    new = {each.judgement_id: each for each in theirs if each.judgement_id not in here}
    return Merge(in_order((here | new).values()), in_order(new.values()))


def in_order(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(judgements, key=Judgement.order))


def stand_at(judgements: Iterable[Judgement], moment: datetime) -> Standing:
    """moment: naive UTC."""
    known = in_order({each.judgement_id: each for each in judgements if each.judged_at <= moment}.values())
    withdrawn = {each.target.withdraws for each in known if each.ruling is Ruling.WITHDRAW}
    stands = tuple(
        each
        for each in known
        if each.ruling is not Ruling.WITHDRAW
        and each.judgement_id not in withdrawn
        and (each.expires_at is None or moment < each.expires_at)
    )
    latest = _latest_of_each_judge(each for each in stands if each.ruling in _DECIDES)
    counts, contested = [], []
    for of_target in latest.values():
        if len({each.ruling for each in of_target}) == 1:
            counts.append(of_target[-1])
        else:
            contested += of_target
    return Standing(stands, in_order(counts), in_order(contested))


def latest_moment(judgements: Iterable[Judgement]) -> datetime | None:
    """When the last of them was passed, withdrawals among them; None where there is none."""
    return max((each.judged_at for each in judgements), default=None)


def open_withdrawals(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """Withdrawals of what is not there, or of what cannot be withdrawn because it is one: they change
    nothing, the first until what they withdraw arrives."""
    everything = tuple(judgements)
    there = {each.judgement_id for each in everything if each.target.subject is not Subject.JUDGEMENT}
    return in_order(
        each for each in everything if each.ruling is Ruling.WITHDRAW and each.target.withdraws not in there
    )


def first_withdrawals(judgements: Iterable[Judgement]) -> dict[str, Judgement]:
    """By the name of what is withdrawn: the withdrawal that comes first in order, and takes effect."""
    first: dict[str, Judgement] = {}
    for each in in_order(judgements):
        if each.ruling is Ruling.WITHDRAW:
            first.setdefault(each.target.withdraws, each)
    return first


def needless_withdrawals(merge: Merge) -> tuple[tuple[Judgement, Judgement], ...]:
    """Withdrawals of what is withdrawn already, each with the one that took effect, where the merge added
    either. They change nothing, and are kept, so that whoever merges has the same judgements."""
    first, added = first_withdrawals(merge.merged), {each.judgement_id for each in merge.added}
    pairs = ((each, first[each.target.withdraws]) for each in merge.merged if each.ruling is Ruling.WITHDRAW)
    return tuple(
        (each, effective)
        for each, effective in pairs
        if each.judgement_id != effective.judgement_id and {each.judgement_id, effective.judgement_id} & added
    )


def _latest_of_each_judge(judgements: Iterable[Judgement]) -> dict[Target, list[Judgement]]:
    """By target, in order. judgements: in order. Two of one judge and one instant that differ both count."""
    by_judge: dict[tuple[Target, str], list[Judgement]] = defaultdict(list)
    for each in judgements:
        held = by_judge[each.target, each.judged_by]
        if held and held[-1].judged_at < each.judged_at:
            held.clear()
        held.append(each)
    latest: dict[Target, list[Judgement]] = defaultdict(list)
    for (target, _), held in by_judge.items():
        latest[target] += held
    return {target: sorted(held, key=Judgement.order) for target, held in latest.items()}
