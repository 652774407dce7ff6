"""Keys that come twice: an account or a payment said again is no fault, one said otherwise is. The first
that came stays."""

from __future__ import annotations

from graphrisk.flows.plan import AccountRows, PaymentRows
from graphrisk.stores.duckdb.staging import StagedPart


def find_duplicate_accounts(staged: StagedPart, rows: AccountRows) -> bool:
    """Returns whether any account came twice, in this file or in another of its table."""
    content = f"(p.{rows.role}, p.{rows.created_at}, p.{rows.market}, p.{rows.display_name})"
    earlier = """SELECT k.account_id AS id, (a.role, a.created_at, a.market, a.display_name) AS content
        FROM account a JOIN account_key k ON k.account_key = a.account_key
        JOIN loaded_file f ON f.file_id = a.file_id AND f.table_name = $table_name"""
    return _find_duplicates(staged, (rows.id, rows.id_column), content, earlier)


def find_duplicate_payments(staged: StagedPart, rows: PaymentRows) -> bool:
    """Returns whether any payment came twice; leaves in `earlier` those that another file of the table
    said."""
    content = f"""(p.{rows.payer}, p.{rows.payee}, p.{rows.amount_minor}, p.{rows.currency}, p.{rows.status},
        p.{rows.category}, p.{rows.paid_at})"""
    earlier = """SELECT a.payment_id AS id,
            (r.account_id, e.account_id, a.amount_minor, a.currency, a.status, a.category, a.paid_at) AS
            content
        FROM payment a JOIN account_key r ON r.account_key = a.payer_key
        LEFT JOIN account_key e ON e.account_key = a.payee_key
        JOIN loaded_file f ON f.file_id = a.file_id AND f.table_name = $table_name"""
    return _find_duplicates(staged, (rows.id, rows.id_column), content, earlier)


def _find_duplicates(staged: StagedPart, key: tuple[str, str], content: str, earlier: str) -> bool:
    """key: the part's column, and what the person calls it. earlier: SQL of the id and content of what was
    said before."""
    name, column = key
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT {name} AS id FROM part WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1"""
    )
    staged.execute(
        f"""CREATE OR REPLACE TEMP TABLE earlier AS
        SELECT * FROM ({earlier}) e SEMI JOIN part p ON p.{name} = e.id""",
        {"table_name": staged.table_name},
    )
    within, across = staged.any_row("repeated"), staged.any_row("earlier")
    if within:
        rows = f"""SELECT row_at, piece, id AS value FROM (
                SELECT p.row_at, p.piece, p.{name} AS id, {content} AS content,
                       first_value({content}) OVER (PARTITION BY p.{name} ORDER BY p.row_at, p.piece) AS first
                FROM part p JOIN repeated r ON r.id = p.{name} WHERE {staged.sound()})
            WHERE content IS DISTINCT FROM first"""
        staged.enter_fault(column, "'duplicate_key'", rows, whole=True)
    if across:
        rows = f"""SELECT p.row_at, p.piece, p.{name} AS value FROM part p JOIN earlier e ON e.id = p.{name}
            WHERE {staged.sound()} AND e.content IS DISTINCT FROM {content}"""
        staged.enter_fault(column, "'duplicate_key'", rows, whole=True)
    return within or across
