"""Money at stake in rings, apart from their score: what members paid, what of that was lost, and what they
received."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.model.known import LARGEST_AMOUNT, Trade

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """One entry for each ring and currency with a payment by or to a member, sorted by both; int64 [Q].

    currency: position in the trade's currencies. payment_count, paid_minor: payments by members;
    chargeback_minor, refund_minor: of these, charged back, and refunded otherwise. received_count,
    received_minor: payments to members. What one member pays another counts on both sides. Sums stop at
    LARGEST_AMOUNT.
    """

    ring: Longs
    currency: Longs
    payment_count: Longs
    paid_minor: Longs
    chargeback_minor: Longs
    refund_minor: Longs
    received_count: Longs
    received_minor: Longs


def measure_exposure(trade: Trade, ring_of: Longs) -> Exposure:
    """ring_of: [N], -1 for accounts in none."""
    width = len(trade.currencies)
    payer = ring_of[trade.payer]
    is_account = (trade.payee >= 0) & (trade.payee < len(ring_of))
    payee = np.where(is_account, ring_of[np.where(is_account, trade.payee, 0)] if len(ring_of) else -1, -1)
    size = (int(ring_of.max(initial=-1)) + 1) * width

    def summed(ring: Longs, chosen: NDArray[np.bool_]) -> tuple[Longs, Longs]:
        """Payments and their amounts, by ring and currency."""
        chosen = chosen & (ring >= 0)
        cell = ring[chosen] * width + trade.currency[chosen]
        return np.bincount(cell, minlength=size).astype(np.int64), sum_amounts(
            cell, trade.amount_minor[chosen], size
        )

    every = np.ones(len(trade.payer), dtype=bool)
    payment_count, paid = summed(payer, every)
    _, charged_back = summed(payer, trade.is_chargeback)
    _, refunded = summed(payer, trade.is_loss & ~trade.is_chargeback)
    received_count, received = summed(payee, every)
    told = np.flatnonzero(payment_count + received_count)
    ring, currency = np.divmod(told, max(width, 1))
    columns = (payment_count, paid, charged_back, refunded, received_count, received)
    return Exposure(ring, currency, *(column[told] for column in columns))


def sum_amounts(cell: Longs, amount_minor: Longs, size: int) -> Longs:
    """int64 [size], the amounts of each cell; exact, but for sums beyond LARGEST_AMOUNT, which stop there."""
    exact, rough = np.zeros(size, dtype=np.int64), np.zeros(size)
    np.add.at(exact, cell, amount_minor)
    np.add.at(rough, cell, amount_minor.astype(np.float64))
    ends = np.sign(rough).astype(np.int64) * LARGEST_AMOUNT
    return np.where(np.abs(rough) < LARGEST_AMOUNT, exact, ends)
