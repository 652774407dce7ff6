"""Who is in which ring, as integer arrays.

Accounts are positions 0..n-1 in one sorted list of ids, rings are positions 0..r-1 in an order that the
caller gives a meaning: where an account is in several rings and only one can count, the first counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NO_RING = -1


@dataclass(frozen=True, slots=True)
class Membership:
    """Row i says that account `account[i]` is in ring `ring[i]`. No row twice; every ring has a row."""

    ring: IntArray
    account: IntArray
    ring_count: int

    @classmethod
    def of(cls, ring: IntArray, account: IntArray, ring_count: int) -> Membership:
        """Rows in any order, perhaps repeated. Raises ValueError for a ring without a row or an unknown
        position."""
        if not np.array_equal(np.unique(ring), np.arange(ring_count)) or np.any(account < 0):
            raise ValueError("every ring from 0 to ring_count - 1 needs a member, accounts are 0 or more")
        width = int(account.max(initial=0)) + 1
        rows = np.unique(ring.astype(np.int64) * width + account)
        return cls(rows // width, rows % width, ring_count)

    def sizes(self) -> IntArray:
        """(ring_count,), each at least 1."""
        return np.bincount(self.ring, minlength=self.ring_count).astype(np.int64)

    def first_rings(self, account_count: int) -> IntArray:
        """(account_count,), the least ring of each account, NO_RING where it is in none."""
        first = np.full(account_count, self.ring_count, dtype=np.int64)
        np.minimum.at(first, self.account, self.ring)
        first[first == self.ring_count] = NO_RING
        return first


def find_best_jaccards(true: Membership, found: Membership) -> tuple[FloatArray, FloatArray]:
    """For each true ring and for each found ring, the greatest Jaccard with a ring of the other side; 0
    if none.

    Jaccard of two sets: members in both over members in either.
    """
    true_ring, found_ring, common = count_common(true, found)
    union = true.sizes()[true_ring] + found.sizes()[found_ring] - common
    jaccard = common / union
    best_true = np.zeros(true.ring_count)
    best_found = np.zeros(found.ring_count)
    np.maximum.at(best_true, true_ring, jaccard)
    np.maximum.at(best_found, found_ring, jaccard)
    return best_true, best_found


def count_largest_overlaps(true: Membership, found: Membership) -> IntArray:
    """(found_ring_count,) how many members of a found ring are in one true ring, in the one with most."""
    _, found_ring, common = count_common(true, found)
    most = np.zeros(found.ring_count, dtype=np.int64)
    np.maximum.at(most, found_ring, common)
    return most


def count_common(true: Membership, found: Membership) -> tuple[IntArray, IntArray, IntArray]:
    """The pairs of rings that share an account, and how many they share."""
    order = np.argsort(found.account, kind="stable")
    found_account = found.account[order]
    start = np.searchsorted(found_account, true.account, side="left")
    stop = np.searchsorted(found_account, true.account, side="right")
    repeats = stop - start
    true_ring = np.repeat(true.ring, repeats)
    offset = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    found_ring = found.ring[order][np.repeat(start, repeats) + offset]
    keys, common = np.unique(true_ring * max(found.ring_count, 1) + found_ring, return_counts=True)
    pair = np.divmod(keys, max(found.ring_count, 1))
    return pair[0].astype(np.int64), pair[1].astype(np.int64), common.astype(np.int64)
