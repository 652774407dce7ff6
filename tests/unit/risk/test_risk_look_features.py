"""How near look-alikes are: by hand, and against a twin that measures every pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import known_accounts, world_of

from graphrisk.model.known import KnownAccounts
from graphrisk.risk.kind_links import KindLinks
from graphrisk.risk.look_features import describe_looks

COUNT = 200
PERIOD = 1000.0


def accounts_with(measures: np.ndarray) -> KnownAccounts:
    names = tuple(f"m{number}" for number in range(measures.shape[1]))
    return replace(known_accounts(world_of(len(measures), {})), measures=measures, measure_names=names)


def test_distances_are_those_of_every_pair_measured() -> None:
    rng = np.random.default_rng(0)
    value, created = rng.normal(size=(COUNT, 1)), rng.uniform(0, PERIOD, COUNT)
    asset = rng.integers(0, 2, COUNT)
    uses = rng.integers(1, 9, COUNT) * 1.0
    category = KindLinks("asset", np.arange(COUNT), asset, created, 2, COUNT, uses, np.full(2, 100.0))
    found = describe_looks(accounts_with(value), created, [category], PERIOD)
    assert found is not None
    # by hand: a measure below zero stays as it is, uses count by their logarithm
    columns = [value[:, 0], *(np.log1p(np.where(asset == each, uses, 0)) for each in (0, 1))]
    for number, share in enumerate((1e-4, 1e-3, 1e-2), start=1):
        table = np.column_stack(
            (created / (share * PERIOD), *(column / (0.2 * column.std()) for column in columns))
        )
        apart = np.sort(np.abs(table[:, None, :] - table[None, :, :]).max(axis=2), axis=1)
        for nearest in (1, 3, 10):
            told = found.column(f"alike_{nearest}_span_{number}")
            assert told == pytest.approx(apart[:, nearest], rel=1e-4)


def test_a_batch_of_twins_stands_out() -> None:
    rng = np.random.default_rng(1)
    value, created = rng.normal(size=(COUNT, 1)), rng.uniform(0, PERIOD, COUNT)
    value[:12], created[:12] = 0.5, 400 + np.arange(12) / 100
    found = describe_looks(accounts_with(value), created, [], PERIOD)
    assert found is not None
    tenth = found.column("alike_10_span_2")
    assert tenth[:12].max() < tenth[12:].min()


def test_of_an_account_with_an_unknown_measure_or_age_nothing_is_told() -> None:
    rng = np.random.default_rng(2)
    value, created = rng.normal(size=(COUNT, 1)), rng.uniform(0, PERIOD, COUNT)
    value[0], created[1] = np.nan, np.nan
    found = describe_looks(accounts_with(value), created, [], PERIOD)
    assert found is not None
    assert np.isnan(found.values[:2]).all()
    assert np.isfinite(found.values[2:]).all()


@pytest.mark.parametrize("count", [0, 4])
def test_where_there_are_few_others_the_tenth_is_infinitely_far(count: int) -> None:
    value = np.arange(count, dtype=float)[:, None]
    found = describe_looks(accounts_with(value), np.arange(count) * 1.0, [], PERIOD)
    if count == 0:
        assert found is None
        return
    assert found is not None
    assert np.isinf(found.column("alike_10_span_1")).all()
    assert np.isfinite(found.column("alike_3_span_1")).all()


def test_where_only_time_is_known_nobody_is_alike() -> None:
    created = np.arange(COUNT) * 1.0
    assert describe_looks(accounts_with(np.full((COUNT, 1), np.nan)), created, [], PERIOD) is None
    assert describe_looks(accounts_with(np.ones((COUNT, 1))), created, [], float("nan")) is None
