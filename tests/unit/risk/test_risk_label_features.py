"""Rates from the labels of others, against a twin that goes through them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import shared_links, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.kind_links import KindLinks, split_kinds
from graphrisk.risk.label_features import describe_labels, measure_coverage


@st.composite
def shown_worlds(draw: st.DrawFn) -> tuple[list[KindLinks], SharedLinks, np.ndarray]:
    """Kinds with times, some unknown and many alike; all links; what is shown of labels."""
    world = draw(worlds())
    count = world.account_count
    days = st.one_of(st.just(float("nan")), st.integers(0, 6).map(float))
    created = np.array(draw(st.lists(days, min_size=count, max_size=count)))
    words = st.lists(st.sampled_from([-1, 0, 1]), min_size=count, max_size=count)
    links = shared_links(world)
    return list(split_kinds(links, BUILT_IN_KINDS, created)), links, np.array(draw(words), dtype=np.int8)


def base_of(shown: np.ndarray) -> float:
    return float((shown == 1).sum() / (shown != 0).sum()) if shown.any() else 0.5


@settings(max_examples=60)
@given(shown_worlds())
def test_rates_are_those_of_labelled_holders(
    given_world: tuple[list[KindLinks], SharedLinks, np.ndarray],
) -> None:
    kinds, everything, shown = given_world
    found, base, count = describe_labels(kinds, everything, shown), base_of(shown), len(shown)
    for links in kinds:
        holders = [links.account[links.identifier == each] for each in range(links.identifier_count)]
        for account in range(count):
            rates, steady, known, pooled, pooled_known, with_bad = [], [], [], 0.0, 0.0, 0
            for held_by in holders:
                if account not in held_by:
                    continue
                labelled, bad = int((shown[held_by] != 0).sum()), int((shown[held_by] == 1).sum())
                if labelled:
                    rates.append((bad + base) / (labelled + 1))
                    steady.append((bad + 20 * base) / (labelled + 20))
                    known.append(labelled)
                pooled += bad / len(held_by)
                pooled_known += labelled / len(held_by)
                with_bad += bad > 0
            for name, values in (("rate", rates), ("steady_rate", steady), ("known", known)):
                for how, what in (("mean", np.mean), ("greatest", np.max), ("least", np.min)):
                    expected = what(values) if values else np.nan
                    told = found.column(f"{name}_{links.name}_{how}")[account]
                    assert told == pytest.approx(expected, rel=1e-5, nan_ok=True)
            one = {
                "pooled_rate": (pooled + 0.2 * base) / (pooled_known + 0.2),
                "pooled_known": pooled_known, "with_bad": with_bad,
            }  # fmt: skip
            for name, expected in one.items():
                assert found.column(f"{name}_{links.name}")[account] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=60)
@given(shown_worlds())
def test_near_rates_are_those_of_the_nearest_labelled_uses(
    given_world: tuple[list[KindLinks], SharedLinks, np.ndarray],
) -> None:
    kinds, everything, shown = given_world
    found, base = describe_labels(kinds, everything, shown), base_of(shown)
    for links in kinds:
        if not links.is_timed:
            assert f"near_1_{links.name}_mean" not in found.names
            continue
        expected = {f"near_{many}": near(links, shown, base, many) for many in (1, 5, 20)}
        expected |= {f"known_{side}": known_on(links, shown, side) for side in ("before", "after")}
        for name, by_link in expected.items():
            column = f"{name}_{links.name}" if name.startswith("known") else f"{name}_{links.name}_mean"
            for account in range(len(shown)):
                values = by_link[links.account == account]
                values = values[~np.isnan(values)]
                mean = values.mean() if len(values) else np.nan
                assert found.column(column)[account] == pytest.approx(mean, rel=1e-5, abs=1e-6, nan_ok=True)


def labelled_others(links: KindLinks, shown: np.ndarray, at: int) -> tuple[np.ndarray, np.ndarray]:
    """Links of the same thing with a label and a time, strictly before and strictly after."""
    others = np.flatnonzero(
        (links.identifier == links.identifier[at]) & (shown[links.account] != 0) & ~np.isnan(links.used_at)
    )
    # of those at one time the order among links counts
    others = others[np.argsort(links.used_at[others], kind="stable")]
    moment = links.used_at[at]
    return others[links.used_at[others] < moment], others[links.used_at[others] > moment]


def near(links: KindLinks, shown: np.ndarray, base: float, many: int) -> np.ndarray:
    rates = np.full(len(links.account), np.nan)
    for at in np.flatnonzero(~np.isnan(links.used_at)):
        earlier, later = labelled_others(links, shown, at)
        chosen = np.concatenate((earlier[-many:], later[:many]))
        if len(chosen):
            bad = (shown[links.account[chosen]] == 1).sum()
            rates[at] = (bad + 0.5 * base) / (len(chosen) + 0.5)
    return rates


def known_on(links: KindLinks, shown: np.ndarray, side: str) -> np.ndarray:
    counts = np.full(len(links.account), np.nan)
    for at in np.flatnonzero(~np.isnan(links.used_at)):
        counts[at] = np.log1p(len(labelled_others(links, shown, at)[side == "after"]))
    return counts


@settings(max_examples=30)
@given(shown_worlds())
def test_with_no_label_shown_nothing_is_said(
    given_world: tuple[list[KindLinks], SharedLinks, np.ndarray],
) -> None:
    kinds, everything, shown = given_world
    found = describe_labels(kinds, everything, np.zeros_like(shown))
    for name in found.names:
        column = found.column(name)
        silent = 0.5 if name.startswith("pooled_rate") else 0.0
        assert (np.isnan(column) | (column == silent)).all(), name
    assert found.values.shape[0] == len(shown)


def test_only_the_shown_labels_of_ones_company_are_heard() -> None:
    # 0 and 1 share a device; of 2, who shares nothing, only the base rate hears
    links = shared_links(world_of(3, {"device": [(0, 1)]}))
    kinds = list(split_kinds(links, BUILT_IN_KINDS, np.array([1.0, 2.0, 3.0])))
    found = describe_labels(kinds, links, np.array([0, 1, -1], dtype=np.int8))
    assert found.column("rate_device_mean") == pytest.approx([0.75, 0.75, np.nan], nan_ok=True)
    assert found.column("with_bad_device").tolist() == [1, 1, 0]
    hidden = describe_labels(kinds, links, np.array([0, 0, -1], dtype=np.int8))
    assert np.isnan(hidden.column("rate_device_mean")).all()
    assert hidden.column("with_bad_device").tolist() == [0, 0, 0]


def test_belief_weighs_labels_so_that_together_they_say_nothing() -> None:
    # 0 and 1 share one device, 2, 3 and 4 another; one bad and three good are shown
    links = shared_links(world_of(5, {"device": [(0, 1), (2, 3, 4)]}))
    kinds = list(split_kinds(links, BUILT_IN_KINDS, np.full(5, np.nan)))
    belief = describe_labels(kinds, links, np.array([1, 0, -1, -1, -1], dtype=np.int8)).column("belief")
    assert belief[1] > 0 > belief[2]
    assert belief[0] + belief[1] == pytest.approx(0.75 / 0.15, rel=1e-3)  # what is passed on adds up
    assert belief.sum() == pytest.approx(0, abs=1e-2)


@settings(max_examples=60)
@given(shown_worlds())
def test_coverage_is_the_mean_share_of_other_holders_with_a_label(
    given_world: tuple[list[KindLinks], SharedLinks, np.ndarray],
) -> None:
    kinds, _, shown = given_world
    found = measure_coverage(kinds, shown)
    for account in range(len(shown)):
        shares = []
        for links in kinds:
            for each in range(links.identifier_count):
                holders = set(links.account[links.identifier == each].tolist())
                if account in holders and len(holders) > 1:
                    shares.append(np.mean([shown[other] != 0 for other in holders - {account}]))
        assert found[account] == pytest.approx(np.mean(shares) if shares else 0.0)


def test_an_account_of_its_own_covers_nobody() -> None:
    assert measure_coverage([], np.array([1, 0], dtype=np.int8)).tolist() == [0.0, 0.0]
