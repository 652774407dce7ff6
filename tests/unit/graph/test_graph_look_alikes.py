"""Who looks alike: accounts that were made together and do the same, more of them than chance brings
together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from crowds import MANY, crowd, with_farms
from scipy.stats import poisson
from small_worlds import known_accounts, shared_links, world_of

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.look_alikes import (
    DAY,
    HOUR,
    LookAlikeParams,
    LookAlikes,
    _digits,
    _least_digits,
    find_look_alikes,
)
from graphrisk.model.known import NO_TIME, KnownAccounts

PARAMS = LookAlikeParams()


def looks_of(accounts: KnownAccounts, links: SharedLinks, params: LookAlikeParams = PARAMS) -> LookAlikes:
    return find_look_alikes(accounts, links, params)


def test_accounts_made_in_one_hour_with_like_volumes_look_alike_and_others_hardly_do() -> None:
    accounts, links = crowd()
    accounts, members = with_farms(accounts)
    group = looks_of(accounts, links).group
    for farm in members:
        largest = np.bincount(group[farm][group[farm] >= 0]).max(initial=0)
        assert largest >= 8
    others = np.delete(group, members.ravel())
    assert (others >= 0).sum() <= 40  # a tenth by chance, and who stands beside a farm


def test_where_nothing_but_chance_made_the_accounts_hardly_any_look_alike() -> None:
    for seed in range(5):
        assert (looks_of(*crowd(seed)).group >= 0).mean() < 0.01


def test_a_busy_hour_makes_nobody_look_alike() -> None:
    accounts, links = crowd()
    busy = np.arange(0, MANY, 4)
    created_at = accounts.created_at.copy()
    created_at[busy] = 20_050 * DAY + np.arange(len(busy)) * (HOUR // len(busy))
    assert (looks_of(replace(accounts, created_at=created_at), links).group >= 0).mean() < 0.01


def test_a_popular_amount_makes_nobody_look_alike() -> None:
    accounts, links = crowd()
    measures = accounts.measures.copy()
    measures[::4] = 100.0
    assert (looks_of(replace(accounts, measures=measures), links).group >= 0).mean() < 0.01


def test_other_habits_are_another_look() -> None:
    accounts, links = crowd()
    accounts, members = with_farms(accounts)
    held = links.private_count.copy()
    held[members[:, ::2]] = 40
    group = looks_of(accounts, replace(links, private_count=held)).group
    for farm in members:
        assert not set(group[farm[::2]]) & set(group[farm[1::2]]) - {-1}


def test_without_measures_time_and_habits_are_looked_at() -> None:
    accounts, links = crowd()
    accounts, members = with_farms(accounts)
    held = links.private_count.copy()
    held[members.ravel()] = 300
    plain = replace(accounts, measures=np.empty((MANY, 0)), measure_names=())
    group = looks_of(plain, replace(links, private_count=held)).group
    assert (group[members] >= 0).mean() > 0.8


def test_accounts_without_a_time_look_like_nobody() -> None:
    accounts, links = crowd()
    accounts, members = with_farms(accounts)
    created_at = accounts.created_at.copy()
    created_at[members[0]] = NO_TIME
    assert (looks_of(replace(accounts, created_at=created_at), links).group[members[0]] == -1).all()
    nobody = replace(accounts, created_at=np.full(MANY, NO_TIME))
    assert (looks_of(nobody, links).group == -1).all()


@pytest.mark.parametrize("value", [0.0, np.nan, -5.0])
def test_any_measure_can_be_looked_at(value: float) -> None:
    accounts, links = crowd()
    measures = accounts.measures.copy()
    measures[::3] = value
    looks = looks_of(replace(accounts, measures=measures), links)
    assert ((looks.share > 0) & (looks.share < 1)).all()


def test_groups_are_numbered_by_their_first_accounts_and_have_two_members_or_more() -> None:
    accounts, links = crowd()
    looks = looks_of(with_farms(accounts)[0], links)
    groups, first, count = np.unique(looks.group, return_index=True, return_counts=True)
    assert groups.tolist() == list(range(-1, len(looks.share)))
    assert (np.diff(first[1:]) > 0).all()
    assert (count[1:] >= 2).all()


def test_no_accounts_at_all_look_like_nobody() -> None:
    world = world_of(0, {})
    looks = looks_of(known_accounts(world), shared_links(world))
    assert (len(looks.group), len(looks.share)) == (0, 0)


@pytest.mark.parametrize(("count", "expected"), [(2, 0.1), (5, 0.3), (12, 4.0), (3, 1.5)])
def test_digits_are_of_the_poisson_tail_of_the_fellows(count: int, expected: float) -> None:
    found = _digits(np.array([float(count)]), np.array([expected]), most=300)[0]
    assert found == pytest.approx(-np.log10(poisson.sf(count - 2, expected)))


def test_no_more_fellows_than_expected_and_too_many_for_a_ring_say_nothing() -> None:
    counts, expected = np.array([1.0, 3.0, 301.0]), np.array([0.1, 2.0, 1.0])
    assert _digits(counts, expected, most=300).tolist() == [0.0, 0.0, 0.0]


def test_the_least_digits_leave_chance_its_share() -> None:
    # one for chance included: at 1 digit 4 found and 3 by chance, at 2 digits 3 and 2, at 3 digits 2 and 1
    found, by_chance = np.array([1.0, 2.0, 3.0, 3.0, 0.0]), np.array([1.0, 2.0, 0.0, 0.0, 0.0])
    assert _least_digits(found, by_chance, 0.4) == np.inf
    assert _least_digits(found, by_chance, 0.5) == 3.0
    assert _least_digits(found, by_chance, 0.7) == 2.0
    assert _least_digits(found, by_chance, 0.75) == 1.0
    assert _least_digits(by_chance, found, 0.75) == np.inf


def test_a_few_accounts_that_are_all_there_are_do_not_look_alike() -> None:
    world = world_of(9, {})
    made = np.repeat([20_000 * DAY, 20_010 * DAY, 20_020 * DAY], 3)
    accounts = replace(known_accounts(world), created_at=made)
    links = shared_links(world)
    held = np.repeat([1, 10, 100], 3).astype(np.int32)
    assert (looks_of(accounts, replace(links, private_count=held)).group == -1).all()
