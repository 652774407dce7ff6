"""Communities as they are judged: their features by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from small_worlds import World, projected, shared_links, world_of, worlds

from graphrisk.graph.components import Partition, find_components
from graphrisk.graph.projection import AccountGraph
from graphrisk.risk.features import Features
from graphrisk.risk.ring_features import describe_rings
from graphrisk.risk.ring_signals import judge_rings
from graphrisk.workspace.prior_files import read_prior

# Identifier 0 is an address of 0, 1, 2, 5; 1 and 2 are devices, of 0 and 1, and of 3 and 4. Groups: 0 1 2
# and 3 4.
WORLD = world_of(50, {"device": [(0, 1), (3, 4)], "address": [(0, 1, 2, 5)]})
LINKS = shared_links(WORLD, private_count=2)
GROUPS = Partition(np.array([0, 0, 0, 1, 1, *[-1] * 45], dtype=np.int32))
ODDS = np.array([2.0, 1.0, -1.0, -2.0, 0.5, *[0.0] * 45])
HELD = np.array([0.4, 0.9, 0.2])
GRAPH = AccountGraph(
    50, np.array([0, 0, 2], np.int32), np.array([1, 2, 5], np.int32), np.zeros(3), np.array([0.9, 0.3, 0.8])
)


def described() -> Features:
    return describe_rings(GROUPS, LINKS, GRAPH, ODDS, HELD)


def test_members_are_told_by_what_is_thought_of_them() -> None:
    found = described()
    assert found.column("size") == pytest.approx([math.log(3), math.log(2)])
    risk = [expit([2.0, 1.0, -1.0]).mean(), expit([-2.0, 0.5]).mean()]
    assert found.column("risk") == pytest.approx(risk)
    assert found.column("least_odds").tolist() == [-1, -2]
    assert found.column("most_odds").tolist() == [2, 0.5]
    assert found.column("mean_odds") == pytest.approx([2 / 3, -0.75])
    assert found.column("sure_share") == pytest.approx([2 / 3, 1 / 2])


def test_what_two_members_hold_is_told_with_its_holders_outside() -> None:
    found = described()
    assert found.column("things") == pytest.approx([0.4 + 0.9, 0.2])
    assert found.column("surest_thing") == pytest.approx([0.9, 0.2])
    # of the address's four holders one is outside, of the device's two none
    assert found.column("outside_share") == pytest.approx([0.4 * 1 / (0.4 * 4 + 0.9 * 2), 0])
    # distinct things: two shared and six private ones; one and four; a prior of ten
    assert found.column("closeness") == pytest.approx([3 / math.sqrt(8 + 10), 2 / math.sqrt(5 + 10)])
    assert found.column("tightness") == pytest.approx([(0.9 + 0.3) / 3, 0])


def test_what_holds_a_ring_outside_of_it_changes_no_other() -> None:
    other = describe_rings(GROUPS, LINKS, GRAPH, ODDS, np.array([0.4, 0.9, 0.7]))
    assert other.values[0].tobytes() == described().values[0].tobytes()


@settings(max_examples=40)
@given(worlds(), st.integers(0, 10**6))
def test_every_community_of_any_world_is_judged_between_never_and_surely(world: World, seed: int) -> None:
    links, rng = shared_links(world), np.random.default_rng(seed)
    graph = projected(links)
    groups = find_components(graph)
    odds = rng.normal(size=world.account_count)
    found = describe_rings(groups, links, graph, odds, rng.uniform(size=links.identifier_count))
    assert len(found.values) == groups.group_count
    assert np.isfinite(found.values).all()
    score = judge_rings(read_prior(), found).score
    assert ((score > 0) & (score < 1)).all()


@pytest.mark.parametrize("count", [0, 3])
def test_no_community_gives_no_row_and_no_score(count: int) -> None:
    links = shared_links(World(count, ()))
    nobody = Partition(np.full(count, -1, dtype=np.int32))
    found = describe_rings(nobody, links, projected(links), np.zeros(count), np.empty(0))
    assert found.names == described().names
    judged = judge_rings(read_prior(), found)
    assert (len(judged.score), judged.sentences) == (0, [])
    assert judged.names == judge_rings(read_prior(), described()).names
