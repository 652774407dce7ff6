"""Pairs among suspects against a twin that looks at every pair."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_worlds import World, random_world, shared_links, weighed, world_of, worlds

from graphrisk.detect.leiden import LeidenParams
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph, SuspectParams, project_suspects

Suspected = tuple[SharedLinks, NDArray[np.float64], NDArray[np.float64]]


def every_pair(
    links: SharedLinks, risk: NDArray[np.float64], held: NDArray[np.float64], params: SuspectParams
) -> dict[tuple[int, int], float]:
    """O(n^2): odds risk_i risk_j fellows / n, times 1 + held (e^llr - 1) for each thing that both hold."""
    llr, _ = weighed(links)
    holdings: list[set[int]] = [set() for _ in range(links.account_count)]
    for account, identifier in zip(links.account.tolist(), links.identifier.tolist(), strict=True):
        holdings[account].add(identifier)
    found = {}
    for a, b in combinations(range(links.account_count), 2):
        factors = [1 + held[e] * (math.exp(llr[e]) - 1) for e in holdings[a] & holdings[b]]
        if min(risk[a], risk[b]) >= params.least_risk and any(factor > 1 for factor in factors):
            odds = risk[a] * risk[b] * params.fellow_count / links.account_count * math.prod(factors)
            if odds / (1 + odds) >= params.keep_probability:
                found[a, b] = odds / (1 + odds)
    return found


def as_dict(graph: AccountGraph) -> dict[tuple[int, int], float]:
    pairs = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    return dict(zip(pairs, graph.weight.tolist(), strict=True))


def suspects(links: SharedLinks, risk: object, held: object, params: SuspectParams) -> AccountGraph:
    llr, _ = weighed(links)
    return project_suspects(links, llr, np.asarray(risk), np.asarray(held), params)


def with_opinions(world: World, seed: int) -> Suspected:
    links, rng = shared_links(world), np.random.default_rng(seed)
    return links, rng.uniform(0.01, 0.99, world.account_count), rng.uniform(0, 1, links.identifier_count)


@settings(max_examples=80)
@given(worlds(), st.integers(0, 10**6), st.sampled_from([0.0125, 0.1, 0.3]), st.sampled_from([0.05, 0.4]))
def test_every_pair_and_no_other_is_found_with_its_probability(
    world: World, seed: int, keep: float, least: float
) -> None:
    links, risk, held = with_opinions(world, seed)
    params = SuspectParams(least_risk=least, keep_probability=keep)
    found = suspects(links, risk, held, params)
    assert as_dict(found) == pytest.approx(every_pair(links, risk, held, params), rel=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_holds_of_larger_worlds(seed: int) -> None:
    links, risk, held = with_opinions(random_world(seed, 200, 150, 60), seed)
    found = as_dict(suspects(links, risk, held, SuspectParams()))
    assert found == pytest.approx(every_pair(links, risk, held, SuspectParams()), rel=1e-9)
    assert len(found) > 50


def test_one_pair_by_hand() -> None:
    # one device of two among 100 accounts: e^llr = 99
    links = shared_links(world_of(100, {"device": [(0, 1)]}))
    risk = np.full(100, 0.5)
    odds = 0.5 * 0.5 * 20 / 100 * (1 + 0.4 * 98)
    assert as_dict(suspects(links, risk, [0.4], SuspectParams())) == pytest.approx(
        {(0, 1): odds / (1 + odds)}
    )


def test_what_no_ring_brought_says_nothing() -> None:
    links = shared_links(world_of(100, {"device": [(0, 1)]}))
    assert suspects(links, np.full(100, 0.9), [0.0], SuspectParams()).edge_count == 0


@pytest.mark.parametrize("count", [2_000, 20_000, 200_000])
def test_sure_members_of_two_rings_who_share_a_busy_ip_stay_apart_in_shops_of_every_size(count: int) -> None:
    """Each ring of four has a device of its own; nobody brought the IP, which forty hold."""
    rings = [range(4), range(4, 8)]
    links = shared_links(world_of(count, {"device": rings, "ip": [range(40)]}))
    held = np.where(links.known_holder_count() == 4, 0.9, 0.02)
    found = as_dict(suspects(links, np.full(count, 0.99), held, SuspectParams()))
    inside = {pair: weight for pair, weight in found.items() if pair[0] // 4 == pair[1] // 4 < 2}
    assert len(inside) == 12
    assert min(inside.values()) > 0.8
    across = [found.get(pair, 0.0) for pair in product(*rings)]
    assert max(across) < LeidenParams().resolution


@settings(max_examples=40)
@given(worlds(), st.integers(0, 10**6), st.floats(0.0, 1.0))
def test_more_suspicion_makes_no_pair_less_probable(world: World, seed: int, by: float) -> None:
    links, risk, held = with_opinions(world, seed)
    params = SuspectParams()
    before = as_dict(suspects(links, risk, held, params))
    for after in (
        as_dict(suspects(links, risk + by * (1 - risk), held, params)),
        as_dict(suspects(links, risk, held + by * (1 - held), params)),
    ):
        assert before.keys() <= after.keys()
        assert all(after[pair] >= before[pair] * (1 - 1e-12) for pair in before)


def test_the_order_of_links_changes_no_bit() -> None:
    links, risk, held = with_opinions(random_world(3, 200, 150, 60), 3)
    shuffled = np.random.default_rng(0).permutation(len(links.account))
    other = SharedLinks(
        links.account_ids, links.identifiers, links.account[shuffled], links.identifier[shuffled],
        links.kind_code, links.holder_count, links.private_count, links.first_seen_at[shuffled],
        links.last_seen_at[shuffled], links.event_count[shuffled],
    )  # fmt: skip
    one, two = (suspects(each, risk, held, SuspectParams()) for each in (links, other))
    assert one.weight.tobytes() == two.weight.tobytes()
    assert (one.source.tolist(), one.target.tolist()) == (two.source.tolist(), two.target.tolist())


def test_the_innocent_make_no_pairs_however_much_they_share() -> None:
    links = shared_links(world_of(100, {"device": [(0, 1)] * 5}))
    risk = np.full(100, 0.19)
    assert suspects(links, risk, np.ones(5), SuspectParams(least_risk=0.2)).edge_count == 0


def test_pairs_of_a_quarter_of_the_resolution_are_kept() -> None:
    assert SuspectParams.at(0.2).keep_probability == 0.05
    assert SuspectParams.at(LeidenParams().resolution) == SuspectParams()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_nothing_shared_gives_no_pair(count: int) -> None:
    found = suspects(shared_links(World(count, ())), np.full(count, 0.9), np.empty(0), SuspectParams())
    assert (found.account_count, found.edge_count) == (count, 0)
