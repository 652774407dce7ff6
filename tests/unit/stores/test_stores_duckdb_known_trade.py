"""Payments as known at a time, one by one, in an order that only their content decides."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from small_shop import MAP_ACCOUNTS, MAP_PAYMENTS
from tables_on_disk import make_workspace

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import NO_TIME, KnownAccounts, Trade
from graphrisk.stores.duckdb.known import KnownReader

TOML = MAP_ACCOUNTS + MAP_PAYMENTS
ACCOUNTS = "id,created_at\nann,2024-01-01\nbob,2024-01-01\nlate,2024-06-01\n"
HEADER = "id,payer,payee,amount,currency,status,paid_at\n"
PAYMENTS = (
    "1,ann,bob,10.00,EUR,paid,2024-02-02", "2,bob,Shop B,900,JPY,Refunded,2024-02-01",
    "3,ann,late,5.00,EUR,chargeback,2024-02-02", "4,ann,,,,,", "5,ann,Shop A,1.00,EUR,,2024-02-02",
    "6,ann,Shop B,1.00,EUR,,2024-03-01", "7,late,ann,1.00,EUR,,2024-02-01", "8,bob,bob,2.00,,odd,2024-02-03",
)  # fmt: skip
MARCH = datetime(2024, 2, 29)  # noqa: DTZ001 - naive UTC, as everywhere


def known(folder: Path, files: dict[str, str]) -> KnownAccounts:
    shop = make_workspace(folder, TOML, {"accounts.csv": ACCOUNTS, **files})
    shop.load()
    with shop.writing() as opened:
        return KnownReader(opened).read_known(MARCH, BUILT_IN_KINDS)[0]


def trade_of(folder: Path, rows: tuple[str, ...] = PAYMENTS) -> Trade:
    return known(folder, {"payments.csv": HEADER + "".join(f"{row}\n" for row in rows)}).trade


def test_payments_come_by_time_payer_payee_and_amount(tmp_path: Path) -> None:
    trade = trade_of(tmp_path)
    second = np.datetime64("2024-02-02", "us").astype(np.int64)
    day = 86_400_000_000
    # ann is 0, bob 1; nobody is -1, and outsiders follow the accounts: Shop A, Shop B, late (of June)
    assert trade.outsider_ids.to_pylist() == ["Shop A", "Shop B", "late"]
    assert trade.payer.tolist() == [0, 1, 0, 0, 0, 1]
    assert trade.payee.tolist() == [-1, 3, 1, 2, 4, 1]
    assert trade.paid_at.tolist() == [NO_TIME, second - day, second, second, second, second + day]
    assert trade.amount_minor.tolist() == [0, 900, 1000, 100, 500, 200]
    assert trade.currencies == ("EUR", "JPY", None)
    assert trade.currency.tolist() == [2, 1, 0, 0, 0, 2]
    assert trade.is_loss.tolist() == [False, True, False, False, True, False]
    assert not (trade.is_chargeback & ~trade.is_loss).any()


def test_the_arrays_have_the_types_that_they_promise(tmp_path: Path) -> None:
    for trade in (trade_of(tmp_path / "some"), trade_of(tmp_path / "none", ())):
        assert [getattr(trade, name).dtype for name in ("payer", "payee", "currency")] == [np.int32] * 3
        assert [getattr(trade, name).dtype for name in ("paid_at", "amount_minor")] == [np.int64] * 2
        assert trade.is_loss.dtype == np.bool_


def test_payments_of_an_account_are_those_of_the_trade(tmp_path: Path) -> None:
    accounts = known(tmp_path, {"payments.csv": HEADER + "\n".join(PAYMENTS)})
    assert accounts.payment_count.tolist() == [4, 2]
    assert accounts.loss_count.tolist() == [1, 1]


@pytest.mark.parametrize("split", [1, 4])
def test_neither_the_order_of_rows_nor_of_files_changes_anything(tmp_path: Path, split: int) -> None:
    backwards = PAYMENTS[::-1]
    files = {
        "payments_b.csv": HEADER + "\n".join(backwards[:split]),
        "payments_a.csv": HEADER + "\n".join(backwards[split:]),
    }
    one, other = trade_of(tmp_path / "one"), known(tmp_path / "other", files).trade
    for name in ("payer", "payee", "paid_at", "amount_minor", "currency", "is_loss", "is_chargeback"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.outsider_ids.equals(other.outsider_ids)
