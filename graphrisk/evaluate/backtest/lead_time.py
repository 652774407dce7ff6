"""How long before its label, and before its first payment that was charged back, an account first stood out.

These look at every bad label after the first run, without a horizon: that would cut off the longest warnings.

A run exists only at the dates of the backtest, so that the days are those of somebody who runs it as seldom:
run daily it would stand out earlier by up to the distance of two dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.backtest.choice import choose_exactly
from graphrisk.evaluate.backtest.drawing import Cases, Rows
from graphrisk.evaluate.backtest.outcomes import DAY_US, NEVER, Outcomes, mature
from graphrisk.evaluate.backtest.standings import Standing
from graphrisk.evaluate.intervals import Stream
from graphrisk.evaluate.measures import Baseline, Measure
from graphrisk.evaluate.membership import NO_RING, BoolArray, FloatArray, IntArray

_EVER_DAYS = 100_000
AS_MANY = "as many accounts at each date by number of shared identifiers"


@dataclass(frozen=True, slots=True)
class CameOut:
    """Accounts that were labelled bad after the first run, and not before: account: int64 [n]. bad_at,
    charged_back_at: int64 [n], UTC microseconds, NEVER without. begins_at: of the first run."""

    account: IntArray
    bad_at: IntArray
    charged_back_at: IntArray
    begins_at: int

    def charged_back(self) -> BoolArray:
        """[n], whether its first payment that was charged back was made after the first run."""
        at = self.charged_back_at
        charged: BoolArray = (at > self.begins_at) & (at < NEVER)
        return charged


def measure_lead(
    standings: Sequence[Standing], outcomes: Outcomes, cases: Cases, least_risk: float
) -> list[Measure]:
    """Of chargebacks only those count whose payment was made after the first run, which alone could have been
    stopped."""
    came_out = gather_bad(standings, outcomes)
    ways = (
        ("ring", "in a ring", [each.may_count & (each.ring_of != NO_RING) for each in standings]),
        (
            "risk",
            f"with a risk of {least_risk:g} or more",
            [each.may_count & (each.risk >= least_risk) for each in standings],
        ),
    )
    rng = cases.resampling.generator(Stream.BACKTEST_TIES)
    measures = []
    for name, words, stands in ways:
        rivals = [
            choose_exactly(each.shared_count, each.may_count, int(stood.sum()), rng)
            for each, stood in zip(standings, stands, strict=True)
        ]
        ours, theirs = (_first_stood(standings, each)[came_out.account] for each in (stands, rivals))
        measures += _measure_way((name, words), came_out, ours, theirs, cases)
    return measures


def _measure_way(
    way: tuple[str, str], came_out: CameOut, ours: IntArray, theirs: IntArray, cases: Cases
) -> list[Measure]:
    """ours, theirs: [n] when each first stood out, NEVER if it did not."""
    name, words = way
    measures = []
    events = (
        ("label", "label", np.ones(came_out.account.size, np.bool_), came_out.bad_at),
        (
            "chargeback",
            "first payment that was charged back",
            came_out.charged_back(),
            came_out.charged_back_at,
        ),
    )
    for event, event_words, happened, event_at in events:
        account, at = came_out.account[happened], event_at[happened]
        stood, rival = ours[happened], theirs[happened]
        measures.append(
            Measure(
                f"caught_before_{event}_by_{name}", f"came out bad, {words} before the {event_words}",
                cases.share(_caught(account, stood, at)),
                Baseline(_caught(account, rival, at).value(), AS_MANY),
            )
        )  # fmt: skip
        days, of = _days(stood, at)
        rival_days, _ = _days(rival, at)
        measures.append(
            Measure(
                f"days_to_{event}_by_{name}", f"median days from first {words} to the {event_words}",
                cases.median(days, account[of]),
                Baseline(_lower_median(rival_days), AS_MANY),
            )
        )  # fmt: skip
    return measures


def gather_bad(standings: Sequence[Standing], outcomes: Outcomes) -> CameOut:
    first = standings[0]
    came_out = mature(outcomes, first.as_of_us, _EVER_DAYS)
    account = np.flatnonzero(came_out.is_bad & (first.may_count | ~first.is_known))
    return CameOut(account, came_out.bad_at[account], outcomes.charged_back_at[account], first.as_of_us)


def _first_stood(standings: Sequence[Standing], stands: Sequence[BoolArray]) -> IntArray:
    """[A], UTC microseconds of the first run in which each stood out, NEVER without. standings: ascending."""
    first = np.full(len(stands[0]), NEVER, dtype=np.int64)
    for standing, stood in zip(standings[::-1], stands[::-1], strict=True):
        first[stood] = standing.as_of_us
    return first


def _caught(account: IntArray, stood: IntArray, at: IntArray) -> Rows:
    return Rows(account, (stood < at).astype(np.float64), np.ones(account.size))


def _days(stood: IntArray, at: IntArray) -> tuple[FloatArray, BoolArray]:
    """Of those that ever stood out, days until `at`, below 0 where it was before."""
    of = stood < NEVER
    return (at[of] - stood[of]) / DAY_US, of


def _lower_median(days: FloatArray) -> float:
    return float(np.sort(days)[(days.size - 1) // 2]) if days.size else float("nan")
