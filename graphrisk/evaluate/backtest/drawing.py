"""Shares and medians over accounts, with intervals that draw whole cases again.

A case is a component: accounts that stood in one ring at any of the dates, and accounts that came out bad and
share an identifier of few holders. It comes once for all dates, so an account that is counted at four of them
is no four witnesses. What was chosen (a band, a budget) stays chosen; what is drawn again is what came out of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.stats import binomtest

from graphrisk.evaluate.backtest.standings import Standing
from graphrisk.evaluate.intervals import Estimate, Resampling, resample_clusters, resample_medians
from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray
from graphrisk.evaluate.metrics import divide


@dataclass(frozen=True, slots=True)
class Rows:
    """What a ratio is a sum over. account: int64 [n], whose case the row belongs to. part, whole: float64
    [n]."""

    account: IntArray
    part: FloatArray
    whole: FloatArray

    @classmethod
    def joined(cls, every: Sequence[Rows]) -> Rows:
        none = cls(np.empty(0, np.int64), np.empty(0), np.empty(0))
        rows = [none, *every]
        return cls(
            np.concatenate([each.account for each in rows]),
            np.concatenate([each.part for each in rows]),
            np.concatenate([each.whole for each in rows]),
        )

    def value(self) -> float:
        """NaN where there is nothing."""
        return float(divide(self.part.sum(keepdims=True), self.whole.sum(keepdims=True))[0])


@dataclass(frozen=True, slots=True)
class Cases:
    """case_of: int64 [A], 0..case_count - 1."""

    case_of: IntArray
    case_count: int
    resampling: Resampling

    def largest(self) -> int:
        """Accounts in the largest case; where that is most of those in rings, an interval means little."""
        return int(np.bincount(self.case_of).max(initial=0))

    def ratio(self, rows: Rows) -> Estimate:
        draws = resample_clusters(self._sums(rows), self.resampling)
        return Estimate.of(rows.value(), divide(draws[:, 0], draws[:, 1]))

    def share(self, rows: Rows) -> Estimate:
        """Of a ratio in 0..1. Where it is 0 or 1, drawing again gives the same for ever: then it is the score
        interval of Wilson (1927) with one trial for each case that has something in the whole."""
        value = rows.value()
        rounded = round(value, 9) if np.isfinite(value) else value
        if rounded not in (0.0, 1.0):
            return self.ratio(rows)
        trials = int((self._sums(rows)[:, 1] > 0).sum())
        around = binomtest(round(rounded) * trials, trials).proportion_ci(method="wilson")
        return Estimate(rounded, float(around.low), float(around.high))

    def median(self, values: FloatArray, account: IntArray) -> Estimate:
        return resample_medians(values, self.case_of[account], self.resampling)

    def _sums(self, rows: Rows) -> FloatArray:
        case = self.case_of[rows.account]
        sums = [
            np.bincount(case, weights=each, minlength=self.case_count) for each in (rows.part, rows.whole)
        ]
        return np.column_stack(sums).astype(np.float64)


def join_cases(
    standings: Sequence[Standing], holder: IntArray, thing: IntArray, resampling: Resampling
) -> Cases:
    """holder, thing: [H], the accounts and the identifiers that they hold."""
    account_count = len(standings[0].ring_of)
    came_out = _ever_bad(standings)[holder]
    ends = [holder[came_out]]
    others = [account_count + thing[came_out]]
    node_count = account_count + int(thing.max(initial=-1)) + 1
    for standing in standings:
        ends.append(standing.rings.account)
        others.append(node_count + standing.rings.ring)
        node_count += standing.rings.ring_count
    pair = (np.concatenate(ends), np.concatenate(others))
    graph = sparse.coo_array((np.ones(len(pair[0])), pair), shape=(node_count, node_count))
    _, component = connected_components(graph, directed=False)
    names, case_of = np.unique(component[:account_count], return_inverse=True)
    return Cases(case_of.astype(np.int64), names.size, resampling)


def _ever_bad(standings: Sequence[Standing]) -> BoolArray:
    bad = np.zeros(len(standings[0].ring_of), dtype=np.bool_)
    for standing in standings:
        bad |= standing.matured.is_bad & standing.may_count
    return bad
