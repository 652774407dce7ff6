"""Accounts as known at an as-of time: their labels, how often they paid, and what moved."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself
from numpy.typing import NDArray

from graphrisk.model.known import LARGEST_AMOUNT, NO_TIME, KnownAccounts, Turnover
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.arrays import Value, int32s, int64s, one_chunk, read_arrow
from graphrisk.stores.duckdb.known_trade import read_trade
from graphrisk.stores.duckdb.known_traits import read_measures, read_traits


def read_accounts(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> KnownAccounts:
    """From the table `position` of known.py, who is known, and `told_verdict` of known_judged.py."""
    ids = read_arrow(connection, "SELECT account_id, created_at FROM position ORDER BY position")
    count = ids.num_rows
    created = ids["created_at"].combine_chunks().cast(pa.int64()).fill_null(NO_TIME)
    trade = read_trade(connection, as_of, count)
    measure_names, measures = read_measures(connection, count)
    trait_names, trait_words, traits = read_traits(connection, count)
    return KnownAccounts(
        account_ids=one_chunk(ids["account_id"]),
        created_at=int64s(created),
        verdict=_verdicts(connection, as_of, count),
        payment_count=np.bincount(trade.payer, minlength=count),
        loss_count=np.bincount(trade.payer[trade.is_loss], minlength=count),
        turnover=_turnover(connection, as_of), trade=trade, measures=measures, traits=traits,
        measure_names=measure_names, trait_names=trait_names, trait_words=trait_words,
    )  # fmt: skip


def _verdicts(connection: duckdb.DuckDBPyConnection, as_of: datetime, count: int) -> NDArray[np.int8]:
    found = _per_account(
        connection,
        """SELECT p.position, sign(
            count(*) FILTER (l.verdict = $bad) - count(*) FILTER (l.verdict = $good)) AS verdict
        FROM (
            SELECT account_key, verdict, reported_at FROM label
            UNION ALL SELECT account_key, verdict, reported_at FROM told_verdict) l
        JOIN position p ON p.account_key = l.account_key
        WHERE l.reported_at IS NULL OR l.reported_at <= $as_of GROUP BY p.position""",
        count, {"as_of": as_of, "bad": Verdict.BAD.value, "good": Verdict.GOOD.value},
    )  # fmt: skip
    return found["verdict"].astype(np.int8)


def _turnover(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Turnover:
    found = read_arrow(
        connection,
        """SELECT p.position, y.currency, count(*) AS payment_count,
               CAST(greatest(least(sum(y.amount_minor), $most), -$most) AS BIGINT) AS amount_minor
        FROM (
            SELECT payer_key AS account_key, amount_minor, paid_at, currency FROM payment
            UNION ALL
            SELECT payee_key, amount_minor, paid_at, currency FROM payment WHERE payee_key IS NOT NULL) y
        JOIN position p ON p.account_key = y.account_key
        WHERE (y.paid_at IS NULL OR y.paid_at <= $as_of) AND y.amount_minor IS NOT NULL
        GROUP BY p.position, y.currency ORDER BY p.position, y.currency NULLS LAST""",
        {"as_of": as_of, "most": LARGEST_AMOUNT},
    )
    told = sorted(name for name in pa.compute.unique(found["currency"]).to_pylist() if name is not None)
    code = pa.compute.index_in(found["currency"].combine_chunks(), pa.array(told, pa.string()))
    return Turnover(
        currencies=(*told, None),
        account=int32s(found["position"]), currency=int32s(code.fill_null(len(told))),
        payment_count=int64s(found["payment_count"]), amount_minor=int64s(found["amount_minor"]),
    )  # fmt: skip


def _per_account(
    connection: duckdb.DuckDBPyConnection, query: str, count: int, values: dict[str, Value]
) -> dict[str, NDArray[np.int64]]:
    """Columns of the query beside `position`, spread over all accounts, 0 where the query has no row."""
    found = read_arrow(connection, query, values)
    at = int32s(found["position"])
    spread: dict[str, NDArray[np.int64]] = {}
    for name in found.column_names:
        if name != "position":
            numbers = np.zeros(count, dtype=np.int64)
            numbers[at] = int64s(found[name].combine_chunks().cast(pa.int64()))
            spread[name] = numbers
    return spread
