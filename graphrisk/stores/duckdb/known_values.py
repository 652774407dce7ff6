"""Reads all values of some kinds that were known at an as-of time, also those that one account alone
holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself
from numpy.typing import NDArray

from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import IdentifierKind, Normaliser
from graphrisk.stores.duckdb.connection import read_number
from graphrisk.stores.duckdb.known_digest import bytes_of
from graphrisk.stores.duckdb.known_links import UNBARRED, heard_query

# All over the tables of known.py and known_judged.py. A reference to something that no text was ever told
# for is no value.
_KIND = """SELECT identifier_key, CAST(list_position($kinds, kind) - 1 AS TINYINT) AS code
    FROM identifier_key WHERE NOT by_alias AND list_contains($kinds, kind)"""
_VALUES = """SELECT identifier_key, identifier FROM identifier_key
    WHERE kind = $kind AND NOT by_alias ORDER BY identifier"""
_SPELLINGS = f"""SELECT i.identifier_key, min(l.raw) AS raw
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    JOIN identifier_key i ON i.identifier_key = coalesce(s.identifier_key, l.identifier_key)
    WHERE i.kind = $kind AND l.raw IS NOT NULL AND (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)
      AND l.account_key NOT IN (SELECT account_key FROM later) AND {UNBARRED}
    GROUP BY i.identifier_key"""

Longs = NDArray[np.int64]


def read_kind_values(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, kinds: Sequence[IdentifierKind]
) -> tuple[KindValues, ...]:
    """In the order of `kinds`."""
    if not kinds:
        return ()
    code = _codes(connection, [kind.name for kind in kinds])
    identifier, account = _held(connection, as_of, code)
    position = _positions(connection)[account]
    return tuple(
        _values_of(connection, as_of, kind, (identifier[of_kind], position[of_kind]))
        for number, kind in enumerate(kinds)
        for of_kind in [code[identifier] == number]
    )


def _codes(connection: duckdb.DuckDBPyConnection, names: list[str]) -> NDArray[np.int8]:
    """The position in `names` of each identifier key's kind, -1 for other kinds. Keys are dense."""
    last = read_number(connection, "SELECT max(identifier_key) FROM identifier_key")
    code = np.full(last + 1, -1, dtype=np.int8)
    rows = connection.sql(_KIND, params={"kinds": names}).to_arrow_table()
    code[_column(rows, "identifier_key")] = _column(rows, "code")
    return code


def _held(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, code: NDArray[np.int8]
) -> tuple[Longs, Longs]:
    """The distinct pairs of identifier key and account key of the wanted kinds, sorted."""
    found = [np.zeros(0, dtype=np.int64)]
    rows = connection.sql(heard_query(connection), params={"as_of": as_of})
    for batch in rows.to_arrow_reader(1 << 20):
        account, identifier = (np.asarray(batch.column(at), dtype=np.int64) for at in (0, 1))
        wanted = code[identifier] >= 0
        found.append((identifier[wanted] << 32) | account[wanted])
    pairs = np.sort(np.concatenate(found))
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return pairs >> 32, pairs & 0x7FFFFFFF


def _positions(connection: duckdb.DuckDBPyConnection) -> Longs:
    """The position of each account key, -1 for an outsider."""
    last = read_number(connection, "SELECT max(account_key) FROM account_key")
    position = np.full(last + 1, -1, dtype=np.int64)
    known = connection.sql("SELECT account_key, position FROM position").to_arrow_table()
    position[_column(known, "account_key")] = _column(known, "position")
    return position


def _values_of(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, kind: IdentifierKind, held: tuple[Longs, Longs]
) -> KindValues:
    """held: identifier key and account position of each link, by key."""
    identifier, position = held
    rows = connection.sql(_VALUES, params={"kind": kind.name}).to_arrow_table()
    key = _column(rows, "identifier_key")
    rank = np.full(int(max(key.max(initial=-1), identifier.max(initial=-1))) + 1, -1, dtype=np.int64)
    is_held = np.isin(key, identifier, kind="table") if len(key) else np.zeros(0, dtype=bool)
    rank[key[is_held]] = np.arange(int(is_held.sum()))
    value = rank[identifier]
    known = position >= 0
    packed = np.sort((value[known] << 32) | position[known])
    identifiers = rows["identifier"].combine_chunks().filter(pa.array(is_held))
    return KindValues(
        kind=kind.name, identifiers=identifiers,
        texts=_spellings(connection, as_of, kind, key[is_held], identifiers),
        account=(packed & 0x7FFFFFFF).astype(np.int32), value=(packed >> 32).astype(np.int32),
        outsider_count=np.bincount(value[~known], minlength=len(identifiers)).astype(np.int32),
    )  # fmt: skip


def _spellings(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, kind: IdentifierKind, key: Longs, keys: pa.Array
) -> pa.Array:
    """The least text that each key came from, where the key has lost what is compared: the order of its
    words."""
    if kind.normaliser is not Normaliser.ADDRESS:
        return keys
    rows = connection.sql(_SPELLINGS, params={"kind": kind.name, "as_of": as_of}).to_arrow_table()
    found = pa.compute.index_in(pa.array(key), rows["identifier_key"].combine_chunks().cast(pa.int64()))
    return pa.compute.coalesce(rows["raw"].combine_chunks().take(found), keys)


def digest_values(values: Sequence[KindValues]) -> str:
    """SHA-256: equal content gives an equal digest."""
    digest = hashlib.sha256()
    for of_kind in values:
        for texts in (pa.array([of_kind.kind], pa.string()), of_kind.identifiers, of_kind.texts):
            lengths = np.asarray(pa.compute.binary_length(texts.cast(pa.large_binary())), dtype=np.int64)
            digest.update(lengths.tobytes())
            digest.update(bytes_of(texts))
        for numbers in (of_kind.account, of_kind.value, of_kind.outsider_count):
            digest.update(np.ascontiguousarray(numbers).tobytes())
    return digest.hexdigest()


def _column(rows: pa.Table, name: str) -> Longs:
    return np.asarray(rows[name].combine_chunks(), dtype=np.int64)
