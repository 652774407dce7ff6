"""Keys -> candidate pairs: items that agree in a key may be alike, all others are never compared.

An item has several keys, so that a slip in one of them does not hide it from its like. A block of too many
items says too little to be worth its pairs, which grow with its square; it is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BlockedPairs:
    """first, second: int64 [P], items with first < second, each pair once, sorted. skipped_block_count:
    blocks above the cap, left out."""

    first: Longs
    second: Longs
    skipped_block_count: int = 0


def pair_by_keys(item: Longs, key: Longs, *, block_cap: int) -> BlockedPairs:
    """item, key: [K], that an item has a key, in any order and perhaps repeatedly; equal keys make a
    block."""
    if len(item) == 0:
        return BlockedPairs(np.empty(0, np.int64), np.empty(0, np.int64))
    order = np.lexsort((item, key))
    item, key = item[order], key[order]
    fresh = (np.diff(key, prepend=key[:1]) != 0) | (np.diff(item, prepend=item[:1] - 1) != 0)
    fresh[0] = True
    item, key = item[fresh], key[fresh]
    starts = np.flatnonzero(np.diff(key, prepend=key[:1] - 1) != 0)
    size = np.diff(starts, append=len(key))
    kept = (size >= 2) & (size <= block_cap)
    first, second = _pairs_of_blocks(item, starts[kept], size[kept])
    count = int(item.max()) + 1
    packed = np.sort(first * count + second)
    packed = packed[np.diff(packed, prepend=-1) != 0]
    return BlockedPairs(packed // count, packed % count, int((size > block_cap).sum()))


def _pairs_of_blocks(item: Longs, starts: Longs, size: Longs) -> tuple[Longs, Longs]:
    """Every pair inside each block; the items of a block ascend."""
    firsts, seconds = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for width in np.unique(size):  # few sizes, many blocks of each
        low, high = np.triu_indices(width, k=1)
        begin = starts[size == width][:, None]
        firsts.append(item[(begin + low).ravel()])
        seconds.append(item[(begin + high).ravel()])
    return np.concatenate(firsts), np.concatenate(seconds)


def combine_keys(*parts: Longs) -> Longs:
    """One key for each row of parts: equal where all parts are equal, else different but for one chance in
    2^64 a pair (the finaliser of splitmix64 after each part)."""
    mixed = np.zeros(len(parts[0]), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            mixed = (mixed ^ part.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
    return mixed.view(np.int64)
