"""Which fold an account's label is hidden in: by its id, the same in every run and workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLD_COUNT = 3
VIEW_FOLD_COUNT = 5  # of the folds in which a training account sees the labels of others


def deal_groups(group: NDArray[np.int64], fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """[N]: all of a group in the fold of its first member. group: [N], any numbers; negative for none, who
    keep their own."""
    dealt = fold.copy()
    inside = np.flatnonzero(group >= 0)
    _, first, member_of = np.unique(group[inside], return_index=True, return_inverse=True)
    dealt[inside] = fold[inside[first]][member_of]
    return dealt


def assign_folds(account_ids: Sequence[str], seed: int, fold_count: int = FOLD_COUNT) -> NDArray[np.int64]:
    """[N], 0..fold_count - 1."""
    key = str(seed).encode()
    return np.array(
        [
            hashlib.blake2b(each.encode("utf-8", "surrogatepass"), digest_size=4, key=key).digest()[0]
            % fold_count
            for each in account_ids
        ],
        dtype=np.int64,
    )
