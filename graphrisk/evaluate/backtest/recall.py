"""Of the accounts that came out bad, how many a run would have shown to somebody with so much time, and what
that time costs. Whoever was labelled already is neither looked at nor counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from graphrisk.evaluate.backtest.choice import choose_best, read_in_order
from graphrisk.evaluate.backtest.drawing import Cases, Rows
from graphrisk.evaluate.backtest.params import BacktestParams, ReviewCost
from graphrisk.evaluate.backtest.standings import RingTally, Standing
from graphrisk.evaluate.measures import Baseline, Measure
from graphrisk.evaluate.membership import NO_RING, FloatArray

BY_SHARED = "as many accounts by number of shared identifiers"
BY_SIZE = "the same rings by size"

# [A] shares of accounts that may count: ours, the baseline's
Chosen = tuple[FloatArray, FloatArray]
Chooser = Callable[[Standing], Chosen]


def measure_recall(standings: Sequence[Standing], cases: Cases, params: BacktestParams) -> list[Measure]:
    least = params.least_risk
    told: list[tuple[str, str, Chooser]] = [
        ("in_rings", "in a ring", in_rings),
        ("suspected", f"of risk {least:g} or more", suspected(least)),
        *((f"at_{k}", f"among the {k} riskiest at each date", _riskiest(k)) for k in params.ks),
    ]
    measures = []
    for name, words, choose in told:
        chosen = [choose(standing) for standing in standings]
        ours, theirs = [each[0] for each in chosen], [each[1] for each in chosen]
        for measure, of, rows in (
            ("recall", "accounts that came out bad, {}", _recalled),
            ("precision", "bad, of accounts {} that were labelled later", _labelled),
            ("least_precision", "bad, of all accounts {}", _shown),
        ):
            baseline = Baseline(rows(standings, theirs).value(), BY_SHARED)
            estimate = cases.share(rows(standings, ours))
            measures.append(Measure(f"{measure}_{name}", of.format(words), estimate, baseline))
    return measures


def measure_review(
    standings: Sequence[Standing], tallies: Sequence[RingTally], cases: Cases, params: BacktestParams
) -> list[Measure]:
    """A reader of rings at each date, best score first, who has so many hours."""
    bad = Rows.joined([_bad_rows(standing) for standing in standings])
    measures = []
    for hours in params.hours:
        ours = Rows.joined([_read(each, each.score, hours, params.cost) for each in tallies])
        theirs = Rows.joined([_read(each, each.size, hours, params.cost) for each in tallies])
        measures.append(
            Measure(
                f"hours_per_bad_{hours}", f"hours for each bad account found, of {hours} with rings",
                cases.ratio(Rows(ours.account, ours.whole, ours.part)),
                Baseline(Rows(theirs.account, theirs.whole, theirs.part).value(), BY_SIZE),
            )
        )  # fmt: skip
        measures.append(
            Measure(
                f"recall_in_{hours}_hours", f"accounts that came out bad, found in {hours} hours with rings",
                cases.share(_found_of(ours, bad)), Baseline(_found_of(theirs, bad).value(), BY_SIZE),
            )
        )  # fmt: skip
    return measures


def in_rings(standing: Standing) -> Chosen:
    return _beside_shared(standing, (standing.may_count & (standing.ring_of != NO_RING)).astype(np.float64))


def suspected(least_risk: float) -> Chooser:
    def choose(standing: Standing) -> Chosen:
        chosen = standing.may_count & (standing.risk >= least_risk)
        return _beside_shared(standing, chosen.astype(np.float64))

    return choose


def _riskiest(count: int) -> Chooser:
    def choose(standing: Standing) -> Chosen:
        return _beside_shared(standing, _best(standing, standing.risk, count))

    return choose


def _beside_shared(standing: Standing, chosen: FloatArray) -> Chosen:
    shared = standing.shared_count.astype(np.float64)
    return chosen, _best(standing, shared, round(float(chosen.sum())))


def _best(standing: Standing, score: FloatArray, count: int) -> FloatArray:
    spread = np.zeros(score.size)
    spread[standing.may_count] = choose_best(score[standing.may_count], count)
    return spread


def _recalled(standings: Sequence[Standing], chosen: Sequence[FloatArray]) -> Rows:
    rows = []
    for standing, share in zip(standings, chosen, strict=True):
        bad = _bad_rows(standing).account
        rows.append(Rows(bad, share[bad], np.ones(bad.size)))
    return Rows.joined(rows)


def _labelled(standings: Sequence[Standing], chosen: Sequence[FloatArray]) -> Rows:
    rows = []
    for standing, share in zip(standings, chosen, strict=True):
        matured = standing.matured
        at = np.flatnonzero(standing.may_count & (matured.is_bad | matured.is_good))
        rows.append(Rows(at, share[at] * matured.is_bad[at], share[at]))
    return Rows.joined(rows)


def _shown(standings: Sequence[Standing], chosen: Sequence[FloatArray]) -> Rows:
    rows = []
    for standing, share in zip(standings, chosen, strict=True):
        at = np.flatnonzero(share)
        rows.append(Rows(at, share[at] * standing.matured.is_bad[at], share[at]))
    return Rows.joined(rows)


def _bad_rows(standing: Standing) -> Rows:
    bad = np.flatnonzero(standing.may_count & standing.matured.is_bad)
    return Rows(bad, np.zeros(bad.size), np.ones(bad.size))


def _read(tally: RingTally, order: FloatArray, hours: int, cost: ReviewCost) -> Rows:
    """part: bad accounts found. whole: hours spent."""
    minutes = cost.minutes_per_ring + cost.minutes_per_member * tally.size
    share = read_in_order(order, minutes, 60.0 * hours)
    return Rows(tally.account, share * tally.bad_count, share * minutes / 60)


def _found_of(read: Rows, bad: Rows) -> Rows:
    """The found ones of all bad ones, who belong to the same cases."""
    return Rows.joined([Rows(read.account, read.part, np.zeros(read.part.size)), bad])
