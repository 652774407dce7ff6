"""Do risks and ring scores mean what they say? Of those called 0.3, three in ten should be bad.

ECE: the mean over accounts of |mean risk - share of bad| of the account's bin (Naeini et al., AAAI 2015),
once with ten bins of equally many accounts and once with ten equally wide ones. Where few are bad nearly all
of them stand in one or two bins of the first kind, and nearly all accounts in one of the second, so both are
told. Bins stay as they are when accounts are drawn again. A draw can only blur, so an interval lies rather
above the point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.intervals import (
    DrawnSums,
    Estimate,
    Resampling,
    Stream,
    resample_account_sums,
    resample_sums,
)
from graphrisk.evaluate.measures import Baseline, Measure
from graphrisk.evaluate.membership import (
    NO_RING,
    BoolArray,
    FloatArray,
    IntArray,
    count_largest_overlaps,
)
from graphrisk.evaluate.metrics import count_into, divide
from graphrisk.evaluate.scoring import JudgedRun

BIN_COUNT = 10
_SLICES = 50  # of a bin, within which innocents who are drawn one by one count as alike


@dataclass(frozen=True, slots=True)
class Reliability:
    """name: of the measure. words: of what, and in which bins. edges: (bins + 1,), a bin holds low <= score <
    high, the last one its high as well. counts, mean_scores, shares: (bins,) how many stand there, their mean
    score, and the share of them that is bad (or right); NaN in an empty bin."""

    name: str
    words: str
    edges: FloatArray
    counts: FloatArray
    mean_scores: FloatArray
    shares: FloatArray

    def error(self) -> float:
        """ECE; NaN where there is nothing."""
        filled = self.counts > 0
        gaps = np.abs(self.mean_scores - self.shares)[filled] * self.counts[filled]
        return float(divide(gaps.sum(keepdims=True), self.counts.sum(keepdims=True))[0])


def edges_of_equal_count(scores: FloatArray) -> FloatArray:
    """At most BIN_COUNT bins. Equal scores share one, so that there may be fewer, and uneven ones."""
    if scores.size == 0:
        return np.array([0.0, 1.0])
    inner = np.quantile(scores, np.arange(1, BIN_COUNT) / BIN_COUNT, method="higher")
    return np.unique(np.concatenate([[0.0], inner, [1.0]]))


def edges_of_equal_width() -> FloatArray:
    return np.linspace(0.0, 1.0, BIN_COUNT + 1)


def place_in_bins(scores: FloatArray, edges: FloatArray) -> IntArray:
    """Scores outside of 0..1 go to the nearest bin."""
    place = np.searchsorted(edges, scores, side="right") - 1
    return np.clip(place, 0, len(edges) - 2).astype(np.int64)


def summarise_bins(
    name: str, words: str, scores: FloatArray, is_true: BoolArray, edges: FloatArray
) -> Reliability:
    place, bins = place_in_bins(scores, edges), len(edges) - 1
    counts = count_into(place, bins)
    score_sum = np.bincount(place, weights=scores, minlength=bins).astype(np.float64)
    true_sum = np.bincount(place, weights=is_true, minlength=bins).astype(np.float64)
    return Reliability(name, words, edges, counts, divide(score_sum, counts), divide(true_sum, counts))


def measure_account_calibration(
    judged: JudgedRun, true: IntArray, found: IntArray, resampling: Resampling
) -> tuple[list[Measure], list[Reliability]]:
    """Over unlabelled accounts, drawn again as for AP (see intervals)."""
    rows = np.flatnonzero(~judged.is_labelled)
    risk, is_bad = judged.risk[rows], judged.is_bad[rows]
    cluster = np.where(is_bad, true[rows], found[rows])
    tables = _tabulate("account", "risk of accounts unlabelled at as-of", risk, is_bad)
    drawn = [
        resample_account_sums(
            _gather_sums(risk, is_bad, cluster, table.edges), resampling, Stream.CALIBRATION
        )
        for table in tables
    ]
    return _measure_tables("account", tables, drawn, _brier(risk, is_bad)), tables


def measure_ring_calibration(
    judged: JudgedRun, resampling: Resampling
) -> tuple[list[Measure], list[Reliability]]:
    """Right is a ring of whose members more than half are in one true ring."""
    score = np.clip(judged.found_score, 0.0, 1.0)
    is_right = count_largest_overlaps(judged.true, judged.found) * 2 > judged.found.sizes()
    tables = _tabulate("ring", "score of rings, right: over half in one true ring", score, is_right)
    drawn = [
        resample_sums(_error_columns(score, is_right, table.edges), resampling, Stream.RING_CALIBRATION)
        for table in tables
    ]
    return _measure_tables("ring", tables, drawn, _brier(score, is_right)), tables


def _tabulate(name: str, words: str, scores: FloatArray, is_true: BoolArray) -> list[Reliability]:
    kinds = (
        (f"{name}_ece", "bins of equally many", edges_of_equal_count(scores)),
        (f"{name}_ece_equal_width", "bins of equal width", edges_of_equal_width()),
    )
    return [summarise_bins(kind, f"{words}, {bins}", scores, is_true, edges) for kind, bins, edges in kinds]


def _measure_tables(
    name: str, tables: list[Reliability], drawn: list[FloatArray], brier: tuple[float, float]
) -> list[Measure]:
    """drawn: per table (draws, 2 + bins), see _error_columns. brier: the score and that of the mean."""
    eces = [
        Measure(
            table.name,
            f"ECE, {table.words}",
            Estimate.of(table.error(), divide(np.abs(draws[:, 2:]).sum(axis=1), draws[:, 0])),
        )
        for table, draws in zip(tables, drawn, strict=True)
    ]
    squares = divide(drawn[0][:, 1], drawn[0][:, 0])
    words = f"Brier score, {tables[0].words.rpartition(', ')[0]}"
    baseline = Baseline(brier[1], "the mean for all")
    return [*eces, Measure(f"{name}_brier", words, Estimate.of(brier[0], squares), baseline)]


def _brier(scores: FloatArray, is_true: BoolArray) -> tuple[float, float]:
    """The score, and that of giving everybody the share of true; NaN where there is nothing."""
    if scores.size == 0:
        return float("nan"), float("nan")
    share = float(is_true.mean())
    return float(((scores - is_true) ** 2).mean()), share * (1 - share)


def _error_columns(scores: FloatArray, is_true: BoolArray, edges: FloatArray) -> FloatArray:
    """(n, 2 + bins): 1, the squared error, and score - truth in the column of its bin."""
    error = scores - is_true
    columns = np.zeros((scores.size, 1 + len(edges)))
    columns[:, 0] = 1.0
    columns[:, 1] = error**2
    columns[np.arange(scores.size), 2 + place_in_bins(scores, edges)] = error
    return columns


def _gather_sums(risk: FloatArray, is_bad: BoolArray, cluster: IntArray, edges: FloatArray) -> DrawnSums:
    """cluster: of the bad their true ring, of innocents their found ring, NO_RING where they are in none."""
    columns = _error_columns(risk, is_bad, edges)
    alone = is_bad & (cluster == NO_RING)
    bad_cluster = np.where(alone, cluster.max(initial=0) + 1 + np.arange(risk.size), cluster)
    lone = ~is_bad & (cluster == NO_RING)
    low = edges[place_in_bins(risk, edges)]
    width = np.diff(edges)[place_in_bins(risk, edges)]
    part = np.clip((risk - low) / width * _SLICES, 0, _SLICES - 1).astype(np.int64)
    slice_of = place_in_bins(risk, edges) * _SLICES + part
    slices, lone_count = np.unique(slice_of[lone], return_counts=True)
    of_slice = _sum_rows(columns[lone], np.searchsorted(slices, slice_of[lone]), slices.size)
    ringed = ~is_bad & (cluster != NO_RING)
    return DrawnSums(
        bad=_sum_by_cluster(columns[is_bad], bad_cluster[is_bad]),
        ringed=_sum_by_cluster(columns[ringed], cluster[ringed]),
        lone=of_slice / np.maximum(lone_count, 1)[:, None],
        lone_count=lone_count.astype(np.float64),
    )


def _sum_by_cluster(columns: FloatArray, cluster: IntArray) -> FloatArray:
    names, row = np.unique(cluster, return_inverse=True)
    return _sum_rows(columns, row.astype(np.int64), names.size)


def _sum_rows(columns: FloatArray, row: IntArray, count: int) -> FloatArray:
    summed = np.zeros((count, columns.shape[1]))
    np.add.at(summed, row, columns)
    return summed
