"""A small prior that is learned from two marketplaces and asked of a third."""

from __future__ import annotations

import numpy as np
from described_market import describe_small
from small_worlds import Thing, World, known_accounts, projected, shared_links, weighed

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.booster import BoosterParams
from graphrisk.risk.prior import form_opinion
from graphrisk.risk.prior_training import Example, train_prior
from graphrisk.workspace.prior_files import read_prior


def example(seed: int) -> Example:
    """Ten cells of five on two devices and an address each, among 350 who share by twos and threes. Of the
    first eight two are one ring, which three more devices tie; one ties the last two, which are not."""
    rng = np.random.default_rng(seed)
    things, ring = [], np.full(400, -1, dtype=np.int64)
    ties = {0: 3, 2: 3, 4: 3, 6: 3, 8: 1}
    for number in range(10):
        members = frozenset(range(5 * number, 5 * number + 5))
        ring[list(members)] = number // 2 if number < 8 else number
        things += [Thing("device", members), Thing("device", members), Thing("address", members)]
        first = 5 * number
        things += [
            Thing("device", frozenset((first + at, first + 5 + at))) for at in range(ties.get(number, 0))
        ]
    for _ in range(150):
        holders = frozenset(rng.choice(350, size=int(rng.integers(2, 4)), replace=False).tolist())
        things.append(Thing(str(rng.choice(["address", "ip"])), frozenset(50 + at for at in holders)))
    world = World(400, tuple(things))
    links = shared_links(world)
    brought = np.array([int(name[3:]) < 43 for name in links.identifiers["identifier"].to_pylist()])
    llr, _ = weighed(links)
    described = describe_small(links, known_accounts(world))
    return Example(
        seed % 2, described, links, projected(links), llr, BUILT_IN_KINDS, ring, np.zeros(400, bool), brought
    )


def test_rings_are_learned_from_two_marketplaces_and_found_in_a_third() -> None:
    params = BoosterParams(seed=1, round_count=20)
    learned = train_prior([example(1), example(2)], [example(5)], [example(4)], params)
    fresh = example(3)
    found = form_opinion(learned, fresh.described, fresh.links, fresh.graph, fresh.kinds)
    assert found.account_odds[fresh.is_bad].min() > found.account_odds[~fresh.is_bad].max()
    assert (
        found.identifier_odds[fresh.is_ring_thing].min() > found.identifier_odds[~fresh.is_ring_thing].max()
    )
    assert (
        train_prior([example(1), example(2)], [example(5)], [example(4)], params).digest() == learned.digest()
    )
    assert learned.rings.names == read_prior().rings.names
    assert learned.cells.names == read_prior().cells.names
    assert learned.together.names == read_prior().together.names
