"""What groups hold in common: surprise against the exact hypergeometric tail, closeness by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from small_worlds import World, random_world, shared_links, world_of, worlds

from graphrisk.risk.holdings import GroupHoldings, gather_holdings, measure_closeness, measure_surprise


def holdings_of(world: World, label: list[int], private_count: int = 0) -> GroupHoldings:
    return gather_holdings(
        shared_links(world, private_count), np.array(label, dtype=np.int64), max(label, default=-1) + 1
    )


@given(worlds(), st.data())
def test_holdings_are_those_counted_one_by_one(world: World, data: st.DataObject) -> None:
    groups = st.lists(st.integers(-1, 3), min_size=world.account_count, max_size=world.account_count)
    label = data.draw(groups)
    links = shared_links(world, private_count=2)
    found = gather_holdings(links, np.array(label, dtype=np.int64), 4)
    held = list(zip(links.account.tolist(), links.identifier.tolist(), strict=True))
    expected = {
        (group, identifier): sum(1 for account, e in held if e == identifier and label[account] == group)
        for group in range(4)
        for identifier in range(links.identifier_count)
    }
    rows = zip(found.group.tolist(), found.identifier.tolist(), strict=True)
    assert dict(zip(rows, found.member_count.tolist(), strict=True)) == {
        key: count for key, count in expected.items() if count
    }
    for group in range(4):
        distinct = sum(1 for (g, _), count in expected.items() if g == group and count)
        assert found.distinct_count[group] == distinct + 2 * label.count(group)


def surprise(accounts: int, holders: int, size: int, together: int) -> float:
    """Digits for a group of `size`, `together` of which hold one identifier of `holders`; search free."""
    outside = range(size, size + holders - together)
    links = shared_links(world_of(accounts, {"device": [[*range(together), *outside]]}))
    label = np.where(np.arange(accounts) < size, 0, -1)
    found = measure_surprise(links, gather_holdings(links, label, 1), np.array([size]))
    return float(found[0]) + math.log10(math.comb(accounts, size))


@given(st.data())
def test_surprise_never_exceeds_that_of_the_exact_tail(data: st.DataObject) -> None:
    accounts = data.draw(st.integers(4, 300))
    holders, size = data.draw(st.integers(2, accounts)), data.draw(st.integers(2, accounts))
    least = max(2, size + holders - accounts)
    together = data.draw(st.integers(least, max(least, min(holders, size))))
    exact = -hypergeom.logsf(together - 1, accounts, holders, size) / math.log(10)
    assert surprise(accounts, holders, size, together) <= exact + 1e-6 * (1 + exact)


@pytest.mark.parametrize(("holders", "size", "together"), [(4, 4, 4), (6, 4, 3), (10, 8, 5), (3, 20, 2)])
def test_surprise_is_close_to_exact_where_sharing_is_rare(holders: int, size: int, together: int) -> None:
    exact = -hypergeom.logsf(together - 1, 10_000, holders, size) / math.log(10)
    assert surprise(10_000, holders, size, together) == pytest.approx(exact, abs=0.02)


def test_the_search_for_the_group_is_taken_off() -> None:
    # four of four at one device, of ten thousand: 1 / C(10000, 4), which is what choosing them costs
    links = shared_links(world_of(10_000, {"device": [range(4)]}))
    label = np.where(np.arange(10_000) < 4, 0, -1)
    assert measure_surprise(links, gather_holdings(links, label, 1), np.array([4]))[0] == pytest.approx(0.0)
    twice = shared_links(world_of(10_000, {"device": [range(4), range(4)]}))
    found = measure_surprise(twice, gather_holdings(twice, label, 1), np.array([4]))[0]
    assert found == pytest.approx(math.log10(math.comb(10_000, 4)))


def test_what_one_member_alone_holds_is_no_surprise() -> None:
    links = shared_links(world_of(100, {"device": [(0, 50)]}))
    label = np.where(np.arange(100) < 3, 0, -1)
    found = measure_surprise(links, gather_holdings(links, label, 1), np.array([3]))[0]
    assert found == pytest.approx(-math.log10(math.comb(100, 3)))


def test_closeness_by_hand() -> None:
    # six accounts on two devices and 4 things of their own each in group 0: 6 / sqrt(26 + 10) = 1
    world = world_of(8, {"device": [range(6), range(6)]})
    holdings = holdings_of(world, [0] * 6 + [1, 2], private_count=4)
    assert holdings.distinct_count.tolist() == [26, 4, 4]
    assert measure_closeness(holdings, np.array([6, 1, 1])).tolist() == pytest.approx(
        [1.0, 1 / math.sqrt(14), 1 / math.sqrt(14)]
    )


def test_the_same_accounts_on_fewer_things_are_closer() -> None:
    label = [0] * 6
    few = holdings_of(world_of(6, {"device": [range(6)]}), label)
    many = holdings_of(world_of(6, {"device": [(0, 1), (2, 3), (4, 5)]}), label)
    size = np.array([6])
    assert measure_closeness(few, size)[0] > measure_closeness(many, size)[0]


def test_without_links_or_groups_there_is_nothing_to_hold() -> None:
    links = shared_links(World(3, ()))
    found = gather_holdings(links, np.array([-1, -1, -1]), 0)
    assert found.member_count.tolist() == found.distinct_count.tolist() == []
    assert measure_surprise(links, found, np.empty(0, np.int64)).tolist() == []
    alone = gather_holdings(links, np.array([0, 1, 2]), 3)
    assert alone.distinct_count.tolist() == [0, 0, 0]
    assert np.isfinite(measure_surprise(links, alone, np.array([1, 1, 1]))).all()


def test_more_outsiders_than_accounts_keep_surprise_finite() -> None:
    world = random_world(1, account_count=6, thing_count=8, largest=6)
    links = shared_links(world)
    crowded = replace(links, holder_count=np.full_like(links.holder_count, 10**6))
    found = gather_holdings(links, np.zeros(6, np.int64), 1)
    assert np.isfinite(measure_surprise(crowded, found, np.array([6]))).all()
