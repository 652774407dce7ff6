"""Communities around one transaction each, how important people found what, and how rankings are scored.

The explanation benchmark of xFraud (Rao et al., doi:10.14778/3494124.3494128): 41 communities of transactions
and what they were made with, looked at by up to five annotators. An edge's importance is the mean over them
of that of its ends. The label of a node is never read, and its importance only to score.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from baselines import Floats
from numpy.typing import NDArray
from sklearn.metrics import ndcg_score  # type: ignore[import-untyped]

from graphrisk.evaluate.metrics import take_top
from graphrisk.risk.relevance import EvidenceGraph, level_values

TOP, DEEP = 5, 10
TRANSACTION = "link"


class Community(NamedTuple):
    """graph: unweighted. identifier: (node_count,) bool, else a transaction. target: the node to be
    explained. importance: (edge_count,) in 0..2. gnn_explainer: (edge_count,) the answer that came with the
    data."""

    graph: EvidenceGraph
    identifier: NDArray[np.bool_]
    target: int
    importance: Floats
    gnn_explainer: Floats


def read_communities(data_dir: str | Path) -> list[Community]:
    """In the order of their numbers."""
    folder = Path(data_dir)
    nodes = pd.read_csv(
        folder / "nodes.csv", usecols=["node_id", "community_id", "node_type_mask", "is_target"]
    )
    edges = pd.read_csv(folder / "edges.csv", usecols=["src", "dst", "id", "edge_importance", "edge_weight"])
    return [
        _read_community(of_community, edges[edges["id"] == number])
        for number, of_community in nodes.groupby("community_id")
    ]


def _read_community(nodes: pd.DataFrame, edges: pd.DataFrame) -> Community:
    ids = pd.Index(nodes["node_id"])
    left, right = (ids.get_indexer(pd.Index(edges[end])).astype(np.int64) for end in ("src", "dst"))
    (target,) = np.flatnonzero(nodes["is_target"].to_numpy())
    return Community(
        EvidenceGraph(len(ids), left, right, np.ones(len(edges))),
        nodes["node_type_mask"].to_numpy() != TRANSACTION,
        int(target),
        edges["edge_importance"].to_numpy(np.float64),
        edges["edge_weight"].to_numpy(np.float64),
    )


def score_ranking(importance: Floats, scores: Floats) -> tuple[float, float]:
    """P@5 and nDCG@10 of edges ranked by falling score.

    P@5: how many of the first five have the greatest importance of the community, over min(5, how many have
    it). nDCG@10: importances as gains. Edges whose scores agree to 1e-9 are tied, and both are the mean over
    every order of what is tied, so that the order of the file counts for nothing.
    """
    levels = level_values(scores).astype(np.float64)
    best = importance == importance.max()
    taken = min(TOP, len(importance))
    precision = take_top(levels, best, np.ones((1, len(levels))), TOP)[0]
    return (
        float(precision * taken / min(TOP, int(best.sum()))),
        float(ndcg_score(importance[None, :], levels[None, :], k=DEEP, ignore_ties=False)),
    )
