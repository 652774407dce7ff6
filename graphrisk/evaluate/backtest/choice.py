"""Whom a budget reaches: shares in 0..1, which are expectations over the order of equals."""

from __future__ import annotations

import numpy as np

from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray


def choose_best(score: FloatArray | IntArray, count: int) -> FloatArray:
    """(n,) the probability that each is among the `count` of highest score, equals in random order."""
    if count <= 0 or score.size == 0:
        return np.zeros(score.size)
    if count >= score.size:
        return np.ones(score.size)
    last = np.partition(score, score.size - count)[score.size - count]
    above, tied = score > last, score == last
    chosen: FloatArray = above + tied * ((count - above.sum()) / tied.sum())
    return chosen


def choose_places(score: FloatArray | IntArray, first: int, count: int) -> FloatArray:
    """(n,) the same for the `count` places after the `first` best."""
    return choose_best(score, first + count) - choose_best(score, first)


def read_in_order(score: FloatArray, minutes: FloatArray, budget_minutes: float) -> FloatArray:
    """(n,) the share of each that is read before the budget is spent, best score first; equals are read side
    by side, so that where the budget ends among them each is read in part. minutes: (n,), above 0."""
    _, group = np.unique(-score, return_inverse=True)
    cost = np.bincount(group, weights=minutes)
    before = np.cumsum(cost) - cost
    share: FloatArray = np.clip((budget_minutes - before) / cost, 0.0, 1.0)[group]
    return share


def choose_exactly(score: IntArray, allowed: BoolArray, count: int, rng: np.random.Generator) -> BoolArray:
    """(n,) the `count` allowed ones of highest score, equals in an order that is drawn."""
    rows = np.flatnonzero(allowed)
    order = np.lexsort((rng.permutation(rows.size), -score[rows]))
    chosen = np.zeros(score.size, dtype=np.bool_)
    chosen[rows[order[:count]]] = True
    return chosen
