"""The tables and views of the workspace's database, derived from the Arrow schemas of model.tables.

Observed rows are kept per file, so that a file can be replaced, and speak in integers: an account's or an
identifier's text stands once, in `account_key` and `identifier_key`. The integers carry no meaning and may
differ between two workspaces with equal content: order by the text, never by them.

    known_account_key    account_key, role, created_at, market, display_name
    known_link_key       account_key, identifier_key, raw, first_seen_at, last_seen_at, event_count
    known_account, known_link, known_payment, known_label    the same, in text, as in model.tables

    account_trait        account_key, name, number or word: declared measures and traits, each telling

`known` means: told by an account table, or, where no account table was ever mapped, referred to by any
link, payment (as payer) or label. Aliases are resolved and the files merged in all of them.
"""

from __future__ import annotations

import zlib

import duckdb
import pyarrow as pa

from graphrisk.model import judgements, tables

_VERSION = pa.schema([pa.field("version", pa.int32(), nullable=False)])
_OBSERVED_DDL = (
    "CREATE TABLE account_key (account_key INTEGER NOT NULL, account_id VARCHAR NOT NULL)",
    # by_alias: `identifier` is another table's name for it (an address_id), not the thing itself
    """CREATE TABLE identifier_key (
        identifier_key INTEGER NOT NULL, kind VARCHAR NOT NULL, by_alias BOOLEAN NOT NULL, identifier
        VARCHAR NOT NULL)""",
    """CREATE TABLE identifier_alias (
        alias_key INTEGER NOT NULL, identifier_key INTEGER NOT NULL, file_id INTEGER NOT NULL)""",
    """CREATE TABLE loaded_file (
        file_id INTEGER NOT NULL, table_name VARCHAR NOT NULL, path VARCHAR NOT NULL, digest VARCHAR NOT NULL,
        mapping_digest VARCHAR NOT NULL, row_count BIGINT NOT NULL, bad_count BIGINT NOT NULL, loaded_at
        TIMESTAMP NOT NULL)""",
    """CREATE TABLE account (
        account_key INTEGER NOT NULL, role VARCHAR, created_at TIMESTAMP, market VARCHAR, display_name
        VARCHAR,
        file_id INTEGER NOT NULL)""",
    # What a mapping declares under measures (number) and traits (word), once for each time it is told
    """CREATE TABLE account_trait (
        account_key INTEGER NOT NULL, name VARCHAR NOT NULL, number DOUBLE, word VARCHAR,
        file_id INTEGER NOT NULL)""",
    """CREATE TABLE link (
        account_key INTEGER NOT NULL, identifier_key INTEGER NOT NULL, raw VARCHAR, first_seen_at TIMESTAMP,
        last_seen_at TIMESTAMP, event_count BIGINT NOT NULL, file_id INTEGER NOT NULL)""",
    """CREATE TABLE payment (
        payment_id VARCHAR NOT NULL, payer_key INTEGER NOT NULL, payee_key INTEGER, amount_minor BIGINT,
        currency VARCHAR,
        status VARCHAR, category VARCHAR, paid_at TIMESTAMP, file_id INTEGER NOT NULL)""",
    """CREATE TABLE label (
        account_key INTEGER NOT NULL, verdict VARCHAR NOT NULL, reason VARCHAR, reported_at TIMESTAMP,
        file_id INTEGER NOT NULL)""",
    # account_key: the account that was unknown when the row was quarantined for it
    """CREATE TABLE quarantine (
        table_name VARCHAR NOT NULL, file VARCHAR NOT NULL, line BIGINT, column_name VARCHAR, value VARCHAR,
        reason VARCHAR NOT NULL, account_key INTEGER, file_id INTEGER NOT NULL)""",
)

_RUN_DDL = """CREATE TABLE run (
    run_id VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, as_of TIMESTAMP NOT NULL, parameters VARCHAR
        NOT NULL,
    input_digest VARCHAR NOT NULL, seed BIGINT NOT NULL, versions VARCHAR NOT NULL, counts VARCHAR NOT NULL,
    seconds VARCHAR NOT NULL, peak_memory_bytes BIGINT NOT NULL)"""

