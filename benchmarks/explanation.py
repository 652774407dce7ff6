"""Edges ranked by how much they explain one transaction, against what people found important: one table.

    python benchmarks/explanation.py DATA_DIR [--draws 10000]

DATA_DIR holds the explanation benchmark of xFraud (explanation_truth.py says what, and how ties are counted).
Means over 41 communities with 95 % intervals by a bootstrap over communities; beside them the difference to
the flow of a personalised PageRank, community by community.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
from baselines import Floats, Ints
from explanation_truth import Community, read_communities, score_ranking

from graphrisk.evaluate.intervals import Estimate, Resampling, Stream, resample_sums
from graphrisk.risk.relevance import Relevance, RelevanceParams, level_values, rank_evidence

DAMPINGS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
PPR_FLOW = "personalised PageRank flow, damping .5"
Method = Callable[[Community], Floats]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--draws", type=int, default=10_000, help="of the bootstrap")
    given = parser.parse_args(arguments)
    communities = read_communities(given.data_dir)
    resampling = Resampling(given.draws, seed=0)
    print_table({name: measure_method(communities, method) for name, method in METHODS.items()}, resampling)
    sweep = {damping: measure_method(communities, follow_walk(damping)) for damping in DAMPINGS}
    print("\ndamping " + " ".join(f"{damping:6.2f}" for damping in DAMPINGS))
    for column, name in enumerate(("P@5", "nDCG@10")):
        print(f"{name:7} " + " ".join(f"{scores[:, column].mean():6.4f}" for scores in sweep.values()))
    left_out = choose_without_each(np.stack(list(sweep.values())))
    print(f"damping chosen on all other communities: P@5 {left_out[0]:.4f}, nDCG@10 {left_out[1]:.4f}")


def measure_method(communities: Sequence[Community], method: Method) -> Floats:
    """(community_count, 2): P@5 and nDCG@10."""
    return np.array([score_ranking(community.importance, method(community)) for community in communities])


def rank_at_random(community: Community) -> Floats:
    """Everything tied: the expectation over all orders."""
    return np.zeros(len(community.importance))


def take_gnn_explainer(community: Community) -> Floats:
    return community.gnn_explainer


def measure_betweenness(community: Community) -> Floats:
    found = nx.edge_betweenness_centrality(to_networkx(community))
    either = {frozenset(ends): value for ends, value in found.items()}
    return np.array([either[frozenset(ends)] for ends in edges_of(community)])


def measure_nearness(community: Community) -> Floats:
    """Minus the distances of both ends; what cannot be reached is farthest."""
    hops = nx.single_source_shortest_path_length(to_networkx(community), community.target)
    far = community.graph.node_count
    return np.array([-hops.get(a, far) - hops.get(b, far) for a, b in edges_of(community)], dtype=np.float64)


def follow_pagerank(community: Community) -> Floats:
    """p_u / d_u + p_v / d_v, to networkx's tolerance of 1e-14 a node."""
    network = to_networkx(community)
    rank = nx.pagerank(network, 0.5, personalization={community.target: 1.0}, tol=1e-14, max_iter=1000)
    return np.array([sum(rank[end] / network.degree(end) for end in ends) for ends in edges_of(community)])


def follow_returning_walk(community: Community) -> Floats:
    """As graphrisk ranks, but by a walk that may turn back: distance, PageRank at the far end, flow."""
    rank = nx.pagerank(
        to_networkx(community), 0.5, personalization={community.target: 1.0}, tol=1e-14, max_iter=1000
    )
    at_far_end = level_values(np.array([rank[node] for node in range(community.graph.node_count)]))
    flow = level_values(follow_pagerank(community))
    return order_by(measure_nearness(community), at_far_end[far_ends(community)], flow)


def follow_walk(damping: float) -> Method:
    def measure(community: Community) -> Floats:
        return -walk(community, damping).edge_rank.astype(np.float64)

    return measure


def follow_weighed_walk(community: Community) -> Floats:
    """Each link weighing what sharing its identifier says in a marketplace of a million accounts, as in the
    product; there nobody lists what only one holds, here it counts as held by two."""
    left, right = community.graph.left, community.graph.right
    degree = np.bincount(np.concatenate((left, right)), minlength=community.graph.node_count)
    holders = degree[np.where(community.identifier[left], left, right)]
    weighed = replace(community.graph, weight=np.log(1e6 / np.maximum(holders - 1, 1)))
    return follow_walk(RelevanceParams().damping)(community._replace(graph=weighed))


