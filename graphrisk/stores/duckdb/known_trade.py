"""The payments known at an as-of time, one by one."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself

from graphrisk.model.known import NO_TIME, Trade
from graphrisk.stores.duckdb.arrays import int32s, int64s, one_chunk, read_arrow

_MADE_BY_THEN = "(y.paid_at IS NULL OR y.paid_at <= $as_of)"
# Payees that are no known account, whether nobody ever told of them or they came later.
_OUTSIDERS = f"""CREATE OR REPLACE TEMP TABLE outsider AS
    SELECT k.account_key, k.account_id,
           CAST($account_count + row_number() OVER (ORDER BY k.account_id) - 1 AS INTEGER) AS code
    FROM account_key k WHERE k.account_key IN (
        SELECT y.payee_key FROM payment y JOIN position p ON p.account_key = y.payer_key
        WHERE {_MADE_BY_THEN})
      AND k.account_key NOT IN (SELECT account_key FROM position)"""
_TRADE = f"""SELECT r.position AS payer, coalesce(e.position, o.code, -1) AS payee,
           coalesce(epoch_us(y.paid_at), {NO_TIME}) AS paid_at, coalesce(y.amount_minor, 0) AS amount_minor,
           y.currency, coalesce(y.status IN ('chargeback', 'refunded'), false) AS is_loss,
           coalesce(y.status = 'chargeback', false) AS is_chargeback
    FROM payment y JOIN position r ON r.account_key = y.payer_key
    LEFT JOIN position e ON e.account_key = y.payee_key
    LEFT JOIN outsider o ON o.account_key = y.payee_key
    WHERE {_MADE_BY_THEN}
    ORDER BY paid_at, payer, payee, amount_minor, currency NULLS LAST, is_loss,
             is_chargeback"""


def read_trade(connection: duckdb.DuckDBPyConnection, as_of: datetime, account_count: int) -> Trade:
    """With the table `position` of known.py."""
    try:
        connection.execute(_OUTSIDERS, {"as_of": as_of, "account_count": account_count})
        outsiders = read_arrow(connection, "SELECT account_id FROM outsider ORDER BY code")
        found = read_arrow(connection, _TRADE, {"as_of": as_of})
    finally:
        connection.execute("DROP TABLE IF EXISTS outsider")
    told = sorted(name for name in pa.compute.unique(found["currency"]).to_pylist() if name is not None)
    currency = pa.compute.index_in(one_chunk(found["currency"]), pa.array(told, pa.string()))
    return Trade(
        currencies=(*told, None),
        outsider_ids=one_chunk(outsiders["account_id"]),
        payer=int32s(found["payer"]), payee=int32s(found["payee"]), paid_at=int64s(found["paid_at"]),
        amount_minor=int64s(found["amount_minor"]), currency=int32s(currency.fill_null(len(told))),
        is_loss=np.asarray(one_chunk(found["is_loss"]), dtype=np.bool_),
        is_chargeback=np.asarray(one_chunk(found["is_chargeback"]), dtype=np.bool_),
    )  # fmt: skip
