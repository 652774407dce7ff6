"""The baselines do what their names say: a weak opponent would flatter us."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import airdrop_truth
import baselines
from airdrop_truth import AirdropTruth
from baselines import Graph, Links
from processes import run_measured

PAIRS = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 5)), min_size=1)


def links_of(pairs: set[tuple[int, int]]) -> Links:
    account, identifier = np.array(sorted(pairs), dtype=np.int64).T
    return Links(account, identifier, np.full(account.size, "device"), 8, 6)


def communities(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@given(PAIRS)
def test_components_are_those_of_networkx(pairs: set[tuple[int, int]]) -> None:
    graph = nx.Graph([(("a", a), ("i", i)) for a, i in pairs])
    graph.add_nodes_from(("a", a) for a in range(8))
    theirs = {frozenset(n for kind, n in part if kind == "a") for part in nx.connected_components(graph)}
    assert communities(baselines.join_by_identifiers(links_of(pairs))) == theirs


@given(PAIRS)
def test_a_clique_projection_holds_every_pair_that_shares_something_once(pairs: set[tuple[int, int]]) -> None:
    held = [{i for b, i in pairs if b == a} for a in range(8)]
    slow = {(a, b) for a, b in combinations(range(8), 2) if held[a] & held[b]}
    graph = baselines.project_cliques(links_of(pairs))
    assert sorted(zip(graph.left.tolist(), graph.right.tolist(), strict=True)) == sorted(slow)


@given(PAIRS)
def test_pairs_weigh_one_over_the_other_holders_of_each_thing(pairs: set[tuple[int, int]]) -> None:
    holders = [{a for a, i in pairs if i == each} for each in range(6)]
    slow = {
        (a, b): sum(1 / (len(of) - 1) for of in holders if {a, b} <= of) for a, b in combinations(range(8), 2)
    }
    graph = baselines.weigh_cliques(links_of(pairs))
    assert graph.weight is not None
    found = dict(zip(zip(graph.left.tolist(), graph.right.tolist(), strict=True), graph.weight, strict=True))
    assert found == pytest.approx({pair: weight for pair, weight in slow.items() if weight > 0})


def test_degrees_are_told_by_kind() -> None:
    """a and b share an IP, a has one of its own; c has a device."""
    links = Links(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 2]), np.array(["ip"] * 3 + ["device"]), 3, 3)
    device, ip = np.split(baselines.describe_degrees(links), 2, axis=1)
    half = np.log(2) / 2
    np.testing.assert_allclose(ip, [[2, half, 2 * half], [1, 2 * half, 2 * half], [0, np.nan, np.nan]])
    np.testing.assert_allclose(device, [[0, np.nan, np.nan], [0, np.nan, np.nan], [1, 0, 0]])


def boosted_world() -> tuple[Links, np.ndarray]:
    """400 accounts that share a device by four, and what they do, which says nothing of the devices."""
    account = np.arange(400)
    links = Links(account, account // 4, np.full(400, "device"), 400, 100)
    return links, np.random.default_rng(3).normal(size=(400, 2))


def test_the_booster_learns_what_the_bad_do() -> None:
    links, behaviour = boosted_world()
    bad = np.flatnonzero(behaviour[:, 0] > 1.0)
    told = baselines.boost(links, behaviour, bad, seed=1)
    assert told[bad].mean() > 4 * np.delete(told, bad).mean()


def test_the_booster_does_not_learn_an_account_s_own_label() -> None:
    """Labels at random: a score made from the own label would order them perfectly."""
    links, behaviour = boosted_world()
    bad = np.sort(np.random.default_rng(5).permutation(400)[:80])
    told = baselines.boost(links, behaviour, bad, seed=1)
    above = (told[bad][:, None] > np.delete(told, bad)[None, :]).mean()
    assert 0.35 < above < 0.65


def test_the_booster_without_labels_ranks_nobody() -> None:
    links = links_of({(0, 0), (1, 0)})
    assert not baselines.boost(links, np.zeros((8, 1)), np.zeros(0, dtype=np.int64), seed=1).any()


@given(PAIRS)
def test_pagerank_is_that_of_networkx(pairs: set[tuple[int, int]]) -> None:
    """On the accounts that have a link: what becomes of mass without a way out is a matter of taste."""
    graph = nx.Graph([(("a", a), ("i", i)) for a, i in pairs])
    bad = min(a for a, _ in pairs)
    theirs = nx.pagerank(graph, alpha=0.85, personalization={("a", bad): 1.0}, tol=1e-12, max_iter=1000)
    ours = baselines.rank_by_pagerank(links_of(pairs), np.array([bad]))
    for a in {a for a, _ in pairs}:
        assert ours[a] == pytest.approx(theirs["a", a], abs=2e-4)


def test_pagerank_without_a_known_bad_account_ranks_nobody() -> None:
    assert not baselines.rank_by_pagerank(links_of({(0, 0)}), np.zeros(0, dtype=np.int64)).any()


def test_busy_identifiers_and_other_kinds_are_left_out() -> None:
    links = links_of({(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)})
    assert set(baselines.keep_quiet_identifiers(links, 2).identifier.tolist()) == {1}
    assert baselines.keep_quiet_identifiers(links, 9, ("ip",)).account.size == 0


def test_modularity_finds_the_two_halves_of_a_barbell() -> None:
    edges = np.array(sorted(tuple(sorted(e)) for e in nx.barbell_graph(6, 0).edges))
    labels = baselines.split_by_modularity(Graph(edges[:, 0], edges[:, 1], 13), seed=1)
    assert communities(labels) == {frozenset(range(6)), frozenset(range(6, 12)), frozenset({12})}


def test_modularity_is_not_cpm_under_another_name() -> None:
    """34 communities would mean CPM at resolution 1, which igraph runs for some spellings of the
    objective."""
    edges = np.array(nx.karate_club_graph().edges)
    assert len(communities(baselines.split_by_modularity(Graph(edges[:, 0], edges[:, 1], 34), seed=1))) == 4


def test_leiden_of_no_edges_leaves_everybody_alone() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert len(communities(baselines.split_by_cpm(Graph(nothing, nothing, 3), 0.05, seed=1))) == 3


def airdrop() -> AirdropTruth:
    """Rings r1 = abcd, r2 = de (reported, shares d), r3 = fgh (reviewed and kept); i and j in none."""
    rings = {"r1": "abcd", "r2": "de", "r3": "fgh"}
    members = pd.DataFrame(
        [(r, a) for r, ring in rings.items() for a in ring], columns=["ring_id", "account_id"]
    )
    index = pd.DataFrame(
        {
            "source": ["team_component", "community_report", "team_component"],
            "is_ring": [1, 1, 0],
            "n_accounts": [4, 2, 3],
        },
        index=pd.Index(list(rings), name="ring_id"),
    )
    eliminated = pd.Series([int(a in "abcde") for a in "abcdefghij"], index=list("abcdefghij"))
    return AirdropTruth(pd.Index(list("abcdefghijxyz")), eliminated, members, index)


def found(**rings: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(r, a) for r, ring in rings.items() for a in ring], columns=["ring_id", "account_id"]
    )


def test_airdrop_rings_are_hit_at_half_jaccard_and_strangers_do_not_count() -> None:
    """p: abc + x y, of abcd 3/6. q: fgh, a false alarm. The wallet ? is no candidate and is left out of p."""
    score = airdrop_truth.score_against(
        airdrop(), pd.Series({"a": 1.0, "f": 0.5}), found(p="abcxy?", q="fgh", s="e")
    )
    assert (score["rings"], score["rings_hit"], score["rings_hit_team"]) == (2, 2, 1)
    assert (score["false_alarms"], score["false_alarms_hit"]) == (1, 1)
    assert score["rings_hit_in_half"] == 2
    assert score["wallets_in_rings"] == 6
    assert score["wallets_in_rings_kept"] == 3


def test_airdrop_wallets_without_a_risk_rank_last() -> None:
    """a above all, f second, the other eight tied: AUC = (5 + 4 * 4 / 2 ... ) by hand: a beats 5, four
    bad tie with 4 and lose to f, so (5 + 4 * 4 * 0.5) / 25."""
    score = airdrop_truth.score_against(airdrop(), pd.Series({"a": 1.0, "f": 0.5}), found(p="abc"))
    assert score["auc"] == pytest.approx((5 + 4 * 4 * 0.5) / 25)


@given(st.integers(0, 10_000))
def test_no_airdrop_ring_is_on_both_sides_of_a_split(seed: int) -> None:
    truth = airdrop()
    known, hidden = airdrop_truth.split_components(truth, seed)
    assert sorted([*known, *hidden]) == list("abcdefghij")
    for together in ("abcde", "fgh"):
        assert len({wallet in known for wallet in together}) == 1


def test_a_ring_counts_only_where_all_its_members_are_judged() -> None:
    score = airdrop_truth.score_against(
        airdrop(), pd.Series(dtype=float), found(p="abcd"), pd.Index(list("abcf"))
    )
    assert (score["rings"], score["wallets"]) == (0, 4)


def test_a_process_is_measured_from_outside() -> None:
    small = run_measured([sys.executable, "-c", "pass"])
    big = run_measured([sys.executable, "-c", "b = bytearray(200_000_000); sum(range(10**6))"])
    assert big.peak_bytes - small.peak_bytes > 150_000_000
    assert 0 < big.cpu_seconds <= big.wall_seconds * 8
    assert small.then(big).peak_bytes == big.peak_bytes


def test_a_process_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        run_measured([sys.executable, "-c", "raise SystemExit(3)"])
