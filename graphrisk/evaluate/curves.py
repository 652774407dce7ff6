"""The lines that a report draws: precision over recall of accounts, precision over k of rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray
from graphrisk.evaluate.metrics import Ranking, count_into, divide, take_top
from graphrisk.evaluate.scoring import JudgedRun

MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Curves:
    """recall, precision: (points,) of unlabelled accounts by falling risk, base_rate: their share of bad.
    ks: (points,) of the best rings, ring_precision: of them right by score, size_precision: by size."""

    recall: FloatArray
    precision: FloatArray
    base_rate: float
    ks: IntArray
    ring_precision: FloatArray
    size_precision: FloatArray


def trace_curves(judged: JudgedRun, is_right: BoolArray) -> Curves:
    """is_right: (found rings,). At most MOST_POINTS points a line, ends included; accounts (rings) of equal
    score count together (in random order)."""
    unlabelled = ~judged.is_labelled
    bad, innocent = judged.risk[unlabelled & judged.is_bad], judged.risk[unlabelled & ~judged.is_bad]
    ranking = Ranking.of(bad, innocent)
    bad_above = np.cumsum(count_into(ranking.level_of_bad, ranking.level_count))
    innocents = count_into(ranking.bucket_of_innocent, 2 * ranking.level_count + 1)
    innocent_above = np.cumsum(innocents)[1::2]
    at = _spread(ranking.level_count)
    ring_count = judged.found.ring_count
    ks = _spread(ring_count) + 1
    sizes = judged.found.sizes().astype(np.float64)
    every = np.ones((1, ring_count))
    return Curves(
        recall=divide(bad_above, np.full(bad_above.shape, bad.size))[at],
        precision=divide(bad_above, bad_above + innocent_above)[at],
        base_rate=float(divide(np.array([bad.size]), np.array([bad.size + innocent.size]))[0]),
        ks=ks,
        ring_precision=np.array([take_top(judged.found_score, is_right, every, int(k))[0] for k in ks]),
        size_precision=np.array([take_top(sizes, is_right, every, int(k))[0] for k in ks]),
    )


def _spread(count: int) -> IntArray:
    """At most MOST_POINTS of 0..count - 1, evenly spread, the first and the last included."""
    spread = np.linspace(0, max(count - 1, 0), min(count, MOST_POINTS))
    return np.unique(np.round(spread)).astype(np.int64)
