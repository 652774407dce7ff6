"""The prior that ships, asked of small worlds; and a small one that is learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import Thing, World, known_accounts, projected, shared_links, weighed, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet, Nature
from graphrisk.risk.account_features import describe_accounts_by_links
from graphrisk.risk.behaviour import observe_behaviour
from graphrisk.risk.booster import BoosterParams
from graphrisk.risk.identifier_features import describe_identifiers
from graphrisk.risk.prior import Described, Opinion, Prior, applies, form_opinion
from graphrisk.risk.prior_training import Example, train_prior
from graphrisk.workspace.prior_files import read_prior


def describe(world: World, links: SharedLinks) -> Described:
    llr, _ = weighed(links)
    graph, behaviour = projected(links), observe_behaviour(links, known_accounts(world))
    things = describe_identifiers(links, behaviour, graph, llr, BUILT_IN_KINDS)
    return Described(describe_accounts_by_links(links, behaviour, graph, llr, things, BUILT_IN_KINDS), things)


def opinion(world: World, prior: Prior | None = None) -> Opinion:
    links = shared_links(world)
    described = describe(world, links)
    return form_opinion(prior or read_prior(), described, links, projected(links), BUILT_IN_KINDS)


def test_it_applies_where_most_links_are_of_a_nature_that_it_has_seen() -> None:
    links = shared_links(world_of(10, {"device": [(0, 1, 2)], "address": [(3, 4), (5, 6)]}))
    places_unknown = KindSet.of(
        replace(kind, nature=Nature.OTHER) if kind.name == "address" else kind
        for kind in BUILT_IN_KINDS.kinds
    )
    devices_unknown = KindSet.of(
        replace(kind, nature=Nature.OTHER) if kind.name == "device" else kind for kind in BUILT_IN_KINDS.kinds
    )
    assert applies(links, BUILT_IN_KINDS)
    assert applies(links, devices_unknown)  # four of seven links are seen, though one kind of two is not
    assert not applies(links, places_unknown)
    assert not applies(shared_links(World(3, ())), BUILT_IN_KINDS)


def test_who_runs_four_devices_together_is_more_suspicious_than_a_couple_at_home() -> None:
    world = world_of(200, {"device": [range(6)] * 4, "address": [(10, 11)]})
    found = opinion(world)
    assert found.account_odds[:6].min() > found.account_odds[10:12].max()
    assert found.account_odds[:6].min() > found.account_odds[12:].max()
    address, *devices = found.identifier_odds
    assert min(devices) > address


@settings(max_examples=20)
@given(worlds(), st.randoms(use_true_random=False))
def test_other_names_only_permute_what_is_thought(world: World, random: object) -> None:
    # Sums in another order differ in the last bits, which may carry a value over the edge of a leaf; what is
    # shared by chance in worlds of fourteen accounts hardly ever stands so close.
    renamed = list(range(world.account_count))
    random.shuffle(renamed)  # type: ignore[attr-defined]
    other = World(
        world.account_count,
        tuple(Thing(each.kind, frozenset(renamed[at] for at in each.holders), each.outsider_count)
              for each in world.things),
    )  # fmt: skip
    one, two = opinion(world), opinion(other)
    assert two.account_odds[renamed] == pytest.approx(one.account_odds, abs=1e-6)
    assert two.identifier_odds == pytest.approx(one.identifier_odds, abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_world_that_shares_nothing_has_an_opinion_of_each_account(count: int) -> None:
    found = opinion(World(count, ()))
    assert found.account_odds.shape == (count,)
    assert np.isfinite(found.account_odds).all()
    assert len(found.identifier_odds) == 0


def example(seed: int) -> Example:
    """Ten rings of five on two devices and an address each, among 350 who share by twos and threes."""
    rng = np.random.default_rng(seed)
    things, ring = [], np.full(400, -1, dtype=np.int64)
    for number in range(10):
        members = frozenset(range(5 * number, 5 * number + 5))
        ring[list(members)] = number
        things += [Thing("device", members), Thing("device", members), Thing("address", members)]
    for _ in range(150):
        holders = frozenset(rng.choice(350, size=int(rng.integers(2, 4)), replace=False).tolist())
        things.append(Thing(str(rng.choice(["address", "ip"])), frozenset(50 + at for at in holders)))
    world = World(400, tuple(things))
    links = shared_links(world)
    brought = np.array([int(name[3:]) < 30 for name in links.identifiers["identifier"].to_pylist()])
    llr, _ = weighed(links)
    return Example(describe(world, links), links, projected(links), llr, BUILT_IN_KINDS, ring, brought)


def test_rings_are_learned_from_two_marketplaces_and_found_in_a_third() -> None:
    params = BoosterParams(seed=1, round_count=20)
    learned = train_prior([example(1), example(2)], params)
    fresh = example(3)
    found = form_opinion(learned, fresh.described, fresh.links, fresh.graph, fresh.kinds)
    assert found.account_odds[fresh.is_bad].min() > found.account_odds[~fresh.is_bad].max()
    assert (
        found.identifier_odds[fresh.is_ring_thing].min() > found.identifier_odds[~fresh.is_ring_thing].max()
    )
    assert train_prior([example(1), example(2)], params).digest() == learned.digest()
    assert learned.rings.names == read_prior().rings.names
    assert learned.together.names == read_prior().together.names
