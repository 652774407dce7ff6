"""Calibration of risks and ring scores: bins, errors, intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.membership import NO_RING, Membership
from graphrisk.evaluate.reliability import (
    edges_of_equal_count,
    edges_of_equal_width,
    measure_account_calibration,
    measure_ring_calibration,
    summarise_bins,
)
from graphrisk.evaluate.scoring import JudgedRun

SCORES = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1))


def judged_accounts(risk: np.ndarray, is_bad: np.ndarray) -> JudgedRun:
    """Nobody is labelled, and there are no rings."""
    nothing = np.zeros(0, dtype=np.int64)
    none = Membership.of(nothing, nothing, 0)
    return JudgedRun(risk, is_bad, np.zeros(risk.size, dtype=bool), none, (), none, np.zeros(0), 0, 0)


def account_measures(risk: np.ndarray, is_bad: np.ndarray, draws: int = 200) -> dict[str, tuple[float, ...]]:
    alone = np.full(risk.size, NO_RING)
    measures, _ = measure_account_calibration(
        judged_accounts(risk, is_bad), alone, alone, Resampling(draws, seed=1)
    )
    return {m.name: (m.estimate.value, m.estimate.low, m.estimate.high) for m in measures}


@given(SCORES)
def test_every_score_stands_in_one_bin_that_holds_it(scores: np.ndarray) -> None:
    for edges in (edges_of_equal_count(scores), edges_of_equal_width()):
        table = summarise_bins("n", "w", scores, scores > 0.5, edges)
        filled = table.counts > 0
        assert table.counts.sum() == scores.size
        assert 1 <= filled.sum() <= 11
        slack = 1e-12
        assert (table.mean_scores[filled] >= table.edges[:-1][filled] - slack).all()
        assert (table.mean_scores[filled] <= table.edges[1:][filled] + slack).all()


def test_bins_of_equally_many_hold_equally_many() -> None:
    scores = np.random.default_rng(1).random(1000) ** 4
    table = summarise_bins("n", "w", scores, scores > 0.5, edges_of_equal_count(scores))
    assert table.counts[table.counts > 1].tolist() == pytest.approx([100] * 10, abs=1)


def test_the_error_is_that_of_paper() -> None:
    """.05 x 2, one bad: |.05 - .5| * 2/4; .95 and 1.0, both bad: |.975 - 1| * 2/4."""
    scores, is_bad = np.array([0.05, 0.05, 0.95, 1.0]), np.array([True, False, True, True])
    table = summarise_bins("n", "w", scores, is_bad, edges_of_equal_width())
    assert table.error() == pytest.approx(0.45 / 2 + 0.025 / 2)


def test_true_probabilities_are_calibrated_and_inflated_ones_are_not() -> None:
    rng = np.random.default_rng(2)
    risk = rng.beta(0.2, 4.0, size=20_000)
    is_bad = rng.random(risk.size) < risk
    right, inflated = account_measures(risk, is_bad), account_measures(np.sqrt(risk), is_bad)
    for name in ("account_ece", "account_ece_equal_width"):
        value, low, high = right[name]
        assert value < 0.005
        assert low <= high < 0.01
        assert inflated[name][1] > 0.08
    assert right["account_brier"][0] == pytest.approx(((risk - is_bad) ** 2).mean())
    assert right["account_brier"][1] < right["account_brier"][0] < right["account_brier"][2]


def test_an_interval_is_as_wide_as_that_of_single_accounts_drawn_again() -> None:
    """Without rings the clusters are single accounts; the oracle draws the bad and the innocent one by
    one."""
    rng = np.random.default_rng(3)
    risk = rng.random(800)
    is_bad = rng.random(800) < risk**2
    _, low, high = account_measures(risk, is_bad, draws=2000)["account_ece_equal_width"]
    edges = edges_of_equal_width()
    sides = [np.flatnonzero(is_bad), np.flatnonzero(~is_bad)]
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([rng.choice(side, side.size) for side in sides])
        drawn.append(summarise_bins("n", "w", risk[rows], is_bad[rows], edges).error())
    assert (low, high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.006)


def test_nothing_to_judge_gives_no_number() -> None:
    measures = account_measures(np.zeros(0), np.zeros(0, dtype=bool))
    assert all(np.isnan(value) for value, _, _ in measures.values())
    rings, _ = measure_ring_calibration(
        judged_accounts(np.zeros(3), np.zeros(3, dtype=bool)), Resampling(9, 1)
    )
    assert all(np.isnan(measure.estimate.value) for measure in rings)
