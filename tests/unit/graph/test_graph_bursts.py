"""Who came to a busy thing at once, and who merely came to it too."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import shared_links, world_of

from graphrisk.graph.bursts import BurstParams, Bursts, find_bursts
from graphrisk.graph.family_links import add_families, nest_weights
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.weights import weigh_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import NO_TIME

HOUR, DAY = 3_600_000_000, 86_400_000_000
START = 1_700_000_000_000_000
GUESTS = 240  # of the café, in the order of their first use, the same time apart
GAP = 10 * HOUR
CROWD = 12  # behind them
PARAMS = BurstParams()


def used_at(
    held: Mapping[str, Sequence[Sequence[int]]], moments: Mapping[tuple[int, int], int]
) -> SharedLinks:
    """moments: (thing, account) -> microseconds since START; others are not known."""
    links = shared_links(world_of(2000, held))
    at = zip(links.identifier.tolist(), links.account.tolist(), strict=True)
    first = [START + moments[link] if link in moments else NO_TIME for link in at]
    return replace(links, first_seen_at=np.array(first, dtype=np.int64), last_seen_at=np.array(first))


def cafe(arrivals: Sequence[int]) -> SharedLinks:
    """One IP; account i came first at arrivals[i]."""
    accounts = range(len(arrivals))
    return used_at({"ip": [accounts]}, {(0, account): arrivals[account] for account in accounts})


def of_accounts(links: SharedLinks, found: Bursts) -> list[list[int]]:
    parts = np.split(links.account[found.link], found.starts[1:-1]) if len(found.began_at) else []
    return [sorted(part.tolist()) for part in parts]


STEADY = [guest * GAP for guest in range(GUESTS)]


def test_a_crowd_at_a_busy_place_is_a_burst_and_its_guests_are_none() -> None:
    links = cafe([*STEADY, *(1000 * HOUR + minute * HOUR // 60 for minute in range(1, CROWD + 1))])
    found = find_bursts(links, PARAMS)
    # The guest who came at 1,000 hours is a minute early for the crowd: nobody can tell her from it.
    assert of_accounts(links, found) == [[100, *range(GUESTS, GUESTS + CROWD)]]
    assert found.began_at.tolist() == [START + 1000 * HOUR]


def test_a_place_that_is_used_evenly_has_no_burst() -> None:
    links = cafe(STEADY)
    assert of_accounts(links, find_bursts(links, PARAMS)) == []


def test_a_place_that_few_use_has_no_burst_whatever_they_do() -> None:
    links = cafe([HOUR] * PARAMS.busy_holders)
    assert of_accounts(links, find_bursts(links, PARAMS)) == []


def test_a_weekend_of_a_fair_is_no_burst() -> None:
    arrivals = [1000 * HOUR + guest * HOUR // 4 for guest in range(192)]  # two days, eight in two hours
    links = cafe([*STEADY, *arrivals])
    assert of_accounts(links, find_bursts(links, PARAMS)) == []


def test_what_comes_to_all_places_at_once_is_no_burst_of_any() -> None:
    held = [range(place * 200, place * 200 + 200) for place in range(8)]
    sale = {
        (place, account): (number * DAY if number < 100 else 5 * DAY + number * HOUR // 100)
        for place, accounts in enumerate(held)
        for number, account in enumerate(accounts)
    }
    links = used_at({"ip": held}, sale)
    assert of_accounts(links, find_bursts(links, PARAMS)) == []


def test_a_crowd_that_is_most_of_all_guests_is_the_place_itself() -> None:
    links = cafe([HOUR] * 100)
    assert of_accounts(links, find_bursts(links, PARAMS)) == []


def test_what_nobody_timed_has_no_burst() -> None:
    links = shared_links(world_of(300, {"ip": [range(300)]}))
    assert of_accounts(links, find_bursts(links, PARAMS)) == []
    nothing = shared_links(world_of(0, {}))
    assert find_bursts(nothing, PARAMS).starts.tolist() == [0]


def test_a_burst_says_what_it_says_beyond_the_place() -> None:
    links = cafe([*STEADY, *(1005 * HOUR + minute * HOUR // 60 for minute in range(CROWD))])
    wide = add_families(links, BUILT_IN_KINDS, [])
    assert wide.links.identifiers.to_pylist() == [
        {"kind": "ip", "identifier": "id-0000"},
        {"kind": "ip_burst", "identifier": "id-0000 2023-12-26T19:13:20"},
    ]
    assert wide.parent.tolist() == [-1, 0]
    llr = nest_weights(weigh_identifiers(wide.links, wide.kinds), wide.parent)
    place = math.log(0.3 * 1999 / (GUESTS + CROWD - 1))
    assert llr.tolist() == pytest.approx([place, math.log(0.75 * 0.3 * 1999 / (CROWD - 1)) - place])


moments = st.lists(st.integers(0, 40), min_size=0, max_size=130)


@given(moments, moments)
def test_bursts_are_short_and_of_one_thing_and_share_no_link(first: list[int], second: list[int]) -> None:
    held = [range(len(first)), range(200, 200 + len(second))]
    at = {(0, account): hours * HOUR for account, hours in enumerate(first)}
    at |= {(1, 200 + account): hours * HOUR for account, hours in enumerate(second)}
    kept = [each for each in held if len(each) >= 2]
    at = {
        (kept.index(held[place]), account): moment
        for (place, account), moment in at.items()
        if held[place] in kept
    }
    links = used_at({"ip": kept}, at)
    found = find_bursts(links, BurstParams(busy_holders=10, false_count=1.0))
    assert len(np.unique(found.link)) == len(found.link) == found.starts[-1]
    for began_at, begin, end in zip(found.began_at, found.starts[:-1], found.starts[1:], strict=True):
        inside = found.link[begin:end]
        used = links.first_seen_at[inside]
        assert len(np.unique(links.identifier[inside])) == 1
        assert len(inside) >= 3
        assert used.min() == began_at
        assert used.max() - began_at <= 2 * HOUR


@given(st.integers(0, 10_000))
def test_guests_who_come_by_chance_are_hardly_ever_taken_for_a_crowd(seed: int) -> None:
    arrivals = np.random.default_rng(seed).integers(0, 100 * DAY, 500)
    links = cafe(arrivals.tolist())
    assert len(find_bursts(links, PARAMS).began_at) <= 1
