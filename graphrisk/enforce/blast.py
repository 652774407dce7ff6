"""The blast radius of a plan: whom it reaches, how surely, and what it stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from graphrisk.enforce.evidence import count_sources, hanging_on
from graphrisk.enforce.promise import Promise, promise_wrongful
from graphrisk.model.enforcement import HARMLESS_UP_TO, Bucket, Money, PlanRow, Source, Tier, rank

LOSS_SHARES = (0.5, 0.8, 0.9, 0.95)
_IMPOSED = (Bucket.NEW, Bucket.ESCALATED)


@dataclass(frozen=True, slots=True)
class SmallestList:
    """The fewest accounts of the plan's rings that stand for loss_share of what these rings' members lost the
    shop; planned_count: of them, those on whom the plan imposes something."""

    loss_share: float
    account_count: int
    planned_count: int


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """by_tier: accounts that something is imposed on. by_sources: of these, by the number of independent
    kinds of evidence that count. by_hub_only: accounts that share nothing but hubs. by_one_identifier: who
    would share nothing that counts without one identifier. money: at stake, of those on whom something is
    imposed, by currency; received_minor is what may still be held. turnover_share: of what all accounts paid.
    wrongful: honest accounts among all of them; wrongful_harmed: among those with more than a review.
    smallest: for each of LOSS_SHARES; none where nothing was lost."""

    by_tier: tuple[tuple[Tier, int], ...]
    by_sources: tuple[tuple[int, int], ...]
    by_hub_only: int
    by_one_identifier: int
    money: tuple[Money, ...]
    turnover_share: float
    loss_share: float
    wrongful: Promise
    wrongful_harmed: Promise
    smallest: tuple[SmallestList, ...]


def measure_blast(rows: Sequence[PlanRow], seed: int) -> BlastRadius:
    """rows: of a plan, in any order."""
    imposed = [row for row in rows if row.bucket in _IMPOSED]
    tiers = Counter(row.proposed for row in imposed if row.proposed is not None)
    sources = Counter(count_sources(row.evidence, counting=True) for row in imposed)
    harmed = [row for row in imposed if rank(row.proposed) > rank(HARMLESS_UP_TO)]
    return BlastRadius(
        tuple(sorted(tiers.items(), key=lambda each: rank(each[0]))),
        tuple(sorted(sources.items())),
        sum(_is_by_hubs(row) for row in imposed),
        sum(hanging_on(row.evidence) is not None for row in imposed),
        _sum_money(imposed),
        sum((row.turnover_share for row in imposed), 0.0),
        sum((row.loss_share for row in imposed), 0.0),
        promise_wrongful(imposed, seed),
        promise_wrongful(harmed, seed),
        _smallest_lists(rows),
    )  # fmt: skip


def _is_by_hubs(row: PlanRow) -> bool:
    shared = [each for each in row.evidence if each.source not in (Source.BEHAVIOUR, Source.RECORD)]
    return bool(shared) and not any(each.counts for each in shared)


def _sum_money(rows: Sequence[PlanRow]) -> tuple[Money, ...]:
    found: dict[str | None, list[int]] = {}
    for row in rows:
        for each in row.money:
            sums = found.setdefault(each.currency, [0, 0, 0])
            for at, minor in enumerate((each.paid_minor, each.lost_minor, each.received_minor)):
                sums[at] += minor
    ordered = sorted(found.items(), key=lambda each: (each[0] is None, each[0] or ""))
    return tuple(Money(currency, *sums) for currency, sums in ordered)


def _smallest_lists(rows: Sequence[PlanRow]) -> tuple[SmallestList, ...]:
    """Losses add up, so that the largest first is the fewest."""
    losing = sorted(
        (row for row in rows if row.loss_share > 0), key=lambda row: (-row.loss_share, row.subject)
    )
    total = sum(row.loss_share for row in losing)
    found = []
    for share in LOSS_SHARES if losing else ():
        left, count, planned = share * total - 1e-12, 0, 0
        for row in losing:
            if left <= 0:
                break
            left -= row.loss_share
            count += 1
            planned += row.bucket in _IMPOSED
        found.append(SmallestList(share, count, planned))
    return tuple(found)
