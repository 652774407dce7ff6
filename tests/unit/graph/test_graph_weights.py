"""The weight of a link and of a pair, against the formula worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_worlds import Thing, World, shared_links, weighed, world_of

from graphrisk.graph.weights import WeightParams, bits, pair_probability, prior_log_odds, weigh_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS


@pytest.mark.parametrize(("accounts", "holders"), [(2, 2), (12, 3), (1000, 2), (1000, 1000), (50, 49)])
def test_one_trusted_identifier_of_k_accounts_gives_about_one_in_k(accounts: int, holders: int) -> None:
    links = shared_links(world_of(accounts, {"device": [range(holders)]}))
    llr, prior = weighed(links)
    exact = (accounts - 1) / (accounts * (holders - 1) + accounts - 1)
    assert pair_probability(llr, prior)[0] == pytest.approx(exact, rel=1e-12)
    assert abs(exact - 1 / holders) < 1 / accounts


def test_the_paper_of_twelve_accounts_is_met() -> None:
    links = shared_links(
        world_of(12, {"device": [(0, 1, 2)], "instrument": [(1, 2, 3)], "address": [(4, 5)], "ip": [(4, 5)]})
    )
    llr, prior = weighed(links)
    assert prior == -math.log(12)
    by_kind = dict(zip(links.identifiers["kind"].to_pylist(), np.exp(llr).tolist(), strict=True))
    assert by_kind == pytest.approx({"device": 5.5, "instrument": 4.95, "address": 6.6, "ip": 3.3})


def test_what_most_share_says_nothing_and_never_less() -> None:
    # an IP held by 8 of 12: 0.3 * 11 / 7 < 1, so sharing it would speak against one operator
    llr, _ = weighed(shared_links(world_of(12, {"ip": [range(8)], "device": [range(12)]})))
    assert llr.tolist() == [0.0, 0.0]


def test_outsiders_count_as_holders_and_cost_trust_to_the_third_power() -> None:
    held = frozenset((0, 1, 2))
    links = shared_links(World(100, (Thing("device", held), Thing("device", held, 1))))
    llr, _ = weighed(links)
    assert math.exp(llr[0]) == pytest.approx(99 / 2)
    assert math.exp(llr[1]) == pytest.approx((3 / 4) ** 3 * 99 / 3)


def test_what_is_a_rings_own_is_as_public_as_it_is_and_loses_no_trust_to_outsiders() -> None:
    held = frozenset((0, 1, 2))
    links = shared_links(World(100, (Thing("device", held, 1), Thing("device", held, 1))))
    own = frozenset({("device", "id-0001"), ("ip", "id-0000"), ("device", "nowhere")})
    llr = weigh_identifiers(links, BUILT_IN_KINDS, own)
    assert math.exp(llr[0]) == pytest.approx((3 / 4) ** 3 * 99 / 3)
    assert math.exp(llr[1]) == pytest.approx(99 / 3)


def test_the_prior_is_one_in_n_unless_it_is_said() -> None:
    assert prior_log_odds(WeightParams(), 1000) == pytest.approx(-math.log(1000))
    assert prior_log_odds(WeightParams(-3.5), 1000) == -3.5
    assert prior_log_odds(WeightParams(0.0), 1000) == 0.0


@pytest.mark.parametrize("accounts", [0, 1])
def test_a_world_too_small_to_share_has_a_finite_prior_and_no_weights(accounts: int) -> None:
    links = shared_links(World(accounts, ()))
    assert math.isfinite(prior_log_odds(WeightParams(), accounts))
    assert weigh_identifiers(links, BUILT_IN_KINDS).tolist() == []


def test_a_bit_is_a_factor_of_two() -> None:
    assert bits(np.log(np.array([1.0, 2.0, 8.0]))).tolist() == pytest.approx([0.0, 1.0, 3.0])


def test_overwhelming_evidence_stays_a_probability() -> None:
    assert pair_probability(np.array([0.0, 1e4, -1e4]), 0.0).tolist() == [0.5, 1.0, 0.0]
