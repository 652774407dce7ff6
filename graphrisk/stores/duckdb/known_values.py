"""Reads all values of a kind that were known at an as-of time, also those that one account alone holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.graph.values import KindValues

# Over the tables `position` and `later` of known.py. A reference that no text was ever told for is no value.
_HELD = """CREATE OR REPLACE TEMP TABLE held AS
    SELECT i.identifier_key, l.account_key, min(l.raw) AS raw
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    JOIN identifier_key i ON i.identifier_key = coalesce(s.identifier_key, l.identifier_key)
    WHERE i.kind = $kind AND NOT i.by_alias AND (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)
      AND l.account_key NOT IN (SELECT account_key FROM later)
    GROUP BY i.identifier_key, l.account_key"""
_VALUES = """SELECT h.identifier_key, i.identifier, coalesce(min(h.raw), i.identifier) AS text,
           CAST(count(*) - count(p.position) AS INTEGER) AS outsider_count
    FROM held h JOIN identifier_key i ON i.identifier_key = h.identifier_key
    LEFT JOIN position p ON p.account_key = h.account_key
    GROUP BY h.identifier_key, i.identifier ORDER BY i.identifier"""
_LINKS = """SELECT h.identifier_key, p.position FROM held h JOIN position p ON p.account_key =
h.account_key"""


def read_kind_values(connection: duckdb.DuckDBPyConnection, as_of: datetime, kind: str) -> KindValues:
    """The tables `position` and `later` must be there."""
    connection.execute(_HELD, {"kind": kind, "as_of": as_of})
    try:
        values = connection.sql(_VALUES).to_arrow_table()
        links = connection.sql(_LINKS).to_arrow_table()
    finally:
        connection.execute("DROP TABLE held")
    key = _ints(values["identifier_key"])
    rank = np.zeros(int(key.max(initial=0)) + 1, dtype=np.int64)
    rank[key] = np.arange(len(key))
    packed = np.sort((rank[_ints(links["identifier_key"])] << 32) | _ints(links["position"]))
    return KindValues(
        kind=kind, identifiers=values["identifier"].combine_chunks(), texts=values["text"].combine_chunks(),
        account=(packed & 0x7FFFFFFF).astype(np.int32), value=(packed >> 32).astype(np.int32),
        outsider_count=_ints(values["outsider_count"]),
    )  # fmt: skip


def digest_values(values: Sequence[KindValues]) -> str:
    """SHA-256: equal content gives an equal digest."""
    found = hashlib.sha256()
    for of_kind in values:
        found.update(of_kind.kind.encode() + b"\x00")
        for texts in (of_kind.identifiers, of_kind.texts):
            for text in texts.to_pylist():
                found.update(text.encode("utf-8", "surrogatepass") + b"\x00")
        for numbers in (of_kind.account, of_kind.value, of_kind.outsider_count):
            found.update(np.ascontiguousarray(numbers).tobytes())
    return found.hexdigest()


def _ints(column: pa.ChunkedArray) -> NDArray[np.int32]:
    return np.asarray(column.combine_chunks(), dtype=np.int32)
