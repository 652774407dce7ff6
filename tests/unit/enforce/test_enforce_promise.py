"""The promise of a plan: how many honest people are on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan_grounds import ground, many, order

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.promise import (
    COMMON_SHARE,
    DRAW_COUNT,
    RING_CORRELATION,
    draw_wrongful,
    promise_wrongful,
)
from graphrisk.model.enforcement import PlanRow


def rows(count: int, risk: float, width: float = 0.0) -> list[PlanRow]:
    made = make_plan(many(count), ground(), order()).rows
    return [replace(row, risk=risk, risk_low=risk - width, risk_high=risk + width) for row in made]


def test_nobody_is_promised_nobody() -> None:
    assert promise_wrongful([], 0).high == 0


def test_the_expected_number_is_the_sum_of_what_is_missing_to_certainty() -> None:
    assert promise_wrongful(rows(200, 0.9), 0).expected == pytest.approx(20)


def test_certain_accounts_are_certain() -> None:
    promise = promise_wrongful(rows(100, 1.0), 0)
    assert (promise.low, promise.high) == (0, 0)


def test_the_order_of_rows_changes_nothing() -> None:
    some = rows(60, 0.8)
    assert promise_wrongful(some[::-1], 3) == promise_wrongful(some, 3)


def test_uncertain_risks_widen_the_interval() -> None:
    sure, unsure = promise_wrongful(rows(300, 0.9), 0), promise_wrongful(rows(300, 0.9, 0.08), 0)
    assert unsure.low < sure.low < 30 < sure.high < unsure.high


def test_a_share_of_their_width_moves_everybody_together() -> None:
    # Of very many accounts, each a ring of its own, the honest share is that of one shift of all log odds
    count, width = 20_000, 1.2
    ring = np.arange(count)
    drawn = draw_wrongful(np.full(count, 0.8), np.full(count, width), ring, count, np.random.default_rng(3))
    shifted = np.log(4) + COMMON_SHARE * width * np.array([1.6449, -1.6449])  # log odds of .8 are log 4
    ends = count / (1 + np.exp(shifted))
    assert np.percentile(drawn, [5, 95]) == pytest.approx(ends, rel=0.08)


def test_members_of_a_ring_are_right_or_wrong_together() -> None:
    # By the definition of the copula: the variance of a sum of n indicators that share one factor, against
    # draws of every account by itself
    size, ring_count, risk = 10, 200, 0.7
    ring = np.repeat(np.arange(ring_count), size)
    drawn = draw_wrongful(
        np.full(len(ring), risk), np.zeros(len(ring)), ring, ring_count, np.random.default_rng(1)
    )
    rng = np.random.default_rng(2)
    common = rng.standard_normal((DRAW_COUNT, ring_count))[:, ring]
    own = rng.standard_normal((DRAW_COUNT, len(ring)))
    latent = np.sqrt(RING_CORRELATION) * common + np.sqrt(1 - RING_CORRELATION) * own
    brute = (latent < np.quantile(rng.standard_normal(1_000_000), 1 - risk)).sum(axis=1)
    independent = len(ring) * risk * (1 - risk)
    assert drawn.mean() == pytest.approx(brute.mean(), rel=0.02)
    assert drawn.var() == pytest.approx(brute.var(), rel=0.2)
    assert drawn.var() > 2 * independent


def test_blocks_of_draws_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    some = rows(30, 0.8)
    whole = promise_wrongful(some, 5)
    monkeypatch.setattr("graphrisk.enforce.promise._BLOCK_CELLS", 30)
    apart = promise_wrongful(some, 5)
    assert apart.expected == whole.expected
    assert abs(apart.high - whole.high) <= 2
