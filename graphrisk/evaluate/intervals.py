"""95 % intervals by the cluster bootstrap (percentiles; Efron and Tibshirani 1993, chapter 13).

What is drawn again is the ring, because its accounts are found or missed together:

- measures of the truth (B-cubed, recalls): true rings, with replacement, as many as there are;
- measures of the claim (pairwise precision, precision at k, innocents swept in): found rings, likewise;
- pairwise F1: harmonic mean of its two sides, which are drawn apart;
- of a backtest: clusters of accounts that were in one ring at any date, a Poisson(1) count each (Chamandy et
  al. 2012, Estimating uncertainty for massive data streams);
- AP, AUROC and the calibration of risk: bad accounts by true ring (alone where they are in none), innocents
  by found ring, each drawn as above, and innocents in no ring one by one with a Poisson(1) count each.

Draws come in blocks, so that memory stays bounded; the same seed gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import sparse

from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray
from graphrisk.evaluate.metrics import Ranking, count_into, measure_ranking, take_top

_BLOCK_CELLS = 4_000_000  # numbers in one block of draws: 32 MB
_TAIL_PERCENT = 2.5


class Stream(IntEnum):
    """Each family of measures draws from its own stream. Never renumber, only add."""

    TRUTH = 0
    CLAIM = 1
    TOP_BY_SCORE = 2
    TOP_BY_SIZE = 3
    ACCOUNTS = 4
    CALIBRATION = 5
    RING_CALIBRATION = 6
    TYPOLOGIES = 7
    BACKTEST = 8
    BACKTEST_MEDIANS = 9
    BACKTEST_TIES = 10


@dataclass(frozen=True, slots=True)
class Resampling:
    """draw_count: at least 1; 1,000 makes the ends steady to about a tenth of the interval."""

    draw_count: int
    seed: int

    def generator(self, stream: Stream) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(int(stream),)))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval. NaN where there is nothing to measure it on."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: FloatArray) -> Estimate:
        """Draws that are NaN (say, no bad account among those drawn) are left out."""
        told = draws[np.isfinite(draws)]
        if not np.isfinite(value) or told.size == 0:
            return cls(value, float("nan"), float("nan"))
        low, high = np.percentile(told, [_TAIL_PERCENT, 100 - _TAIL_PERCENT])
        return cls(value, float(low), float(high))


def resample_sums(sums: FloatArray, resampling: Resampling, stream: Stream) -> FloatArray:
    """(ring_count, m) sums per ring -> (draw_count, m) sums over the rings of each draw."""
    ring_count = sums.shape[0]
    rng = resampling.generator(stream)
    blocks = [_draw_rings(ring_count, n, rng) @ sums for n in _blocks(resampling.draw_count, ring_count)]
    return np.concatenate(blocks)


@dataclass(frozen=True, slots=True)
class DrawnSums:
    """What a measure over accounts is made of, m sums each. bad: (clusters, m). ringed: (found rings, m)
    innocents in them. lone: (slices, m) the mean of innocents in no ring that count as alike, lone_count:
    (slices,) of them."""

    bad: FloatArray
    ringed: FloatArray
    lone: FloatArray
    lone_count: FloatArray


def resample_account_sums(sums: DrawnSums, resampling: Resampling, stream: Stream) -> FloatArray:
    """(draw_count, m), accounts drawn as for AP."""
    rng = resampling.generator(stream)
    width = max(sums.bad.shape[0], sums.ringed.shape[0], sums.lone_count.size)
    return np.concatenate(
        [
            _draw_rings(sums.bad.shape[0], n, rng) @ sums.bad
            + _draw_rings(sums.ringed.shape[0], n, rng) @ sums.ringed
            + _draw_lone(sums.lone_count, n, rng) @ sums.lone
            for n in _blocks(resampling.draw_count, width)
        ]
    )


def resample_clusters(sums: FloatArray, resampling: Resampling) -> FloatArray:
    """(clusters, m) sums -> (draw_count, m). Each cluster is drawn with a Poisson(1) count of its own, so
    that one of zeros changes nothing: for ratios, whose scale does not matter."""
    rows, count = np.unique(sums[sums.any(axis=1)], axis=0, return_counts=True)
    rng = resampling.generator(Stream.BACKTEST)
    blocks = _blocks(resampling.draw_count, count.size)
    return np.concatenate([_draw_lone(count.astype(np.float64), n, rng) @ rows for n in blocks])


def resample_medians(values: FloatArray, cluster: IntArray, resampling: Resampling) -> Estimate:
    """The median (the lower one of two) of (n,) values, drawn again by cluster as in resample_clusters; NaN
    of nothing."""
    if values.size == 0:
        return Estimate.of(float("nan"), np.empty(0))
    order = np.argsort(values, kind="stable")
    ranked, (names, place) = values[order], np.unique(cluster[order], return_inverse=True)
    rng = resampling.generator(Stream.BACKTEST_MEDIANS)
    medians = []
    for n in _blocks(resampling.draw_count, values.size):
        reached = np.cumsum(rng.poisson(1.0, size=(n, names.size))[:, place], axis=1)
        middle = ranked[(2 * reached >= reached[:, -1:]).argmax(axis=1)]
        medians.append(np.where(reached[:, -1] > 0, middle, np.nan))
    return Estimate.of(float(ranked[(values.size - 1) // 2]), np.concatenate(medians))


def resample_top(
    scores: FloatArray, right: BoolArray, ks: tuple[int, ...], resampling: Resampling, stream: Stream
) -> list[Estimate]:
    """Precision among the k best rings for each k (see metrics.take_top)."""
    rng = resampling.generator(stream)
    points = [take_top(scores, right, np.ones((1, scores.size)), k)[0] for k in ks]
    drawn: list[list[FloatArray]] = [[] for _ in ks]
    for n in _blocks(resampling.draw_count, scores.size):
        weights = _draw_rings(scores.size, n, rng)
        for of_k, k in zip(drawn, ks, strict=True):
            of_k.append(take_top(scores, right, weights, k))
    return [Estimate.of(float(p), np.concatenate(d)) for p, d in zip(points, drawn, strict=True)]


@dataclass(frozen=True, slots=True)
class JudgedAccounts:
    """Bad and innocent accounts whose ranking is judged; scores are higher for worse.

    bad_cluster: (bad_count,) any integers, equal for accounts that are drawn together. innocent_cluster:
    likewise, below 0 for an innocent that is drawn alone.
    """

    bad_scores: FloatArray
    bad_cluster: IntArray
    innocent_scores: FloatArray
    innocent_cluster: IntArray


def resample_ranking(accounts: JudgedAccounts, resampling: Resampling) -> tuple[Estimate, Estimate]:
    """Average precision and AUROC (see metrics.measure_ranking)."""
    ranking = Ranking.of(accounts.bad_scores, accounts.innocent_scores)
    bucket_count = 2 * ranking.level_count + 1
    buckets = ranking.bucket_of_innocent
    in_ring = accounts.innocent_cluster >= 0
    bad = _count_by_cluster(accounts.bad_cluster, ranking.level_of_bad, ranking.level_count)
    ringed = _count_by_cluster(accounts.innocent_cluster[in_ring], buckets[in_ring], bucket_count)
    lone = count_into(buckets[~in_ring], bucket_count)
    point = measure_ranking(
        count_into(ranking.level_of_bad, ranking.level_count)[None, :],
        count_into(buckets, bucket_count)[None, :],
    )
    rng = resampling.generator(Stream.ACCOUNTS)
    aps, aurocs = [], []
    for n in _blocks(resampling.draw_count, max(bucket_count, bad.shape[0], ringed.shape[0])):
        bad_drawn = _draw_rings(bad.shape[0], n, rng) @ bad
        innocent_drawn = _draw_rings(ringed.shape[0], n, rng) @ ringed + _draw_lone(lone, n, rng)
        ap, auroc = measure_ranking(bad_drawn, innocent_drawn)
        aps.append(ap)
        aurocs.append(auroc)
    return (
        Estimate.of(float(point[0][0]), np.concatenate(aps)),
        Estimate.of(float(point[1][0]), np.concatenate(aurocs)),
    )


def _count_by_cluster(cluster: IntArray, column: IntArray, column_count: int) -> sparse.csr_array:
    """(cluster_count, column_count), how many accounts of each cluster stand in each column."""
    names, row = np.unique(cluster, return_inverse=True)
    cells = (row.astype(np.int64), column)
    return sparse.coo_array((np.ones(row.size), cells), shape=(names.size, column_count)).tocsr()


def _draw_rings(ring_count: int, draw_count: int, rng: np.random.Generator) -> FloatArray:
    """(draw_count, ring_count), how often each ring is in each draw; rows sum to ring_count."""
    if ring_count == 0:
        return np.zeros((draw_count, 0))
    # A multinomial, but much faster than numpy's for many categories.
    drawn = rng.integers(ring_count, size=(draw_count, ring_count))
    drawn += ring_count * np.arange(draw_count)[:, None]
    return count_into(drawn.ravel(), draw_count * ring_count).reshape(draw_count, ring_count)


def _draw_lone(counts: FloatArray, draw_count: int, rng: np.random.Generator) -> FloatArray:
    """(draw_count, bucket_count); c accounts with a Poisson(1) count each are together Poisson(c)."""
    drawn = np.zeros((draw_count, counts.size))
    filled = np.flatnonzero(counts)
    drawn[:, filled] = rng.poisson(counts[filled], size=(draw_count, filled.size))
    return drawn


def _blocks(draw_count: int, width: int) -> Iterator[int]:
    """Sizes of blocks of draws that are `width` numbers wide each."""
    size = max(1, min(draw_count, _BLOCK_CELLS // max(width, 1)))
    for start in range(0, draw_count, size):
        yield min(size, draw_count - start)
