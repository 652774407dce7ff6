"""The part of the links around an account: who is in it, and that it says the same as the whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import World, shared_links, weighed, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.neighbourhood import Neighbourhood, gather_neighbourhood


def around(world: World, account: int, company: list[int] | None = None, cap: int = 60) -> Neighbourhood:
    links = shared_links(world, private_count=2)
    chosen = None if company is None else np.array(company, dtype=np.int64)
    return gather_neighbourhood(links, weighed(links)[0], account, chosen, cap)


def held(links: SharedLinks) -> set[tuple[str, str, str]]:
    """(account id, kind, identifier) of every link."""
    names, things = links.account_ids.to_pylist(), links.identifiers.to_pylist()
    return {
        (names[a], things[e]["kind"], things[e]["identifier"])
        for a, e in zip(links.account.tolist(), links.identifier.tolist(), strict=True)
    }


def test_whoever_shares_something_is_near() -> None:
    # 0 shares with 1 and 2; 1 and 2 share something more; 2 and 3 do, but 3 is two accounts away
    world = world_of(50, {"device": [(0, 1, 2), (1, 2), (2, 3), (4, 5)]})
    near = around(world, 0)
    assert near.accounts.tolist() == [0, 1, 2]
    assert near.identifiers.tolist() == [0, 1]
    assert near.account == 0
    assert held(near.links) == {
        ("acc-000000", "device", "id-0000"), ("acc-000001", "device", "id-0000"),
        ("acc-000002", "device", "id-0000"), ("acc-000001", "device", "id-0001"),
        ("acc-000002", "device", "id-0001"),
    }  # fmt: skip


def test_a_busy_identifier_brings_nobody_in_but_counts_between_those_who_are() -> None:
    world = world_of(50, {"device": [(7, 9)], "ip": [range(5, 11)]})
    near = around(world, 7, cap=5)
    assert near.accounts.tolist() == [7, 9]
    assert near.identifiers.tolist() == [0, 1]
    assert near.unfollowed.tolist() == [1]
    assert around(world, 7, cap=6).accounts.tolist() == [5, 6, 7, 8, 9, 10]
    assert around(world, 7, cap=6).unfollowed.tolist() == []


def test_in_company_only_the_company_is_near() -> None:
    world = world_of(50, {"device": [(0, 1, 2), (2, 3), (3, 4)]})
    near = around(world, 2, company=[3, 4])
    assert near.accounts.tolist() == [2, 3, 4]
    assert near.identifiers.tolist() == [1, 2]
    assert near.account == 0


def test_what_says_nothing_is_left_out() -> None:
    near = around(world_of(12, {"ip": [range(8)]}), 0)
    assert near.accounts.tolist() == [0]
    assert near.identifiers.tolist() == []


def test_an_account_that_shares_nothing_is_alone() -> None:
    near = around(World(1, ()), 0)
    assert near.accounts.tolist() == [0]
    assert len(near.links.account) == 0


@given(worlds(), st.data())
def test_the_part_is_what_the_whole_says_between_its_accounts(world: World, data: st.DataObject) -> None:
    account = data.draw(st.integers(0, world.account_count - 1))
    cap = data.draw(st.sampled_from([2, 4, 60]))
    links = shared_links(world, private_count=2)
    llr, _ = weighed(links)
    near = gather_neighbourhood(links, llr, account, None, cap)
    whole: dict[int, set[int]] = {}
    for a, e in zip(links.account.tolist(), links.identifier.tolist(), strict=True):
        if llr[e] > 0:
            whole.setdefault(e, set()).add(a)
    followed = [holders for holders in whole.values() if account in holders and len(holders) <= cap]
    accounts = set().union({account}, *followed)
    assert near.accounts.tolist() == sorted(accounts)
    assert near.accounts[near.account] == account
    expected = {
        (a, e) for e, holders in whole.items() for a in holders & accounts if len(holders & accounts) > 1
    }
    pairs = zip(
        near.accounts[near.links.account].tolist(),
        near.identifiers[near.links.identifier].tolist(),
        strict=True,
    )
    assert sorted(pairs) == sorted(expected)
    assert held(near.links) <= held(links)
    assert near.links.holder_count.tolist() == links.holder_count[near.identifiers].tolist()
    assert near.links.known_holder_count().min(initial=2) >= 2
    order = list(zip(near.links.identifier.tolist(), near.links.account.tolist(), strict=True))
    assert order == sorted(order)
