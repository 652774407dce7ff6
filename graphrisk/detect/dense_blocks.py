"""Dense blocks: payers and payees that trade more among each other than camouflage can hide.

FRAUDAR (Hooi, Song, Beutel, Shah, Shin, Faloutsos, KDD 2016) looks for the set S of payers and payees with
the greatest

    g(S) = sum over pairs (i, j) inside S of a_ij / ln(5 + d_j)   over   |S|,

d_j being the payers of payee j in all: what camouflage buys elsewhere does not lower g of the ring, and a
popular payee counts for little. Taking away whoever weighs least, again and again, passes a set of at least
half of the optimum (Charikar, APPROX 2000). a_ij = 2^(-age / half life) of the pair's latest payment, so that
what lies long back fades, and a loyal customer is one pair.

Nobody in the optimum weighs less than its g; so whoever weighs less than a g already reached, or than the
least g that is asked for, is taken away at once, by whole arrays, before the rest is peeled one by one. That
keeps the guarantee and is most of the work.

Two blocks side by side are as dense as each alone, and one pair between them makes the union denser: so what
peeling finds in a market is several rings and the market's own core in one. Each block is therefore parted by
Leiden with CPM on its pairs, and the parts that are still dense are told.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.known import NO_TIME, Trade
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]
_DAY = 86_400_000_000
_ROUNDING = 1e-9  # sums of weights in another order differ by less


@dataclass(frozen=True, slots=True)
class DenseBlockParams:
    """half_life_days: of a payment's weight. block_count: blocks taken out one after another, at most.
    resolution: gamma of CPM, the mean weight over all two nodes of a part, payers and payees; 0 leaves blocks
    whole. min_density: g of a part that is told; three payers new to both of two payees today have .58.
    min_payers, min_payees: smaller parts are not told. max_payers: nor larger ones, which are markets."""

    half_life_days: float = 30.0
    block_count: int = 5
    resolution: float = 0.02
    min_density: float = 0.4
    min_payers: int = 3
    min_payees: int = 2
    max_payers: int = 300


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who paid whom. payer, payee: int64 [E], numbered 0.. each for itself. weight: float64 [E], over 0."""

    payer: Longs
    payee: Longs
    weight: Floats

    def only(self, kept: NDArray[np.bool_]) -> Pairs:
        return Pairs(self.payer[kept], self.payee[kept], self.weight[kept])


@dataclass(frozen=True, slots=True)
class Block:
    """payers, payees: ascending numbers. density: g."""

    payers: Longs
    payees: Longs
    density: float


def find_dense_blocks(trade: Trade, account_count: int, as_of: int, params: DenseBlockParams) -> Candidates:
    """as_of: UTC microseconds. Communities of a block's payers and of those payees that are accounts.
    Strength: g."""
    pairs = weigh_trade(trade, as_of, params.half_life_days)
    parts = [
        part
        for block in peel_blocks(pairs, params.block_count, params.min_density)
        for part in (part_block(pairs, block, params.resolution) if params.resolution > 0 else [block])
    ]
    return Candidates.of(
        Detector.DENSE_BLOCKS,
        (
            ([*part.payers.tolist(), *part.payees[part.payees < account_count].tolist()], part.density)
            for part in parts
            if params.min_payers <= len(part.payers) <= params.max_payers
            and len(part.payees) >= params.min_payees
            and part.density >= params.min_density
        ),
    )


def weigh_trade(trade: Trade, as_of: int, half_life_days: float) -> Pairs:
    """One pair for each payer and payee, sorted by both, with a_ij / ln(5 + d_j). A payment without a time
    does not fade."""
    told = trade.payee >= 0
    payer, payee = trade.payer[told].astype(np.int64), trade.payee[told].astype(np.int64)
    paid_at = np.where(trade.paid_at[told] == NO_TIME, as_of, trade.paid_at[told])
    order = np.lexsort((-paid_at, payee, payer))
    payer, payee, paid_at = payer[order], payee[order], paid_at[order]
    latest = (np.diff(payer, prepend=-1) != 0) | (np.diff(payee, prepend=-1) != 0)
    payer, payee = payer[latest], payee[latest]
    age_days = np.maximum(as_of - paid_at[latest], 0) / _DAY
    popularity = np.bincount(payee)
    return Pairs(payer, payee, np.exp2(-age_days / half_life_days) / np.log(5.0 + popularity[payee]))


def peel_blocks(pairs: Pairs, block_count: int, least: float = 0.0) -> list[Block]:
    """Up to block_count blocks, each the densest that peeling finds once the pairs inside those before it are
    gone; none of less density than `least`."""
    blocks: list[Block] = []
    while len(blocks) < block_count:
        block = peel_block(pairs, least)
        if block.density < least or len(block.payers) == 0:
            break
        blocks.append(block)
        pairs = pairs.only(~_inside(pairs, block))
    return blocks


