"""Money at stake in rings, by hand and against a slow twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import trade_of

from graphrisk.model.known import LARGEST_AMOUNT, NO_TRADE, Trade
from graphrisk.risk.exposure import measure_exposure

# accounts 0, 1 are one ring, 2 another; 3 is in none, 4 an outsider
RINGS = np.array([0, 0, 1, -1])


def lost(trade: Trade, *, charged_back: list[int], refunded: list[int]) -> Trade:
    is_chargeback = np.isin(np.arange(len(trade.payer)), charged_back)
    is_loss = is_chargeback | np.isin(np.arange(len(trade.payer)), refunded)
    return replace(trade, is_chargeback=is_chargeback, is_loss=is_loss)


def rows_of(trade: Trade) -> list[tuple[int, ...]]:
    found = measure_exposure(trade, RINGS)
    columns = (
        found.ring, found.currency, found.payment_count, found.paid_minor, found.chargeback_minor,
        found.refund_minor, found.received_count, found.received_minor,
    )  # fmt: skip
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_payments_losses_and_what_was_received_are_told_apart() -> None:
    paid = trade_of([(0, 3, 1), (1, 4, 2), (0, 2, 3), (3, 1, 4), (3, 4, 5)], [100, 20, 3, 4000, 9])
    trade = lost(paid, charged_back=[0], refunded=[1])
    assert rows_of(trade) == [(0, 0, 3, 123, 100, 20, 1, 4000), (1, 0, 0, 0, 0, 0, 1, 3)]


def test_currencies_are_never_added() -> None:
    trade = replace(trade_of([(0, 3, 1), (1, 3, 2)], [100, 20]), currency=np.array([0, 1], dtype=np.int32))
    assert [row[:4] for row in rows_of(trade)] == [(0, 0, 1, 100), (0, 1, 1, 20)]


def test_sums_stop_where_they_would_not_fit() -> None:
    huge = trade_of([(0, 3, at) for at in range(4)], [LARGEST_AMOUNT // 2] * 4)
    assert rows_of(huge)[0][3] == LARGEST_AMOUNT


def test_without_payments_or_rings_nothing_is_at_stake() -> None:
    assert rows_of(NO_TRADE) == []
    assert len(measure_exposure(trade_of([(0, 1, 1)]), np.full(4, -1)).ring) == 0
    assert len(measure_exposure(NO_TRADE, np.empty(0, dtype=np.int64)).ring) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 99)), max_size=12))
def test_a_slow_count_agrees(payments: list[tuple[int, int, int]]) -> None:
    trade = trade_of([(payer, payee, 1) for payer, payee, _ in payments], [amount for *_, amount in payments])
    found = {row[0]: row[2:4] + row[6:] for row in rows_of(trade)}
    for ring, members in ((0, {0, 1}), (1, {2})):
        paid = [amount for payer, _, amount in payments if payer in members]
        received = [amount for _, payee, amount in payments if payee in members]
        slow = (len(paid), sum(paid), len(received), sum(received))
        assert found.get(ring, (0, 0, 0, 0)) == slow
