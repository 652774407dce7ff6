"""What accounts do, as far as payments and sign-ups tell: the ground of their features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import NO_TIME, KnownAccounts, Trade

DAY = 86_400_000_000  # microseconds
_PRIOR_PAYMENTS = 2.0  # by which a share of losses is drawn towards the marketplace's


@dataclass(frozen=True, slots=True)
class Behaviour:
    """By account, [N] each unless said otherwise; NaN where the tables tell nothing of the sort.

    payment_count: payments made. chargeback_count, refund_count: of these. chargeback_lift, refund_lift:
    natural log of the account's share of such payments, drawn towards the marketplace's by two payments, over
    the marketplace's. mean_amount: log of 1 + mean of amounts over the median amount of their currency.
    received_count: payments received.
    thing_count: identifiers held, private ones included. created_at: days.
    payees: float64 CSR [N, payees], 1 where an account has paid a payee. payee_popularity: [payees] payers.
    """

    payment_count: Floats
    chargeback_count: Floats
    refund_count: Floats
    chargeback_lift: Floats
    refund_lift: Floats
    mean_amount: Floats
    received_count: Floats
    thing_count: Floats
    created_at: Floats
    payees: sparse.csr_array
    payee_popularity: Floats


def observe_behaviour(links: SharedLinks, accounts: KnownAccounts) -> Behaviour:
    trade, count = accounts.trade, accounts.account_count
    paid = np.bincount(trade.payer, minlength=count).astype(np.float64)
    charged_back = _count(trade.payer[trade.is_chargeback], count)
    refunded = _count(trade.payer[trade.is_loss & ~trade.is_chargeback], count)
    payee_count = count + len(trade.outsider_ids)
    named = trade.payee >= 0
    pairs = np.sort(trade.payer[named].astype(np.int64) * payee_count + trade.payee[named])
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    payer, payee = np.divmod(pairs, max(payee_count, 1))
    payees = sparse.csr_array((np.ones(len(pairs)), (payer, payee)), shape=(count, payee_count))
    unknown = np.full(count, np.nan)
    traded = len(trade.payer) > 0
    held = np.bincount(links.account, minlength=count) + links.private_count
    return Behaviour(
        payment_count=paid if traded else unknown,
        chargeback_count=charged_back if traded else unknown,
        refund_count=refunded if traded else unknown,
        chargeback_lift=_lift(charged_back, paid) if traded else unknown,
        refund_lift=_lift(refunded, paid) if traded else unknown,
        mean_amount=np.log1p(_typical_amounts(trade, count) / np.maximum(paid, 1.0)) if traded else unknown,
        received_count=_count(trade.payee[named], payee_count)[:count] if traded else unknown,
        thing_count=held.astype(np.float64),
        created_at=in_days(accounts.created_at),
        payees=payees,
        payee_popularity=np.bincount(payee, minlength=payee_count).astype(np.float64),
    )


def in_days(moment: NDArray[np.int64]) -> Floats:
    """UTC microseconds to days, NaN for NO_TIME."""
    return np.where(moment == NO_TIME, np.nan, moment / DAY)


def _typical_amounts(trade: Trade, count: int) -> Floats:
    """[count] how many typical amounts each account paid in all: a typical one of a currency is the median of
    what is above zero. Sums are taken by account and currency, whole, before anything is divided."""
    told = trade.amount_minor > 0
    currency, amount = trade.currency[told].astype(np.int64), trade.amount_minor[told].astype(np.float64)
    present, currency = np.unique(currency, return_inverse=True)
    pair, position = np.unique(trade.payer[told] * np.int64(len(present)) + currency, return_inverse=True)
    if not len(pair):
        return np.zeros(count)
    median = np.asarray(ndimage.median(amount, currency, np.arange(len(present))), dtype=np.float64)
    payer, currency = np.divmod(pair, len(present))
    return np.bincount(payer, np.bincount(position, amount) / median[currency], count).astype(np.float64)


def _count(position: NDArray[np.int32], count: int) -> Floats:
    return np.bincount(position, minlength=count).astype(np.float64)


def _lift(lost: Floats, paid: Floats) -> Floats:
    base = lost.sum() / max(paid.sum(), 1.0)
    if base <= 0:
        return np.zeros_like(paid)
    return np.asarray(
        np.log((lost + _PRIOR_PAYMENTS * base) / (paid + _PRIOR_PAYMENTS) / base), dtype=np.float64
    )
