"""The texts behind keys, in canonical order."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.stores.duckdb.arrays import read_arrow

_SHARED = """SELECT h.identifier_key, h.holder_count, i.kind, i.identifier
    FROM shared h JOIN identifier_key i ON i.identifier_key = h.identifier_key
    ORDER BY i.kind, i.identifier, i.by_alias"""
_OUTSIDERS = """SELECT k.account_key, k.account_id
    FROM outside o JOIN account_key k ON k.account_key = o.account_key
    ORDER BY k.account_id"""


def read_identifiers(
    connection: duckdb.DuckDBPyConnection, keys: NDArray[np.int32], holder_count: NDArray[np.int64]
) -> pa.Table:
    """identifier_key, holder_count, kind and identifier, in canonical order."""
    shared = pa.table({"identifier_key": keys, "holder_count": holder_count.astype(np.int32)})
    connection.register("shared", shared)
    try:
        return read_arrow(connection, _SHARED)
    finally:
        connection.unregister("shared")


def read_outsiders(connection: duckdb.DuckDBPyConnection, keys: NDArray[np.int32]) -> pa.Table:
    """account_key and account_id, by id."""
    connection.register("outside", pa.table({"account_key": keys}))
    try:
        return read_arrow(connection, _OUTSIDERS)
    finally:
        connection.unregister("outside")
