"""The bootstrap: seeded, empty input survived, and intervals that are about as wide as theory says."""

from __future__ import annotations

import numpy as np
import pytest

from graphrisk.evaluate import intervals
from graphrisk.evaluate.intervals import (
    Estimate,
    JudgedAccounts,
    Resampling,
    Stream,
    resample_clusters,
    resample_medians,
    resample_ranking,
    resample_sums,
    resample_top,
)

DRAWS = Resampling(draw_count=2000, seed=7)


def accounts_in_rings(rng: np.random.Generator, copies: int) -> JudgedAccounts:
    """60 bad and 60 innocent rings of `copies` accounts each, all accounts of a ring with the same score."""
    bad, innocent = rng.normal(1, 1, 60), rng.normal(0, 1, 60)
    cluster = np.repeat(np.arange(60), copies)
    return JudgedAccounts(np.repeat(bad, copies), cluster, np.repeat(innocent, copies), cluster)


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says() -> None:
    hits = np.repeat([1.0, 0.0], [120, 280])[:, None]
    share = resample_sums(hits, DRAWS, Stream.TRUTH)[:, 0] / 400
    estimate = Estimate.of(0.3, share)
    half_width = 1.96 * np.sqrt(0.3 * 0.7 / 400)
    assert estimate.low == pytest.approx(0.3 - half_width, abs=0.006)
    assert estimate.high == pytest.approx(0.3 + half_width, abs=0.006)


def test_accounts_that_are_drawn_together_give_the_interval_of_their_rings() -> None:
    """Ten copies of every account know no more than one: AUROC's interval must not shrink."""
    alone = accounts_in_rings(np.random.default_rng(3), copies=1)
    tenfold = accounts_in_rings(np.random.default_rng(3), copies=10)
    once, ten = resample_ranking(alone, DRAWS)[1], resample_ranking(tenfold, DRAWS)[1]
    assert ten.value == pytest.approx(once.value)
    assert ten.high - ten.low == pytest.approx(once.high - once.low, rel=0.1)
    apart = JudgedAccounts(
        tenfold.bad_scores, np.arange(600), tenfold.innocent_scores, np.full(600, -1, dtype=np.int64)
    )
    wrong = resample_ranking(apart, DRAWS)[1]
    assert wrong.high - wrong.low < 0.5 * (ten.high - ten.low)


def test_innocents_drawn_one_by_one_give_the_interval_of_single_clusters() -> None:
    rng = np.random.default_rng(5)
    bad, innocent = rng.normal(1, 1, 40), rng.normal(0, 1, 200)
    poisson = JudgedAccounts(bad, np.arange(40), innocent, np.full(200, -1, dtype=np.int64))
    multinomial = JudgedAccounts(bad, np.arange(40), innocent, np.arange(200))
    for one, other in zip(
        resample_ranking(poisson, DRAWS), resample_ranking(multinomial, DRAWS), strict=True
    ):
        assert one.value == other.value
        assert one.low == pytest.approx(other.low, abs=0.02)
        assert one.high == pytest.approx(other.high, abs=0.02)


def test_the_seed_decides_the_draws() -> None:
    sums = np.arange(12.0).reshape(6, 2)
    same = resample_sums(sums, Resampling(50, 1), Stream.TRUTH)
    np.testing.assert_array_equal(same, resample_sums(sums, Resampling(50, 1), Stream.TRUTH))
    assert not np.array_equal(same, resample_sums(sums, Resampling(50, 2), Stream.TRUTH))
    assert not np.array_equal(same, resample_sums(sums, Resampling(50, 1), Stream.CLAIM))


def test_the_size_of_the_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = np.arange(12.0).reshape(6, 2)
    whole = resample_sums(sums, Resampling(50, 1), Stream.TRUTH)
    monkeypatch.setattr(intervals, "_BLOCK_CELLS", 13)
    np.testing.assert_array_equal(whole, resample_sums(sums, Resampling(50, 1), Stream.TRUTH))


def test_without_rings_sums_are_zero_and_top_k_is_nan() -> None:
    assert resample_sums(np.zeros((0, 3)), Resampling(4, 0), Stream.TRUTH).tolist() == [[0.0] * 3] * 4
    nothing = np.zeros(0)
    (estimate,) = resample_top(nothing, nothing.astype(bool), (5,), Resampling(4, 0), Stream.TOP_BY_SCORE)
    assert np.isnan([estimate.value, estimate.low, estimate.high]).all()


@pytest.mark.parametrize(("bad", "innocent"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_ranking_survives_any_side_being_empty_or_one(bad: int, innocent: int) -> None:
    accounts = JudgedAccounts(
        np.ones(bad), np.zeros(bad, dtype=np.int64), np.zeros(innocent), np.full(innocent, -1, dtype=np.int64)
    )
    ap, auroc = resample_ranking(accounts, Resampling(20, 0))
    assert np.isnan(ap.value) == (bad == 0)
    assert np.isnan(auroc.value) == (bad == 0 or innocent == 0)


def test_the_interval_of_top_k_holds_the_point_and_narrows_with_k() -> None:
    rng = np.random.default_rng(2)
    scores, right = rng.random(500), rng.random(500) < 0.4
    few, many = resample_top(scores, right, (20, 300), DRAWS, Stream.TOP_BY_SCORE)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_a_median_is_drawn_again_by_cluster() -> None:
    """Of 1, 2, 9 and 10 the lower middle is 2. Drawn as one cluster it never moves, drawn one by one it
    does."""
    values = np.array([9.0, 1.0, 10.0, 2.0])
    together = resample_medians(values, np.zeros(4, np.int64), Resampling(200, 1))
    apart = resample_medians(values, np.arange(4), Resampling(200, 1))
    assert (together.value, together.low, together.high) == (2, 2, 2)
    assert (apart.value, apart.low, apart.high) == (2, 1, 10)
    assert np.isnan(resample_medians(np.empty(0), np.empty(0, np.int64), Resampling(5, 1)).value)


def test_clusters_of_nothing_change_no_draw() -> None:
    sums = np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0]])
    padded = np.vstack([np.zeros((5, 2)), sums])
    resampling = Resampling(50, 2)
    assert np.array_equal(resample_clusters(sums, resampling), resample_clusters(padded, resampling))
    assert resample_clusters(np.zeros((3, 2)), resampling).tolist() == [[0, 0]] * 50


def test_the_spread_over_clusters_is_that_of_the_normal_approximation() -> None:
    """A share of .5 over 400 clusters of one: standard error .025."""
    sums = np.column_stack([np.arange(400) % 2, np.ones(400)]).astype(np.float64)
    drawn = resample_clusters(sums, Resampling(4000, 0))
    assert (drawn[:, 0] / drawn[:, 1]).std() == pytest.approx(0.025, rel=0.05)
