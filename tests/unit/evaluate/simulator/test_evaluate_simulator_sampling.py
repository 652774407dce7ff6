"""Sizes, groups and draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.evaluate.simulator.sampling import Sizes, chop, pick, zipf_weights

SIZES = st.builds(
    lambda low, more, exponent: Sizes(low, low + more, exponent),
    st.integers(1, 20),
    st.integers(0, 300),
    st.floats(0.5, 3.0),
)


@given(sizes=SIZES, seed=st.integers(0, 2**32))
def test_drawn_sizes_stay_within_their_bounds(sizes: Sizes, seed: int) -> None:
    drawn = sizes.draw(np.random.default_rng(seed), 200)
    assert drawn.min() >= sizes.low
    assert drawn.max() <= sizes.high


@given(sizes=SIZES, total=st.integers(0, 500), seed=st.integers(0, 2**32))
def test_chopped_groups_are_numbered_in_order_and_only_the_last_may_be_small(
    sizes: Sizes, total: int, seed: int
) -> None:
    group = chop(np.random.default_rng(seed), total, sizes)
    assert len(group) == total
    assert total == 0 or group[0] == 0
    assert np.isin(np.diff(group), (0, 1)).all()
    assert (np.bincount(group)[:-1] >= sizes.low).all()
    assert (np.bincount(group) <= sizes.high).all()


def test_the_mean_of_sizes_is_the_mean_of_many_draws() -> None:
    sizes = Sizes(3, 150, 1.15)
    drawn = sizes.draw(np.random.default_rng(7), 200_000)
    assert sizes.mean() == pytest.approx(drawn.mean(), rel=0.02)


def test_zipf_weights_sum_to_one_and_fall() -> None:
    assert zipf_weights(0, 1.0).tolist() == []
    weights = zipf_weights(5, 1.0)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] / weights[4] == pytest.approx(5.0)


def test_positions_are_picked_as_often_as_they_weigh() -> None:
    picked = pick(np.random.default_rng(1), np.cumsum([0.5, 0.0, 0.5]), 10_000)
    counts = np.bincount(picked, minlength=3)
    assert counts[1] == 0
    assert 4_500 < counts[0] < 5_500
