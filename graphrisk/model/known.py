"""What a run knows: everything that had been seen or reported by its as-of time, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BAD, GOOD = 1, -1


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """Accounts by position, sorted by id.

    account_ids: string array [N]. created_at: int64 [N], UTC microseconds, the least int64 where unknown.
    verdict: int8 [N], BAD, GOOD, or 0 where no label was reported by as-of (or the labels contradict each
    other).
    payment_count, loss_count: int64 [N], payments made by as-of, and how many of them were charged back or
    refunded.
    amount_minor: int64 [N], what the account paid and received in `currency`, the most frequent one (None:
    no payments).
    """

    account_ids: pa.Array
    created_at: NDArray[np.int64]
    verdict: NDArray[np.int8]
    payment_count: NDArray[np.int64]
    loss_count: NDArray[np.int64]
    amount_minor: NDArray[np.int64]
    currency: str | None

    @property
    def account_count(self) -> int:
        return len(self.account_ids)
