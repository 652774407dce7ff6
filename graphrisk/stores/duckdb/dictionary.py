"""Accounts and identifiers get integers: each text of a part that is in no dictionary yet is checked once,
and entered.

Only values that nobody has seen before are looked at, so that a new day costs what is new in it.
"""

from __future__ import annotations

import pyarrow as pa

from graphrisk.flows.plan import KeyRule, LinkRows
from graphrisk.model.mapping import LoadLimits
from graphrisk.stores.duckdb.staging import StagedPart

_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"
_KNOWN = "(SELECT identifier FROM identifier_key WHERE kind = $kind AND by_alias = $by_alias)"


def enter_accounts(staged: StagedPart, name: str, column: str) -> None:
    """name: a column of `part` that holds account ids; a text that cannot be one makes its row faulty."""
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS SELECT text, {_reason(_CONTROL, staged.limits)} AS reason
        FROM (SELECT DISTINCT {name} AS text FROM part WHERE {name} IS NOT NULL) d
        ANTI JOIN account_key k ON k.account_id = d.text"""
    )
    staged.execute(
        """INSERT INTO account_key
        SELECT (SELECT coalesce(max(account_key), 0) FROM account_key) + row_number() OVER (), text
        FROM fresh WHERE reason IS NULL"""
    )
    _report_unfit(staged, name, column, whole=True)


def enter_identifiers(staged: StagedPart, link: LinkRows) -> None:
    """Leaves `spelling`: text, key, for the texts that are not their own keys. A text without a key is a
    fault of its row, whose other links live on."""
    _spell(
        staged, link, link.text, KeyRule() if link.text_is_alias else link.rule, by_alias=link.text_is_alias
    )
    staged.execute(
        """CREATE OR REPLACE TEMP TABLE spelling AS
        SELECT text, key FROM fresh WHERE key <> text AND reason IS NULL"""
    )


def enter_aliases(staged: StagedPart, link: LinkRows) -> None:
    _spell(staged, link, link.alias, KeyRule(), by_alias=True)


def _spell(staged: StagedPart, link: LinkRows, name: str, rule: KeyRule, *, by_alias: bool) -> None:
    """Enter the keys of the texts in `part`.name, and leave `fresh` (text, key, reason) of those that were
    unseen.

    A text that is a key is its own key, so a text in the dictionary needs no look.
    """
    plain = rule.key is None and rule.rewrite is None
    which: dict[str, str | bool] = {"kind": link.kind, "by_alias": by_alias}
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE {"fresh" if plain else "unseen"} AS
        SELECT text, {"text AS key," if plain else ""} {_reason(rule.control, staged.limits)} AS reason
        FROM (SELECT DISTINCT {name} AS text FROM part WHERE {name} IS NOT NULL) d
        ANTI JOIN {_KNOWN} i ON i.identifier = d.text""",
        which,
    )
    keys = "SELECT key FROM fresh WHERE reason IS NULL"
    if not plain:
        _give_keys(staged, rule)
        # Several texts may have one key, and it may be known.
        keys = f"""SELECT key FROM (SELECT DISTINCT key FROM ({keys})) d
            ANTI JOIN {_KNOWN} i ON i.identifier = d.key"""
    staged.execute(
        f"""INSERT INTO identifier_key
        SELECT (SELECT coalesce(max(identifier_key), 0) FROM identifier_key) + row_number() OVER (), $kind,
        $by_alias, key
        FROM ({keys})""",
        which,
    )
    _report_unfit(staged, name, link.text_column, whole=False)


def _give_keys(staged: StagedPart, rule: KeyRule) -> None:
    """`unseen` (text, reason) -> `fresh` (text, key, reason): a reason that stands goes before one found
    here."""
    join, key = "", rule.key or "NULL::VARCHAR"
    if rule.rewrite is not None:
        odd = staged.connection.sql(
            f"SELECT text FROM unseen WHERE reason IS NULL AND NOT ({rule.canonical})"
        )
        texts = odd.to_arrow_table().column("text").combine_chunks()
        staged.connection.register("rewritten", pa.table({"written": texts, "key": rule.rewrite(texts)}))
        join, key = "LEFT JOIN rewritten ON written = text", "rewritten.key"
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT text, key, CASE WHEN reason IS NOT NULL THEN reason WHEN key IS NULL THEN $fault END AS reason
        FROM (SELECT text, reason,
                     CASE WHEN reason IS NOT NULL THEN NULL WHEN {rule.canonical} THEN text ELSE {key} END
                     AS key
              FROM unseen {join})""",
        {"fault": rule.fault},
    )
    staged.execute("DROP TABLE unseen")
    if rule.rewrite is not None:
        staged.connection.unregister("rewritten")


def _report_unfit(staged: StagedPart, name: str, column: str, *, whole: bool) -> None:
    if staged.any_row("fresh WHERE reason IS NOT NULL"):
        rows = f"""SELECT p.row_at, p.piece, f.text AS value, f.reason
            FROM part p JOIN fresh f ON f.text = p.{name} WHERE f.reason IS NOT NULL"""
        staged.enter_fault(column, "reason", rows, whole=whole)


def _reason(control: str, limits: LoadLimits) -> str:
    """SQL over `text`: why it can be no key, or NULL. Bytes are known without counting, and never fewer
    than characters."""
    most = limits.max_value_chars
    return (
        f"CASE WHEN strlen(text) > {most} AND length(text) > {most} THEN 'too_long'"
        f" WHEN regexp_matches(text, '{control}') THEN 'control_character' END"
    )
