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
    if staged.part.is_null(name):
        return
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT text, {_reason(_CONTROL, staged.limits)} AS reason,
               CASE WHEN reason IS NULL THEN text END AS key
        FROM (SELECT DISTINCT {name} AS text FROM part p ANTI JOIN account_key k ON k.account_id = p.{name}
              WHERE {name} IS NOT NULL)"""
    )
    staged.execute(
        """INSERT INTO account_key
        SELECT (SELECT coalesce(max(account_key), 0) FROM account_key) + row_number() OVER (), text
        FROM fresh WHERE reason IS NULL"""
    )
    _report_unfit(staged, name, column, whole=True)


def enter_identifiers(staged: StagedPart, link: LinkRows, spelling: str) -> bool:
    """Returns whether any text may be other than its key; then the table `spelling` holds text and key of
    those that are. A text without a key is a fault of its row, whose other links live on."""
    rule = KeyRule() if link.text_is_alias else link.rule
    if not _spell(staged, link, link.text, rule, by_alias=link.text_is_alias):
        return False
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE {spelling} AS
        SELECT text, key FROM fresh WHERE key <> text"""
    )
    return True


def enter_aliases(staged: StagedPart, link: LinkRows) -> None:
    _spell(staged, link, link.alias, KeyRule(), by_alias=True)


def _spell(staged: StagedPart, link: LinkRows, name: str, rule: KeyRule, *, by_alias: bool) -> bool:
    """Enter the keys of the texts in `part`.name, and leave `fresh` of the unseen: text, key (NULL: it has
    none), reason (why, if that was found before its key was sought). Returns whether any text may be other
    than its key.

    A text that is a key is its own key, so a text in the dictionary needs no look.
    """
    if staged.part.is_null(name):
        return False
    which: dict[str, str | bool] = {"kind": link.kind, "by_alias": by_alias}
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE unseen AS
        SELECT text, {_reason(rule.control, staged.limits)} AS reason
        FROM (SELECT DISTINCT {name} AS text FROM part p ANTI JOIN {_KNOWN} i ON i.identifier = p.{name}
              WHERE {name} IS NOT NULL)""",
        which,
    )
    keys = "SELECT key FROM fresh WHERE key IS NOT NULL"
    respelled = _give_keys(staged, rule)
    if respelled:
        # Several texts may have one key, and it may be known.
        keys = f"""SELECT key FROM (SELECT DISTINCT key FROM ({keys})) d
            ANTI JOIN {_KNOWN} i ON i.identifier = d.key"""
    staged.execute(
        f"""INSERT INTO identifier_key
        SELECT (SELECT coalesce(max(identifier_key), 0) FROM identifier_key) + row_number() OVER (),
               $kind, $by_alias, key
        FROM ({keys})""",
        which,
    )
    _report_unfit(staged, name, link.text_column, whole=False, fault=rule.fault)
    return respelled


def _give_keys(staged: StagedPart, rule: KeyRule) -> bool:
    """`unseen` (text, reason) -> `fresh` (text, key, reason). Returns whether any text is not its own key."""
    odd = f"unseen WHERE reason IS NULL AND NOT ({rule.canonical})"
    respelled = staged.any_row(odd)
    if not respelled:
        rows = "SELECT text, text AS key, reason FROM unseen WHERE reason IS NULL"
    elif rule.rewrite is None:
        rows = f"SELECT text, {rule.key} AS key, reason FROM unseen WHERE reason IS NULL"
    else:
        texts = staged.read_column(f"SELECT text FROM {odd}")
        staged.connection.register("rewritten", pa.table({"written": texts, "key": rule.rewrite(texts)}))
        rows = f"""SELECT text, CASE WHEN {rule.canonical} THEN text ELSE key END AS key, reason
            FROM unseen LEFT JOIN rewritten ON written = text WHERE reason IS NULL"""
    # In two halves: DuckDB takes four times as long for the key of an address inside a CASE.
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh AS
        {rows} UNION ALL SELECT text, NULL, reason FROM unseen WHERE reason IS NOT NULL"""
    )
    staged.connection.unregister("rewritten")
    return respelled


def _report_unfit(staged: StagedPart, name: str, column: str, *, whole: bool, fault: str = "") -> None:
    """fault: the reason of a text in `fresh` that has neither key nor reason."""
    if staged.any_row("fresh WHERE key IS NULL"):
        rows = f"""SELECT p.row_at, p.piece, f.text AS value, coalesce(f.reason, '{fault}') AS reason
            FROM part p JOIN fresh f ON f.text = p.{name} WHERE f.key IS NULL"""
        staged.enter_fault(column, "reason", rows, whole=whole)


def _reason(control: str, limits: LoadLimits) -> str:
    """SQL over `text`: why it can be no key, or NULL. Bytes are known without counting, and never fewer
    than characters."""
    most = limits.max_value_chars
    return (
        f"CASE WHEN strlen(text) > {most} AND length(text) > {most} THEN 'too_long'"
        f" WHEN regexp_matches(text, '{control}') THEN 'control_character' END"
    )
