"""From a staged part to the observed tables: accounts, links, payments, labels; and the rows whose account nobody knows."""

from __future__ import annotations

import duckdb

from graphrisk.flows.load import AccountRows, LabelRows, LinkRows, Part, PaymentRows
from graphrisk.model.mapping import LoadLimits
from graphrisk.stores.duckdb.dictionary import enter_accounts, enter_aliases, enter_identifiers
from graphrisk.stores.duckdb.staging import SOUND, any_row, enter_fault


def write_part(
    connection: duckdb.DuckDBPyConnection, part: Part, file_id: int, table_name: str, limits: LoadLimits
) -> None:
    """Faults of keys are entered before anything is written, because a faulty row must yield nothing."""
    for name, column in dict.fromkeys(_account_columns(part)):
        enter_accounts(connection, name, column, limits)
    if part.account is not None:
        _find_duplicate_accounts(connection, part.account, table_name)
    repeated = part.payment is not None and _find_duplicate_payments(connection, part.payment, table_name)
    if part.account is not None:
        _write_accounts(connection, part.account, file_id)
    for link in part.links:
        enter_identifiers(connection, link, limits)
        _write_links(connection, link, file_id, limits)
    if part.payment is not None:
        _write_payments(connection, part.payment, file_id, repeated=repeated)
    if part.label is not None:
        _write_labels(connection, part.label, file_id)


def find_unknown_accounts(connection: duckdb.DuckDBPyConnection, part: Part, file_id: int) -> None:
    """Rows that name an account which no account table has told of. They are kept, for the account may come later."""
    named = f"""FROM (SELECT account_key FROM link WHERE file_id = {file_id} UNION ALL
        SELECT payer_key FROM payment WHERE file_id = {file_id} UNION ALL
        SELECT account_key FROM label WHERE file_id = {file_id}) WHERE account_key NOT IN (SELECT account_key FROM account)"""
    if not any_row(connection, named):
        return
    for name, column in dict.fromkeys(_watched_columns(part)):
        unknown = f"""SELECT p.row_at, p.{name} AS value, k.account_key FROM part p
            JOIN account_key k ON k.account_id = p.{name}
            WHERE {SOUND} AND k.account_key NOT IN (SELECT account_key FROM account)"""
        enter_fault(connection, column, "'unknown_account'", unknown, whole=False, account_key="account_key")


def _account_columns(part: Part) -> list[tuple[str, str]]:
    columns = [(link.account, link.account_column) for link in part.links]
    if part.account is not None:
        columns.insert(0, (part.account.id, part.account.id_column))
    if part.payment is not None:
        columns.append((part.payment.payer, part.payment.payer_column))
        columns.append((part.payment.payee, part.payment.payee_column))
    if part.label is not None:
        columns.append((part.label.account, part.label.account_column))
    return columns


def _watched_columns(part: Part) -> list[tuple[str, str]]:
    columns = [(link.account, link.account_column) for link in part.links if not link.skip_unknown]
    if part.payment is not None:
        columns.append((part.payment.payer, part.payment.payer_column))
    if part.label is not None and not part.label.skip_unknown:
        columns.append((part.label.account, part.label.account_column))
    return columns


def _write_accounts(connection: duckdb.DuckDBPyConnection, rows: AccountRows, file_id: int) -> None:
    connection.execute(
        f"""INSERT INTO account
        SELECT DISTINCT k.account_key, p.{rows.role}, p.{rows.created_at}, p.{rows.market}, p.{rows.display_name}, {file_id}
        FROM part p JOIN account_key k ON k.account_id = p.{rows.id} WHERE {SOUND}"""
    )


def _find_duplicate_accounts(
    connection: duckdb.DuckDBPyConnection, rows: AccountRows, table_name: str
) -> bool:
    content = f"(p.{rows.role}, p.{rows.created_at}, p.{rows.market}, p.{rows.display_name})"
    earlier = """SELECT k.account_id AS id, (a.role, a.created_at, a.market, a.display_name) AS content
        FROM account a JOIN account_key k ON k.account_key = a.account_key
        JOIN loaded_file f ON f.file_id = a.file_id AND f.table_name = $table_name"""
    return _find_duplicates(connection, rows.id, rows.id_column, content, earlier, table_name)


def _find_duplicate_payments(
    connection: duckdb.DuckDBPyConnection, rows: PaymentRows, table_name: str
) -> bool:
    content = f"""(p.{rows.payer}, p.{rows.payee}, p.{rows.amount_minor}, p.{rows.currency}, p.{rows.status}, p.{rows.category},
        p.{rows.paid_at})"""
    earlier = """SELECT a.payment_id AS id, (r.account_id, e.account_id, a.amount_minor, a.currency, a.status, a.category, a.paid_at)
            AS content
        FROM payment a JOIN account_key r ON r.account_key = a.payer_key
        LEFT JOIN account_key e ON e.account_key = a.payee_key
        JOIN loaded_file f ON f.file_id = a.file_id AND f.table_name = $table_name"""
    return _find_duplicates(connection, rows.id, rows.id_column, content, earlier, table_name)


