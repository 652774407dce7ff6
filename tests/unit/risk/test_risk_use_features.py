"""Features of the uses of things: by hand, and what must not change them."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_trade import created_at, microseconds, used_at, with_payments
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
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.behaviour import observe_behaviour
from graphrisk.risk.features import Features
from graphrisk.risk.use_features import (
    TIME_NAMES,
    TRADE_NAMES,
    average_told,
    average_users,
    average_uses,
    describe_uses,
    measure_ties,
)

# Identifier 0 is an address of 0, 1, 2, identifier 1 a device of 0 and 1: the links are, in their order,
# address-0, address-1, address-2, device-0, device-1.
WORLD = world_of(20, {"device": [(0, 1)], "address": [(0, 1, 2)]})
LINKS = shared_links(WORLD)
ACCOUNTS = known_accounts(WORLD)
DAYS = {(0, 0): 10.0, (0, 1): 0.0, (0, 2): 3.0, (1, 0): 5.0, (1, 1): 5.5}


def described(links: SharedLinks, accounts: KnownAccounts) -> Features:
    llr, _ = weighed(links)
    ties = measure_ties(links, projected(links), llr)
    return describe_uses(links, observe_behaviour(links, accounts), accounts, ties)


def test_who_used_a_thing_first_and_how_long_after_whom_is_told() -> None:
    found = described(used_at(LINKS, DAYS), ACCOUNTS)
    assert found.column("later_share") == pytest.approx([1, 0, 0.5, 0, 1])
    assert found.column("since_first") == pytest.approx(
        [math.log(11), 0, math.log(4), 0, math.log(1.5)], rel=1e-6
    )
    assert found.column("since_previous") == pytest.approx(
        [math.log(8), np.nan, math.log(4), np.nan, math.log(1.5)], rel=1e-6, nan_ok=True
    )


def test_an_old_account_is_told_from_a_young_one() -> None:
    accounts = created_at(ACCOUNTS, [-90.0, 0.0, 2.0, *[0.0] * 17])
    found = described(used_at(LINKS, DAYS), accounts)
    # of less than a day nothing is told
    assert found.column("age_at_use")[:3] == pytest.approx([math.log(101), *[math.log(2)] * 2], rel=1e-6)
    assert found.column("age_rank") == pytest.approx([1, 0.5, 0, 1, 0])


def test_uses_count_against_the_usual_of_the_kind_and_against_the_account_s_own() -> None:
    links = replace(LINKS, event_count=np.array([1, 1, 4, 3, 1], dtype=np.int64))
    found = described(links, ACCOUNTS)
    assert found.column("events") == pytest.approx(np.log([1 / 2, 1 / 2, 2, 3 / 2, 1 / 2]), rel=1e-6)
    assert found.column("event_share") == pytest.approx([1 / 4, 1 / 2, 1, 3 / 4, 1 / 2])


def test_a_kind_that_nobody_used_twice_does_not_tell_how_often() -> None:
    links = replace(used_at(LINKS, DAYS), event_count=np.array([1, 1, 1, 3, 1], dtype=np.int64))
    links = replace(links, last_seen_at=links.first_seen_at)
    found = described(links, ACCOUNTS)
    for name in ("events", "event_share", "used_days"):
        assert np.isnan(found.column(name)).tolist() == [True] * 3 + [False] * 2, name


def test_payments_made_while_a_thing_was_used_are_counted() -> None:
    links = used_at(LINKS, DAYS)
    links = replace(links, last_seen_at=microseconds([20.0, 0.0, 3.0, 5.0, 5.5]))
    payments = [(0, 5, 1, "paid"), (0, 5, 1, "chargeback"), (0, 5, 1, "refunded"), (0, 5, 1, "paid")]
    # account 0 pays on days 6, 7, 22, 24: from 7 to 23 at the address, from 2 to 8 at the device
    found = described(links, with_payments(ACCOUNTS, payments, [6.0, 7.0, 22.0, 24.0]))
    assert found.column("paid_near") == pytest.approx([2 / 4, np.nan, np.nan, 2 / 4, np.nan], nan_ok=True)
    assert found.column("lost_near") == pytest.approx([2 / 2, np.nan, np.nan, 1 / 2, np.nan], nan_ok=True)


def test_who_shares_nothing_else_with_the_holders_stands_beside_them() -> None:
    # three run an address and two devices; 3 was seen at the address, and lives elsewhere with 4
    world = world_of(20, {"address": [(0, 1, 2, 3), (3, 4)], "device": [(0, 1, 2), (0, 1, 2)]})
    links = shared_links(world)
    llr, _ = weighed(links)
    found = described(links, known_accounts(world))
    assert found.column("tied_share")[:4] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])
    assert found.column("tied_less")[:4] == pytest.approx([1 / 3 - 2 / 3] * 3 + [1], abs=1e-6)
    assert found.column("tied_evidence")[0] == pytest.approx(2 / 3 * min(llr[2] + llr[3], 12), rel=1e-6)


def test_missing_times_and_payments_are_unknown_and_not_nothing() -> None:
    found = described(LINKS, created_at(ACCOUNTS, [None] * 20))
    for name in (*TIME_NAMES, *TRADE_NAMES):
        assert np.isnan(found.column(name)).all(), name


def test_uses_are_passed_on_to_accounts_by_evidence_and_to_things_evenly() -> None:
    links, (llr, _) = used_at(LINKS, DAYS), weighed(LINKS)
    found = described(links, ACCOUNTS)
    weight, late = llr + 1e-3, found.column("later_share")
    of_accounts = average_uses(links, found, llr).column("use_later_share")
    assert of_accounts[0] == pytest.approx((late[0] * weight[0] + late[3] * weight[1]) / weight.sum())
    assert of_accounts[2] == pytest.approx(late[2])
    assert np.isnan(of_accounts[3:]).all()
    young = found.column("age_at_use")
    of_things = average_users(links, found).column("users_age_at_use")
    assert of_things == pytest.approx([young[:3].mean(), young[3:].mean()], rel=1e-6)


def test_an_average_of_nothing_told_is_unknown() -> None:
    group, value = np.array([0, 0, 1]), np.array([2.0, np.nan, np.nan])
    assert average_told(value, np.ones(3), group, 3) == pytest.approx([2, np.nan, np.nan], nan_ok=True)


@settings(max_examples=40)
@given(worlds())
def test_ties_are_what_a_look_at_every_pair_finds(world: World) -> None:
    links = shared_links(world)
    llr, _ = weighed(links)
    graph = projected(links)
    ties = measure_ties(links, graph, llr)
    holds = [set(links.identifier[links.account == at].tolist()) for at in range(world.account_count)]
    of_pair = {
        (a, b): (total, holds[a] & holds[b])
        for a, b, total in zip(graph.source.tolist(), graph.target.tolist(), graph.llr.tolist(), strict=True)
    }
    for at, (account, thing) in enumerate(
        zip(links.account.tolist(), links.identifier.tolist(), strict=True)
    ):
        others = [
            min(max(total - llr[thing], 0.0), 12.0)
            for pair, (total, shared) in of_pair.items()
            if account in pair and thing in shared
        ]
        assert ties.evidence[at] == pytest.approx(sum(others), abs=1e-6)
        assert ties.count[at] == sum(other > 1e-9 for other in others)


@settings(max_examples=30)
@given(worlds(), st.randoms(use_true_random=False))
def test_other_names_only_permute_the_rows(world: World, random: Random) -> None:
    other, renamed = rename_all(world, random)
    one, two = shared_links(world), shared_links(other)
    old, new = (described(each, known_accounts(of)) for each, of in ((one, world), (two, other)))
    names = {(name, at): row for name, at, row in _named(two, new)}
    for name, at, row in _named(one, old):
        assert any(
            np.allclose(row, each, rtol=1e-4, atol=1e-5, equal_nan=True)
            for (kind, account), each in names.items()
            if account == renamed[at] and kind[0] == name[0]
        )


def _named(links: SharedLinks, found: Features) -> list[tuple[tuple[int, int], int, np.ndarray]]:
    code = links.kind_code[links.identifier].tolist()
    return [
        ((kind, at), account, row)
        for at, (kind, account, row) in enumerate(
            zip(code, links.account.tolist(), found.values, strict=True)
        )
    ]


def test_an_empty_world_has_no_rows() -> None:
    world = World(3, ())
    links = shared_links(world)
    found = described(links, known_accounts(world))
    assert found.values.shape == (0, len(described(LINKS, ACCOUNTS).names))
    assert average_uses(links, found, np.empty(0)).values.shape[0] == 3
    assert average_users(links, found).values.shape[0] == 0
