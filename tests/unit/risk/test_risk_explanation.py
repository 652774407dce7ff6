"""Why an account is where it is: links in order of relevance, and the strongest path to an anchor."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from small_worlds import World, projected, shared_links, to_networkx, weighed, world_of, worlds

from graphrisk.graph.links import Floats
from graphrisk.graph.neighbourhood import gather_neighbourhood
from graphrisk.graph.projection import ProjectionParams
from graphrisk.risk.explanation import (
    AccountEvidence,
    EvidencePath,
    rank_account_evidence,
    trace_to_anchors,
)
from graphrisk.risk.relevance import RelevanceParams


def explained(world: World, account: int, risk: Floats | None = None) -> AccountEvidence:
    links = shared_links(world)
    llr, _ = weighed(links)
    near = gather_neighbourhood(links, llr, account)
    return rank_account_evidence(near, llr, RelevanceParams(), risk)


def traced(world: World, account: int, anchors: list[int], company: list[int] | None) -> EvidencePath | None:
    links = shared_links(world)
    llr, prior = weighed(links)
    chosen = None if company is None else np.array(company, dtype=np.int64)
    near = gather_neighbourhood(links, llr, account, chosen)
    return trace_to_anchors(near, llr, prior, np.array(anchors, dtype=np.int64))


def rows(found: AccountEvidence) -> list[tuple[int, int, int]]:
    """(rank, account, identifier)."""
    return list(zip(found.rank.tolist(), found.account.tolist(), found.identifier.tolist(), strict=True))


def test_its_own_links_come_first_the_most_telling_before_the_rest() -> None:
    # device 0 of (0, 1), ip 1 of (0, 2, 3, 4)
    found = explained(world_of(200, {"device": [(0, 1)], "ip": [(0, 2, 3, 4)]}), 0)
    assert rows(found) == [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 2, 1), (3, 3, 1), (3, 4, 1)]
    assert found.hop_count.tolist() == [0, 0, 1, 1, 1, 1]
    device, ip = math.log(199), math.log(0.3 * 199 / 3)
    assert found.identifier_bits.tolist() == pytest.approx(
        [nats / math.log(2) for nats in (device, ip, device, ip, ip, ip)]
    )
    first = device / (device + ip)
    assert found.relevance.tolist() == pytest.approx(
        [first, 1 - first, first / 2, (1 - first) / 6, (1 - first) / 6, (1 - first) / 6]
    )


def test_who_shares_two_things_comes_before_who_shares_one() -> None:
    found = explained(world_of(200, {"device": [(0, 1, 2)], "phone": [(0, 2)]}), 0)
    own, others = rows(found)[:2], rows(found)[2:]
    assert {(account, identifier) for _, account, identifier in own} == {(0, 0), (0, 1)}
    assert [account for _, account, _ in others] == [2, 2, 1]


def test_identifiers_are_named_once_each() -> None:
    found = explained(world_of(200, {"device": [(0, 1)], "ip": [(0, 2, 3, 4)]}), 0)
    assert found.name_identifiers(3).tolist() == [0, 1]
    assert found.name_identifiers(1).tolist() == [0]


def test_given_risks_only_what_leads_to_them_is_evidence() -> None:
    risk = np.zeros(200)
    risk[0] = risk[3] = 1.0
    found = explained(world_of(200, {"device": [(0, 1)], "ip": [(0, 2, 3, 4)]}), 0, risk)
    assert rows(found) == [(0, 0, 1), (1, 3, 1)]


@given(worlds(), st.data())
def test_every_link_named_is_held_and_says_something(world: World, data: st.DataObject) -> None:
    account = data.draw(st.integers(0, world.account_count - 1))
    links = shared_links(world)
    llr, _ = weighed(links)
    found = explained(world, account)
    held = set(zip(links.account.tolist(), links.identifier.tolist(), strict=True))
    named = list(zip(found.account.tolist(), found.identifier.tolist(), strict=True))
    assert set(named) <= held
    assert len(named) == len(set(named))
    assert found.identifier_bits == pytest.approx(llr[found.identifier] / math.log(2))
    assert (found.identifier_bits > 0).all()
    assert (np.diff(found.rank) >= 0).all()
    assert (np.diff(found.hop_count) >= 0).all()
    assert ((found.hop_count == 0) == (found.account == account)).all()


def test_a_path_by_hand() -> None:
    """0 has a device with 1, a phone and a device with 2; 3 has a device with 2, and an ip of six with 1."""
    world = world_of(200, {"device": [(0, 1), (0, 2), (2, 3)], "ip": [(1, 3, 4, 5, 6, 7)], "phone": [(0, 2)]})
    path = traced(world, 0, [3], [1, 2, 3])
    assert path is not None
    assert path.accounts.tolist() == [0, 2, 3]
    device, phone = math.log(199), math.log(0.9 * 199)
    assert path.probability.tolist() == pytest.approx(
        [expit(device + phone - math.log(200)), expit(device - math.log(200))]
    )
    assert path.shares.hop.tolist() == [0, 0, 1]
    assert path.shares.identifier.tolist() == [1, 4, 2]
    assert path.strongest_identifiers().tolist() == [1, 2]
    assert path.path_bits == pytest.approx(device / math.log(2))


def test_of_several_anchors_the_closest_is_reached_and_the_account_is_none() -> None:
    world = world_of(200, {"device": [(0, 1, 2), (0, 3)]})
    path = traced(world, 0, [0, 1, 3, 99], None)
    assert path is not None
    assert path.accounts.tolist() == [0, 3]


@pytest.mark.parametrize("anchors", [[], [0], [5], [150]])
def test_without_a_way_there_is_no_path(anchors: list[int]) -> None:
    world = world_of(200, {"device": [(0, 1), (4, 5)]})
    assert traced(world, 0, anchors, [1, 4, 5]) is None
    assert traced(World(6, ()), 0, anchors, None) is None


@given(worlds(), st.data())
def test_no_path_is_more_probable(world: World, data: st.DataObject) -> None:
    """Against networkx on the projection of the whole world."""
    everybody = list(range(world.account_count))
    account = data.draw(st.sampled_from(everybody))
    anchors = data.draw(st.lists(st.sampled_from(everybody), max_size=3))
    links = shared_links(world)
    network = to_networkx(projected(links, ProjectionParams(keep_probability=1e-12)))
    lengths = nx.single_source_dijkstra_path_length(
        network, account, weight=lambda _a, _b, edge: -math.log(edge["weight"])
    )
    reached = [lengths[anchor] for anchor in anchors if anchor != account and anchor in lengths]
    path = traced(world, account, anchors, everybody)
    if not reached:
        assert path is None
        return
    assert path is not None
    assert path.accounts[0] == account
    assert path.accounts[-1] in anchors
    assert -np.log(path.probability).sum() == pytest.approx(min(reached), abs=1e-6)
    for (one, other), probability in zip(
        pairwise(path.accounts.tolist()), path.probability.tolist(), strict=True
    ):
        assert probability == pytest.approx(network[one][other]["weight"])
    held = set(zip(links.account.tolist(), links.identifier.tolist(), strict=True))
    ends = list(pairwise(path.accounts.tolist()))
    for hop, identifier in zip(path.shares.hop.tolist(), path.shares.identifier.tolist(), strict=True):
        assert {(end, identifier) for end in ends[hop]} <= held
