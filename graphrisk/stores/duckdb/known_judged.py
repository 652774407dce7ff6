"""What judgements change in what a run reads, as temporary tables beside those of known.py:

barred        account_key, identifier_key: links that count as never seen
public_count  identifier_key, holder_count: of barred identifiers that some links still hold, all holders
told_verdict  account_key, verdict, reported_at
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.registry.judgement_rows import tabulate_labels
from graphrisk.registry.rulings import Link, Rulings, Thing

TABLES = ("barred", "public_count", "told_verdict")
_EMPTY = (
    """CREATE OR REPLACE TEMP TABLE barred (
        account_key INTEGER NOT NULL, identifier_key INTEGER NOT NULL)""",
    """CREATE OR REPLACE TEMP TABLE public_count (
        identifier_key INTEGER NOT NULL, holder_count BIGINT NOT NULL)""",
    """CREATE OR REPLACE TEMP TABLE told_verdict (
        account_key INTEGER NOT NULL, verdict VARCHAR NOT NULL, reported_at TIMESTAMP NOT NULL)""",
)
# Links by the identifier that they stand for, at any time: later ones are left out by whoever reads.
_LINKS = """(SELECT DISTINCT l.account_key, coalesce(s.identifier_key, l.identifier_key) AS identifier_key
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key)"""
_OF_THING = "JOIN identifier_key i ON i.identifier_key = l.identifier_key JOIN {} t USING (kind, identifier)"
_KEPT = f"""SELECT l.account_key, l.identifier_key FROM {_LINKS} l {_OF_THING.format("kept_link")}
    JOIN account_key a ON a.account_key = l.account_key AND a.account_id = t.account_id"""
_BARRED = f"""INSERT INTO barred
    SELECT l.account_key, l.identifier_key FROM {_LINKS} l {_OF_THING.format("barred_thing")}
    WHERE (l.account_key, l.identifier_key) NOT IN ({_KEPT})
    UNION
    SELECT l.account_key, l.identifier_key FROM {_LINKS} l {_OF_THING.format("barred_link")}
    JOIN account_key a ON a.account_key = l.account_key AND a.account_id = t.account_id"""
_COUNT = """INSERT INTO public_count
    SELECT identifier_key, count(DISTINCT account_key) FROM ({heard})
    WHERE identifier_key IN (SELECT identifier_key FROM ({kept})) GROUP BY identifier_key"""
_LABELS = """INSERT INTO told_verdict
    SELECT a.account_key, t.verdict, t.reported_at
    FROM new_verdict t JOIN account_key a ON a.account_id = t.account_id"""


def enter_rulings(
    connection: duckdb.DuckDBPyConnection, rulings: Rulings, as_of: datetime, heard: str
) -> None:
    """Make the tables, empty where nothing was ruled. heard: the query for all links known at as_of, barred
    or not."""
    for statement in _EMPTY:
        connection.execute(statement)
    told = {
        "barred_thing": _things(rulings.barred_things),
        "barred_link": _links(rulings.barred_links),
        "kept_link": _links(rulings.kept_links),
        "new_verdict": tabulate_labels(rulings.labels),
    }
    if not any(table.num_rows for table in told.values()):
        return
    for name, table in told.items():
        connection.register(name, table)
    try:
        if rulings.kept_links:
            connection.execute(_COUNT.format(heard=heard, kept=_KEPT), {"as_of": as_of})
        connection.execute(_BARRED)
        connection.execute(_LABELS)
    finally:
        for name in told:
            connection.unregister(name)


def _things(things: Iterable[Thing]) -> pa.Table:
    rows = [{"kind": kind, "identifier": identifier} for kind, identifier in things]
    return pa.Table.from_pylist(rows, pa.schema([("kind", pa.string()), ("identifier", pa.string())]))


def _links(links: Iterable[Link]) -> pa.Table:
    names = ("account_id", "kind", "identifier")
    rows = [dict(zip(names, link, strict=True)) for link in links]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
