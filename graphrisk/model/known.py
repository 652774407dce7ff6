"""What a run knows: everything that had been seen or reported by its as-of time, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BAD, GOOD = 1, -1
NO_TIME = -(1 << 63)  # the least int64: a time that is not known, and so counts as known at every as-of
LARGEST_AMOUNT = 9_000_000_000_000_000_000  # minor units; sums stop here, just inside 64 bits


@dataclass(frozen=True, slots=True)
class Turnover:
    """What accounts paid and received by as-of, one row for each account and currency, sorted by both.

    account: int32 [T], position. currency: int32 [T], position in `currencies` (sorted; None last, for no
    currency told). payment_count, amount_minor: int64 [T]; amounts stop at
    LARGEST_AMOUNT.
    """

    currencies: tuple[str | None, ...]
    account: NDArray[np.int32]
    currency: NDArray[np.int32]
    payment_count: NDArray[np.int64]
    amount_minor: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trade:
    """The payments made by as-of by known accounts, sorted by paid_at, payer, payee, amount, currency,
    is_loss, is_chargeback.

    payer: int32 [P], position. payee: int32 [P], position of an account; account_count + position in
    `outsider_ids` (string array, sorted) where it is no known account; -1 where nobody is named.
    paid_at: int64 [P], UTC microseconds, NO_TIME where unknown. amount_minor: int64 [P], minor units of the
    currency, 0 where unknown. currency: int32 [P], position in `currencies` (sorted; None last).
    is_loss, is_chargeback: bool [P], charged back or refunded; charged back. Tables give no time for that, so
    it may have been known later than as-of.
    """

    currencies: tuple[str | None, ...]
    outsider_ids: pa.Array
    payer: NDArray[np.int32]
    payee: NDArray[np.int32]
    paid_at: NDArray[np.int64]
    amount_minor: NDArray[np.int64]
    currency: NDArray[np.int32]
    is_loss: NDArray[np.bool_]
    is_chargeback: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """Accounts by position, sorted by id.

    account_ids: string array [N]. created_at: int64 [N], UTC microseconds, NO_TIME where unknown.
    verdict: int8 [N], BAD, GOOD, or 0 where no label was reported by as-of (or the labels contradict each
    other).
    payment_count, loss_count: int64 [N], payments made by as-of, and how many of them were charged back or
    refunded.
    measures: float64 [N, F], a column for each of `measure_names` (sorted), NaN where an account has none;
    of several values the median. traits: int32 [N, G], a column for each of `trait_names` (sorted), the
    position of the account's word in trait_words[column] (sorted), -1 where it has none; of several words
    the most frequent, of equally frequent ones the first. Both are what a mapping declares, known as soon as
    their account is.
    """

    account_ids: pa.Array
    created_at: NDArray[np.int64]
    verdict: NDArray[np.int8]
    payment_count: NDArray[np.int64]
    loss_count: NDArray[np.int64]
    turnover: Turnover
    trade: Trade
    measures: NDArray[np.float64]
    traits: NDArray[np.int32]
    measure_names: tuple[str, ...] = ()
    trait_names: tuple[str, ...] = ()
    trait_words: tuple[tuple[str, ...], ...] = ()

    @property
    def account_count(self) -> int:
        return len(self.account_ids)


NO_TURNOVER = Turnover(
    (None,), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64)
)
NO_TRADE = Trade(
    (None,), pa.array([], pa.string()), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64),
    np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.bool_), np.empty(0, np.bool_),
)  # fmt: skip
