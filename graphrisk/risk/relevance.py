"""Which edges and nodes of a small graph explain a node of it: by distance, then by a walk that starts there.

The walk is that of a personalised PageRank, but never turns back: it starts at an anchor, takes an edge with
a chance proportional to its weight, and goes on with probability `damping` over any edge but the one it came
by. Over a directed edge (u, v), s_u being the weights at u summed, it is expected to go

    x(u, v) = start(u, v) + damping * w(u, v) * sum over edges (t, u), t != v, of x(t, u) / (s_u - w(t, u))

times. Past an identifier of k holders each of the others thus gets 1 / (k - 1), as in graph/weights.py; a
plain walk falls back to where it was and counts that as an arrival, which favours hubs (Arrigo, Higham and
Noferini, J. Sci. Comput. 80, 2019, 1419-1437). The sum over walks of every length is cut where what is left
is below 1e-16 of what started, and so exact but for rounding.

An edge is as relevant as the node that it leads to, the farther of its ends: nearer nodes first, among the
equally near those at which the walk arrives more often, among the edges to one node those that the walk
takes more often. What the walk never takes comes last. Numbers that agree to 1e-9 are equal, so that neither
rounding nor the order in which edges are given ranks anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.graph.links import Floats

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LEFT_OVER = 1e-16
_AGREE = 1e-9
_DEAD_END = 1e-12  # of the weight at a node: an onward weight below it is rounding


@dataclass(frozen=True, slots=True)
class EvidenceGraph:
    """Nodes 0..node_count-1 of any kinds and undirected edges between them, in any order.

    left, right: [E], the ends of each edge; no loops, no pair twice. weight: [E], above 0, how telling each
    is (an edge that says nothing is left out). Raises ValueError for anything else.
    """

    node_count: int
    left: Longs
    right: Longs
    weight: Floats

    def __post_init__(self) -> None:
        ends = np.stack([self.left, self.right])
        inside = ends.size == 0 or (int(ends.min()) >= 0 and int(ends.max()) < self.node_count)
        allowed = {
            "left, right and weight have one entry for each edge": self.weight.shape == self.left.shape,
            "ends lie in 0..node_count-1": inside,
            "an edge has two different ends": bool((self.left != self.right).all()),
            "a pair of nodes has one edge": np.unique(np.sort(ends, axis=0), axis=1).shape == ends.shape,
            "weights are finite and above 0": bool(((self.weight > 0) & np.isfinite(self.weight)).all()),
        }
        for rule, holds in allowed.items():
            if not holds:
                raise ValueError(rule)


@dataclass(frozen=True, slots=True)
class RelevanceParams:
    """damping: in [0, 1), the probability that the walk goes on after a step. It hardly matters up to .85
    (docs/results.md)."""

    damping: float = 0.5

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not 0 <= self.damping < 1:
            raise ValueError("damping lies in [0, 1)")


@dataclass(frozen=True, slots=True)
class Relevance:
    """edge_rank: [E], 0 for the most relevant; edges that tie have the same, and no rank is left out.
    edge_flow: [E], how often the walk takes the edge, in either direction; with a prior, the prior that
    it meets from there on. node_rank: [n], likewise; the anchors come first. node_flow: [n], arrivals.
    hop_count: [n], edges to the nearest anchor, -1 where there is no way."""

    edge_rank: Longs
    edge_flow: Floats
    node_rank: Longs
    node_flow: Floats
    hop_count: Longs


def rank_evidence(
    graph: EvidenceGraph, anchors: Longs, params: RelevanceParams, prior: Floats | None = None
) -> Relevance:
    """anchors: [A], distinct nodes to be explained; the walk starts at each equally often.

    prior: [n], at least 0, what each node is worth arriving at, say a risk known beforehand. An edge's flow
    is then the prior that walks meet once they have taken it, a node's what they meet there and beyond: what
    leads to nothing explains nothing. None: every arrival counts the same, whatever lies behind it.
    """
    arcs = _Arcs.of(graph)
    passed = _sum_walks(arcs, arcs.starts_at(anchors), params.damping)
    if prior is not None:
        passed = passed * _sum_prior_ahead(arcs, prior, params.damping)
    edge_flow = passed[: len(graph.left)] + passed[len(graph.left) :]
    node_flow = np.bincount(arcs.head, weights=passed, minlength=graph.node_count).astype(np.float64)
    hop_count = _count_hops(graph, anchors)
    return Relevance(
        edge_rank=_rank_edges(graph, hop_count, node_flow, edge_flow), edge_flow=edge_flow,
        node_rank=_rank((node_flow == 0) & (hop_count != 0), hop_count, -level_values(node_flow)),
        node_flow=node_flow, hop_count=hop_count,
    )  # fmt: skip


def level_values(values: Floats) -> Longs:
    """[n] the position of each value among the distinct ones, 0 for the least; neighbours that agree to 1e-9
    are one."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    rises = np.diff(ordered) > _AGREE * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    level = np.empty(len(values), dtype=np.int64)
    level[order] = np.concatenate((np.zeros(min(len(values), 1), np.int64), np.cumsum(rises)))
    return level


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Every edge in both directions: arc e and arc E + e are each other's reverse.

    tail, head, weight: [2E]. onward: [2E], the weight that the head has besides, infinite where it has none:
    the walk ends there."""

    node_count: int
    tail: Longs
    head: Longs
    weight: Floats
    onward: Floats

    @classmethod
    def of(cls, graph: EvidenceGraph) -> _Arcs:
        tail, head = np.concatenate((graph.left, graph.right)), np.concatenate((graph.right, graph.left))
        weight = np.concatenate((graph.weight, graph.weight))
        strength = np.bincount(tail, weights=weight, minlength=graph.node_count).astype(np.float64)
        onward = strength[head] - weight
        onward[onward <= _DEAD_END * strength[head]] = np.inf
        return cls(graph.node_count, tail, head, weight, onward)

    def starts_at(self, anchors: Longs) -> Floats:
        """[2E] the walk's first step. An anchor without an edge starts nothing."""
        strength = np.bincount(self.tail, weights=self.weight, minlength=self.node_count)
        chosen = np.zeros(self.node_count, dtype=bool)
        chosen[anchors] = True
        first = np.where(chosen[self.tail], self.weight / strength[self.tail], 0.0)
        return np.asarray(first / max(len(anchors), 1), dtype=np.float64)

    def reverse(self, values: Floats) -> Floats:
        """[2E] what each arc's reverse has."""
        return np.asarray(np.roll(values, len(values) // 2), dtype=np.float64)

    def step(self, passed: Floats) -> Floats:
        """[2E] where walks that have just passed each arc go next."""
        share = passed / self.onward
        into = np.bincount(self.head, weights=share, minlength=self.node_count)
        return np.asarray(
            self.weight * np.maximum(into[self.tail] - self.reverse(share), 0.0), dtype=np.float64
        )

    def step_back(self, ahead: Floats) -> Floats:
        """[2E] the mean of `ahead` over the arcs that may follow each arc."""
        weighted = self.weight * ahead
        out_of = np.bincount(self.tail, weights=weighted, minlength=self.node_count)
        return np.asarray(
            np.maximum(out_of[self.head] - self.reverse(weighted), 0.0) / self.onward, dtype=np.float64
        )


def _sum_walks(arcs: _Arcs, start: Floats, damping: float) -> Floats:
    total, current = start.copy(), start
    for _ in range(_step_count(damping)):
        current = damping * arcs.step(current)
        total += current
    return total


def _sum_prior_ahead(arcs: _Arcs, prior: Floats, damping: float) -> Floats:
    """[2E] the prior that a walk meets that has just passed each arc, its head's included."""
    current = prior[arcs.head].astype(np.float64)
    total = current.copy()
    for _ in range(_step_count(damping)):
        current = damping * arcs.step_back(current)
        total += current
    return total


def _step_count(damping: float) -> int:
    """Steps after which damping^t / (1 - damping) is below what may be left over."""
    if damping == 0:
        return 0
    return int(np.ceil(np.log(_LEFT_OVER * (1 - damping)) / np.log(damping)))


def _count_hops(graph: EvidenceGraph, anchors: Longs) -> Longs:
    if len(anchors) == 0 or graph.node_count == 0:
        return np.full(graph.node_count, -1, dtype=np.int64)
    shape = (graph.node_count, graph.node_count)
    there = sparse.coo_array((np.ones(len(graph.left)), (graph.left, graph.right)), shape=shape).tocsr()
    hops = csgraph.dijkstra(there, directed=False, indices=anchors, unweighted=True, min_only=True)
    return np.where(np.isfinite(hops), hops, -1).astype(np.int64)


def _rank_edges(graph: EvidenceGraph, hop_count: Longs, node_flow: Floats, edge_flow: Floats) -> Longs:
    """An edge inside of one distance leads to whichever of its ends is reached less."""
    left_hops, right_hops = hop_count[graph.left], hop_count[graph.right]
    level = level_values(node_flow)
    left, right = level[graph.left], level[graph.right]
    at_far_end = np.where(left_hops > right_hops, left, right)
    at_far_end = np.where(left_hops == right_hops, np.minimum(left, right), at_far_end)
    return _rank(edge_flow == 0, left_hops + right_hops, -at_far_end, -level_values(edge_flow))


def _rank(*keys: Longs | Bools) -> Longs:
    """Dense ranks by the first key, ties by the next, and so on; the least first."""
    table = np.stack([key.astype(np.int64) for key in keys])
    if table.shape[1] == 0:
        return np.empty(0, dtype=np.int64)
    return np.unique(table, axis=1, return_inverse=True)[1].ravel().astype(np.int64)