RESULT_TABLES: tuple[tuple[str, pa.Schema], ...] = (
    ("ring", tables.RING),
    ("ring_member", tables.RING_MEMBER),
    ("ring_signal", tables.RING_SIGNAL),
    ("ring_innocence", tables.RING_INNOCENCE),
    ("ring_tie", tables.RING_TIE),
    ("ring_exposure", tables.RING_EXPOSURE),
    ("evidence", tables.EVIDENCE),
    ("account_risk", tables.ACCOUNT_RISK),
    ("belief_source", tables.BELIEF_SOURCE),
    ("belief_seed", tables.BELIEF_SEED),
    ("identifier_risk", tables.IDENTIFIER_RISK),
    ("judgement_held", judgements.JUDGEMENT_HELD),
    ("judged_label", judgements.JUDGED_LABEL),
    ("ring_event", tables.RING_EVENT),
    ("ring_move", tables.RING_MOVE),
    ("ring_carrier", tables.RING_CARRIER),
)

# Written after a run, from it and the runs before
LIKENESS_TABLES: tuple[tuple[str, pa.Schema], ...] = (
    ("ring_manner", tables.RING_MANNER),
    ("ring_likeness", tables.RING_LIKENESS),
    ("likeness_aspect", tables.LIKENESS_ASPECT),
)

# What is remembered of the names that runs gave (stores.duckdb.name_memory); made of those, and kept so that
# they need not be read again. name_state: one row, or none where nothing is kept
_NAME_DDL = (
    """CREATE TABLE name_state (
        before TIMESTAMP NOT NULL, memory_count BIGINT NOT NULL, dissolve_after_count BIGINT NOT NULL)""",
    """CREATE TABLE name_life (
        ring_id VARCHAR NOT NULL, born_at TIMESTAMP NOT NULL, last_at TIMESTAMP NOT NULL, run_count BIGINT
        NOT NULL, last_count BIGINT NOT NULL, merged_into VARCHAR, dissolved BOOLEAN NOT NULL)""",
    """CREATE TABLE name_memory (
        ring_id VARCHAR NOT NULL, account_id VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, run_count BIGINT
        NOT NULL, weight DOUBLE NOT NULL)""",
)

# Accounts that an account table told of. Two tables may each know a part: the smallest of what they say is
# taken.
_TOLD_ACCOUNTS = """
    SELECT account_key, min(role) AS role, min(created_at) AS created_at, min(market) AS market,
           min(display_name) AS display_name
    FROM account GROUP BY account_key"""

_REFERRED_ACCOUNTS = """
    SELECT DISTINCT account_key, NULL::VARCHAR AS role, NULL::TIMESTAMP AS created_at, NULL::VARCHAR AS
    market,
           NULL::VARCHAR AS display_name
    FROM (SELECT account_key FROM link UNION ALL SELECT payer_key FROM payment UNION ALL SELECT account_key
    FROM label)"""

