"""Accounts and identifiers get integers: each text of a part that is not in the dictionary yet is checked once, and entered.

Only values that nobody has seen before are looked at, so that a new day costs what is new in it.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from graphrisk.flows.load import KeyRule, LinkRows
from graphrisk.model.mapping import LoadLimits
from graphrisk.stores.duckdb.staging import any_row, enter_fault

_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"


def enter_accounts(connection: duckdb.DuckDBPyConnection, name: str, column: str, limits: LoadLimits) -> None:
    """name: a column of `part` that holds account ids; an id that cannot be one makes its row faulty."""
    reason = _reason("text", _CONTROL, limits)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS SELECT text, {reason} AS reason
        FROM (SELECT DISTINCT {name} AS text FROM part WHERE {name} IS NOT NULL) d
        ANTI JOIN account_key k ON k.account_id = d.text"""
    )
    connection.execute(
        """INSERT INTO account_key SELECT (SELECT coalesce(max(account_key), 0) FROM account_key) + row_number() OVER (), text
        FROM fresh WHERE reason IS NULL"""
    )
    if any_row(connection, "FROM fresh WHERE reason IS NOT NULL"):
        rows = f"SELECT row_at, f.text AS value, f.reason FROM part p JOIN fresh f ON f.text = p.{name} WHERE f.reason IS NOT NULL"
        enter_fault(connection, column, "reason", rows, whole=True)


def enter_identifiers(connection: duckdb.DuckDBPyConnection, link: LinkRows, limits: LoadLimits) -> None:
    """Leaves `spelling`: text, key, for the texts that are not their own keys; a text without a key is a fault of its row,
    whose other links live on."""
    rule = KeyRule() if link.text_is_alias else link.rule
    _spell(connection, link, link.text, rule, by_alias=link.text_is_alias, limits=limits)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE spelling AS SELECT text, key FROM fresh WHERE key <> text AND reason IS NULL"
    )


def enter_aliases(connection: duckdb.DuckDBPyConnection, link: LinkRows, limits: LoadLimits) -> None:
    _spell(connection, link, link.alias, KeyRule(), by_alias=True, limits=limits)


def _spell(
    connection: duckdb.DuckDBPyConnection,
    link: LinkRows,
    name: str,
    rule: KeyRule,
    *,
    by_alias: bool,
    limits: LoadLimits,
) -> None:
    """Enter the keys of the texts in the part's column `name`, and leave `fresh` (text, key, reason) of those unseen before."""
    plain = rule.key is None and rule.rewrite is None
    which = {"kind": link.kind, "by_alias": by_alias}
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {"fresh" if plain else "unseen"} AS
        SELECT text, {"text AS key," if plain else ""} {_reason("text", rule.control, limits)} AS reason
        FROM (SELECT DISTINCT {name} AS text FROM part WHERE {name} IS NOT NULL) d
        ANTI JOIN (SELECT identifier FROM identifier_key WHERE kind = $kind AND by_alias = $by_alias) i
        ON i.identifier = d.text""",
        which,
    )
    keys = "SELECT key FROM fresh WHERE reason IS NULL"
    if not plain:
        _give_keys(connection, rule)
        connection.execute("DROP TABLE unseen")
        # Several texts may have one key, and it may be known.
        keys = f"""SELECT key FROM (SELECT DISTINCT key FROM ({keys})) d
            ANTI JOIN (SELECT identifier FROM identifier_key WHERE kind = $kind AND by_alias = $by_alias) i
            ON i.identifier = d.key"""
    connection.execute(
        f"""INSERT INTO identifier_key
        SELECT (SELECT coalesce(max(identifier_key), 0) FROM identifier_key) + row_number() OVER (), $kind, $by_alias, key
        FROM ({keys})""",
        which,
    )
    if any_row(connection, "FROM fresh WHERE reason IS NOT NULL"):
        rows = f"SELECT row_at, f.text AS value, f.reason FROM part p JOIN fresh f ON f.text = p.{name} WHERE f.reason IS NOT NULL"
        enter_fault(connection, link.text_column, "reason", rows, whole=False)


def _give_keys(connection: duckdb.DuckDBPyConnection, rule: KeyRule) -> None:
    """`unseen` (text, reason) -> `fresh` (text, key, reason): a reason that stands goes before one found here."""
    join, key = "", rule.key or "NULL::VARCHAR"
    if rule.rewrite is not None:
        odd = connection.sql(
            f"SELECT text FROM unseen WHERE reason IS NULL AND NOT ({rule.canonical})"
        ).to_arrow_table()
        texts = odd.column("text").combine_chunks()
        connection.register("rewritten", pa.table({"written": texts, "key": rule.rewrite(texts)}))
        join, key = "LEFT JOIN rewritten ON written = text", "rewritten.key"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT text, key, CASE WHEN reason IS NOT NULL THEN reason WHEN key IS NULL THEN $fault END AS reason
        FROM (SELECT text, CASE WHEN reason IS NOT NULL THEN NULL WHEN {rule.canonical} THEN text ELSE {key} END AS key, reason
              FROM unseen {join})""",
        {"fault": rule.fault},
    )
    if rule.rewrite is not None:
        connection.unregister("rewritten")


def _reason(text: str, control: str, limits: LoadLimits) -> str:
    most = limits.max_value_chars
    return (
        f"CASE WHEN strlen({text}) > {most} AND length({text}) > {most} THEN 'too_long'"
        f" WHEN regexp_matches({text}, '{control}') THEN 'control_character' END"
    )
