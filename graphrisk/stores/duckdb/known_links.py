"""The bipartite graph as known at an as-of time; see graph.links.SharedLinks for its canonical order.

Keys are dense, so that arrays over them do in a fraction of a second what grouping does in several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute  # pa.compute is not loaded by pyarrow itself
from numpy.typing import NDArray

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import NO_TIME
from graphrisk.stores.duckdb.arrays import int32s, int64s, read_arrow
from graphrisk.stores.duckdb.connection import read_number
from graphrisk.stores.duckdb.known_names import read_identifiers
from graphrisk.stores.duckdb.known_public import read_public

Numbers: TypeAlias = "NDArray[np.int64]"

_ROWS_AT_ONCE = 1 << 20
_MOST_EVENTS = 1 << 50  # of one link and file, so that no sum leaves 64 bits
_LOW = 0x7FFFFFFF


# Accounts and outsiders alike: an outsider makes an identifier more public. An account that did not exist yet
# is neither, whatever its links say about time.
SEEN = """SELECT l.account_key, coalesce(s.identifier_key, l.identifier_key) AS identifier_key {times}
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    WHERE (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)
      AND l.account_key NOT IN (SELECT account_key FROM later)"""
# Without what somebody said to be no link (known_judged.py).
UNBARRED = """NOT EXISTS (SELECT 1 FROM barred b WHERE b.account_key = l.account_key
          AND b.identifier_key = coalesce(s.identifier_key, l.identifier_key))"""
# A link that was used again after as-of was last used some time before, but when, and how often by then, was
# not kept: only its first use is certain. As-of itself would tell that it is used again.
TIMES = f""",
    coalesce(epoch_us(l.first_seen_at), {NO_TIME}) AS first_seen_at,
    coalesce(
        epoch_us(CASE WHEN l.last_seen_at <= $as_of THEN l.last_seen_at ELSE l.first_seen_at END), {NO_TIME}
    ) AS last_seen_at,
    CASE WHEN l.last_seen_at > $as_of THEN 1 ELSE least(l.event_count, {_MOST_EVENTS}) END AS event_count"""


@dataclass(frozen=True, slots=True)
class _Uses:
    """The distinct links of identifiers with several holders, sorted by `pair`: identifier_key << 32 |
    account_key. All int64 [n]."""

    pair: Numbers
    first_seen_at: Numbers
    last_seen_at: Numbers
    event_count: Numbers


def read_links(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, account_ids: pa.Array, kinds: KindSet
) -> SharedLinks:
    """With the tables of known.py and known_judged.py."""
    sole, uses = _split_heard(connection, as_of)
    position = _positions(connection, len(sole))
    identifier, holder = uses.pair >> 32, position[uses.pair & _LOW]
    is_known = holder >= 0
    holder_count = _count_holders(connection, identifier)
    is_shared = np.bincount(identifier[is_known], minlength=len(holder_count)) >= 2
    shared_keys = np.flatnonzero(is_shared).astype(np.int32)
    identifiers = read_identifiers(connection, shared_keys, holder_count[shared_keys])
    rank = np.zeros(len(holder_count), dtype=np.int64)
    rank[int32s(identifiers["identifier_key"])] = np.arange(identifiers.num_rows)
    is_link = is_known & is_shared[identifier]
    ranked = (rank[identifier[is_link]] << 32) | holder[is_link]
    order = np.argsort(ranked)
    ranked, links = ranked[order], np.flatnonzero(is_link)[order]
    private = np.bincount(holder[is_known & ~is_link], minlength=len(account_ids))
    of_known = position >= 0
    private[position[of_known]] += sole[of_known]
    code = pa.compute.index_in(identifiers["kind"].combine_chunks(), pa.array(kinds.names(), pa.string()))
    return SharedLinks(
        account_ids=account_ids,
        identifiers=identifiers.select(["kind", "identifier"]).combine_chunks(),
        account=(ranked & _LOW).astype(np.int32), identifier=(ranked >> 32).astype(np.int32),
        kind_code=int32s(code), holder_count=int32s(identifiers["holder_count"]),
        private_count=private.astype(np.int32), first_seen_at=uses.first_seen_at[links],
        last_seen_at=uses.last_seen_at[links], event_count=uses.event_count[links],
        public=read_public(connection, uses.pair, position, holder_count),
    )  # fmt: skip


def heard_query(connection: duckdb.DuckDBPyConnection, times: str = "") -> str:
    """SEEN, and UNBARRED only where anything is barred: of four million links the question costs .8 s."""
    is_barred = read_number(connection, "SELECT count(*) FROM (SELECT 1 FROM barred LIMIT 1)") > 0
    return (f"{SEEN} AND {UNBARRED}" if is_barred else SEEN).format(times=times)


def _split_heard(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[Numbers, _Uses]:
    """How many identifiers have each account key as their only holder; and the links of all others."""
    last_account = read_number(connection, "SELECT max(account_key) FROM account_key")
    last_key = read_number(connection, "SELECT max(identifier_key) FROM identifier_key")
    smallest = np.full(last_key + 1, np.iinfo(np.int32).max, dtype=np.int32)
    largest = np.full(last_key + 1, -1, dtype=np.int32)
    for batch in _stream(connection, as_of, ""):
        account, identifier = int32s(batch["account_key"]), int32s(batch["identifier_key"])
        np.minimum.at(smallest, identifier, account)
        np.maximum.at(largest, identifier, account)
    sole = np.bincount(smallest[smallest == largest], minlength=last_account + 1)
    return sole, _merged(_stream(connection, as_of, TIMES), smallest < largest)


def _merged(heard: Iterator[pa.RecordBatch], contested: NDArray[np.bool_]) -> _Uses:
    """contested: by identifier_key, whether its links are wanted. A first use without a time makes the link's
    first time unknown."""
    columns: dict[str, list[Numbers]] = {field.name: [np.zeros(0, np.int64)] for field in fields(_Uses)}
    for batch in heard:
        identifier = int32s(batch["identifier_key"])
        rows = np.flatnonzero(contested[identifier])
        pair = (identifier[rows].astype(np.int64) << 32) | int32s(batch["account_key"])[rows]
        columns["pair"].append(pair)
        for name in ("first_seen_at", "last_seen_at", "event_count"):
            columns[name].append(int64s(batch[name])[rows])
    pair = np.concatenate(columns.pop("pair"))
    order = np.argsort(pair)
    pair = pair[order]
    begins = np.flatnonzero(np.diff(pair, prepend=-1) > 0)  # np.unique hashes, and takes six times as long
    if len(pair) == 0:
        return _Uses(pair, pair, pair, pair)
    return _Uses(
        pair[begins],
        np.minimum.reduceat(np.concatenate(columns.pop("first_seen_at"))[order], begins),
        np.maximum.reduceat(np.concatenate(columns.pop("last_seen_at"))[order], begins),
        np.add.reduceat(np.concatenate(columns.pop("event_count"))[order], begins),
    )


def _count_holders(connection: duckdb.DuckDBPyConnection, identifier: Numbers) -> Numbers:
    """By identifier key. A thing that somebody barred, but for some links, is as public as it was."""
    count = np.bincount(identifier)
    public = read_arrow(connection, "SELECT identifier_key, holder_count FROM public_count")
    key, told = int64s(public["identifier_key"].cast(pa.int64())), int64s(public["holder_count"])
    held = key < len(count)
    count[key[held]] = told[held]
    return count


def _stream(connection: duckdb.DuckDBPyConnection, as_of: datetime, times: str) -> Iterator[pa.RecordBatch]:
    heard = connection.sql(heard_query(connection, times), params={"as_of": as_of})
    yield from heard.to_arrow_reader(_ROWS_AT_ONCE)


def _positions(connection: duckdb.DuckDBPyConnection, size: int) -> NDArray[np.int64]:
    """[size]: the position of each account key, -1 for an outsider."""
    known = read_arrow(connection, "SELECT account_key FROM position ORDER BY position")
    position = np.full(size, -1, dtype=np.int64)
    position[int32s(known["account_key"])] = np.arange(known.num_rows)
    return position
