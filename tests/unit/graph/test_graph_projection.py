"""The projection against a brute-force twin that looks at every pair."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.special import expit
from small_worlds import Thing, World, projected, random_world, shared_links, weighed, world_of

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph, ProjectionParams


def every_pair(links: SharedLinks, params: ProjectionParams) -> dict[tuple[int, int], float]:
    """O(n^2): pair -> probability, for pairs that share something telling and not too public."""
    llr, prior = weighed(links)
    holdings: list[set[int]] = [set() for _ in range(links.account_count)]
    for account, identifier in zip(links.account.tolist(), links.identifier.tolist(), strict=True):
        holdings[account].add(identifier)
    degree = links.known_holder_count()
    found = {}
    for a, b in combinations(range(links.account_count), 2):
        shared = holdings[a] & holdings[b]
        if any(llr[e] > 0 and degree[e] <= params.degree_cap for e in shared):
            probability = float(expit(prior + sum(llr[e] for e in sorted(shared))))
            if probability >= params.keep_probability:
                found[a, b] = probability
    return found


def as_dict(graph: AccountGraph) -> dict[tuple[int, int], float]:
    pairs = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    return dict(zip(pairs, graph.weight.tolist(), strict=True))


def same_bytes(one: AccountGraph, other: AccountGraph) -> bool:
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in ("source", "target", "llr", "weight")
    )


@pytest.mark.parametrize("keep", [0.01, 0.25])
@pytest.mark.parametrize("cap", [2, 5, 300])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_pair_and_no_other_is_found_with_its_probability(seed: int, cap: int, keep: float) -> None:
    links = shared_links(random_world(seed, account_count=200, thing_count=150, largest=60))
    params = ProjectionParams(degree_cap=cap, keep_probability=keep)
    graph = projected(links, params)
    assert as_dict(graph) == pytest.approx(every_pair(links, params), rel=1e-9)
    assert graph.edge_count > 20


def test_a_hub_above_the_cap_adds_evidence_only_where_a_pair_exists() -> None:
    # 0, 1 share a device; 0..5 share a hub of six; the cap is five
    world = world_of(100, {"device": [(0, 1)], "ip": [range(6)]})
    below, above = ProjectionParams(degree_cap=6), ProjectionParams(degree_cap=5)
    assert len(as_dict(projected(shared_links(world), below))) == 15
    assert as_dict(projected(shared_links(world), above)) == pytest.approx(
        {(0, 1): expit(-np.log(100) + np.log(99) + np.log(0.3 * 99 / 5))}
    )
    assert projected(shared_links(world), above).uncounted_pair_count == 15
    assert projected(shared_links(world), below).uncounted_pair_count == 0


def test_a_hub_can_lift_a_pair_over_the_threshold() -> None:
    # the address alone gives .6 * 99 / 9 / 100 = .066 odds, with the hub .3 * 99 / 12 times that
    world = world_of(100, {"address": [range(10)], "ip": [range(8, 21)]})
    params = ProjectionParams(degree_cap=12, keep_probability=0.1)
    assert list(as_dict(projected(shared_links(world), params))) == [(8, 9)]


@pytest.mark.parametrize("block", [1, 7, 100, 1_000_000])
def test_the_size_of_the_blocks_changes_no_bit(block: int) -> None:
    links = shared_links(random_world(4, account_count=200, thing_count=150, largest=60))
    params = ProjectionParams(degree_cap=20)
    whole = projected(links, params)
    assert same_bytes(projected(links, replace(params, block_pair_count=block)), whole)
    assert whole.edge_count > 50


def test_the_order_of_links_changes_no_bit() -> None:
    links = shared_links(random_world(5, account_count=200, thing_count=150, largest=60))
    shuffled = np.random.default_rng(0).permutation(len(links.account))
    other = replace(links, account=links.account[shuffled], identifier=links.identifier[shuffled])
    params = ProjectionParams(degree_cap=20)
    assert same_bytes(projected(links, params), projected(other, params))


def test_what_one_account_alone_holds_changes_nothing() -> None:
    world = random_world(6, account_count=50, thing_count=40, largest=10)
    assert same_bytes(projected(shared_links(world, 0)), projected(shared_links(world, 1000)))


def test_pairs_come_sorted_and_once() -> None:
    graph = projected(shared_links(random_world(7, account_count=200, thing_count=200, largest=30)))
    pairs = list(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(source < target for source, target in pairs)


def test_a_hub_of_two_hundred_thousand_accounts_costs_what_its_links_cost() -> None:
    count = 200_000
    world = World(count, (Thing("device", frozenset((0, 1))), Thing("ip", frozenset(range(count // 4)))))
    hub = replace(world, things=(*world.things, Thing("device", frozenset(range(count // 2)))))
    links = shared_links(hub)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    graph = projected(links)
    assert time.process_time() - began < 2.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB
    assert list(as_dict(graph)) == [(0, 1)]
    assert graph.uncounted_pair_count > 10**9  # said, not hidden


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_without_links_there_are_no_pairs(count: int) -> None:
    graph = projected(shared_links(World(count, ())))
    assert (graph.account_count, graph.edge_count, graph.uncounted_pair_count) == (count, 0, 0)
    assert graph.source.dtype == graph.target.dtype == np.int32
    assert graph.weight.dtype == graph.llr.dtype == np.float64
