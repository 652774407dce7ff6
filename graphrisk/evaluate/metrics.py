"""How good rings and account risks are, as sums that can be resampled and as single numbers.

A partition is an (account_count,) array giving each account's ring, NO_RING for none. What is 0/0 is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.membership import NO_RING, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class RingSums:
    """Per ring, what the measures over a partition are ratios of; (true_ring_count,) or (found_ring_count,).

    bcubed_precision, bcubed_recall: sums over the true ring's accounts. true_pairs, found_pairs: pairs of
    accounts in the ring; in both: pairs that share a true and a found ring, counted by true and by found
    ring.
    """

    true_sizes: FloatArray
    bcubed_precision: FloatArray
    bcubed_recall: FloatArray
    true_pairs: FloatArray
    true_pairs_in_both: FloatArray
    found_pairs: FloatArray
    found_pairs_in_both: FloatArray


def sum_over_rings(true: IntArray, found: IntArray, true_count: int, found_count: int) -> RingSums:
    """B-cubed (Bagga and Baldwin 1998; Amigo et al. 2009, doi:10.1007/s10791-008-9066-8) and pairs.

    B-cubed runs over the accounts in a true ring T. P is such an account's found ring, or the account
    alone where it has none: precision |P and T| / |P| with innocents in P counted, recall |P and T| /
    |T|.
    """
    true_sizes = _sizes(true, true_count)
    found_sizes = _sizes(found, found_count)
    both = (true != NO_RING) & (found != NO_RING)
    cells, common = np.unique(true[both] * max(found_count, 1) + found[both], return_counts=True)
    cell_true, cell_found = np.divmod(cells, max(found_count, 1))
    alone = _sizes(np.where(both, NO_RING, true), true_count)
    shared = common.astype(np.float64)
    common_pairs = _pairs(shared)
    return RingSums(
        true_sizes=true_sizes,
        bcubed_precision=_sum_by(cell_true, shared**2 / found_sizes[cell_found], true_count) + alone,
        bcubed_recall=(_sum_by(cell_true, shared**2, true_count) + alone) / np.maximum(true_sizes, 1),
        true_pairs=_pairs(true_sizes),
        true_pairs_in_both=_sum_by(cell_true, common_pairs, true_count),
        found_pairs=_pairs(found_sizes),
        found_pairs_in_both=_sum_by(cell_found, common_pairs, found_count),
    )


def divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Elementwise; NaN where the denominator is 0."""
    quotient = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def harmonic_mean(precision: FloatArray, recall: FloatArray) -> FloatArray:
    """F1. A precision of NaN (nothing was claimed) beside a recall counts as 0; NaN where recall is NaN."""
    claimed = np.nan_to_num(precision, nan=0.0)
    mean = divide(2 * claimed * recall, claimed + recall)
    return np.where(np.isnan(recall), np.nan, np.nan_to_num(mean, nan=0.0))


def take_top(scores: FloatArray, right: BoolArray, weights: FloatArray, k: int) -> FloatArray:
    """Precision among the k best rings, once per row of `weights` (draw_count, ring_count).

    weights: how often each ring is in the ranking, whole numbers. Rings of equal score stand in random
    order, and the expectation over that order is given. With fewer than k rings all of them are taken;
    NaN with none.
    """
    if scores.size == 0:
        return np.full(weights.shape[0], np.nan)
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(-scores[order], prepend=-np.inf))
    group_weight = np.add.reduceat(weights[:, order], starts, axis=1)
    group_right = np.add.reduceat(weights[:, order] * right[order], starts, axis=1)
    before = np.cumsum(group_weight, axis=1) - group_weight
    taken = np.clip(k - before, 0, group_weight)
    hits = taken * np.nan_to_num(divide(group_right, group_weight), nan=0.0)
    return divide(hits.sum(axis=1), taken.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Bad and innocent accounts counted where they matter for AP and AUROC.

    The J distinct scores of bad accounts, descending, are the levels. level_of_bad: (bad_count,) level of
    each bad account. bucket_of_innocent: (innocent_count,) in 0..2J: 2j+1 is a tie with level j, 2j lies
    above level j and below level j-1, 2J below all.
    """

    level_count: int
    level_of_bad: IntArray
    bucket_of_innocent: IntArray

    @classmethod
    def of(cls, bad_scores: FloatArray, innocent_scores: FloatArray) -> Ranking:
        falling, level_of_bad = np.unique(-bad_scores, return_inverse=True)
        above = np.searchsorted(falling, -innocent_scores, side="left")
        not_below = np.searchsorted(falling, -innocent_scores, side="right")
        buckets = 2 * above + (not_below > above)
        return cls(falling.size, level_of_bad.astype(np.int64), buckets.astype(np.int64))


def measure_ranking(bad: FloatArray, innocent: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average precision and AUROC, once per row.

    bad: (draw_count, J) bad accounts by level; innocent: (draw_count, 2J+1) innocents by bucket (see
    Ranking). AP = sum over levels of (recall gained) x (precision at the level), without interpolation,
    so that accounts of equal score stand or fall together. AUROC = P[bad above innocent] + P[tie] / 2.
    NaN without bad (or innocent) accounts.
    """
    bad_total = bad.sum(axis=1)
    innocent_total = innocent.sum(axis=1)
    bad_above = np.cumsum(bad, axis=1)
    innocent_above = np.cumsum(innocent, axis=1)[:, 1::2]
    precision = np.nan_to_num(divide(bad_above, bad_above + innocent_above), nan=0.0)
    ap = divide((bad * precision).sum(axis=1), bad_total)
    below = innocent_total[:, None] - innocent_above + innocent[:, 1::2] / 2
    auroc = divide((bad * below).sum(axis=1), bad_total * innocent_total)
    return ap, auroc


def count_into(positions: IntArray, length: int) -> FloatArray:
    """(length,) how often each position occurs."""
    return np.bincount(positions, minlength=length).astype(np.float64)


def _sizes(partition: IntArray, ring_count: int) -> FloatArray:
    return count_into(partition[partition != NO_RING], ring_count)


def _sum_by(positions: IntArray, values: FloatArray, length: int) -> FloatArray:
    return np.bincount(positions, weights=values, minlength=length).astype(np.float64)


def _pairs(sizes: FloatArray) -> FloatArray:
    pairs: FloatArray = sizes * (sizes - 1) / 2
    return pairs
