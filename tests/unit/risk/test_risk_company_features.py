"""What accounts and identifiers make of each other: by hand, and against a twin that looks at everybody."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import World, projected, shared_links, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.company_features import describe_company, describe_holders
from graphrisk.risk.features import Features

# Identifier 0 is an address of 0, 1, 2; identifier 1 a device of 0 and 1; 3 shares nothing.
LINKS = shared_links(world_of(4, {"device": [(0, 1)], "address": [(0, 1, 2)]}))
RISK = np.array([0.8, 0.4, 0.05, 0.15])
HELD = np.array([0.5, 0.9])


def in_company(links: SharedLinks, risk: np.ndarray, held: np.ndarray) -> Features:
    share = 1.0 / np.bincount(links.account, minlength=links.account_count)[links.account]
    late = np.where(links.identifier == 0, np.nan, 1.0 + links.account)
    uses = Features.of({"event_share": share, "later_share": late})
    return describe_company(links, uses, projected(links), risk, held, BUILT_IN_KINDS)


def test_holders_are_told_by_their_risks() -> None:
    found = describe_holders(LINKS, RISK)
    assert found.column("mean_risk") == pytest.approx([1.25 / 3, 0.6])
    assert found.column("most_risk") == pytest.approx([0.8, 0.8])
    assert found.column("second_risk") == pytest.approx([0.4, 0.4])
    assert found.column("total_risk") == pytest.approx([math.log(2.25), math.log(2.2)])
    assert found.column("risky_share") == pytest.approx([2 / 3, 1])


def test_an_account_is_told_of_the_others_and_not_of_itself() -> None:
    found = in_company(LINKS, RISK, HELD)
    everywhere = RISK.mean()

    def mean(others: float, count: int) -> float:
        return float((others + 0.1 * everywhere) / (count + 0.1))

    place, device = [mean(0.45, 2), mean(0.85, 2), mean(1.2, 2)], [mean(0.4, 1), mean(0.8, 1)]
    assert found.column("company_risk_place") == pytest.approx([*place, 0])
    assert found.column("company_risk_device") == pytest.approx([*device, 0, 0])
    assert found.column("company_risk") == pytest.approx(
        [max(place[0], device[0]), max(place[1], device[1]), place[2], 0]
    )
    assert found.column("company_total")[0] == pytest.approx(place[0] / 2 + device[0])
    odds = math.log1p(0.45 / (0.05 * 3)) + math.log1p(0.4 / (0.05 * 2))
    assert found.column("company_odds")[0] == pytest.approx(odds)


def test_what_a_ring_may_hold_is_told_by_the_surest() -> None:
    found = in_company(LINKS, RISK, HELD)
    assert found.column("held") == pytest.approx([0.9, 0.9, 0.5, 0])
    assert found.column("held_second") == pytest.approx([0.5, 0.5, 0, 0])
    assert found.column("held_place") == pytest.approx([0.5, 0.5, 0.5, 0])
    assert found.column("held_device") == pytest.approx([0.9, 0.9, 0, 0])
    assert found.column("held_total")[0] == pytest.approx(-math.log(0.5) - math.log(0.1), rel=1e-4)


def test_the_use_of_what_a_ring_may_hold_is_told() -> None:
    links = replace(LINKS, private_count=np.array([2, 0, 1, 0], dtype=np.int32))
    found = in_company(links, RISK, HELD)
    assert found.column("held_of_things") == pytest.approx([1.4 / 4, 1.4 / 2, 0.5 / 2, 0])
    assert found.column("held_of_uses") == pytest.approx([0.7, 0.7, 0.5, 0])
    assert found.column("held_event_share")[:3] == pytest.approx([0.5, 0.5, 1])
    # the surest thing is the device; of the address no time is told
    assert found.column("surest_later_share") == pytest.approx([1, 2, np.nan, np.nan], nan_ok=True)
    assert found.column("held_later_share") == pytest.approx([1, 2, np.nan, np.nan], nan_ok=True)


def test_near_risk_sums_over_pairs() -> None:
    graph = projected(LINKS)
    expected = np.zeros(4)
    for a, b, weight in zip(graph.source, graph.target, graph.weight, strict=True):
        expected[a] += weight * RISK[b]
        expected[b] += weight * RISK[a]
    assert in_company(LINKS, RISK, HELD).column("near_risk") == pytest.approx(expected)
    assert expected[0] > 0


@settings(max_examples=40)
@given(worlds(), st.integers(0, 10**6))
def test_nothing_comes_back_to_an_account_as_its_own_echo(world: World, seed: int) -> None:
    # Of its own risk only the mean of everybody hears: with that held, another risk changes nothing of it.
    links, rng = shared_links(world), np.random.default_rng(seed)
    risk = rng.uniform(0.2, 0.8, world.account_count)
    held = rng.uniform(0.1, 0.9, links.identifier_count)
    one = in_company(links, risk, held)
    moved = risk.copy()
    moved[0] += 0.1
    stranger = np.setdiff1d(np.arange(world.account_count), company_of(links, 0))
    if len(stranger) == 0:
        return
    moved[stranger[0]] -= 0.1
    other = in_company(links, moved, held)
    assert other.values[0] == pytest.approx(one.values[0], rel=1e-4, abs=1e-6, nan_ok=True)


def company_of(links: SharedLinks, account: int) -> np.ndarray:
    """Whoever shares something with it, itself included."""
    things = links.identifier[links.account == account]
    return np.append(links.account[np.isin(links.identifier, things)], account)


@settings(max_examples=40)
@given(worlds(), st.integers(0, 10**6))
def test_the_riskiest_company_is_what_a_look_at_everybody_finds(world: World, seed: int) -> None:
    links, rng = shared_links(world), np.random.default_rng(seed)
    risk = rng.uniform(0.01, 0.99, world.account_count)
    found = in_company(links, risk, np.full(links.identifier_count, 0.5)).column("company_risk")
    expected = np.zeros(world.account_count)
    for thing in world.things:
        for account in thing.holders:
            others = sum(risk[each] for each in thing.holders if each != account)
            mean = (others + 0.1 * risk.mean()) / (len(thing.holders) - 1 + 0.1)
            expected[account] = max(expected[account], mean)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_who_shares_nothing_keeps_no_company(count: int) -> None:
    links = shared_links(World(count, ()))
    assert len(describe_holders(links, np.full(count, 0.5)).values) == 0
    found = in_company(links, np.full(count, 0.5), np.empty(0))
    assert found.values.shape[0] == count
    assert not np.nan_to_num(found.values).any()
