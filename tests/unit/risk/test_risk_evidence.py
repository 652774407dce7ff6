"""Why a member is in its ring: paths against networkx, sums against the pair probability."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from scipy.special import expit
from small_worlds import World, projected, random_world, shared_links, to_networkx, weighed, world_of

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import CandidateRings, RingParams, gather_rings
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph, ProjectionParams
from graphrisk.risk.evidence import MemberPaths, trace_members

SEEDS = range(6)


def traced(world: World, cap: int = 300) -> tuple[CandidateRings, AccountGraph, SharedLinks, MemberPaths]:
    links = shared_links(world)
    llr, _ = weighed(links)
    graph = projected(links, ProjectionParams(degree_cap=cap))
    communities = find_communities(graph, world.account_ids(), LeidenParams())
    points = np.zeros(communities.group_count)
    rings = gather_rings(communities, points, graph, world.account_ids(), RingParams())
    return rings, graph, links, trace_members(rings, graph, links, llr)


def sparse_world(seed: int) -> World:
    return random_world(seed, account_count=200, thing_count=170, largest=12)


def path_of(at: int, rings: CandidateRings, paths: MemberPaths) -> list[int]:
    """Account positions from member number `at` to its ring's centre, following `via`."""
    centre = rings.members[rings.centre[rings.ring[at]]]
    index = {int(account): number for number, account in enumerate(rings.members)}
    path = [int(rings.members[at])]
    while path[-1] != centre:
        path.append(int(paths.via[index[path[-1]]]))
        assert len(path) <= len(rings.members), "the path goes round in circles"
    return path


@pytest.mark.parametrize("seed", SEEDS)
def test_every_member_reaches_the_centre_on_the_most_probable_path(seed: int) -> None:
    rings, graph, _, paths = traced(sparse_world(seed))
    assert rings.ring_count > 5
    network = to_networkx(graph)
    longest = 0
    for at in range(len(rings.members)):
        ring = rings.ring[at]
        inside = network.subgraph(rings.members[rings.starts[ring] : rings.starts[ring + 1]].tolist())
        path = path_of(at, rings, paths)
        longest = max(longest, len(path) - 1)
        best = nx.shortest_path_length(
            inside, path[0], path[-1], weight=lambda _a, _b, edge: -math.log(edge["weight"])
        )
        ours = -sum(math.log(inside[a][b]["weight"]) for a, b in pairwise(path))
        assert ours == pytest.approx(best, abs=1e-9)
    assert longest > 1


@pytest.mark.parametrize("cap", [3, 300])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_shared_on_a_hop_adds_up_to_its_probability(seed: int, cap: int) -> None:
    rings, graph, links, paths = traced(sparse_world(seed), cap)
    _, prior = weighed(links)
    summed = np.bincount(paths.hop, weights=paths.identifier_bits, minlength=len(rings.members))
    assert paths.hop_bits == pytest.approx(summed, abs=1e-12)
    assert paths.probability == pytest.approx(expit(prior + math.log(2) * summed), rel=1e-9)
    network = to_networkx(graph)
    for member, via, probability in zip(rings.members, paths.via, paths.probability, strict=True):
        assert probability == network[member][via]["weight"]
    assert (np.bincount(paths.hop, minlength=len(rings.members)) > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_both_ends_of_a_hop_hold_what_is_named(seed: int) -> None:
    rings, _, links, paths = traced(sparse_world(seed))
    held = set(zip(links.account.tolist(), links.identifier.tolist(), strict=True))
    for hop, identifier in zip(paths.hop.tolist(), paths.identifier.tolist(), strict=True):
        assert (int(rings.members[hop]), identifier) in held
        assert (int(paths.via[hop]), identifier) in held


@pytest.mark.parametrize("seed", SEEDS)
def test_a_path_is_as_strong_as_its_weakest_hop(seed: int) -> None:
    rings, _, _, paths = traced(sparse_world(seed))
    index = {int(account): number for number, account in enumerate(rings.members)}
    for at in range(len(rings.members)):
        hops = path_of(at, rings, paths)[:-1] or [int(rings.members[at])]
        assert paths.path_bits[at] == min(paths.hop_bits[index[account]] for account in hops)


def test_a_long_chain_leads_to_its_middle() -> None:
    # 0 - 1 - ... - 8, every hop a device of two, the one between 3 and 4 also a card
    world = world_of(200, {"device": [(at, at + 1) for at in range(8)], "instrument": [(3, 4)]})
    links = shared_links(world)
    llr, _ = weighed(links)
    graph = projected(links)
    whole = find_communities(graph, world.account_ids(), LeidenParams(resolution=0.011))
    rings = gather_rings(whole, np.zeros(1), graph, world.account_ids(), RingParams())
    paths = trace_members(rings, graph, links, llr)
    assert rings.members.tolist() == list(range(9))
    assert rings.centre.tolist() == [3]
    assert paths.via.tolist() == [1, 2, 3, 4, 3, 4, 5, 6, 7]
    device, card = math.log2(199), math.log2(0.9 * 199)
    assert paths.hop_bits.tolist() == pytest.approx([device] * 3 + [device + card] * 2 + [device] * 4)
    assert paths.path_bits.tolist() == pytest.approx([device] * 3 + [device + card] * 2 + [device] * 4)


def test_what_says_nothing_is_not_named() -> None:
    world = world_of(12, {"device": [(0, 1, 2)], "ip": [range(8)]})
    _, _, links, paths = traced(world)
    kinds = links.identifiers["kind"].to_pylist()
    assert {kinds[identifier] for identifier in paths.identifier.tolist()} == {"device"}


def test_certain_pairs_still_have_a_path() -> None:
    # twenty shared devices make the pair probability 1 in floating point, and -ln 1 = 0 is an absent edge
    world = world_of(10_000, {"device": [pair for pair in ((0, 1), (1, 2)) for _ in range(20)]})
    rings, graph, _, paths = traced(world)
    assert graph.weight.tolist() == [1.0, 1.0]
    assert [path_of(at, rings, paths) for at in range(3)] == [[0, 1], [1], [2, 1]]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_without_rings_there_is_nothing_to_explain(count: int) -> None:
    *_, paths = traced(World(count, ()))
    assert paths.via.tolist() == paths.hop.tolist() == paths.path_bits.tolist() == []
