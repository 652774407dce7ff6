"""What a ring rests on: by hand, by the functions that scored it, and when identifiers are taken away."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from small_worlds import World, projected, random_world, shared_links, weighed, world_of, worlds

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import RingParams, gather_rings
from graphrisk.risk.deletion import (
    DeletionParams,
    RingEvidence,
    compare_deletion,
    gather_ring_evidence,
    measure_hold,
    rank_ring_identifiers,
)
from graphrisk.risk.holdings import gather_holdings, measure_surprise
from graphrisk.risk.relevance import RelevanceParams

NONE = np.empty(0, dtype=np.int64)


def ring_of(world: World, members: list[int]) -> RingEvidence:
    links = shared_links(world)
    llr, prior = weighed(links)
    return gather_ring_evidence(links, llr, prior, np.array(members, dtype=np.int64))


def test_the_hold_by_hand() -> None:
    """0, 1 and 2 have a device, 0 and 1 a phone, too; 2 has a device with 9, who is no member."""
    ring = ring_of(world_of(1000, {"device": [(0, 1, 2), (2, 9)], "phone": [(0, 1)]}), [0, 1, 2])
    assert ring.identifiers.tolist() == [0, 2]
    assert ring.held.tolist() == [[True, True], [True, True], [True, False]]
    device, phone = math.log(999 / 2), math.log(0.9 * 999)
    strong, weak = expit(device + phone - math.log(1000)), expit(device - math.log(1000))
    three, two = math.log10(math.comb(1000, 3)), math.log10(math.comb(1000, 2) / math.comb(3, 2))
    whole = measure_hold(ring, NONE)
    assert whole.pair_probability == pytest.approx((strong + 2 * weak) / 3)
    assert whole.surprise_digits == pytest.approx(three + two - three)
    without_phone = measure_hold(ring, np.array([1]))
    assert without_phone.pair_probability == pytest.approx(weak)
    assert without_phone.surprise_digits == pytest.approx(0.0)


@given(worlds(), st.data())
def test_surprise_is_that_of_the_ring_score_where_every_identifier_tells(
    world: World, data: st.DataObject
) -> None:
    members = sorted(data.draw(st.sets(st.integers(0, world.account_count - 1), min_size=1)))
    links = shared_links(world)
    llr, prior = weighed(links)
    ring = gather_ring_evidence(links, np.maximum(llr, 1e-3), prior, np.array(members))
    label = np.full(world.account_count, -1, dtype=np.int64)
    label[members] = 0
    expected = measure_surprise(links, gather_holdings(links, label, 1), np.array([len(members)]))
    assert measure_hold(ring, NONE).surprise_digits == pytest.approx(float(expected[0]))


@given(worlds(), st.data())
def test_taking_away_never_strengthens(world: World, data: st.DataObject) -> None:
    members = sorted(data.draw(st.sets(st.integers(0, world.account_count - 1), min_size=2)))
    ring = ring_of(world, members)
    removed = data.draw(st.sets(st.integers(0, max(len(ring.identifiers) - 1, 0)), max_size=4))
    gone = np.array(sorted(removed), dtype=np.int64) if len(ring.identifiers) else NONE
    whole, left = measure_hold(ring, NONE), measure_hold(ring, gone)
    assert left.surprise_digits <= whole.surprise_digits + 1e-9
    assert left.pair_probability <= whole.pair_probability + 1e-12


def test_what_holds_the_ring_together_is_named_before_what_two_members_share() -> None:
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    ring = ring_of(world_of(1000, {"device": [*pairs, range(6)], "address": [range(6)]}), list(range(6)))
    ranked = ring.identifiers[rank_ring_identifiers(ring, RelevanceParams())]
    assert len(ranked) == 7
    assert ranked[:2].tolist() == [6, 0]  # the device of six stands last, the address first


def test_deleting_what_is_named_hurts_more_than_deleting_at_random() -> None:
    """Three of four or more, in every ring that is found in worlds drawn at random."""
    lost_more = {"surprise": [], "probability": []}
    for seed in range(4):
        for ring in found_rings(random_world(seed, account_count=400, thing_count=600, largest=12)):
            if len(ring.identifiers) <= 3:
                continue
            ranked = rank_ring_identifiers(ring, RelevanceParams())
            test = compare_deletion(ring, ranked, DeletionParams(3, draw_count=20, seed=seed))
            digits = np.mean([hold.surprise_digits for hold in test.without_random])
            probability = np.mean([hold.pair_probability for hold in test.without_random])
            lost_more["surprise"].append(test.without_named.surprise_digits < digits)
            lost_more["probability"].append(test.without_named.pair_probability < probability)
    assert len(lost_more["surprise"]) > 100
    assert np.mean(lost_more["surprise"]) >= 0.95
    assert np.mean(lost_more["probability"]) >= 0.9


def found_rings(world: World) -> list[RingEvidence]:
    links = shared_links(world)
    llr, prior = weighed(links)
    graph = projected(links)
    communities = find_communities(graph, world.account_ids(), LeidenParams(resolution=0.1))
    points = np.zeros(communities.group_count)
    rings = gather_rings(communities, points, graph, world.account_ids(), RingParams())
    return [
        gather_ring_evidence(links, llr, prior, rings.members[first:last])
        for first, last in pairwise(rings.starts)
    ]


def test_the_same_seed_draws_the_same() -> None:
    ring = ring_of(world_of(1000, {"device": [(0, 1), (1, 2), (0, 2), (0, 1, 2), (0, 1)]}), [0, 1, 2])
    ranked = rank_ring_identifiers(ring, RelevanceParams())
    one, two, other = (
        compare_deletion(ring, ranked, DeletionParams(2, draw_count=30, seed=seed)) for seed in (1, 1, 2)
    )
    assert one.without_random == two.without_random
    assert one.without_random != other.without_random


def test_with_no_more_than_is_named_every_draw_is_the_same() -> None:
    ring = ring_of(world_of(1000, {"device": [(0, 1), (1, 2)]}), [0, 1, 2])
    test = compare_deletion(ring, np.array([1, 0]), DeletionParams(3, draw_count=5, seed=1))
    assert test.named.tolist() == [1, 0]
    assert set(test.without_random) == {test.without_named}


def test_the_order_of_members_changes_nothing() -> None:
    world = world_of(1000, {"device": [(0, 1), (1, 2), (0, 2)], "ip": [(0, 1, 2, 3)]})
    one, two = ring_of(world, [0, 1, 2]), ring_of(world, [2, 0, 1])
    assert measure_hold(one, NONE) == measure_hold(two, NONE)
    assert (
        rank_ring_identifiers(one, RelevanceParams()) == rank_ring_identifiers(two, RelevanceParams())
    ).all()


@pytest.mark.parametrize("members", [[], [0], [0, 1]])
def test_a_ring_that_shares_nothing_is_held_by_nothing(members: list[int]) -> None:
    ring = ring_of(World(5, ()), members)
    assert rank_ring_identifiers(ring, RelevanceParams()).tolist() == []
    test = compare_deletion(ring, NONE, DeletionParams(3, draw_count=2, seed=1))
    assert test.whole == test.without_named == test.without_random[0]
    assert test.whole.surprise_digits == pytest.approx(-math.log10(math.comb(5, len(members))))