def _inside(pairs: Pairs, block: Block) -> NDArray[np.bool_]:
    return np.asarray(np.isin(pairs.payer, block.payers) & np.isin(pairs.payee, block.payees))


def part_block(pairs: Pairs, block: Block, resolution: float) -> list[Block]:
    """The communities of a block, by CPM on the pairs inside it."""
    inside = pairs.only(_inside(pairs, block))
    count = len(block.payers)
    source = np.searchsorted(block.payers, inside.payer)
    target = np.searchsorted(block.payees, inside.payee) + count
    graph = AccountGraph(
        count + len(block.payees), source.astype(np.int32), target.astype(np.int32),
        np.zeros(len(source)), inside.weight,
    )  # fmt: skip
    # Their numbers are the names of the nodes: the same block, the same seed.
    names = [f"from {at}" for at in block.payers.tolist()] + [f"to {at}" for at in block.payees.tolist()]
    label = find_communities(graph, names, LeidenParams(resolution, max_size=len(names))).label
    within = (label[source] == label[target]) & (label[source] >= 0)
    total = np.bincount(
        label[source[within]], weights=inside.weight[within], minlength=label.max(initial=-1) + 1
    )
    return [
        Block(
            block.payers[label[:count] == part], block.payees[label[count:] == part],
            float(weight / np.count_nonzero(label == part)),
        )
        for part, weight in enumerate(total)
    ]  # fmt: skip


def peel_block(pairs: Pairs, least: float = 0.0) -> Block:
    """The densest set passed while peeling; of equally dense ones the smallest. Where its density is under
    `least`, perhaps a smaller set, or nobody."""
    payers, source = np.unique(pairs.payer, return_inverse=True)
    payees, target = np.unique(pairs.payee, return_inverse=True)
    kept = _drop_light(source, target + len(payers), pairs.weight, least)
    nodes, inverse = np.unique(
        np.concatenate((source[kept], target[kept] + len(payers))), return_inverse=True
    )
    half = len(inverse) // 2
    inside, density = _peel(inverse[:half], inverse[half:], pairs.weight[kept], len(nodes))
    chosen = nodes[inside]
    return Block(
        payers[chosen[chosen < len(payers)]], payees[chosen[chosen >= len(payers)] - len(payers)], density
    )


def _drop_light(source: Longs, target: Longs, weight: Floats, least: float) -> NDArray[np.bool_]:
    """bool [E]: pairs between nodes that weigh no less than `least` and the greatest density on the way.
    Nodes are numbered through both sides."""
    kept = np.ones(len(weight), dtype=bool)
    best = least
    while True:
        count = int(max(source.max(initial=-1), target.max(initial=-1))) + 1
        degree = np.bincount(source[kept], weights=weight[kept], minlength=count)
        degree = degree + np.bincount(target[kept], weights=weight[kept], minlength=count)
        density = float(weight[kept].sum() / max(np.count_nonzero(degree), 1))
        best = max(best, density)
        light = degree < best * (1 - _ROUNDING)
        fewer = kept & ~light[source] & ~light[target]
        if fewer.sum() == kept.sum():
            return kept
        kept = fewer


def _peel(source: Longs, target: Longs, weight: Floats, node_count: int) -> tuple[Longs, float]:
    """(nodes of the densest set passed, its density). Ties leave by number."""
    ends, starts, weights = _neighbours(source, target, weight, node_count)
    degree = np.bincount(source, weights=weight, minlength=node_count)
    degree = degree + np.bincount(target, weights=weight, minlength=node_count)
    left: list[float] = degree.tolist()
    heap = [(value, node) for node, value in enumerate(left)]
    heapq.heapify(heap)
    gone = [False] * node_count
    order: list[int] = []
    total, best, best_step = float(weight.sum()), 0.0, 0
    while heap:
        value, node = heapq.heappop(heap)
        if gone[node] or value != left[node]:
            continue
        density = total / (node_count - len(order))
        if density >= best - _ROUNDING:
            best, best_step = max(best, density), len(order)
        gone[node] = True
        order.append(node)
        total -= value
        for at in range(starts[node], starts[node + 1]):
            other = ends[at]
            if not gone[other]:
                left[other] -= weights[at]
                heapq.heappush(heap, (left[other], other))
    return np.sort(np.array(order[best_step:], dtype=np.int64)), best


def _neighbours(
    source: Longs, target: Longs, weight: Floats, node_count: int
) -> tuple[list[int], list[int], list[float]]:
    """Neighbours of node i are ends[starts[i]:starts[i + 1]], with their weights."""
    near, far = np.concatenate((source, target)), np.concatenate((target, source))
    order = np.lexsort((far, near))
    starts = np.searchsorted(near[order], np.arange(node_count + 1))
    ends: list[int] = far[order].tolist()
    weights: list[float] = np.concatenate((weight, weight))[order].tolist()
    return ends, starts.tolist(), weights