def _find_duplicates(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, content: str, earlier: str, table_name: str
) -> bool:
    """A key that came before with other content is a fault: the first stays. A key that came before with the same is none.

    Returns whether any key came twice. `earlier`: SQL of id, content of what this table's other files said.
    """
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
        SELECT {name} AS id FROM part p WHERE {name} IS NOT NULL GROUP BY {name} HAVING count(*) > 1"""
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE earlier AS SELECT * FROM ({earlier}) e SEMI JOIN part p ON p.{name} = e.id",
        {"table_name": table_name},
    )
    within, across = any_row(connection, "FROM repeated"), any_row(connection, "FROM earlier")
    if within:
        enter_fault(connection, column, "'duplicate_key'", f"""
            SELECT row_at, id AS value FROM (
                SELECT p.row_at, p.{name} AS id, {content} AS content,
                       first_value({content}) OVER (PARTITION BY p.{name} ORDER BY p.row_at) AS first
                FROM part p JOIN repeated r ON r.id = p.{name} WHERE {SOUND})
            WHERE content IS DISTINCT FROM first""", whole=True)  # fmt: skip
    if across:
        enter_fault(connection, column, "'duplicate_key'", f"""
            SELECT p.row_at, p.{name} AS value FROM part p JOIN earlier e ON e.id = p.{name}
            WHERE {SOUND} AND e.content IS DISTINCT FROM {content}""", whole=True)  # fmt: skip
    return within or across


def _write_links(
    connection: duckdb.DuckDBPyConnection, link: LinkRows, file_id: int, limits: LoadLimits
) -> None:
    respelled = any_row(connection, "FROM spelling")
    enter_aliases(connection, link, limits)
    aliased = any_row(connection, f"FROM part WHERE {link.alias} IS NOT NULL")
    text = f"coalesce(s.key, p.{link.text})" if respelled else f"p.{link.text}"
    spelled = f"LEFT JOIN spelling s ON s.text = p.{link.text}" if respelled else ""
    dictionary = "(SELECT identifier_key, identifier FROM identifier_key WHERE kind = $kind AND {} by_alias)"
    by_text = dictionary.format("" if link.text_is_alias else "NOT")
    if aliased:
        joins = f"""LEFT JOIN {by_text} i ON i.identifier = {text}
            LEFT JOIN {dictionary.format("")} n ON n.identifier = p.{link.alias}"""
        key, raw = "coalesce(n.identifier_key, i.identifier_key)", f"p.{link.text}"
    else:
        joins, key = f"JOIN {by_text} i ON i.identifier = {text}", "i.identifier_key"
        raw = f"CASE WHEN s.key IS NOT NULL THEN p.{link.text} END" if respelled else "NULL::VARCHAR"
    connection.execute(
        f"""INSERT INTO link
        SELECT account_key, identifier_key, min(raw), CASE WHEN count(seen) = count(*) THEN min(seen) END, max(seen),
               CAST(sum(events) AS BIGINT), {file_id}
        FROM (SELECT k.account_key, {key} AS identifier_key, {raw} AS raw, p.{link.seen_at} AS seen, p.{link.event_count} AS events
              FROM part p JOIN account_key k ON k.account_id = p.{link.account} {spelled} {joins} WHERE {SOUND})
        WHERE identifier_key IS NOT NULL GROUP BY account_key, identifier_key""",
        {"kind": link.kind},
    )
    if aliased:
        connection.execute(
            f"""INSERT INTO identifier_alias SELECT DISTINCT n.identifier_key, i.identifier_key, {file_id}
            FROM part p {spelled} JOIN {by_text} i ON i.identifier = {text}
            JOIN {dictionary.format("")} n ON n.identifier = p.{link.alias} WHERE {SOUND}""",
            {"kind": link.kind},
        )


def _write_payments(
    connection: duckdb.DuckDBPyConnection, rows: PaymentRows, file_id: int, *, repeated: bool
) -> None:
    """repeated: some ids came before, here or (then they stand in `earlier`) in another file, and must not come twice."""
    anew = f"AND p.{rows.id} NOT IN (SELECT id FROM earlier)" if repeated else ""
    connection.execute(
        f"""INSERT INTO payment
        SELECT {"DISTINCT" if repeated else ""} p.{rows.id}, r.account_key, e.account_key, p.{rows.amount_minor},
               p.{rows.currency}, p.{rows.status}, p.{rows.category}, p.{rows.paid_at}, {file_id}
        FROM part p JOIN account_key r ON r.account_id = p.{rows.payer}
        LEFT JOIN account_key e ON e.account_id = p.{rows.payee}
        WHERE p.{rows.id} IS NOT NULL AND {SOUND} {anew}"""
    )


def _write_labels(connection: duckdb.DuckDBPyConnection, rows: LabelRows, file_id: int) -> None:
    connection.execute(
        f"""INSERT INTO label SELECT DISTINCT k.account_key, p.{rows.verdict}, p.{rows.reason}, p.{rows.reported_at}, {file_id}
        FROM part p JOIN account_key k ON k.account_id = p.{rows.account} WHERE p.{rows.verdict} IS NOT NULL AND {SOUND}"""
    )
