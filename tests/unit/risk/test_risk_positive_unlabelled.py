"""The caught tell how far risks are off on the whole."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, softmax

from graphrisk.graph.links import Floats
from graphrisk.risk.folds import FOLD_COUNT
from graphrisk.risk.positive_unlabelled import SHIFTS, USUAL_SHIFT, measure_shift, shift_by_fold

Bools = NDArray[np.bool_]


def draw(off: float, count: int = 20_000, caught: float = 0.25, seed: int = 1) -> tuple[Floats, Bools]:
    """Log odds of accounts that are bad with those odds less `off`, and who of them is caught: some of the
    bad, at random, and one in a thousand of the others."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-5.0, 3.0, count)
    bad = rng.random(count) < expit(odds - off)
    return odds, np.asarray(np.where(bad, rng.random(count) < caught, rng.random(count) < 0.001))


@pytest.mark.parametrize("off", [-2.0, -1.0, 1.0, 2.0])
def test_risks_that_are_off_are_put_right(off: float) -> None:
    assert measure_shift(*draw(off, 80_000)) == pytest.approx(-off, abs=0.4)


@pytest.mark.parametrize("caught", [0.05, 0.25, 0.6])
def test_risks_that_are_right_stay_however_many_are_caught(caught: float) -> None:
    assert abs(measure_shift(*draw(0.0, caught=caught))) < 0.25


def test_a_few_caught_move_hardly_anything() -> None:
    odds, caught = draw(0.0)
    few = np.zeros(len(odds), dtype=np.bool_)
    few[np.flatnonzero(caught)[:3]] = True
    assert 0 < abs(measure_shift(odds, few)) < 0.2


def test_nobody_caught_moves_nothing() -> None:
    odds, _ = draw(1.0)
    assert measure_shift(odds, np.zeros(len(odds), dtype=np.bool_)) == 0
    assert measure_shift(np.empty(0), np.empty(0, dtype=np.bool_)) == 0


def test_accounts_of_one_risk_tell_nothing() -> None:
    caught = np.arange(1000) < 50
    assert measure_shift(np.full(1000, -1.0), caught) == pytest.approx(0.0, abs=0.1)


def test_it_is_the_mean_over_all_shifts_with_the_likeliest_shares() -> None:
    """The slow twin: account by account, the two shares by a general optimiser."""
    odds, caught = draw(1.0, 3_000)

    def log_likelihood(shift: float) -> float:
        bad = expit(odds + shift)

        def loss(shares: Floats) -> float:
            rate = expit(shares[0]) * bad + expit(shares[1]) * (1 - bad)
            return -float(np.log(np.where(caught, rate, 1 - rate)).sum())

        return -float(minimize(loss, [-1.0, -7.0], method="Nelder-Mead", options={"maxiter": 400}).fun)

    beforehand = -np.log1p((SHIFTS / USUAL_SHIFT) ** 2)
    weight = softmax(np.array([log_likelihood(shift) for shift in SHIFTS]) + beforehand)
    assert measure_shift(odds, caught) == pytest.approx(float(weight @ SHIFTS), abs=0.03)


def test_nobodys_shift_hears_a_label_of_their_own_fold() -> None:
    odds, caught = draw(1.5, 3_000)
    fold = np.arange(len(odds)) % FOLD_COUNT
    verdict = caught.astype(np.int8)
    before = shift_by_fold(odds, verdict, fold)
    turned = np.where(fold == 0, 1 - verdict, verdict).astype(np.int8)
    after = shift_by_fold(odds, turned, fold)
    assert np.array_equal(before[fold == 0], after[fold == 0])
    assert not np.array_equal(before[fold == 1], after[fold == 1])
