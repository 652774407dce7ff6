"""Reads what some accounts did and wrote, as known at an as-of time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from graphrisk.model.kinds import Comparison, KindSet
from graphrisk.model.known import NO_TIME
from graphrisk.registry.manner import Deals, Doings, Texts, Uses
from graphrisk.stores.duckdb.arrays import int64s, one_chunk, read_arrow

# A time that is null counts as known at every as-of. Here `chosen` is place, account_id and account_key.
_ACCOUNTS = f"""SELECT c.account_id, coalesce(epoch_us(a.created_at), {NO_TIME}) AS created_at, a.market,
           a.display_name
    FROM chosen c LEFT JOIN known_account_key a ON a.account_key = c.account_key ORDER BY c.place"""
_LINKS = """FROM link l JOIN chosen c ON c.account_key = l.account_key
    LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    JOIN identifier_key i ON i.identifier_key = coalesce(s.identifier_key, l.identifier_key)
    WHERE NOT i.by_alias AND (l.first_seen_at IS NULL OR l.first_seen_at <= $as_of)"""
_USES = f"""SELECT c.place, i.kind, i.identifier_key,
           CASE WHEN count(l.first_seen_at) = count(*) THEN epoch_us(min(l.first_seen_at))
                ELSE {NO_TIME} END AS at
    {_LINKS} GROUP BY ALL ORDER BY ALL"""
_TEXTS = f"""SELECT c.place, coalesce(min(l.raw), i.identifier) AS text
    {_LINKS} AND list_contains($kinds, i.kind)
    GROUP BY c.place, i.identifier_key, i.identifier ORDER BY ALL"""
_DEALS = f"""SELECT c.place, coalesce(epoch_us(y.paid_at), {NO_TIME}) AS at,
           coalesce(y.amount_minor, 0) AS amount_minor, e.account_id AS payee, y.currency, y.category,
           y.status
    FROM payment y JOIN chosen c ON c.account_key = y.payer_key
    LEFT JOIN account_key e ON e.account_key = y.payee_key
    WHERE y.paid_at IS NULL OR y.paid_at <= $as_of ORDER BY ALL"""
_MEDIANS = """SELECT currency, CAST(median(amount_minor) AS DOUBLE) AS median FROM payment
    WHERE amount_minor > 0 AND (paid_at IS NULL OR paid_at <= $as_of) GROUP BY currency"""
# Neighbours in this order are of one market, and chosen by nothing else.
_SAMPLE = """SELECT account_id FROM (
        SELECT k.account_id, a.market, md5(k.account_id) AS lot
        FROM known_account_key a JOIN account_key k ON k.account_key = a.account_key
        WHERE (a.created_at IS NULL OR a.created_at <= $as_of)
          AND k.account_id NOT IN (SELECT account_id FROM left_out)
        ORDER BY lot, k.account_id LIMIT $wanted)
    ORDER BY market NULLS LAST, lot, account_id"""


class DoingsReader:
    """Fits flows.liken.DoingsSource."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_doings(self, account_ids: pa.Array, as_of: datetime, kinds: KindSet) -> Doings:
        """Of these accounts, each once, in this order; of one that no table has any more, nothing."""
        with self._chosen(account_ids):
            accounts = self._read(_ACCOUNTS)
            uses = self._read(_USES, as_of=as_of)
            found = self._read(_DEALS, as_of=as_of)
            mailboxes = self._texts(kinds, Comparison.EMAIL, as_of)
            addresses = self._texts(kinds, Comparison.ADDRESS, as_of)
        medians = self._read(_MEDIANS, as_of=as_of).to_pylist()
        names = tuple(sorted(set(uses["kind"].to_pylist())))
        codes = pa.compute.index_in(one_chunk(uses["kind"]), pa.array(names, pa.string()))
        words = {name: tuple(found[name].to_pylist()) for name in ("payee", "currency", "category", "status")}
        things = int64s(uses["identifier_key"])
        return Doings(
            account_ids=one_chunk(accounts["account_id"]),
            created_at=int64s(accounts["created_at"]),
            market=tuple(accounts["market"].to_pylist()),
            display_name=tuple(accounts["display_name"].to_pylist()),
            mailboxes=mailboxes,
            addresses=addresses,
            uses=Uses(names, int64s(uses["place"]), int64s(codes), things, int64s(uses["at"])),
            deals=Deals(
                int64s(found["place"]), int64s(found["at"]), int64s(found["amount_minor"]), **words,
                medians={row["currency"]: row["median"] for row in medians},
            ),
        )  # fmt: skip

    def sample_accounts(self, left_out: pa.Array, as_of: datetime, wanted: int) -> pa.Array:
        """At most `wanted` others, by lot but always the same; those of one market beside each other."""
        self._connection.register("left_out", pa.table({"account_id": left_out}))
        try:
            return one_chunk(self._read(_SAMPLE, as_of=as_of, wanted=wanted)["account_id"])
        finally:
            self._connection.unregister("left_out")

    def _texts(self, kinds: KindSet, comparison: Comparison, as_of: datetime) -> Texts:
        names = [kind.name for kind in kinds.kinds if kind.comparison is comparison]
        found = self._connection.sql(_TEXTS, params={"as_of": as_of, "kinds": names}).to_arrow_table()
        return Texts(int64s(found["place"]), tuple(found["text"].to_pylist()))

    def _read(self, query: str, **values: datetime | int) -> pa.Table:
        return read_arrow(self._connection, query, dict(values))

    @contextmanager
    def _chosen(self, account_ids: pa.Array) -> Iterator[None]:
        asked = pa.table({"place": np.arange(len(account_ids)), "account_id": account_ids})
        self._connection.register("asked", asked)
        try:
            self._connection.execute(
                """CREATE OR REPLACE TEMP TABLE chosen AS
                SELECT a.place, a.account_id, k.account_key
                FROM asked a LEFT JOIN account_key k ON k.account_id = a.account_id"""
            )
            yield
        finally:
            self._connection.unregister("asked")
            self._connection.execute("DROP TABLE IF EXISTS chosen")
