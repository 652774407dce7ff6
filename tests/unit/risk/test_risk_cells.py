"""Pairs of communities that may be cells of one ring: how they are described, and how they are joined."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from small_worlds import Thing, World, shared_links

from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph
from graphrisk.risk.cells import LEAST_PROBABILITY, CellPairs, describe_cells, join_cells
from graphrisk.risk.features import Features
from graphrisk.workspace.prior_files import read_prior

COUNT = 12


def graph_of(pairs: dict[tuple[int, int], float]) -> AccountGraph:
    ends = np.array(list(pairs), dtype=np.int32).reshape(-1, 2)
    weight = np.array(list(pairs.values()), dtype=np.float64)
    return AccountGraph(COUNT, ends[:, 0], ends[:, 1], np.zeros(len(weight)), weight)


@st.composite
def drawn(
    draw: st.DrawFn,
) -> tuple[Partition, World, dict[tuple[int, int], float], list[float], list[float]]:
    label = draw(st.lists(st.integers(-1, 3), min_size=COUNT, max_size=COUNT))
    chances = st.floats(0.01, 0.99)
    every = list(combinations(range(COUNT), 2))
    pairs = draw(st.dictionaries(st.sampled_from(every), chances, max_size=20))
    holders = st.frozensets(st.integers(0, COUNT - 1), min_size=2, max_size=6)
    things = draw(st.lists(holders, min_size=1, max_size=8, unique=True))
    held = draw(st.lists(chances, min_size=len(things), max_size=len(things)))
    risk = draw(st.lists(chances, min_size=COUNT, max_size=COUNT))
    world = World(COUNT, tuple(Thing("device", each) for each in things))
    return canonical_partition(np.array(label, dtype=np.int64)), world, pairs, risk, held


@given(drawn())
def test_every_number_is_what_it_says_pair_by_pair(
    case: tuple[Partition, World, dict[tuple[int, int], float], list[float], list[float]],
) -> None:
    communities, world, pairs, risk, held = case
    links = shared_links(world)
    odds = np.log(np.array(risk) / (1 - np.array(risk)))
    found = describe_cells(communities, links, graph_of(pairs), odds, np.array(held))
    cells = {
        number: frozenset(np.flatnonzero(communities.label == number).tolist())
        for number in range(communities.group_count)
    }
    tied = {
        (a, b): {
            pair: p for pair, p in pairs.items() if len(cells[a] & {*pair}) == len(cells[b] & {*pair}) == 1
        }
        for a, b in combinations(cells, 2)
    }
    expected = {key: across for key, across in tied.items() if across}
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == sorted(expected)
    things = [
        frozenset(links.account[links.identifier == at].tolist()) for at in range(links.identifier_count)
    ]
    for row, (key, across) in enumerate(sorted(expected.items())):
        small, large = sorted(key, key=lambda number: (len(cells[number]), number))
        value = {name: found.features.column(name)[row] for name in found.features.names}
        tie = sum(across.values())
        assert value["tie"] == pytest.approx(math.log(tie), abs=1e-5)
        assert value["surest_pair"] == pytest.approx(max(across.values()), abs=1e-6)
        assert value["pairs"] == pytest.approx(math.log(len(across)), abs=1e-5)
        assert value["density"] == pytest.approx(
            math.log(tie / (len(cells[small]) * len(cells[large]))), abs=1e-5
        )
        for number, name in ((small, "small"), (large, "large")):
            cell = cells[number]
            out = [p for pair, p in pairs.items() if len(cell & {*pair}) == 1]
            inside = [p for pair, p in pairs.items() if cell >= {*pair}]
            assert value[f"size_{name}"] == pytest.approx(math.log(len(cell)), abs=1e-5)
            assert value[f"tied_{name}"] == pytest.approx(
                len(cell & {at for pair in across for at in pair}) / len(cell), abs=1e-5
            )
            assert value[f"own_{name}"] == pytest.approx(tie / sum(out), abs=1e-5)
            assert value[f"risk_{name}"] == pytest.approx(np.mean([risk[at] for at in cell]), abs=1e-5)
            assert value[f"inner_{name}"] == pytest.approx(sum(inside) / math.comb(len(cell), 2), abs=1e-5)
        both = [at for at, holders in enumerate(things) if holders & cells[small] and holders & cells[large]]
        assert value["things"] == pytest.approx(sum(held[at] for at in both), abs=1e-5)
        assert value["surest_thing"] == pytest.approx(max((held[at] for at in both), default=0), abs=1e-6)
        holders = sum(held[at] * len(things[at]) for at in both)
        outside = sum(held[at] * len(things[at] - cells[small] - cells[large]) for at in both)
        assert value["outside_share"] == pytest.approx(outside / holders if both else 1.0, abs=1e-5)


def test_cells_are_joined_from_a_probability_on_and_by_way_of_others() -> None:
    communities = canonical_partition(np.repeat(np.arange(4), 3))
    pairs = CellPairs(np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3), Features.of({"any": np.zeros(3)}))
    probability = np.array([LEAST_PROBABILITY, 0.9, LEAST_PROBABILITY - 1e-9])
    assert join_cells(communities, pairs, probability).label.tolist() == [0] * 9 + [1] * 3
    assert join_cells(communities, pairs, np.zeros(3)).label.tolist() == communities.label.tolist()


def test_accounts_in_no_community_stay_in_none() -> None:
    communities = Partition(np.array([0, 0, -1, 1, 1, -1], dtype=np.int32))
    pairs = CellPairs(np.array([0]), np.array([1]), np.ones(1), Features.of({"any": np.zeros(1)}))
    assert join_cells(communities, pairs, np.ones(1)).label.tolist() == [0, 0, -1, 0, 0, -1]


def test_the_surest_are_joined_first_and_nothing_grows_beyond_the_greatest_size() -> None:
    communities = canonical_partition(np.repeat(np.arange(4), 3))
    pairs = CellPairs(np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3), Features.of({"any": np.zeros(3)}))
    joined = join_cells(communities, pairs, np.array([0.6, 0.9, 0.7]), 9)
    assert joined.label.tolist() == [0] * 3 + [1] * 9
    assert join_cells(communities, pairs, np.array([0.6, 0.9, 0.7]), 6).label.tolist() == (
        [0] * 3 + [1] * 6 + [2] * 3
    )
    assert join_cells(communities, pairs, np.ones(3), 5).label.tolist() == communities.label.tolist()


def test_where_nothing_ties_communities_there_is_no_pair() -> None:
    world = World(COUNT, (Thing("device", frozenset(range(6))),))
    communities = canonical_partition(np.repeat(np.arange(2), 6))
    found = describe_cells(
        communities, shared_links(world), graph_of({(0, 1): 0.9}), np.zeros(COUNT), np.array([0.5])
    )
    assert len(found.first) == 0
    assert join_cells(communities, found, np.empty(0)).label.tolist() == communities.label.tolist()


def test_nobody_at_all_is_no_error() -> None:
    world = World(COUNT, (Thing("device", frozenset((0, 1))),))
    nobody = canonical_partition(np.full(COUNT, -1))
    found = describe_cells(nobody, shared_links(world), graph_of({(0, 1): 0.9}), np.zeros(COUNT), np.ones(1))
    assert found.features.values.shape == (0, len(read_prior().cells.names))


def test_two_cells_that_tie_each_other_alone_by_most_of_their_members_are_one_ring_to_the_prior() -> None:
    ties = {(at, at + 6): 0.6 for at in range(5)}
    inside = {pair: 0.9 for first in (0, 6) for pair in combinations(range(first, first + 6), 2)}
    things = [Thing("device", frozenset(pair)) for pair in ties]
    links = shared_links(World(COUNT, tuple(things)))
    communities = canonical_partition(np.repeat(np.arange(2), 6))
    sure, held = np.full(COUNT, 3.0), np.full(links.identifier_count, 0.9)

    def probability(graph: AccountGraph, brought: Floats) -> float:
        pairs = describe_cells(communities, links, graph, sure, brought)
        (odds,) = read_prior().cells.predict(pairs.features)
        return float(expit(odds))

    assert probability(graph_of(inside | ties), held) > LEAST_PROBABILITY
    assert probability(graph_of(inside | {(0, 6): 0.02}), held * 0.01) < LEAST_PROBABILITY / 2
