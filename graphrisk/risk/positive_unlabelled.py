"""How far the risks of a marketplace are off on the whole, as the caught tell.

Of the bad only some are caught, so that nobody without a label is innocent, and no share of labelled
accounts is a probability. But where risks are right, the caught are the same share of the expected bad at
every risk. With what was learned elsewhere they may not be: where addresses of a provider pass from hand to
hand, honest people look like a ring's, and of those with a risk of one half nobody is ever caught. So all log
odds are shifted alike, by what makes the caught most probable: an account of log odds x is caught with
probability c q + e (1 - q), q = 1 / (1 + exp(-x - shift)), c of the bad being caught and e of the others by
mistake, both unknown. That the caught are a random sample of the bad is assumed (Elkan and Noto, KDD 2008),
and is not quite so: beforehand a shift is small (Cauchy), and what counts is its mean given the labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax, xlogy

from graphrisk.graph.links import Floats
from graphrisk.model.known import BAD
from graphrisk.risk.folds import FOLD_COUNT

SHIFTS = np.linspace(-5.0, 5.0, 101)  # that come into question
USUAL_SHIFT = 0.1  # half of all are thought to be less, beforehand
_BIN = 0.05  # log odds that are this close count as one
_ROUNDS = 300  # of expectation and maximisation, for c and e


def shift_by_fold(odds: Floats, verdict: NDArray[np.int8], fold: NDArray[np.int64]) -> Floats:
    """[N] what is to be added to the log odds of each account, told by the labels of the other folds.

    odds: [N], free of labels.
    """
    is_caught = verdict == BAD
    shift = np.zeros(len(odds))
    for hidden in range(FOLD_COUNT):
        rows = fold == hidden
        shift[rows] = measure_shift(odds[~rows], is_caught[~rows])
    return shift


def measure_shift(odds: Floats, is_caught: NDArray[np.bool_]) -> float:
    """The shift of log odds [N] that is to be expected given who of the N was caught. 0 where nobody was."""
    if not is_caught.any():
        return 0.0
    cell = np.floor(odds / _BIN).astype(np.int64)
    cell -= cell.min()
    count = np.bincount(cell).astype(np.float64)
    known = count > 0
    caught = np.bincount(cell[is_caught], minlength=len(count)).astype(np.float64)[known]
    middle = np.bincount(cell, weights=odds)[known] / count[known]
    beforehand = -np.log1p((SHIFTS / USUAL_SHIFT) ** 2)
    return float(softmax(_log_likelihood(middle, caught, count[known]) + beforehand) @ SHIFTS)


def _log_likelihood(middle: Floats, caught: Floats, count: Floats) -> Floats:
    """[len(SHIFTS)] of who was caught, with the likeliest c and e for each.

    middle, caught, count: of cells of accounts with like log odds.
    """
    bad = np.asarray(expit(SHIFTS[:, None] + middle))
    free = count - caught
    of_bad, of_good = np.full((len(SHIFTS), 1), 0.25), np.full((len(SHIFTS), 1), 0.001)
    for _ in range(_ROUNDS):
        rate = of_bad * bad + of_good * (1 - bad)
        true = caught * of_bad * bad / rate
        still = free * (1 - of_bad) * bad / (1 - rate)
        of_bad = _share(true, still)
        of_good = _share(caught - true, free - still)
    rate = of_bad * bad + of_good * (1 - bad)
    return np.asarray((xlogy(caught, rate) + xlogy(free, 1 - rate)).sum(axis=1))


def _share(caught: Floats, free: Floats) -> Floats:
    """[S, 1], inside of (0, 1) whatever the rounding."""
    whole = (caught + free).sum(axis=1, keepdims=True)
    return np.asarray(np.clip(caught.sum(axis=1, keepdims=True) / np.maximum(whole, 1e-12), 1e-12, 1 - 1e-12))
