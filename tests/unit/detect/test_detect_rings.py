"""Candidate rings: core, fringe, centre and names."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from small_worlds import account_graph

from graphrisk.detect import rings
from graphrisk.detect.rings import CandidateRings, RingParams, gather_rings
from graphrisk.graph.components import find_components
from graphrisk.graph.projection import AccountGraph

LETTERS = list("abcdefghijklmnopqrstuvwxyz")


def rings_of(graph: AccountGraph, ids: list[str], params: RingParams | None = None) -> CandidateRings:
    """Every component as a community, with points enough for all."""
    communities = find_components(graph)
    return gather_rings(
        communities, np.zeros(communities.group_count), graph, ids, params or RingParams(min_points=-1.0)
    )


def clique(members: range, weight: float) -> dict[tuple[int, int], float]:
    return dict.fromkeys(combinations(members, 2), weight)


def test_who_is_held_by_less_than_half_of_what_holds_the_ring_is_fringe() -> None:
    # a, b, c: a triangle of .6; d hangs on a by .2. Mean probability to the three others:
    # a (.6 + .6 + .2) / 3 = .467, b and c 1.2 / 3 = .4, d .2 / 3 = .067; of the ring .333, half of it .167
    found = rings_of(account_graph(4, clique(range(3), 0.6) | {(0, 3): 0.2}), LETTERS)
    assert found.closeness_share.tolist() == pytest.approx([1.4 / 3, 0.4, 0.4, 0.2 / 3])
    assert found.core.tolist() == [True, True, True, False]
    assert found.members[found.centre].tolist() == [0]


def test_who_is_held_by_just_half_is_core() -> None:
    # a triangle and a pendant of equal weight w: the pendant has w / 3, the ring's mean is 2 w / 3
    just_half = account_graph(4, clique(range(3), 0.5) | {(0, 3): 0.5})
    assert rings_of(just_half, LETTERS).core.tolist() == [True, True, True, True]
    less = account_graph(4, clique(range(3), 0.5) | {(0, 3): 0.49})
    assert rings_of(less, LETTERS).core.tolist() == [True, True, True, False]


def test_every_ring_has_a_core_and_its_centre_is_in_it() -> None:
    weights = {(0, 1): 0.02, (1, 2): 0.9, (2, 3): 0.02, (4, 5): 0.1, (5, 6): 0.1}
    found = rings_of(account_graph(7, weights), LETTERS)
    assert found.ring_count == 2
    assert found.core[found.centre].all()
    assert found.ring[found.centre].tolist() == [0, 1]


def test_the_first_of_equals_is_the_centre() -> None:
    found = rings_of(account_graph(6, clique(range(3), 0.5) | clique(range(3, 6), 0.5)), LETTERS)
    assert found.members[found.centre].tolist() == [0, 3]


def test_small_communities_are_not_named() -> None:
    graph = account_graph(9, clique(range(2), 0.5) | clique(range(2, 5), 0.5) | clique(range(5, 9), 0.5))
    assert rings_of(graph, LETTERS).sizes().tolist() == [3, 4]
    assert rings_of(graph, LETTERS, RingParams(min_size=4, min_points=-1)).members.tolist() == [5, 6, 7, 8]
    assert rings_of(graph, LETTERS, RingParams(min_size=2, min_points=-1)).ring_count == 3


def test_communities_whose_signals_do_not_speak_for_them_are_not_named() -> None:
    graph = account_graph(6, clique(range(3), 0.5) | clique(range(3, 6), 0.5))
    points = np.array([-0.7, -0.6, 99.0])  # a third group: an account alone
    found = gather_rings(find_components(graph), points, graph, LETTERS, RingParams(min_points=-0.6))
    assert found.members.tolist() == [3, 4, 5]


def test_only_edges_inside_a_ring_hold_it() -> None:
    communities = find_components(account_graph(6, clique(range(3), 0.5) | clique(range(3, 6), 0.5)))
    joined = account_graph(6, clique(range(3), 0.5) | clique(range(3, 6), 0.5) | {(2, 3): 0.9})
    found = gather_rings(communities, np.zeros(2), joined, LETTERS, RingParams())
    assert found.closeness_share.tolist() == [0.5] * 6


def test_a_name_depends_on_the_members_alone() -> None:
    small = rings_of(account_graph(3, clique(range(3), 0.5)), ["x", "y", "z"])
    # the same three accounts elsewhere, otherwise linked, beside another ring
    other = account_graph(8, clique(range(4), 0.5) | {(5, 6): 0.3, (6, 7): 0.1})
    large = rings_of(other, ["a", "b", "c", "d", "e", "x", "y", "z"])
    assert large.names[1] == small.names[0]
    assert large.names[0] != small.names[0]
    assert small.names[0].startswith("RING-")


@pytest.mark.parametrize("names", [(["ab", "c"], ["a", "bc"]), (["a", "b"], ["a", "b", "c"])])
def test_other_members_another_name(names: tuple[list[str], list[str]]) -> None:
    first, second = rings._names(names)
    assert first != second


def test_the_order_of_members_is_no_part_of_the_name() -> None:
    assert rings._names([["b", "a"]]) == rings._names([["a", "b"]])


def test_names_that_begin_alike_get_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [[f"{number}-a", f"{number}-b"] for number in range(200)]
    usual = rings._names(groups)
    assert {len(name) for name in usual} == {len("RING-") + 10}
    monkeypatch.setattr(rings, "_NAME_CHARS", 1)  # 32 letters for 200 names
    longer = rings._names(groups)
    assert len(set(longer)) == 200
    assert len(longer[0]) > len("RING-") + 1
    assert all(name.startswith(short) for name, short in zip(usual, longer, strict=True))


def test_names_survive_ids_that_are_no_valid_text() -> None:
    assert len(set(rings._names([["\ud800", "a"], ["\x00", "a"], ["", "a"]]))) == 3


def test_without_communities_there_are_no_rings() -> None:
    for count in (0, 1, 4):
        found = rings_of(account_graph(count, {}), LETTERS[:count])
        assert (found.ring_count, found.names, found.members.tolist()) == (0, (), [])
        assert found.starts.tolist() == [0]
        assert found.centre.tolist() == []
