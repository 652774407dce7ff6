"""Pairs that are alike -> groups that hold together, so that likeness never chains.

Star clustering (Aslam, Pelekhov, Rus, J. Graph Algorithms Appl. 8(1), 2004, 95-129): the item with the most
support becomes a centre and takes what is alike to it and still free; then the next. Two groups are joined
only where at least half of all pairs across them are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Longs = NDArray[np.int64]

JOIN_SHARE = 0.5


def group_stars(first: Longs, second: Longs, support: Longs) -> Longs:
    """[V] the centre of each item, itself where it is one or is alike to nothing.

    first, second: [P] pairs of items, each once. support: [V], how many hold the item. A centre goes before
    others by the support of all that is alike to it, its own included; then by its own; then by position.
    """
    count = len(support)
    ones = np.ones(2 * len(first), dtype=np.int8)
    ends = (np.concatenate((first, second)), np.concatenate((second, first)))
    near = sparse.csr_array((ones, ends), shape=(count, count))
    around = support + np.asarray(near.astype(np.int64) @ support, dtype=np.int64)
    centre = np.full(count, -1, dtype=np.int64)
    tied = np.flatnonzero(np.diff(near.indptr))
    order = tied[np.lexsort((tied, -support[tied], -around[tied]))]
    starts, neighbours = near.indptr, near.indices
    for item in order.tolist():
        if centre[item] < 0:
            around_it = neighbours[starts[item] : starts[item + 1]]
            centre[around_it[centre[around_it] < 0]] = item
            centre[item] = item
    alone = centre < 0
    centre[alone] = np.flatnonzero(alone)
    return centre


def join_groups(group: Longs, first: Longs, second: Longs) -> Longs:
    """[V] the groups after joining, round by round, each two that are each other's best: by the share of
    alike pairs among all pairs across, at least JOIN_SHARE. The least number names the joined group.

    group: [V], any integers below V. first, second: [P] pairs of items that are alike, each once.
    """
    group, count = group.copy(), len(group)
    while True:
        size = np.bincount(group, minlength=count)
        low, high = np.minimum(group[first], group[second]), np.maximum(group[first], group[second])
        across = low != high
        packed, alike = np.unique(low[across] * count + high[across], return_counts=True)
        low, high = packed // count, packed % count
        share = alike / (size[low] * size[high])
        near = share >= JOIN_SHARE
        low, high, share = low[near], high[near], share[near]
        best = _best_partners(low, high, share, count)
        mutual = (best[low] == high) & (best[high] == low)
        if not mutual.any():
            return group
        new = np.arange(count)
        new[high[mutual]] = low[mutual]
        group = new[group]


def _best_partners(low: Longs, high: Longs, share: NDArray[np.float64], count: int) -> Longs:
    """[count] the partner of each group with the greatest share, the least among equals; -1 for none."""
    ends = np.concatenate((low, high)), np.concatenate((high, low))
    order = np.lexsort((ends[1], -np.concatenate((share, share)), ends[0]))
    leads = order[np.diff(ends[0][order], prepend=-1) != 0]
    best = np.full(count, -1, dtype=np.int64)
    best[ends[0][leads]] = ends[1][leads]
    return best
