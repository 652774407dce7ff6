"""Times and payments for the worlds of tests/small_worlds.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.links import SharedLinks
from graphrisk.model.known import NO_TIME, KnownAccounts, Trade
from graphrisk.risk.behaviour import DAY

Payment = tuple[int, int, int, str]  # payer, payee, minor units, paid, refunded or chargeback


def microseconds(days: Sequence[float | None]) -> NDArray[np.int64]:
    """None for a time that is not known."""
    return np.array([NO_TIME if day is None else round(day * DAY) for day in days], dtype=np.int64)


def used_at(links: SharedLinks, days: Mapping[tuple[int, int], float]) -> SharedLinks:
    """days: (identifier, account) -> of the first use; links that are not named have no time."""
    pairs = zip(links.identifier.tolist(), links.account.tolist(), strict=True)
    return replace(links, first_seen_at=microseconds([days.get(pair) for pair in pairs]))


def created_at(accounts: KnownAccounts, days: Sequence[float | None]) -> KnownAccounts:
    return replace(accounts, created_at=microseconds(days))


def with_payments(
    accounts: KnownAccounts, payments: Sequence[Payment], days: Sequence[float | None] | None = None
) -> KnownAccounts:
    """A payee of account_count or more is an outsider, of -1 nobody."""
    count = accounts.account_count
    payee = np.array([each[1] for each in payments], dtype=np.int32)
    outsiders = max(int(payee.max(initial=-1)) + 1 - count, 0)
    status = [each[3] for each in payments]
    trade = Trade(
        (None,), pa.array([f"shop-{at:03d}" for at in range(outsiders)], pa.string()),
        np.array([each[0] for each in payments], dtype=np.int32), payee,
        microseconds(days if days is not None else [None] * len(payments)),
        np.array([each[2] for each in payments], dtype=np.int64), np.zeros(len(payments), dtype=np.int32),
        np.array([each != "paid" for each in status], dtype=np.bool_),
        np.array([each == "chargeback" for each in status], dtype=np.bool_),
    )  # fmt: skip
    return replace(accounts, trade=trade)
