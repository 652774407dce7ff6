"""The prior that ships, asked of small worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from described_market import describe_small
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from small_trade import created_at
from small_worlds import Thing, World, known_accounts, projected, shared_links, world_of, worlds

from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet, Nature
from graphrisk.risk.prior import Opinion, applies, form_opinion, hold_down
from graphrisk.workspace.prior_files import read_prior


def opinion(world: World) -> Opinion:
    """Where nobody knows when an account was created, or a thing used."""
    links = shared_links(world)
    described = describe_small(links, created_at(known_accounts(world), [None] * world.account_count))
    return form_opinion(read_prior(), described, links, projected(links), BUILT_IN_KINDS)


def test_it_applies_where_most_links_are_of_a_nature_that_it_has_seen() -> None:
    held = {"device": [(0, 1, 2)], "address": [(3, 4), (5, 6)]}
    links = shared_links(world_of(1_000, held))
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
    assert not applies(shared_links(world_of(999, held)), BUILT_IN_KINDS)


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


def test_where_everybody_looks_odd_opinions_are_held_down_and_keep_their_order() -> None:
    odds = np.linspace(-2.0, 6.0, 1001)
    held = hold_down(odds, 0.1)
    assert expit(held).mean() == pytest.approx(0.1, abs=1e-6)
    assert np.diff(held) == pytest.approx(np.diff(odds))


def test_opinions_of_a_marketplace_like_any_other_stay_as_they_are() -> None:
    odds = np.linspace(-9.0, 1.0, 1001)
    assert hold_down(odds, 0.2) is odds
    assert len(hold_down(np.zeros(0), 0.1)) == 0
