"""Features of accounts: by hand, and what must not change them."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_trade import created_at, used_at, with_payments
from small_worlds import (
    World,
    known_accounts,
    projected,
    rename_all,
    shared_links,
    weighed,
    world_of,
    worlds,
)

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.account_features import (
    PASSED_ON,
    TIME_NAMES,
    TRADE_NAMES,
    describe_accounts_by_links,
)
from graphrisk.risk.behaviour import observe_behaviour
from graphrisk.risk.features import Features
from graphrisk.risk.identifier_features import describe_identifiers
from graphrisk.risk.use_features import measure_ties

# Identifier 0 is an address of 0, 1, 2; 1 and 2 are devices, of 0 and 1, and of 3 and 4; 5 to 9 share
# nothing.
WORLD = world_of(10, {"device": [(0, 1), (3, 4)], "address": [(0, 1, 2)]})
LINKS = shared_links(WORLD, private_count=2)
ACCOUNTS = known_accounts(WORLD)
ALONE = 0.05  # of a neighbour, which stands for the marketplace


def described(links: SharedLinks, accounts: KnownAccounts, graph: AccountGraph | None = None) -> Features:
    llr, _ = weighed(links)
    graph = graph or projected(links)
    behaviour = observe_behaviour(links, accounts)
    things = describe_identifiers(links, behaviour, measure_ties(links, graph, llr), BUILT_IN_KINDS)
    return describe_accounts_by_links(links, behaviour, graph, llr, things, BUILT_IN_KINDS)


def graph_of(pairs: dict[tuple[int, int], float], count: int = 10) -> AccountGraph:
    source, target = zip(*sorted(pairs), strict=True)
    weight = np.array([pairs[pair] for pair in sorted(pairs)])
    return AccountGraph(
        count, np.array(source, np.int32), np.array(target, np.int32), np.zeros(len(pairs)), weight
    )


def test_what_is_shared_is_counted_by_nature() -> None:
    found, (llr, _) = described(LINKS, ACCOUNTS), weighed(LINKS)
    assert found.column("shared").tolist() == [2, 2, 1, 1, 1, 0, 0, 0, 0, 0]
    assert found.column("private").tolist() == [2] * 10
    assert found.column("things_device").tolist() == [1, 1, 0, 1, 1, 0, 0, 0, 0, 0]
    assert found.column("evidence_place")[:4] == pytest.approx([llr[0]] * 3 + [0], rel=1e-6)
    assert found.column("rarest_device")[0] == pytest.approx(math.log(2))
    assert found.column("rarest_place")[0] == pytest.approx(math.log(3))
    assert np.isnan(found.column("rarest_device")[[2, 5]]).all()


def test_company_is_measured_on_the_graph() -> None:
    # a triangle of 0, 1, 2 and a thin pair
    pairs = {(0, 1): 0.8, (0, 2): 0.6, (1, 2): 0.5, (3, 4): 0.04}
    found = described(LINKS, ACCOUNTS, graph_of(pairs))
    assert found.column("strongest")[:6] == pytest.approx([0.8, 0.8, 0.6, 0.04, 0.04, 0])
    assert found.column("strength")[:6] == pytest.approx([1.4, 1.3, 1.1, 0.04, 0.04, 0])
    assert found.column("near")[:6].tolist() == [2, 2, 2, 0, 0, 0]
    assert found.column("certain")[:6].tolist() == [2, 1, 1, 0, 0, 0]
    # paths 0-2-1 and 0-1-2, each times its closing pair: 2 * .8 * .6 * .5, the same for all three
    assert found.column("triangles")[:4] == pytest.approx([math.log1p(0.48)] * 3 + [0])
    assert found.column("closure")[:3] == pytest.approx([0.48 / 1.4**2, 0.48 / 1.3**2, 0.48 / 1.1**2])


def test_neighbours_are_averaged_with_a_little_of_everybody() -> None:
    payments = [(1, 10, 1, "chargeback")] * 3 + [(2, 10, 1, "refunded"), (0, 11, 1, "paid")]
    accounts = with_payments(ACCOUNTS, payments)
    found = described(LINKS, accounts, graph_of({(0, 1): 0.8, (0, 2): 0.6}))
    # of three chargebacks two count; over everybody that is .2
    near = (0.8 * 2 + ALONE * 0.2) / (1.4 + ALONE)
    assert found.column("near_chargebacks")[0] == pytest.approx(near)
    assert found.column("near_chargebacks")[9] == pytest.approx(0.2)
    assert found.column("near_refunds")[0] == pytest.approx((0.6 + ALONE * 0.1) / (1.4 + ALONE))
    everywhere = (math.log(4) + math.log(2) * 2) / 10
    expected = (0.8 * math.log(4) + 0.6 * math.log(2) + ALONE * everywhere) / (1.4 + ALONE)
    assert found.column("near_payments")[0] == pytest.approx(expected)


def test_creation_close_in_time_counts_by_a_third_of_days() -> None:
    accounts = created_at(ACCOUNTS, [0.0, 3.0, 6.0, *[0.0] * 7])
    found = described(LINKS, accounts, graph_of({(0, 1): 0.8, (0, 2): 0.6}))
    expected = (0.8 * math.exp(-1) + 0.6 * math.exp(-2)) / (1.4 + ALONE)
    assert found.column("near_created")[0] == pytest.approx(expected)


def test_payees_are_told_by_how_many_and_how_popular() -> None:
    payments = [(0, 10, 1, "paid"), (0, 10, 1, "paid"), (0, 11, 1, "paid"), (1, 11, 1, "paid")]
    found = described(LINKS, with_payments(ACCOUNTS, payments))
    assert found.column("payees")[:3].tolist() == [2, 1, 0]
    assert found.column("payments_per_payee")[:3].tolist() == [1.5, 1, 0]
    popularity = [(math.log(2) + math.log(3)) / 2, math.log(3), 0]
    assert found.column("payee_popularity")[:3] == pytest.approx(popularity, rel=1e-6)


def test_features_of_things_are_passed_on_by_evidence_and_by_the_most_striking() -> None:
    days = {(0, 0): 0.0, (0, 1): 0.0, (0, 2): 30.0, (1, 0): 0.0, (1, 1): 0.0}
    links = used_at(LINKS, days)
    llr, _ = weighed(links)
    found = described(links, ACCOUNTS)
    # burst_1d is 2/3 at the address and 1 at the device
    weight = llr + 1e-3
    mean = (weight[0] * 2 / 3 + weight[1]) / (weight[0] + weight[1])
    assert found.column("mean_burst_1d")[:3] == pytest.approx([mean, mean, 2 / 3], rel=1e-6)
    assert found.column("most_burst_1d")[:3] == pytest.approx([1, 1, 2 / 3])
    assert np.isnan(found.column("mean_burst_1d")[3:]).all()
    assert np.isnan(found.column("most_burst_1d")[3:]).all()


def test_what_is_most_striking_about_a_crowd_is_left_to_chance() -> None:
    for holders, told in ((60, True), (61, False)):
        world = world_of(100, {"ip": [range(holders)]})
        found = described(shared_links(world), known_accounts(world))
        assert np.isnan(found.column("most_other_share")[0]) != told


def test_missing_times_and_payments_are_unknown_and_not_nothing() -> None:
    found = described(LINKS, created_at(ACCOUNTS, [None] * 10))
    for name in (*TRADE_NAMES, *(f"mean_{each}" for each in PASSED_ON if "burst" in each)):
        assert np.isnan(found.column(name)).all(), name
    for name in TIME_NAMES:
        assert np.isnan(found.column(name)[:5]).all(), name


def test_labels_change_no_feature() -> None:
    labelled = replace(ACCOUNTS, verdict=np.resize(np.array([1, -1, 0], dtype=np.int8), 10))
    assert described(LINKS, ACCOUNTS).values.tobytes() == described(LINKS, labelled).values.tobytes()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_who_shares_nothing_has_a_row_all_the_same(count: int) -> None:
    world = World(count, ())
    found = described(shared_links(world), known_accounts(world))
    assert found.values.shape == (count, len(described(LINKS, ACCOUNTS).names))


@settings(max_examples=30)
@given(worlds(), st.randoms(use_true_random=False))
def test_other_names_only_permute_the_rows(world: World, random: Random) -> None:
    other, renamed = rename_all(world, random)
    one = described(shared_links(world), known_accounts(world)).values
    two = described(shared_links(other), known_accounts(other)).values
    assert two[renamed] == pytest.approx(one, rel=1e-4, abs=1e-5, nan_ok=True)
