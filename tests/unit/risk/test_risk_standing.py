"""Against whom nothing should be done automatically, on rings small enough for paper."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import account_graph, shared_links, weighed, world_of

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.family_links import FamilyLinks
from graphrisk.model.derived_kinds import with_derived
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.standing import bar_members, count_cut_off, count_things


def ring_of(size: int) -> CandidateRings:
    return CandidateRings(
        ("RING-A",), np.arange(size), np.array([0, size]), np.zeros(size, dtype=np.int64), np.ones(size),
        np.ones(size), np.ones(size, dtype=bool), np.array([0]),
    )  # fmt: skip


def wide(held: dict[str, list[tuple[int, ...]]], parent: list[int] | None = None) -> FamilyLinks:
    links = shared_links(world_of(40, held))
    above = np.full(links.identifier_count, -1) if parent is None else np.array(parent)
    return FamilyLinks(links, with_derived(BUILT_IN_KINDS), above.astype(np.int32))


def pairs(size: int, *edges: tuple[int, int]):
    return account_graph(size, dict.fromkeys(edges, 0.9))


CLIQUE = pairs(40, (0, 1), (0, 2), (1, 2))


def barred(rings: CandidateRings, links: FamilyLinks, graph=CLIQUE) -> list[str | None]:
    return bar_members(rings, graph, links, weighed(links.links)[0])


def test_nothing_speaks_against_who_shares_two_things_and_was_always_there() -> None:
    assert barred(ring_of(3), wide({"device": [(0, 1, 2), (0, 1, 2)]})) == [None] * 3


def test_who_hangs_by_one_identifier_is_barred() -> None:
    found = barred(ring_of(3), wide({"device": [(0, 1, 2)], "instrument": [(0, 1)]}))
    assert found == [None, None, "held by one identifier alone"]


def test_what_is_shared_with_strangers_alone_holds_nobody() -> None:
    links = wide({"device": [(0, 1), (2, 9)]})
    assert count_things(ring_of(3), links, weighed(links.links)[0]).tolist() == [1, 1, 0]


def test_an_address_and_its_door_are_one_thing() -> None:
    links = wide({"address": [(0, 1), (0, 1, 2)]}, parent=[1, -1])
    assert count_things(ring_of(3), links, weighed(links.links)[0]).tolist() == [1, 1, 1]


def test_the_edge_and_low_confidence_are_reasons() -> None:
    rings = replace(
        ring_of(3), core=np.array([True, False, True]), confidence_share=np.array([1.0, np.nan, 0.5])
    )
    found = barred(rings, wide({"device": [(0, 1, 2), (0, 1, 2)]}))
    assert found == [
        None, "at the edge of the ring", "in the ring in 50% of the times that it was found again",
    ]  # fmt: skip


def test_a_bridge_is_who_alone_ties_two_members_or_more_to_the_rest() -> None:
    # two triangles that meet in 2, and 5 hangs by 0 alone
    graph = pairs(6, (0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (0, 5))
    assert count_cut_off(ring_of(6), graph).tolist() == [1, 0, 2, 0, 0, 0]
    found = barred(ring_of(6), wide({"device": [range(6), range(6)]}), graph)
    assert found == [None, None, "a bridge, without which 2 members fall off", None, None, None]


@given(
    st.integers(2, 4),
    st.lists(
        st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda ends: ends[0] < ends[1]), max_size=24
    ),
)
def test_of_any_rings_each_member_cuts_off_what_a_search_without_it_does_not_reach(
    count: int, edges: list[tuple[int, int]]
) -> None:
    size = 12 // count
    ring = np.arange(size * count) // size
    rings = CandidateRings(
        tuple(f"RING-{at}" for at in range(count)), np.arange(size * count), np.arange(0, 13, size), ring,
        np.ones(12), np.ones(12), np.ones(12, dtype=bool), np.arange(0, 12, size),
    )  # fmt: skip
    world = nx.Graph(edge for edge in edges if ring[edge[0]] == ring[edge[1]])
    world.add_nodes_from(range(12))
    twin = []
    for member in range(12):
        others = nx.node_connected_component(world, member) - {member}
        sizes = [len(part) for part in nx.connected_components(world.subgraph(others))]
        twin.append(sum(sizes) - max(sizes, default=0))
    assert count_cut_off(rings, pairs(12, *edges)).tolist() == twin


def test_no_rings_no_members() -> None:
    none = CandidateRings(
        (), np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0),
        np.empty(0, bool), np.empty(0, np.int64),
    )  # fmt: skip
    assert barred(none, wide({"device": [(0, 1)]})) == []
