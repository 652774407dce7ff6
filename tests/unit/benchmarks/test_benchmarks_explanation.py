"""The explanation benchmark: how rankings are scored, and the aims that the product is held to."""

from __future__ import annotations

import os
import sys
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import explanation
from explanation_truth import Community, read_communities, score_ranking

from graphrisk.risk.relevance import EvidenceGraph

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("GRAPHRISK_DATA", ROOT.parent / "shared" / "data")) / "explanation_benchmark"


def precision_at_5(importance: list[float]) -> float:
    """Of one order without ties."""
    greatest = max(importance)
    return sum(value == greatest for value in importance[:5]) / min(5, importance.count(greatest))


def ndcg_at_10(importance: list[float]) -> float:
    gains = [sum(value / np.log2(at + 2) for at, value in enumerate(order[:10])) for order in
             (importance, sorted(importance, reverse=True))]  # fmt: skip
    return float(gains[0] / gains[1])


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.0]), st.integers(0, 2)), min_size=2, max_size=6))
def test_a_score_is_the_mean_over_every_order_of_what_is_tied(edges: list[tuple[float, int]]) -> None:
    if not any(value for value, _ in edges):
        return
    importance, scores = (np.array(column, dtype=np.float64) for column in zip(*edges, strict=True))
    orders = [
        [edges[at][0] for at in order]
        for order in permutations(range(len(edges)))
        if all(edges[a][1] >= edges[b][1] for a, b in pairwise(order))
    ]
    precision, ndcg = score_ranking(importance, scores)
    assert precision == pytest.approx(np.mean([precision_at_5(order) for order in orders]))
    assert ndcg == pytest.approx(np.mean([ndcg_at_10(order) for order in orders]))


def test_a_folder_is_read_into_communities(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(
        "node_id,community_id,node_type_mask,label,is_target\n5,0,link,1,0\n3,0,entity_1,0,0\n4,0,link,0,1\n"
        "0,1,link,0,1\n1,1,node,0,0\n"
    )
    (tmp_path / "edges.csv").write_text(
        ",src,dst,id,edge_importance,edge_weight\n0,3,5,0,1.5,0.1\n1,4,3,0,2.0,0.2\n2,0,1,1,1.0,0.3\n"
    )
    first, second = read_communities(tmp_path)
    assert (first.graph.left.tolist(), first.graph.right.tolist()) == ([1, 2], [0, 1])
    assert first.target == 2
    assert first.identifier.tolist() == [False, True, False]
    assert first.importance.tolist() == [1.5, 2.0]
    assert second.gnn_explainer.tolist() == [0.3]


def test_every_method_that_knows_the_target_ranks_a_chain_from_it() -> None:
    chain = EvidenceGraph(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3))
    community = Community(
        chain, np.array([False, True, False, True]), 0, np.array([2.0, 1.0, 0.0]), np.zeros(3)
    )
    anchored = set(explanation.METHODS) - {
        "random order",
        "GNNExplainer",
        "edge betweenness",
    }  # these are not
    for name in anchored:
        assert (np.diff(explanation.METHODS[name](community)) < 0).all(), name
    assert explanation.METHODS["edge betweenness"](community).argmax() == 1


def test_a_damping_is_not_chosen_by_the_community_that_it_is_scored_on() -> None:
    # Of three dampings the first is best on community 0 only, the second on 1 and 2.
    ndcg = np.array([[1.0, 0.0, 0.0], [0.5, 0.9, 0.9], [0.0, 0.1, 0.1]])
    found = explanation.choose_without_each(np.stack([ndcg, ndcg], axis=2))
    assert found.tolist() == pytest.approx([(0.5 + 0.9 + 0.9) / 3] * 2)


@pytest.mark.real_data
def test_the_aims_are_reached_on_the_public_benchmark() -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here; GRAPHRISK_DATA says where the data is")
    communities = read_communities(DATA)
    assert len(communities) == 41

    def mean(name: str) -> list[float]:
        return explanation.measure_method(communities, explanation.METHODS[name]).mean(axis=0).tolist()

    precision, ndcg = mean("graphrisk")
    assert precision >= 0.75
    assert ndcg >= 0.915
    assert mean(explanation.PPR_FLOW) == pytest.approx([0.752, 0.914], abs=6e-4)
    assert mean("GNNExplainer") == pytest.approx([0.175, 0.519], abs=6e-4)