def follow_walk_without_distance(community: Community) -> Floats:
    found = walk(community, RelevanceParams().damping)
    arrivals = level_values(found.node_flow)[far_ends(community)]
    return order_by(arrivals, level_values(found.edge_flow))


def walk(community: Community, damping: float) -> Relevance:
    return rank_evidence(community.graph, np.array([community.target]), RelevanceParams(damping))


def far_ends(community: Community) -> Ints:
    """(edge_count,) the end that is farther from the target; here no two ends are equally far."""
    hops = walk(community, 0.0).hop_count
    left, right = community.graph.left, community.graph.right
    return np.where(hops[left] > hops[right], left, right)


def order_by(*keys: Floats | Ints) -> Floats:
    """One score for several: by the first, ties by the next, and so on; higher is higher."""
    table = np.stack([np.asarray(key, dtype=np.int64) for key in keys])
    return np.unique(table, axis=1, return_inverse=True)[1].ravel().astype(np.float64)


def rank_with_hindsight(community: Community) -> Floats:
    """By the mean importance of all edges that colour refinement from the target cannot tell apart. Walks and
    message passing that read nothing but structure tell no more, so none has a better nDCG; and which of the
    orders is the right one, none could know."""
    network = to_networkx(community)
    kinds = {node: str(flag) for node, flag in enumerate(community.identifier.tolist())}
    nx.set_node_attributes(network, kinds | {community.target: "target"}, "kind")
    hashes = nx.weisfeiler_lehman_subgraph_hashes(
        network, node_attr="kind", iterations=community.graph.node_count
    )
    ends = [tuple(sorted(hashes[end][-1] for end in edge)) for edge in edges_of(community)]
    alike = np.unique(np.array(ends), axis=0, return_inverse=True)[1].ravel()
    return np.bincount(alike, weights=community.importance)[alike] / np.bincount(alike)[alike]


METHODS: dict[str, Method] = {
    "random order": rank_at_random,
    "GNNExplainer": take_gnn_explainer,
    "edge betweenness": measure_betweenness,
    "distance to the target": measure_nearness,
    PPR_FLOW: follow_pagerank,
    "graphrisk, walk may turn back": follow_returning_walk,
    "graphrisk, without distance": follow_walk_without_distance,
    "graphrisk, links weighed": follow_weighed_walk,
    "graphrisk": follow_walk(RelevanceParams().damping),
    "hindsight over all that structure tells": rank_with_hindsight,
}


def to_networkx(community: Community) -> nx.Graph:
    network = nx.Graph()
    network.add_nodes_from(range(community.graph.node_count))
    network.add_edges_from(edges_of(community))
    return network


def edges_of(community: Community) -> list[tuple[int, int]]:
    return list(zip(community.graph.left.tolist(), community.graph.right.tolist(), strict=True))


def choose_without_each(sweep: Floats) -> Floats:
    """sweep: (damping_count, community_count, 2). The mean over communities of what the damping that is best
    on all others, by nDCG@10, gives on each."""
    others = sweep.sum(axis=1, keepdims=True) - sweep
    chosen = others[:, :, 1].argmax(axis=0)
    return sweep[chosen, np.arange(sweep.shape[1])].mean(axis=0)


def print_table(scores: dict[str, Floats], resampling: Resampling) -> None:
    width = max(len(name) for name in scores)
    columns = ("P@5", "nDCG@10", "P@5 less PageRank's", "nDCG@10 less PageRank's")
    print(f"{'method':{width}} " + " ".join(f"{name:>26}" for name in columns) + "  better / worse")
    for name, found in scores.items():
        less = found - scores[PPR_FLOW]
        cells = [*estimate_means(found, resampling), *estimate_means(less, resampling)]
        shown = (f"{f'{e.value:.4f} ({e.low:.3f} to {e.high:.3f})':>26}" for e in cells)
        better, worse = int((less[:, 1] > 1e-9).sum()), int((less[:, 1] < -1e-9).sum())
        print(f"{name:{width}} " + " ".join(shown) + f"  {better} / {worse}")


def estimate_means(values: Floats, resampling: Resampling) -> list[Estimate]:
    draws = resample_sums(values, resampling, Stream.TRUTH) / len(values)
    return [Estimate.of(float(mean), drawn) for mean, drawn in zip(values.mean(axis=0), draws.T, strict=True)]


if __name__ == "__main__":
    main()