_VIEW_DDL = (
    # One alias may have been given several texts: the smallest text stands for all.
    """CREATE OR REPLACE VIEW resolved_alias AS
    SELECT s.alias_key, arg_min(s.identifier_key, i.identifier) AS identifier_key
    FROM identifier_alias s JOIN identifier_key i ON i.identifier_key = s.identifier_key GROUP BY
    s.alias_key""",
    # A link without any time counts as known at every as-of, so one source without a time makes
    # first_seen_at null.
    """CREATE OR REPLACE VIEW known_link_key AS
    SELECT l.account_key, coalesce(s.identifier_key, l.identifier_key) AS identifier_key, min(l.raw) AS raw,
           CASE WHEN count(l.first_seen_at) = count(*) THEN min(l.first_seen_at) END AS first_seen_at,
           max(l.last_seen_at) AS last_seen_at, CAST(sum(l.event_count) AS BIGINT) AS event_count
    FROM link l LEFT JOIN resolved_alias s ON s.alias_key = l.identifier_key
    {known_only}
    GROUP BY ALL""",
    """CREATE OR REPLACE VIEW known_account AS
    SELECT k.account_id, a.role, a.created_at, a.market, a.display_name
    FROM known_account_key a JOIN account_key k ON k.account_key = a.account_key""",
    """CREATE OR REPLACE VIEW known_link AS
    SELECT k.account_id, i.kind, i.identifier, l.raw, l.first_seen_at, l.last_seen_at, l.event_count
    FROM known_link_key l
    JOIN account_key k ON k.account_key = l.account_key
    JOIN identifier_key i ON i.identifier_key = l.identifier_key""",
    # The payee may be an outsider; the payer may not.
    """CREATE OR REPLACE VIEW known_payment AS
    SELECT l.payment_id, r.account_id AS payer_id, e.account_id AS payee_id, l.amount_minor, l.currency,
    l.status, l.category,
           l.paid_at
    FROM payment l JOIN account_key r ON r.account_key = l.payer_key
    LEFT JOIN account_key e ON e.account_key = l.payee_key
    {known_payer_only}""",
    """CREATE OR REPLACE VIEW known_label AS
    SELECT DISTINCT k.account_id, l.verdict, l.reason, l.reported_at
    FROM label l JOIN account_key k ON k.account_key = l.account_key
    {known_only}""",
)


def create_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every table and view in one transaction; the database must be empty."""
    connection.execute("BEGIN TRANSACTION")
    for statement in _TABLE_DDL:
        connection.execute(statement)
    create_views(connection, has_account_table=False)
    connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION])
    connection.execute("COMMIT")


def create_views(connection: duckdb.DuckDBPyConnection, *, has_account_table: bool) -> None:
    """Replace the reading views. has_account_table: only the accounts that an account table told of are
    known."""
    accounts = _TOLD_ACCOUNTS if has_account_table else _REFERRED_ACCOUNTS
    connection.execute(f"CREATE OR REPLACE VIEW known_account_key AS {accounts}")
    known = "WHERE l.{} IN (SELECT account_key FROM account)" if has_account_table else ""
    for statement in _VIEW_DDL:
        filled = statement.replace("{known_only}", known.format("account_key"))
        connection.execute(filled.replace("{known_payer_only}", known.format("payer_key")))


def read_schema_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """None where nothing of ours is in the database."""
    if not has_table(connection, "schema_version", _VERSION):
        return None
    versions = connection.execute("SELECT version FROM schema_version").fetchall()
    return int(versions[0][0]) if versions else None


def has_table(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> bool:
    """Whether the database has that table, with at least these columns."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = ?", [name]
    ).fetchall()
    return {row[0] for row in found} >= set(schema.names)


def columns_ddl(schema: pa.Schema) -> str:
    """`name TYPE [NOT NULL], ...` for an Arrow schema of model.tables."""
    return ", ".join(
        f"{field.name} {_SQL_TYPES[field.type]}{'' if field.nullable else ' NOT NULL'}" for field in schema
    )


_SQL_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    tables.TIME: "TIMESTAMP",
    pa.bool_(): "BOOLEAN",
}

_TABLE_DDL = (
    f"CREATE TABLE schema_version ({columns_ddl(_VERSION)})",
    *_OBSERVED_DDL,
    _RUN_DDL,
    *(
        f"CREATE TABLE {name} (run_id VARCHAR NOT NULL, {columns_ddl(schema)})"
        for name, schema in (*RESULT_TABLES, *LIKENESS_TABLES)
    ),
    *_NAME_DDL,
    # What people said, added to and never changed; it belongs to no run and to no file
    f"CREATE TABLE judgement ({columns_ddl(judgements.JUDGEMENT)})",
)

# A digest of all of the above, so that no change of a table or a view can forget to be another version
_ALL_DDL = (*_TABLE_DDL, _TOLD_ACCOUNTS, _REFERRED_ACCOUNTS, *_VIEW_DDL)
SCHEMA_VERSION = zlib.crc32("\n".join(_ALL_DDL).encode()) & 0x7FFFFFFF
