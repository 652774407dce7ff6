"""Facts of groups, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import World, known_accounts, rename_all, shared_links, trade_of, weighed, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import NO_TIME, KnownAccounts
from graphrisk.risk.behaviour import DAY
from graphrisk.risk.features import Features
from graphrisk.risk.group_facts import describe_groups

HOUR = 3_600_000_000
# 0..3 are a group: 0, 1, 2 on one device, which 8 and 9 hold too; 3 shares a card with 9
WORLD = world_of(10, {"device": [[0, 1, 2, 8, 9]], "instrument": [[3, 9]]})


def describe(
    members: list[int], accounts: KnownAccounts | None = None, links: SharedLinks | None = None
) -> dict[str, float]:
    links = shared_links(WORLD, private_count=2) if links is None else links
    group = np.full(links.account_count, -1, dtype=np.int64)
    group[members] = 0
    found = describe_groups(
        group, accounts or known_accounts(WORLD), links, weighed(links)[0], BUILT_IN_KINDS
    )
    return dict(zip(found.names, found.values[0].tolist(), strict=True))


def test_what_members_share_counts_and_what_one_of_them_shares_with_others_does_not() -> None:
    found = describe([0, 1, 2, 3])
    assert (found["size"], found["device"], found["instrument"], found["place"]) == (4, 0.75, 0, 0)
    assert found["outside"] == pytest.approx(2 / 5)


def test_own_things_are_told_by_the_usual() -> None:
    links = replace(shared_links(WORLD), private_count=np.array([4, 4, 4, 4, *[0] * 6], dtype=np.int32))
    assert describe([0, 1, 2, 3], links=links)["own"] == pytest.approx(4 / 1.6)


def test_losses_are_told_by_the_usual_and_drawn_towards_it() -> None:
    paid = np.full(10, 10, dtype=np.int64)
    lost = np.array([4, 0, 0, 0, 6, *[0] * 5], dtype=np.int64)
    accounts = replace(known_accounts(WORLD), payment_count=paid, loss_count=lost)
    # a tenth of payments is lost; the group lost 4 of 40
    assert describe([0, 1, 2, 3], accounts)["losses"] == pytest.approx(1.0)
    assert describe([0, 1, 2], accounts)["losses"] == pytest.approx(4.5 / 3.5)


def test_members_who_came_together_and_the_crowd_that_came_with_them() -> None:
    days = np.array([100, 100, 101, 150, *[100] * 6])
    accounts = replace(known_accounts(WORLD), created_at=days * DAY)
    found = describe([0, 1, 2, 3], accounts)
    assert found["signup"] == 0.75
    # six others within a day; nine sign-ups within fifteen days, .6 a day
    assert found["crowd"] == pytest.approx(7 / 1.6)
    spread = replace(known_accounts(WORLD), created_at=np.arange(10) * 30 * DAY)
    assert np.isnan(describe([0, 1, 2, 3], spread)["crowd"])


def test_a_payee_of_many_members_and_members_who_are_paid() -> None:
    trade = trade_of([(0, 7, 1), (1, 7, 2), (2, 6, 3), (2, 6, 4), (9, 3, 5)])
    found = describe([0, 1, 2, 3], replace(known_accounts(WORLD), trade=trade))
    assert found["payee"] == pytest.approx(2 / 3)
    assert found["paid"] == 0.25


def test_days_from_hand_to_hand() -> None:
    links = shared_links(WORLD)
    # the device: 0 at once, 1 an hour later, 2 after ten days; 8 and 9 are no members
    used = np.array([0, HOUR, 10 * DAY, 3 * DAY, 4 * DAY, 0, 0])
    found = describe([0, 1, 2, 3], links=replace(links, first_seen_at=used, last_seen_at=used))
    assert found["gap"] == pytest.approx(1 / 24)  # the lower of two
    assert found["burst"] == 0.5


def test_what_the_tables_do_not_tell_is_unknown() -> None:
    accounts = replace(known_accounts(WORLD), created_at=np.full(10, NO_TIME))
    found = describe([0, 1, 2, 3], accounts)
    unknown = {name for name, value in found.items() if np.isnan(value)}
    assert unknown == {"losses", "signup", "crowd", "payee", "paid", "gap", "burst"}


def test_without_groups_there_are_no_rows() -> None:
    for world in (WORLD, World(0, ())):
        links = shared_links(world)
        nobody = np.full(world.account_count, -1, dtype=np.int64)
        found = describe_groups(nobody, known_accounts(world), links, weighed(links)[0], BUILT_IN_KINDS)
        assert found.values.shape == (0, len(found.names))


@given(worlds(), st.randoms(use_true_random=False))
def test_names_of_accounts_and_order_of_things_change_nothing(world: World, random: object) -> None:
    other, at = rename_all(world, random)  # type: ignore[arg-type]

    def facts(of: World, members: list[int]) -> Features:
        links = shared_links(of)
        group = np.full(of.account_count, -1, dtype=np.int64)
        group[members] = 0
        return describe_groups(group, known_accounts(of), links, weighed(links)[0], BUILT_IN_KINDS)

    members = list(range((world.account_count + 1) // 2))
    first, second = facts(world, members), facts(other, [at[each] for each in members])
    assert second.values[0].tolist() == pytest.approx(first.values[0].tolist(), nan_ok=True)
