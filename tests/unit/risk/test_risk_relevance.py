"""What explains a node: by hand, against networkx, and whatever the order and the names."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.links import Floats
from graphrisk.risk.relevance import (
    EvidenceGraph,
    Longs,
    Relevance,
    RelevanceParams,
    level_values,
    rank_evidence,
)


def graph_of(
    edges: list[tuple[int, int]], node_count: int, weight: list[float] | None = None
) -> EvidenceGraph:
    left, right = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return EvidenceGraph(
        node_count, left, right, np.ones(len(edges)) if weight is None else np.array(weight, dtype=np.float64)
    )


def explain(
    graph: EvidenceGraph, *anchors: int, damping: float = 0.5, prior: Floats | None = None
) -> Relevance:
    return rank_evidence(graph, np.array(anchors, dtype=np.int64), RelevanceParams(damping), prior)


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 9) -> EvidenceGraph:
    node_count = draw(st.integers(2, max_nodes))
    pairs = st.sampled_from(list(combinations(range(node_count), 2)))
    edges = draw(st.lists(pairs, unique=True))
    weight = [draw(st.sampled_from([1.0, 2.0, 0.5, 7.3])) for _ in edges]
    return graph_of(edges, node_count, weight)


def test_a_path_by_hand() -> None:
    # 0 -> 1 surely; 1 -> 2 if the walk goes on
    found = explain(graph_of([(1, 2), (0, 1)], 3), 0)
    assert found.edge_flow.tolist() == [0.5, 1.0]
    assert found.edge_rank.tolist() == [1, 0]
    assert found.node_flow.tolist() == [0.0, 1.0, 0.5]
    assert found.node_rank.tolist() == [0, 1, 2]
    assert found.hop_count.tolist() == [0, 1, 2]


def test_a_triangle_by_hand() -> None:
    # each way round 1/2, 1/4, 1/8, then 1/16 of the same again: 1/2 : (1 - 1/8) = 4/7, then 2/7 and 1/7
    found = explain(graph_of([(0, 1), (1, 2), (2, 0)], 3), 0)
    assert found.edge_flow == pytest.approx([5 / 7, 4 / 7, 5 / 7], abs=1e-15)
    assert found.node_flow == pytest.approx([2 / 7, 6 / 7, 6 / 7], abs=1e-15)
    assert found.edge_rank.tolist() == [0, 1, 0]


def test_past_an_identifier_of_k_holders_each_other_one_gets_its_share() -> None:
    """Account 0 has device 1 (with account 2) and ip 3 (with 4, 5 and 6)."""
    found = explain(graph_of([(0, 1), (2, 1), (0, 3), (4, 3), (5, 3), (6, 3)], 7), 0)
    assert found.node_flow == pytest.approx([0, 1 / 2, 1 / 4, 1 / 2, 1 / 12, 1 / 12, 1 / 12])
    assert found.edge_rank.tolist() == [0, 1, 0, 2, 2, 2]


def test_an_edge_that_tells_more_comes_first() -> None:
    found = explain(graph_of([(0, 1), (0, 2), (1, 3), (2, 4)], 5, [1.0, 3.0, 1.0, 3.0]), 0)
    assert found.node_flow == pytest.approx([0, 1 / 4, 3 / 4, 1 / 8, 3 / 8])
    assert found.edge_rank.tolist() == [1, 0, 3, 2]


def test_an_account_that_shares_two_things_comes_before_one_that_shares_either() -> None:
    """0 and 3 have 1 and 2; 4 has 1, 5 has 2. Both edges of 3 come before those of 4 and 5."""
    found = explain(graph_of([(0, 1), (0, 2), (3, 1), (3, 2), (4, 1), (5, 2)], 6), 0)
    assert found.edge_rank.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.node_rank.tolist() == [0, 1, 1, 2, 3, 3]


def test_what_is_nearer_comes_first_however_little_goes_there() -> None:
    """0 - 1 tells a hundred times less than 0 - 2 - 3."""
    found = explain(graph_of([(0, 1), (0, 2), (2, 3)], 4, [0.01, 1.0, 1.0]), 0, damping=0.9)
    assert found.edge_flow[0] < found.edge_flow[2]
    assert found.edge_rank.tolist() == [1, 0, 2]


def test_an_edge_between_equally_near_nodes_comes_after_those_that_lead_to_them() -> None:
    # the walk arrives at 2 more often than at 1: all who turn to 1 go on to 2, half of the others go on to 3
    found = explain(graph_of([(1, 2), (0, 1), (0, 2), (2, 3)], 4), 0)
    assert found.edge_rank.tolist() == [2, 1, 0, 3]


def test_with_a_prior_only_what_leads_to_it_explains() -> None:
    """0 - 1 - 2 and 0 - 3 - 4, of which 2 is bad: 1/2 of all walks set out to 1, half of them reach 2."""
    graph = graph_of([(0, 1), (1, 2), (0, 3), (3, 4)], 5)
    found = explain(graph, 0, prior=np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
    assert found.edge_flow.tolist() == [0.25, 0.25, 0.0, 0.0]
    assert found.edge_rank.tolist() == [0, 1, 2, 3]
    assert found.node_flow.tolist() == [0.0, 0.25, 0.25, 0.0, 0.0]


@given(graphs(), st.integers(0, 1), st.sampled_from([0.3, 0.85]))
def test_the_walk_is_the_personalised_pagerank_of_networkx_over_directed_edges(
    graph: EvidenceGraph, second_anchor: int, damping: float
) -> None:
    anchors = [0, 1] if second_anchor else [0]
    network = nx.Graph()
    network.add_nodes_from(range(graph.node_count))
    network.add_weighted_edges_from(
        zip(graph.left.tolist(), graph.right.tolist(), graph.weight.tolist(), strict=True)
    )
    start = {
        (a, b): network[a][b]["weight"] / network.degree(a, weight="weight")
        for a in anchors
        for b in network[a]
    }
    found = explain(graph, *anchors, damping=damping)
    if not start:
        assert not found.edge_flow.any()
        return
    arcs = nx.DiGraph()
    for a, b in network.to_directed().edges:
        arcs.add_node((a, b))
        for c in network[b]:
            if c != a:
                arcs.add_edge((a, b), (b, c), weight=network[b][c]["weight"])
    arcs.add_edge("nowhere", "nowhere", weight=1.0)
    rank = nx.pagerank(
        arcs, damping, personalization=start, dangling={"nowhere": 1.0}, tol=1e-14, max_iter=2000
    )
    scale = sum(start.values()) / len(anchors) / (1 - damping)
    expected = [
        scale * (rank[a, b] + rank[b, a])
        for a, b in zip(graph.left.tolist(), graph.right.tolist(), strict=True)
    ]
    assert found.edge_flow == pytest.approx(expected, abs=1e-9)


@given(graphs(), st.sampled_from([0.0, 0.5, 0.95]))
def test_flows_with_a_prior_are_those_of_every_walk_counted(graph: EvidenceGraph, damping: float) -> None:
    """A twin with dense matrices: x from the start, what is met ahead from the end."""
    prior = np.arange(graph.node_count, dtype=np.float64)
    arcs = [*zip(graph.left.tolist(), graph.right.tolist(), graph.weight.tolist(), strict=True)]
    arcs += [(b, a, weight) for a, b, weight in arcs]
    step = np.zeros((len(arcs), len(arcs)))
    for i, (a, b, _) in enumerate(arcs):
        onward = [j for j, (c, d, _) in enumerate(arcs) if c == b and d != a]
        for j in onward:
            step[i, j] = damping * arcs[j][2] / sum(arcs[k][2] for k in onward)
    out = sum(weight for a, _, weight in arcs if a == 0)
    start = np.array([weight / out if a == 0 else 0.0 for a, _, weight in arcs])
    every = np.linalg.inv(np.eye(len(arcs)) - step)
    flow = (start @ every) * (every @ np.array([prior[b] for _, b, _ in arcs]))
    found = explain(graph, 0, damping=damping, prior=prior)
    half = len(arcs) // 2
    assert found.edge_flow == pytest.approx(flow[:half] + flow[half:], abs=1e-9)


@given(graphs(), st.randoms(use_true_random=False), st.booleans())
def test_neither_names_nor_order_rank_anything(
    graph: EvidenceGraph, random: object, with_prior: bool
) -> None:
    count = graph.node_count
    names, order = list(range(count)), list(range(len(graph.left)))
    random.shuffle(names)  # type: ignore[attr-defined]
    random.shuffle(order)  # type: ignore[attr-defined]
    name: Longs = np.array(names, dtype=np.int64)
    turned = np.array([random.random() < 0.5 for _ in order], dtype=bool)  # type: ignore[attr-defined]
    left, right = name[graph.left[order]], name[graph.right[order]]
    other = EvidenceGraph(
        count, np.where(turned, right, left), np.where(turned, left, right), graph.weight[order]
    )
    prior = np.arange(count) / 2.0
    renamed = np.empty(count)
    renamed[name] = prior
    one = explain(graph, 0, prior=prior if with_prior else None)
    two = explain(other, names[0], prior=renamed if with_prior else None)
    assert two.edge_rank.tolist() == one.edge_rank[order].tolist()
    assert two.node_rank[name].tolist() == one.node_rank.tolist()
    assert two.hop_count[name].tolist() == one.hop_count.tolist()
    assert two.edge_flow == pytest.approx(one.edge_flow[order], abs=1e-12)


@given(graphs())
def test_ranks_leave_none_out_and_what_cannot_be_reached_is_last(graph: EvidenceGraph) -> None:
    found = explain(graph, 0)
    for rank, reached in (
        (found.edge_rank, found.hop_count[graph.left] >= 0),
        (found.node_rank, found.hop_count >= 0),
    ):
        assert set(rank.tolist()) == set(range(int(rank.max(initial=-1)) + 1))
        assert rank[reached].max(initial=-1) < rank[~reached].min(initial=len(rank) + 1)
    hops = found.hop_count[graph.left] + found.hop_count[graph.right]
    taken = found.edge_flow > 0
    assert (np.diff(hops[taken][np.argsort(found.edge_rank[taken], kind="stable")]) >= 0).all()


@given(graphs(), st.sampled_from([0.2, 0.9]))
def test_no_more_is_walked_than_set_out(graph: EvidenceGraph, damping: float) -> None:
    assert explain(graph, 0, damping=damping).edge_flow.sum() <= 1 / (1 - damping) + 1e-9


@pytest.mark.parametrize("node_count", [0, 1, 3])
def test_without_edges_there_is_nothing_to_rank(node_count: int) -> None:
    found = explain(graph_of([], node_count), *range(min(node_count, 1)))
    assert found.edge_rank.tolist() == found.edge_flow.tolist() == []
    assert found.hop_count.tolist() == [0, -1, -1][:node_count]
    assert found.node_rank.tolist() == [0, 1, 1][:node_count]


def test_without_an_anchor_nothing_is_relevant() -> None:
    found = explain(graph_of([(0, 1)], 2))
    assert found.edge_flow.tolist() == [0.0]
    assert found.hop_count.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("edges", "weight", "rule"),
    [
        ([(0, 0)], [1.0], "two different ends"),
        ([(0, 1), (1, 0)], [1.0, 1.0], "one edge"),
        ([(0, 3)], [1.0], "0..node_count-1"),
        ([(0, 1)], [0.0], "above 0"),
        ([(0, 1)], [np.inf], "finite"),
        ([(0, 1)], [], "one entry"),
    ],
)
def test_what_is_no_graph_is_refused(edges: list[tuple[int, int]], weight: list[float], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        graph_of(edges, 3, weight)


def test_a_walk_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="damping"):
        RelevanceParams(1.0)


def test_numbers_that_agree_to_nine_digits_are_one_level() -> None:
    assert level_values(np.array([0.1 + 0.2, 0.3, 0.0, 0.3000001])).tolist() == [1, 1, 0, 2]
    assert level_values(np.array([])).tolist() == []
