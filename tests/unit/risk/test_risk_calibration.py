"""Platt's two numbers, against scikit-learn's unpenalised logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from graphrisk.risk.calibration import Calibration, fit_calibration


def drawn(seed: int, slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    odds = rng.normal(0, 2, 500)
    return odds, rng.random(500) < expit(slope * odds + shift)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0.3, 3.0), st.floats(-3.0, 1.0))
def test_it_is_the_logistic_regression_of_the_smoothed_targets(seed: int, slope: float, shift: float) -> None:
    odds, target = drawn(seed, slope, shift)
    bad, good = int(target.sum()), int((~target).sum())
    if min(bad, good) < 5:
        return
    found = fit_calibration(odds, target)
    # A target between 0 and 1 is a row of either, by weight.
    aim = np.where(target, (bad + 1) / (bad + 2), 1 / (good + 2))
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        np.tile(odds, 2)[:, None], np.repeat([True, False], 500), np.concatenate((aim, 1 - aim))
    )
    assert found.slope == pytest.approx(oracle.coef_[0, 0], abs=1e-3)
    assert found.shift == pytest.approx(oracle.intercept_[0], abs=1e-3)


def test_calibrated_odds_mean_what_they_say() -> None:
    odds, target = drawn(1, 0.5, -1.0)
    share = expit(fit_calibration(odds, target).apply(odds))
    assert share.mean() == pytest.approx(target.mean(), abs=0.01)
    high = odds > 1
    assert share[high].mean() == pytest.approx(target[high].mean(), abs=0.08)


def test_a_perfect_order_stays_finite() -> None:
    found = fit_calibration(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True]))
    assert 0 < found.slope < 100
    assert np.isfinite(found.shift)


@pytest.mark.parametrize("target", [[], [True, True], [False, False]])
def test_targets_all_alike_calibrate_nothing(target: list[bool]) -> None:
    found = fit_calibration(np.arange(len(target), dtype=np.float64), np.array(target, dtype=np.bool_))
    assert found == Calibration(1.0, 0.0)


def test_an_order_worse_than_none_is_left_as_it_is() -> None:
    odds, target = drawn(2, 1.0, 0.0)
    assert fit_calibration(-odds, target) == Calibration()


def test_the_order_of_accounts_stays() -> None:
    odds, target = drawn(3, 2.0, 0.5)
    calibrated = fit_calibration(odds, target).apply(odds)
    assert np.argsort(calibrated).tolist() == np.argsort(odds).tolist()
