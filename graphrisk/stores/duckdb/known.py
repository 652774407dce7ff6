"""Reads what was known at an as-of time. The time filter stands here and in known_accounts.py, known_links.py
and known_trade.py, for judgements in registry/judgements.py, and nowhere else; all that they give is part of
the digest (known_digest.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.judgements import Judgement
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.registry.judgements import stand_at
from graphrisk.registry.rulings import derive_rulings
from graphrisk.stores.duckdb.known_accounts import read_accounts
from graphrisk.stores.duckdb.known_digest import digest_input
from graphrisk.stores.duckdb.known_judged import TABLES, enter_rulings
from graphrisk.stores.duckdb.known_links import SEEN, read_links
from graphrisk.stores.duckdb.known_values import digest_values, read_kind_values

# A time that is null counts as known at every as-of.
_PREPARE = (
    """CREATE OR REPLACE TEMP TABLE position AS
    SELECT k.account_key, k.account_id, a.created_at,
           CAST(row_number() OVER (ORDER BY k.account_id) - 1 AS INTEGER) AS position
    FROM known_account_key a JOIN account_key k ON k.account_key = a.account_key
    WHERE a.created_at IS NULL OR a.created_at <= $as_of""",
    """CREATE OR REPLACE TEMP TABLE later AS
    SELECT account_key FROM known_account_key WHERE created_at > $as_of""",
)
_DROP = (*TABLES, "later", "position")


@contextmanager
def known_tables(
    connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement], as_of: datetime
) -> Iterator[None]:
    """The temporary tables `position` and `later`, and those of known_judged.py, for as long as it lasts."""
    try:
        for statement in _PREPARE:
            connection.execute(statement, {"as_of": as_of})
        rulings = derive_rulings(stand_at(judgements, as_of))
        enter_rulings(connection, rulings, as_of, SEEN.format(times=""))
        yield
    finally:
        for name in _DROP:
            connection.execute(f"DROP TABLE IF EXISTS {name}")


class KnownReader:
    """Fits flows.detect.KnownSource. judgements: all that were ever passed; those that count at as-of take
    effect on what is read."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement] = ()) -> None:
        self._connection = connection
        self._judgements = judgements

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
        with known_tables(self._connection, self._judgements, as_of):
            accounts = read_accounts(self._connection, as_of)
            links = read_links(self._connection, as_of, accounts.account_ids, kinds)
        return accounts, links, digest_input(links, accounts)

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        """Of each kind what accounts hold, shared or not, and a digest of it."""
        with known_tables(self._connection, self._judgements, as_of):
            values = read_kind_values(self._connection, as_of, kinds)
        return values, digest_values(values)
