"""Reads what was known at an as-of time: the one place where the time filter stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself
from numpy.typing import NDArray

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.model.known import LARGEST_AMOUNT, KnownAccounts, Turnover
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.connection import read_number
from graphrisk.stores.duckdb.known_values import digest_values, read_kind_values

_NO_TIME = np.iinfo(np.int64).min

# A time that is null counts as known at every as-of.
_PREPARE = (
    """CREATE OR REPLACE TEMP TABLE position AS
    SELECT k.account_key, k.account_id, a.created_at,
           CAST(row_number() OVER (ORDER BY k.account_id) - 1 AS INTEGER) AS position
    FROM known_account_key a JOIN account_key k ON k.account_key = a.account_key
    WHERE a.created_at IS NULL OR a.created_at <= $as_of""",
    """CREATE OR REPLACE TEMP TABLE later AS
    SELECT account_key FROM known_account_key WHERE created_at > $as_of""",
    # Accounts and outsiders alike: an outsider makes an identifier more public. An account that did not exist
    # yet is neither, whatever its links say about time.
    """CREATE OR REPLACE TEMP TABLE heard AS
    SELECT l.account_key, coalesce(s.identifier_key, l.identifier_key) AS identifier_key
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    WHERE (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)
      AND l.account_key NOT IN (SELECT account_key FROM later)""",
)
_SHARED = """SELECT h.identifier_key, h.holder_count, i.kind, i.identifier
    FROM shared h JOIN identifier_key i ON i.identifier_key = h.identifier_key
    ORDER BY i.kind, i.identifier, i.by_alias"""
_DROP = ("heard", "later", "position")


class KnownReader:
    """Fits flows.detect.KnownSource."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def latest_time(self) -> datetime | None:
        """The latest time in any observed table; None where none has a time."""
        found = self._connection.execute(
            """SELECT max(moment) FROM (
                SELECT max(created_at) AS moment FROM account UNION ALL SELECT max(last_seen_at) FROM link
                UNION ALL SELECT max(paid_at) FROM payment UNION ALL SELECT max(reported_at) FROM label)"""
        ).fetchall()
        return found[0][0] if found else None

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        """Accounts, the links between what they share, and a digest of both."""
        try:
            self._prepare(as_of)
            accounts = self._read_accounts(as_of)
            links = self._read_links(accounts.account_ids, kinds)
        finally:
            self._release()
        return accounts, links, digest_input(links, accounts)

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        """Of each kind what accounts hold, shared or not, and a digest of it."""
        try:
            self._prepare(as_of)
            values = read_kind_values(self._connection, as_of, kinds)
        finally:
            self._release()
        return values, digest_values(values)

    def _prepare(self, as_of: datetime) -> None:
        for statement in _PREPARE:
            parameters = {"as_of": as_of} if "$as_of" in statement else None
            self._connection.execute(statement, parameters)

    def _release(self) -> None:
        for name in _DROP:
            self._connection.execute(f"DROP TABLE IF EXISTS {name}")

    def _read_accounts(self, as_of: datetime) -> KnownAccounts:
        ids = self._arrow("SELECT account_id, created_at FROM position ORDER BY position")
        count = ids.num_rows
        created = ids["created_at"].combine_chunks().cast(pa.int64()).fill_null(int(_NO_TIME))
        paid = self._per_account(
            """SELECT p.position, count(*) AS payment_count,
                   count(*) FILTER (status IN ('chargeback', 'refunded')) AS loss_count
            FROM payment y JOIN position p ON p.account_key = y.payer_key
            WHERE y.paid_at IS NULL OR y.paid_at <= $as_of GROUP BY p.position""",
            count, {"as_of": as_of},
        )  # fmt: skip
        return KnownAccounts(
            account_ids=_one_chunk(ids["account_id"]),
            created_at=np.asarray(created, dtype=np.int64),
            verdict=self._verdicts(as_of, count),
            payment_count=paid["payment_count"], loss_count=paid["loss_count"],
            turnover=self._turnover(as_of),
        )  # fmt: skip

    def _read_links(self, account_ids: pa.Array, kinds: KindSet) -> SharedLinks:
        """The bipartite graph; see graph.links.SharedLinks for its canonical order.

        Keys are dense, so that arrays over them do in a fraction of a second what grouping does in several.
        """
        sole, pairs = self._split_heard()
        position = self._positions(len(sole))
        identifier, holder = pairs >> 32, position[pairs & 0x7FFFFFFF]
        is_known = holder >= 0
        holder_count = np.bincount(identifier)
        is_shared = np.bincount(identifier[is_known], minlength=len(holder_count)) >= 2
        shared_keys = np.flatnonzero(is_shared).astype(np.int32)
        identifiers = self._read_identifiers(shared_keys, holder_count[shared_keys])
        rank = np.zeros(len(holder_count), dtype=np.int64)
        rank[_ints(identifiers["identifier_key"])] = np.arange(identifiers.num_rows)
        links = is_known & is_shared[identifier]
        ranked = np.sort((rank[identifier[links]] << 32) | holder[links])
        private = np.bincount(holder[is_known & ~links], minlength=len(account_ids))
        of_known = position >= 0
        private[position[of_known]] += sole[of_known]
        code = pa.compute.index_in(identifiers["kind"].combine_chunks(), pa.array(kinds.names(), pa.string()))
        return SharedLinks(
            account_ids=account_ids,
            identifiers=identifiers.select(["kind", "identifier"]).combine_chunks(),
            account=(ranked & 0x7FFFFFFF).astype(np.int32), identifier=(ranked >> 32).astype(np.int32),
            kind_code=_ints(code), holder_count=_ints(identifiers["holder_count"]),
            private_count=private.astype(np.int32),
        )  # fmt: skip

    def _split_heard(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of `heard`: how many identifiers have each account key as their only holder; and the distinct links
        of all other identifiers, sorted, as identifier_key << 32 | account_key."""
        last_account = read_number(self._connection, "SELECT max(account_key) FROM account_key")
        last_key = read_number(self._connection, "SELECT max(identifier_key) FROM identifier_key")
        smallest = np.full(last_key + 1, np.iinfo(np.int32).max, dtype=np.int32)
        largest = np.full(last_key + 1, -1, dtype=np.int32)
        for account, identifier in self._stream_heard():
            np.minimum.at(smallest, identifier, account)
            np.maximum.at(largest, identifier, account)
        contested = smallest < largest
        found = [np.zeros(0, dtype=np.int64)]
        for account, identifier in self._stream_heard():
            chosen = contested[identifier]
            found.append((identifier[chosen].astype(np.int64) << 32) | account[chosen])
        sole = np.bincount(smallest[smallest == largest], minlength=last_account + 1)
        pairs = np.sort(np.concatenate(found))
        return sole, pairs[np.diff(pairs, prepend=-1) > 0]  # np.unique hashes, and takes six times as long

    def _stream_heard(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        """account_key and identifier_key, a million rows at a time."""
        rows = self._connection.sql("SELECT account_key, identifier_key FROM heard")
        for batch in rows.to_arrow_reader(1 << 20):
            yield _ints(batch.column(0)), _ints(batch.column(1))

    def _positions(self, size: int) -> NDArray[np.int64]:
        """[size]: the position of each account key, -1 for an outsider."""
        known = self._arrow("SELECT account_key FROM position ORDER BY position")
        position = np.full(size, -1, dtype=np.int64)
        position[_ints(known["account_key"])] = np.arange(known.num_rows)
        return position

    def _read_identifiers(self, keys: NDArray[np.int32], holder_count: NDArray[np.int64]) -> pa.Table:
        """identifier_key, holder_count, kind and identifier, in canonical order."""
        shared = pa.table({"identifier_key": keys, "holder_count": holder_count.astype(np.int32)})
        self._connection.register("shared", shared)
        try:
            return self._arrow(_SHARED)
        finally:
            self._connection.unregister("shared")

    def _verdicts(self, as_of: datetime, count: int) -> NDArray[np.int8]:
        found = self._per_account(
            """SELECT p.position, sign(
                count(*) FILTER (l.verdict = $bad) - count(*) FILTER (l.verdict = $good)) AS verdict
            FROM label l JOIN position p ON p.account_key = l.account_key
            WHERE l.reported_at IS NULL OR l.reported_at <= $as_of GROUP BY p.position""",
            count, {"as_of": as_of, "bad": Verdict.BAD.value, "good": Verdict.GOOD.value},
        )  # fmt: skip
        return found["verdict"].astype(np.int8)

    def _turnover(self, as_of: datetime) -> Turnover:
        found = self._arrow(
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
            account=_ints(found["position"]), currency=_ints(code.fill_null(len(told))),
            payment_count=np.asarray(found["payment_count"].combine_chunks(), dtype=np.int64),
            amount_minor=np.asarray(found["amount_minor"].combine_chunks(), dtype=np.int64),
        )  # fmt: skip

    def _per_account(
        self, query: str, count: int, parameters: dict[str, datetime | str | None]
    ) -> dict[str, NDArray[np.int64]]:
        """Columns of the query beside `position`, spread over all accounts, 0 where the query has no row."""
        found = self._connection.sql(query, params=parameters or None).to_arrow_table()
        at = _ints(found["position"])
        spread: dict[str, NDArray[np.int64]] = {}
        for name in found.column_names:
            if name != "position":
                values = np.zeros(count, dtype=np.int64)
                values[at] = np.asarray(found[name].combine_chunks().cast(pa.int64()))
                spread[name] = values
        return spread

    def _arrow(self, query: str, parameters: dict[str, datetime | int] | None = None) -> pa.Table:
        return self._connection.sql(query, params=parameters).to_arrow_table()


def digest_input(links: SharedLinks, accounts: KnownAccounts) -> str:
    """SHA-256 of all that a run reads, in canonical order: equal content gives an equal digest, whatever
    the files were."""
    digest = hashlib.sha256()
    texts = (
        links.account_ids,
        links.identifiers["kind"].combine_chunks(),
        links.identifiers["identifier"].combine_chunks(),
    )
    for text in texts:
        for part in pa.compute.binary_length(_one_chunk(text).cast(pa.binary())), text:
            digest.update(_bytes_of(part))
    for numbers in (
        links.account, links.identifier, links.holder_count, links.private_count, accounts.created_at,
        accounts.verdict, accounts.payment_count, accounts.loss_count,
        accounts.turnover.account, accounts.turnover.currency, accounts.turnover.payment_count,
        accounts.turnover.amount_minor,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(numbers).tobytes())
    digest.update(repr(accounts.turnover.currencies).encode())
    return digest.hexdigest()


def _bytes_of(array: pa.Array) -> bytes:
    """The values alone, without the offsets and the padding of their buffers."""
    one = _one_chunk(array)
    if pa.types.is_string(one.type):
        values = one.cast(pa.large_binary())
        offsets = np.frombuffer(values.buffers()[1], dtype=np.int64)
        first, last = int(offsets[values.offset]), int(offsets[values.offset + len(values)])
        data = values.buffers()[2]
        return b"" if data is None else data.slice(first, last - first).to_pybytes()
    return np.asarray(one, dtype=np.int64).tobytes()


def _one_chunk(array: pa.ChunkedArray | pa.Array) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _ints(column: pa.ChunkedArray | pa.Array) -> NDArray[np.int32]:
    return np.asarray(_one_chunk(column), dtype=np.int32)
