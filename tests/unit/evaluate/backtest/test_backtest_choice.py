"""Whom a budget reaches, and as of which dates it is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise, permutations

import numpy as np
import pytest
from backtest_worlds import FIRST, day
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.errors import InputError
from graphrisk.evaluate.backtest.choice import choose_best, choose_exactly, choose_places, read_in_order
from graphrisk.evaluate.backtest.dates import Spans, settle_dates, spread_dates
from graphrisk.evaluate.backtest.params import BacktestParams, ReviewCost
from graphrisk.evaluate.intervals import Resampling

SCORES = st.lists(st.integers(0, 3), max_size=5)


@given(SCORES, st.integers(0, 6))
def test_the_share_of_each_is_its_mean_over_all_orders_of_equals(scores: list[int], count: int) -> None:
    orders = [
        order
        for order in permutations(range(len(scores)))
        if all(scores[a] >= scores[b] for a, b in pairwise(order))
    ]
    expected = [sum(at in order[:count] for order in orders) / len(orders) for at in range(len(scores))]
    assert choose_best(np.array(scores, dtype=np.int64), count) == pytest.approx(expected)


@given(SCORES, st.integers(0, 5), st.integers(0, 5))
def test_places_one_after_another_add_up(scores: list[int], first: int, count: int) -> None:
    score = np.array(scores, dtype=np.int64)
    both = choose_places(score, 0, first) + choose_places(score, first, count)
    assert both == pytest.approx(choose_best(score, first + count))


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(1, 50)), min_size=1, max_size=6), st.floats(0, 300))
def test_a_reader_spends_the_budget_or_reads_everything(
    rings: list[tuple[int, float]], budget: float
) -> None:
    score = np.array([each for each, _ in rings], dtype=np.float64)
    minutes = np.array([each for _, each in rings])
    share = read_in_order(score, minutes, budget)
    assert (share * minutes).sum() == pytest.approx(min(budget, minutes.sum()))
    # Nothing is begun before everything better is read
    assert all(
        share[a] == 1
        for a in range(len(rings))
        for b in range(len(rings))
        if score[a] > score[b] and share[b]
    )


def test_exactly_so_many_are_chosen_and_none_that_is_not_allowed() -> None:
    allowed = np.array([True, False, True, True, True])
    chosen = choose_exactly(np.array([1, 9, 1, 1, 5]), allowed, 2, np.random.default_rng(0))
    assert chosen.sum() == 2
    assert chosen[4]
    assert not chosen[1]


SPANS = Spans(enough_at=FIRST + timedelta(hours=3), active_until=day(41), ends_at=day(90))


def test_dates_reach_from_when_enough_is_known_to_the_last_that_can_mature() -> None:
    assert spread_dates(SPANS, 50, 4) == (day(1), day(14), day(27), day(40))


def test_no_date_lies_after_the_last_activity() -> None:
    """Labels go on to day 90, but after day 41 nothing happens that a run could see."""
    assert spread_dates(SPANS, 10, 1) == (day(41),)


def test_dates_that_fall_together_are_one() -> None:
    assert spread_dates(SPANS, 88, 5) == (day(1), day(2))


@pytest.mark.parametrize(
    "spans", [Spans(None, day(41), day(90)), Spans(FIRST, None, day(90)), Spans(day(60), day(50), day(90))]
)
def test_without_a_date_that_can_be_scored_it_says_what_is_missing(spans: Spans) -> None:
    with pytest.raises(InputError, match="backtest"):
        spread_dates(spans, 50, 4)


def test_a_date_whose_labels_have_not_matured_is_refused() -> None:
    assert settle_dates([day(40), day(3), day(3)], SPANS, 50) == (day(3), day(40))
    with pytest.raises(InputError, match="not matured"):
        settle_dates([day(3), day(41)], SPANS, 50)
    with pytest.raises(InputError, match="no times"):
        settle_dates([datetime(2024, 1, 1)], Spans(None, None, None), 50)  # noqa: DTZ001 - naive UTC


@pytest.mark.parametrize(
    "make",
    [
        lambda: ReviewCost(minutes_per_ring=-1),
        lambda: ReviewCost(minutes_per_member=0),
        lambda: BacktestParams(Resampling(1, 0), horizon_days=0),
        lambda: BacktestParams(Resampling(1, 0), least_risk=0),
        lambda: BacktestParams(Resampling(1, 0), ks=(0,)),
    ],
)
def test_parameters_that_make_no_sense_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()  # type: ignore[operator]
