"""The ring score as a table of signals: what adds up, what raises it, what stays finite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import binomtest

from graphrisk.risk.signals import (
    BASE_POINTS,
    SIGNALS,
    GroupFacts,
    bad_share_bound,
    loss_ratio,
    score_from_points,
    total_points,
)


def one_group(**known: float) -> GroupFacts:
    """Four accounts on four things of which nothing else is known, but for what is said."""
    neutral = {
        "size": 4.0, "closeness": 1.0, "surprise": 0.0, "identifier_count": 6.0, "alike_count": 0.0,
        "bad_count": 0.0, "good_count": 0.0, "belief": 0.0, "payment_count": 0.0, "loss_count": 0.0,
    }  # fmt: skip
    base = known.pop("base_loss_share", 0.01)
    return GroupFacts(
        **{name: np.array([value]) for name, value in (neutral | known).items()}, base_loss_share=base
    )


@st.composite
def any_group(draw: st.DrawFn) -> GroupFacts:
    size = draw(st.integers(1, 10_000))
    payments, labelled = draw(st.integers(0, 10**9)), draw(st.integers(0, size))
    bad = draw(st.integers(0, labelled))
    return one_group(
        size=size, closeness=draw(st.floats(0, 100)), surprise=draw(st.floats(-1e5, 1e5)),
        identifier_count=draw(st.integers(0, 10**6)), alike_count=draw(st.integers(0, size)),
        bad_count=bad, good_count=labelled - bad,
        belief=draw(st.floats(-1e9, 1e9)), payment_count=payments,
        loss_count=draw(st.integers(0, payments)), base_loss_share=draw(st.just(0.0) | st.floats(1e-12, 1)),
    )  # fmt: skip


@given(any_group())
def test_the_points_of_the_signals_add_up_to_the_logit_of_the_score(facts: GroupFacts) -> None:
    points = sum(float(signal.points(facts)[0]) for signal in SIGNALS)
    assert total_points(facts)[0] == pytest.approx(points)
    score = float(score_from_points(total_points(facts))[0])
    assert 0 <= score <= 1
    if abs(points) < 20:
        assert logit(score) == pytest.approx(points - BASE_POINTS, abs=1e-6)


@given(any_group())
def test_every_signal_is_finite_and_has_words(facts: GroupFacts) -> None:
    for signal in SIGNALS:
        value = float(signal.measure(facts)[0])
        assert np.isfinite(value)
        assert np.isfinite(signal.points(facts)[0])
        words = signal.words(facts, 0, value)
        assert words.isprintable()
        assert "nan" not in words
        assert words


@pytest.mark.parametrize(
    ("change", "direction"),
    [
        ({"closeness": 2.0}, 1),
        ({"closeness": 0.5}, -1),
        ({"surprise": 20.0}, 1),
        ({"belief": 1.0}, 1),
        ({"belief": -1.0}, -1),
        ({"bad_count": 1.0}, 1),
        ({"good_count": 2.0}, 0),
        ({"payment_count": 10.0, "loss_count": 5.0}, 1),
        ({"payment_count": 100.0}, -1),
    ],
)
def test_each_fact_moves_the_score_the_way_it_should(change: dict[str, float], direction: int) -> None:
    before, after = total_points(one_group())[0], total_points(one_group(**change))[0]
    assert np.sign(round(after - before, 9)) == direction


@pytest.mark.parametrize(("bad", "good"), [(1, 0), (1, 3), (5, 5), (20, 1), (300, 0), (0, 4), (0, 0)])
def test_the_share_of_bad_labels_is_bounded_as_wilson_does(bad: int, good: int) -> None:
    bound = bad_share_bound(one_group(size=1000, bad_count=bad, good_count=good))[0]
    exact = binomtest(bad, bad + good).proportion_ci(0.95, "wilson").low if bad else 0.0
    assert bound == pytest.approx(exact, abs=1e-4)


def test_more_bad_labels_weigh_more_and_cleared_ones_less() -> None:
    def bound(bad: int, good: int) -> float:
        return float(bad_share_bound(one_group(bad_count=bad, good_count=good))[0])

    assert bound(1, 0) < bound(2, 0) < bound(4, 0)
    assert bound(2, 2) < bound(2, 1) < bound(2, 0)


def test_losses_are_drawn_towards_the_usual_by_five_payments() -> None:
    # one loss in five payments where one in a hundred is usual: (1 + .05) / 10 / .01
    assert loss_ratio(one_group(payment_count=5.0, loss_count=1.0))[0] == pytest.approx(10.5)
    assert loss_ratio(one_group())[0] == pytest.approx(1.0)
    assert loss_ratio(one_group(payment_count=5.0, base_loss_share=0.0))[0] == 1.0


def test_no_groups_have_no_points() -> None:
    nobody = replace(
        one_group(),
        **{name: np.empty(0) for name in GroupFacts.__slots__ if name != "base_loss_share"},
    )
    assert total_points(nobody).tolist() == []


def test_names_are_distinct() -> None:
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)
