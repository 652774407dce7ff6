"""What payments say of accounts, against sums done by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from small_trade import Payment, created_at, with_payments
from small_worlds import World, known_accounts, shared_links, world_of

from graphrisk.model.known import NO_TIME
from graphrisk.risk.behaviour import DAY, in_days, observe_behaviour

# 0 and 1 share a device. 0 pays 1 twice and the outsider 4 once, charged back; 1 pays the outsider, refunded,
# and somebody unnamed; 2 and 3 do nothing.
WORLD = world_of(4, {"device": [(0, 1)]})
PAYMENTS: list[Payment] = [
    (0, 1, 100, "paid"), (0, 1, 200, "paid"), (0, 4, 300, "chargeback"), (1, 4, 50, "refunded"),
    (1, -1, 150, "paid"),
]  # fmt: skip
ACCOUNTS = with_payments(created_at(known_accounts(WORLD), [1, 2.5, None, 4]), PAYMENTS)


def test_payments_are_counted_by_payer_and_payee() -> None:
    found = observe_behaviour(shared_links(WORLD, private_count=2), ACCOUNTS)
    assert found.payment_count.tolist() == [3, 2, 0, 0]
    assert found.chargeback_count.tolist() == [1, 0, 0, 0]
    assert found.refund_count.tolist() == [0, 1, 0, 0]
    assert found.received_count.tolist() == [0, 2, 0, 0]
    assert found.thing_count.tolist() == [3, 3, 2, 2]
    # The median is 150; 0 pays four times that in three payments, 1 four thirds of it in two.
    assert found.mean_amount == pytest.approx([math.log(1 + 4 / 3), math.log(1 + 2 / 3), 0, 0])
    assert found.payees.toarray().tolist() == [[0, 1, 0, 0, 1], [0, 0, 0, 0, 1], [0] * 5, [0] * 5]
    assert found.payee_popularity.tolist() == [0, 1, 0, 0, 2]
    assert found.created_at[[0, 1, 3]].tolist() == [1, 2.5, 4]
    assert np.isnan(found.created_at[2])


def test_a_lift_is_a_share_drawn_to_the_base_by_two_payments_over_the_base() -> None:
    found = observe_behaviour(shared_links(WORLD), ACCOUNTS)
    base = 1 / 5  # one of five payments was charged back, one refunded
    lost, kept = (1 + 2 * base) / (3 + 2) / base, (0 + 2 * base) / (2 + 2) / base
    assert found.chargeback_lift == pytest.approx([math.log(lost), math.log(kept), 0, 0])
    assert found.refund_lift[1] == pytest.approx(math.log((1 + 2 * base) / (2 + 2) / base))


def test_without_losses_nobody_stands_out() -> None:
    found = observe_behaviour(shared_links(WORLD), with_payments(ACCOUNTS, [(0, 1, 5, "paid")]))
    assert found.chargeback_lift.tolist() == [0, 0, 0, 0]


def test_without_payments_trade_is_unknown_and_not_nothing() -> None:
    found = observe_behaviour(shared_links(WORLD), known_accounts(WORLD))
    for name in ("payment_count", "chargeback_count", "refund_count", "chargeback_lift", "refund_lift",
                 "mean_amount", "received_count"):  # fmt: skip
        assert np.isnan(getattr(found, name)).all(), name
    assert found.payees.nnz == 0
    assert found.thing_count.tolist() == [1, 1, 0, 0]


def test_the_order_of_payments_changes_nothing() -> None:
    other = observe_behaviour(shared_links(WORLD), with_payments(ACCOUNTS, PAYMENTS[::-1]))
    found = observe_behaviour(shared_links(WORLD), ACCOUNTS)
    assert other.mean_amount.tolist() == found.mean_amount.tolist()
    assert other.payees.toarray().tolist() == found.payees.toarray().tolist()


def test_an_amount_counts_by_what_is_usual_in_its_currency() -> None:
    """0 pays a hundred and three hundred times what 1 pays, in units worth a hundredth; 2 pays both."""
    payments: list[Payment] = [
        (0, 3, 10_000, "paid"), (0, 3, 30_000, "paid"), (1, 3, 100, "paid"), (1, 3, 300, "paid"),
        (2, 3, 20_000, "paid"), (2, 3, 200, "paid"), (2, 3, 0, "paid"),
    ]  # fmt: skip
    told = with_payments(known_accounts(WORLD), payments)
    currency = np.array([0, 0, 1, 1, 0, 1, 1], dtype=np.int32)
    told = replace(told, trade=replace(told.trade, currencies=("JPY", "USD"), currency=currency))
    found = observe_behaviour(shared_links(WORLD), told)
    assert found.mean_amount == pytest.approx([math.log(2), math.log(2), math.log(1 + 2 / 3), 0])


def test_amounts_that_nobody_tells_are_none() -> None:
    found = observe_behaviour(shared_links(WORLD), with_payments(ACCOUNTS, [(0, 1, 0, "paid")]))
    assert found.mean_amount.tolist() == [0, 0, 0, 0]


def test_labels_are_no_behaviour() -> None:
    labelled = replace(ACCOUNTS, verdict=np.array([1, -1, 1, 0], dtype=np.int8))
    one, other = (observe_behaviour(shared_links(WORLD), each) for each in (ACCOUNTS, labelled))
    assert one.chargeback_lift.tolist() == other.chargeback_lift.tolist()


def test_nobody_does_nothing() -> None:
    found = observe_behaviour(shared_links(World(0, ())), known_accounts(World(0, ())))
    assert (len(found.payment_count), found.payees.shape) == (0, (0, 0))


def test_days_are_microseconds_and_no_time_is_unknown() -> None:
    found = in_days(np.array([0, DAY // 2, NO_TIME], dtype=np.int64))
    assert found[:2].tolist() == [0, 0.5]
    assert np.isnan(found[2])
