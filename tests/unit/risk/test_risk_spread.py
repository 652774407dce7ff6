"""How far a probability may be off."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from graphrisk.risk.calibration import Calibration, fit_calibration, measure_covariance
from graphrisk.risk.spread import Interval, Spread, interval_of_fit

ODDS = np.array([-4.0, 0.0, 3.0])


def test_marketplaces_that_agree_leave_nothing_open() -> None:
    found = Spread((Calibration(0.9, 0.2),) * 4).interval(ODDS)
    assert found.low == pytest.approx(0.9 * ODDS + 0.2, abs=1e-6)
    assert found.high == pytest.approx(0.9 * ODDS + 0.2, abs=1e-6)


def test_the_more_they_differ_the_wider_it_is() -> None:
    narrow, wide = (
        Spread(tuple(Calibration(1.0, shift * by) for shift in (-1, 0, 1, 2))).interval(ODDS)
        for by in (0.1, 0.5)
    )
    assert wide.high - wide.low == pytest.approx(5 * (narrow.high - narrow.low))


def test_nine_of_ten_more_marketplaces_lie_inside() -> None:
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        drawn = [
            Calibration(*each) for each in rng.multivariate_normal((1, 0), [[0.04, 0.03], [0.03, 0.1]], 9)
        ]
        found = Spread(tuple(drawn[:-1])).interval(ODDS)
        inside.append((found.low <= drawn[-1].apply(ODDS)) & (drawn[-1].apply(ODDS) <= found.high))
    share = np.mean(inside, axis=0)
    assert share == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / 400))


def test_a_spread_is_what_was_written_of_it() -> None:
    spread = Spread((Calibration(0.9, 0.123456789), Calibration(1.1, -2.0), Calibration()))
    assert Spread.from_json(spread.to_json()) == spread


@pytest.mark.parametrize("text", ["", "[1]", "[[1]]", '[["a", 2]]', "null"])
def test_another_text_is_no_spread(text: str) -> None:
    with pytest.raises(ValueError, match="no list of slopes and shifts"):
        Spread.from_json(text)


def test_the_odds_are_inside_whatever_the_interval_is_around() -> None:
    low, high = Interval(np.array([1.0, -2.0]), np.array([2.0, -1.0])).around(np.array([0.0, -1.5]))
    assert low == pytest.approx(expit([0.0, -2.0]))
    assert high == pytest.approx(expit([2.0, -1.0]))


def test_a_fit_to_a_sample_holds_what_all_would_say_in_nine_of_ten() -> None:
    rng = np.random.default_rng(1)
    slope, shift = 0.8, -0.5
    inside = []
    for _ in range(300):
        odds = rng.normal(0, 2, 400)
        target = rng.random(400) < expit(slope * odds + shift)
        fitted = fit_calibration(odds, target)
        found = interval_of_fit(ODDS, fitted, measure_covariance(fitted, odds, target, np.full(400, -1)))
        truth = slope * ODDS + shift
        inside.append((found.low <= truth) & (truth <= found.high))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_accounts_that_are_wrong_together_say_less() -> None:
    rng = np.random.default_rng(2)
    odds = np.repeat(rng.normal(0, 2, 50), 8)
    target = np.repeat(rng.random(50) < expit(odds[::8]), 8)
    fitted = fit_calibration(odds, target)
    alone = measure_covariance(fitted, odds, target, np.full(400, -1))
    together = measure_covariance(fitted, odds, target, np.repeat(np.arange(50), 8))
    assert together[1, 1] > 4 * alone[1, 1]
