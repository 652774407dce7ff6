"""Order of uses, clock and measures: by hand, and against a twin that goes through the uses one by one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_trade import created_at, used_at, with_payments
from small_worlds import World, known_accounts, shared_links, world_of, worlds

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.kind_links import KindLinks, split_kinds
from graphrisk.risk.order_features import describe_clock, describe_measures, describe_order, measure_period

HOUR = 1 / 24
DEVICE = world_of(6, {"device": [(0, 1, 2, 3)]})


def kinds_of(world: World, created: list[float]) -> list[KindLinks]:
    return list(split_kinds(shared_links(world), BUILT_IN_KINDS, np.array(created)))


def test_uses_of_a_thing_stand_in_order() -> None:
    # on days 0, an hour later, 3 and 5
    days = {(0, 1): 0.0, (0, 0): HOUR, (0, 2): 3.0, (0, 3): 5.0}
    links = used_at(shared_links(DEVICE), days)
    # spans of an hour, ten hours and 100 hours
    found = describe_order(list(split_kinds(links, BUILT_IN_KINDS, np.full(6, np.nan))), HOUR * 1e4)
    nan = np.nan
    for name, expected in {
        "gap": [HOUR, nan, 3 - HOUR, 2], "next_gap": [3 - HOUR, HOUR, 2, nan], "rank": [1, 0, 2, 3],
        "age": [HOUR, 0, 3, 5], "remaining": [5 - HOUR, 5, 2, 0], "rank_share": [0.5, 0.25, 0.75, 1],
        "span_2_before": [1, 0, 0, 0], "span_2_around": [2, 2, 1, 1],
        "span_3_before": [1, 0, 2, 1], "span_3_around": [3, 3, 4, 2],
    }.items():  # fmt: skip
        told = found.column(f"{name}_device_mean")
        assert told == pytest.approx([*expected, nan, nan], rel=1e-4, abs=1e-6, nan_ok=True), name


def test_holders_and_uses_are_told_with_those_outside() -> None:
    links = shared_links(DEVICE)
    links = replace(
        links, holder_count=np.array([8], dtype=np.int32), event_count=np.array([1, 2, 3, 4], dtype=np.int64)
    )
    found = describe_order(list(split_kinds(links, BUILT_IN_KINDS, np.full(6, np.nan))), 90.0)
    nan = np.nan
    assert found.column("shared_device").tolist() == [1, 1, 1, 1, 0, 0]
    assert found.column("holders_device_mean") == pytest.approx([4] * 4 + [nan] * 2, nan_ok=True)
    assert found.column("known_share_device_least") == pytest.approx([0.5] * 4 + [nan] * 2, nan_ok=True)
    assert found.column("all_uses_device").tolist() == [1, 2, 3, 4, 0, 0]
    assert found.column("uses_device_mean") == pytest.approx([1, 2, 3, 4, nan, nan], nan_ok=True)
    assert not any(name.startswith(("gap", "rank", "span")) for name in found.names)


def test_of_a_category_the_uses_of_each_are_told_and_nothing_of_its_holders() -> None:
    rng = np.random.default_rng(0)
    asset = rng.integers(0, 2, 300)
    links = KindLinks(
        "asset",
        np.arange(300),
        asset,
        np.zeros(300),
        2,
        300,
        rng.integers(1, 9, 300) * 1.0,
        np.full(2, 400.0),
    )
    found = describe_order([links], 90.0)
    assert found.names == ("shared_asset", "all_uses_asset", "uses_asset_0", "uses_asset_1")
    assert found.column("uses_asset_0") == pytest.approx(np.where(asset == 0, links.event_count, 0))


def test_the_period_is_that_of_all_but_a_few() -> None:
    created = np.append(np.linspace(100, 200, 998), [0.0, 5000.0])
    assert measure_period(created) == pytest.approx(100, rel=0.01)
    assert np.isnan(measure_period(np.full(3, np.nan)))


@settings(max_examples=60)
@given(worlds(), st.integers(0, 10**6))
def test_spans_hold_the_uses_that_a_look_at_each_finds(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    created = rng.integers(0, 300, world.account_count) / 16  # days, such that sums are exact
    created[rng.random(world.account_count) < 0.2] = np.nan
    for links in split_kinds(shared_links(world), BUILT_IN_KINDS, created):
        if np.isnan(links.used_at).all():
            continue
        found = describe_order([links], 700.0)
        for name, days in (("span_2", 0.7), ("span_3", 7.0)):
            around = np.full(len(links.account), np.nan)
            for at, (thing, moment) in enumerate(zip(links.identifier, links.used_at, strict=True)):
                if not np.isnan(moment):
                    same = links.used_at[links.identifier == thing]
                    around[at] = (np.abs(same - moment) <= days).sum()
            expected = links.gather("x", around)["x_mean"]
            told = found.column(f"{name}_around_{links.name}_mean")
            assert told == pytest.approx(expected, rel=1e-5, nan_ok=True)


def test_the_clock_tells_hour_weekday_and_how_soon_one_paid() -> None:
    accounts = created_at(known_accounts(DEVICE), [4.5, 11.0, 0.0, None, 2.0, 2.0])
    payments = [(0, 1, 5, "paid"), (0, 1, 5, "paid"), (2, 1, 5, "paid"), (3, 1, 5, "paid"), (4, 1, 5, "paid")]
    found = describe_clock(with_payments(accounts, payments, [5.5, 4.75, None, 9.0, 1.0]))
    nan = np.nan
    assert found.column("created_hour") == pytest.approx([12, 0, 0, nan, 0, 0], nan_ok=True)
    assert found.column("created_weekday") == pytest.approx([4, 4, 0, nan, 2, 2], nan_ok=True)
    delay = [math.log(7), nan, nan, nan, 0, nan]  # account 4 paid before it was made, as tables may have it
    assert found.column("first_payment_delay") == pytest.approx(delay, nan_ok=True)


def test_traits_are_told_by_code_and_by_how_common_they_are() -> None:
    traits = np.array([[0], [1], [1], [-1], [0], [1]], dtype=np.int32)
    accounts = replace(
        known_accounts(DEVICE), traits=traits, trait_names=("market",), trait_words=(("at", "de"),)
    )
    found = describe_measures(accounts, [])
    assert found is not None
    nan = np.nan
    assert found.column("trait_market") == pytest.approx([0, 1, 1, nan, 0, 1], nan_ok=True)
    assert found.column("trait_market_count") == pytest.approx([2, 3, 3, nan, 2, 3], nan_ok=True)


def test_a_measure_is_compared_within_company_and_with_the_use_before() -> None:
    # below zero, so that no logarithm is taken; the device's uses in the order 0, 1, 2, 3
    value = np.array([-1.0, 1.0, 3.0, np.nan, 5.0, -3.0])
    accounts = replace(known_accounts(DEVICE), measures=value[:, None], measure_names=("age",))
    found = describe_measures(accounts, kinds_of(DEVICE, [1, 2, 3, 4, 5, 6]))
    assert found is not None
    spread = math.sqrt(8 / 3) + 0.1 * float(np.nanstd(value))
    nan = np.nan
    assert found.column("company_mean_age_device_mean") == pytest.approx([1] * 4 + [nan] * 2, nan_ok=True)
    assert found.column("next_step_age_device_least")[:4] == pytest.approx([2, 2, nan, nan], nan_ok=True)
    assert found.column("same_value_age_device_mean")[:4] == pytest.approx([1, 1, 1, nan], nan_ok=True)
    deviation = [-2 / spread, 0, 2 / spread, nan, nan, nan]
    assert found.column("deviation_age_device_mean") == pytest.approx(deviation, nan_ok=True)
    assert found.column("step_age_device_mean") == pytest.approx([nan, 2, 2, nan, nan, nan], nan_ok=True)
    assert found.column("measure_age") == pytest.approx(value, nan_ok=True)


def test_a_measure_from_zero_on_is_compared_by_its_logarithm() -> None:
    value = np.array([10.0, 20.0, 40.0, 40.0, 10.0, 10.0])
    accounts = replace(known_accounts(DEVICE), measures=value[:, None], measure_names=("age",))
    found = describe_measures(accounts, kinds_of(DEVICE, [1, 2, 3, 4, 5, 6]))
    assert found is not None
    steps = [math.log(11), math.log(31 / 11), 0]
    assert found.column("step_age_device_mean")[1:4] == pytest.approx(steps, rel=1e-6)


def test_a_measure_that_nobody_has_is_unknown() -> None:
    accounts = replace(known_accounts(DEVICE), measures=np.full((6, 1), np.nan), measure_names=("age",))
    with np.errstate(invalid="raise"):
        found = describe_measures(accounts, [])
    assert found is not None
    assert np.isnan(found.column("measure_age")).all()


def test_where_nothing_is_declared_there_is_nothing_to_compare() -> None:
    assert describe_measures(known_accounts(DEVICE), kinds_of(DEVICE, [1] * 6)) is None
