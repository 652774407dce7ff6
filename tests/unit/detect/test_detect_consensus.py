"""How sure a partition is of its members."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from small_worlds import account_graph, weighted_graphs

from graphrisk.detect.consensus import (
    ConsensusParams,
    confirm_members,
    repeat_partition,
    support_members,
)
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import CandidateRings, RingParams, gather_rings
from graphrisk.graph.components import Partition, find_components
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph

IDS = [f"acc-{position:02d}" for position in range(40)]
LEIDEN = LeidenParams(0.1)


def find(among: AccountGraph, accounts: NDArray[np.int64]) -> Callable[[LeidenParams], Partition]:
    names = [IDS[at] for at in accounts.tolist()]
    return lambda leiden: find_communities(among, names, leiden)


def repeated(graph: AccountGraph, params: ConsensusParams | None = None) -> NDArray[np.int32]:
    again = find(graph, np.arange(graph.account_count))
    return repeat_partition(again, LEIDEN, params or ConsensusParams())


def rings_of(graph: AccountGraph) -> CandidateRings:
    communities = find_communities(graph, IDS[: graph.account_count], LEIDEN)
    return gather_rings(communities, np.zeros(communities.group_count), graph, IDS, RingParams())


def confirmed(graph: AccountGraph, rings: CandidateRings, params: ConsensusParams | None = None) -> Floats:
    score = np.linspace(0.9, 0.5, rings.ring_count)
    return confirm_members(rings, score, graph, find, LEIDEN, params or ConsensusParams())


def clique(members: range, weight: float = 0.5) -> dict[tuple[int, int], float]:
    return dict.fromkeys(combinations(members, 2), weight)


def runs_of(*runs: list[int]) -> NDArray[np.int32]:
    return np.array(runs, dtype=np.int32)


def test_confidence_is_the_share_of_runs_with_the_body_of_the_ring() -> None:
    # account 3 is with the other three in one run of four, alone in one, with a stranger in two
    runs = runs_of([0, 0, 0, 0, -1], [0, 0, 0, -1, -1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1])
    assert support_members(runs, np.array([0, 0, 0, 0, -1])).tolist() == [1.0, 1.0, 1.0, 0.25, 0.0]


def test_a_ring_that_falls_into_single_accounts_has_no_body() -> None:
    assert support_members(runs_of([0, 0], [-1, -1]), np.array([0, 0])).tolist() == [0.5, 0.5]


def test_of_bodies_equally_large_the_first_counts() -> None:
    assert support_members(runs_of([1, 1, 0, 0]), np.array([0, 0, 0, 0])).tolist() == [0, 0, 1, 1]


def test_two_cliques_are_sure_and_what_hangs_by_a_thread_between_them_is_not() -> None:
    thread = {(0, 8): 0.2, (1, 8): 0.2, (4, 8): 0.2, (5, 8): 0.2}
    graph = account_graph(9, clique(range(4)) | clique(range(4, 8)) | thread)
    rings = rings_of(graph)
    found = dict(zip(rings.members.tolist(), confirmed(graph, rings).tolist(), strict=True))
    assert {found[at] for at in range(8)} == {1.0}
    assert found[8] < 1


def test_who_is_not_with_the_ring_in_every_run_is_fringe_however_close() -> None:
    graph = account_graph(4, clique(range(4)))
    rings = rings_of(graph)
    assert rings.confirmed(np.array([1.0, 1.0, 0.875, np.nan])).core.tolist() == [True, True, False, True]
    # paths end at the centre, whatever the runs say of it
    assert rings.confirmed(np.zeros(4)).core.tolist() == [True, False, False, False]


def test_beyond_the_most_edges_only_the_best_rings_are_asked() -> None:
    graph = account_graph(8, clique(range(4)) | clique(range(4, 8)))
    rings = rings_of(graph)
    few = confirmed(graph, rings, ConsensusParams(most_edges=6))
    assert few[:4].tolist() == [1.0] * 4
    assert np.isnan(few[4:]).all()
    assert np.isnan(confirmed(graph, rings, ConsensusParams(most_edges=5))).all()


def test_the_more_edges_there_are_the_fewer_are_the_runs_and_two_the_least() -> None:
    params = ConsensusParams(run_count=8, enough_edges=100)
    assert [params.limited_to(count).run_count for count in (0, 12, 20, 50, 5000)] == [8, 8, 5, 2, 2]


def test_one_run_without_spread_is_the_partition_itself() -> None:
    graph = account_graph(5, clique(range(4)))
    communities = find_communities(graph, IDS[:5], LEIDEN)
    assert repeated(graph, ConsensusParams(run_count=1)).tolist() == [communities.label.tolist()]


@given(weighted_graphs())
def test_confidence_is_a_share_of_the_runs_and_the_same_every_time(graph: AccountGraph) -> None:
    rings = rings_of(graph)
    found = confirmed(graph, rings)
    assert found.tobytes() == confirmed(graph, rings).tobytes()
    assert set((found * 8).tolist()) <= set(range(9))


@given(weighted_graphs())
def test_a_slow_count_agrees(graph: AccountGraph) -> None:
    ring = find_components(graph).label.astype(np.int64)
    runs = repeated(graph)
    found = support_members(runs, ring)
    for account, own in enumerate(ring.tolist()):
        together = 0
        for run in runs:
            there = [label for label in run[ring == own].tolist() if label >= 0] if own >= 0 else []
            most = max((there.count(label) for label in there), default=0)
            body = min((label for label in there if there.count(label) == most), default=-1)
            together += most >= 2 and int(run[account]) == body
        assert found[account] == pytest.approx(together / len(runs))


def test_without_accounts_or_edges_nobody_is_asked() -> None:
    for count in (0, 3):
        graph = account_graph(count, {})
        assert confirmed(graph, rings_of(graph)).tolist() == []
        assert support_members(repeated(graph), np.full(count, -1)).tolist() == [0.0] * count
