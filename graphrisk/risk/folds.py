"""Which fold an account's label is hidden in: by its id, the same in every run and workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLD_COUNT = 5


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
