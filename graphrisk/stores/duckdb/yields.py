"""From a staged part to the observed tables: accounts, links, payments, labels; and the rows whose account
nobody knows."""

from __future__ import annotations

from graphrisk.flows.plan import AccountRows, LabelRows, LinkRows, Part, PaymentRows
from graphrisk.stores.duckdb.dictionary import enter_accounts, enter_aliases, enter_identifiers
from graphrisk.stores.duckdb.duplicates import find_duplicate_accounts, find_duplicate_payments
from graphrisk.stores.duckdb.staging import SOUND, StagedPart


def write_part(staged: StagedPart) -> None:
    """Faults of keys are entered before anything is written, because a faulty row must yield nothing."""
    part = staged.part
    for name, column in dict.fromkeys(_account_columns(part)):
        enter_accounts(staged, name, column)
    if part.account is not None:
        _write_accounts(staged, part.account, repeated=find_duplicate_accounts(staged, part.account))
    repeated = part.payment is not None and find_duplicate_payments(staged, part.payment)
    for link in part.links:
        enter_identifiers(staged, link)
        _write_links(staged, link)
    if part.payment is not None:
        _write_payments(staged, part.payment, repeated=repeated)
    if part.label is not None:
        _write_labels(staged, part.label)


def find_unknown_accounts(staged: StagedPart) -> None:
    """Rows that name an account which no account table has told of. They are kept, for the account may come
    later."""
    file_id = staged.file_id
    named = f"""(SELECT account_key FROM link WHERE file_id = {file_id}
        UNION ALL SELECT payer_key FROM payment WHERE file_id = {file_id}
        UNION ALL SELECT account_key FROM label WHERE file_id = {file_id})
        WHERE account_key NOT IN (SELECT account_key FROM account)"""
    if not staged.any_row(named):
        return
    for name, column in dict.fromkeys(_watched_columns(staged.part)):
        unknown = f"""SELECT p.row_at, p.piece, p.{name} AS value, k.account_key
            FROM part p JOIN account_key k ON k.account_id = p.{name}
            WHERE {SOUND} AND k.account_key NOT IN (SELECT account_key FROM account)"""
        staged.enter_fault(column, "'unknown_account'", unknown, whole=False, account_key="account_key")


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


def _write_accounts(staged: StagedPart, rows: AccountRows, *, repeated: bool) -> None:
    staged.execute(
        f"""INSERT INTO account
        SELECT {"DISTINCT" if repeated else ""} k.account_key, p.{rows.role}, p.{rows.created_at},
               p.{rows.market}, p.{rows.display_name}, {staged.file_id}
        FROM part p JOIN account_key k ON k.account_id = p.{rows.id} WHERE {SOUND}"""
    )


def _write_links(staged: StagedPart, link: LinkRows) -> None:
    """One row per account and identifier. An identifier that has an alias in its row is stored under the
    alias."""
    respelled = staged.any_row("spelling")
    enter_aliases(staged, link)
    aliased = staged.any_row(f"part WHERE {link.alias} IS NOT NULL")
    text = f"coalesce(s.key, p.{link.text})" if respelled else f"p.{link.text}"
    spelled = f"LEFT JOIN spelling s ON s.text = p.{link.text}" if respelled else ""
    dictionary = "(SELECT identifier_key, identifier FROM identifier_key WHERE kind = $kind AND {} by_alias)"
    by_text = f"{dictionary.format('' if link.text_is_alias else 'NOT')} i ON i.identifier = {text}"
    by_alias = f"{dictionary.format('')} n ON n.identifier = p.{link.alias}"
    joins, key = f"JOIN {by_text}", "i.identifier_key"
    raw = f"CASE WHEN s.key IS NOT NULL THEN p.{link.text} END" if respelled else "NULL::VARCHAR"
    if aliased:
        joins, key = (
            f"LEFT JOIN {by_text} LEFT JOIN {by_alias}",
            "coalesce(n.identifier_key, i.identifier_key)",
        )
        raw = f"p.{link.text}"
    staged.execute(
        f"""INSERT INTO link
        SELECT account_key, identifier_key, min(raw), CASE WHEN count(seen) = count(*) THEN min(seen) END,
        max(seen),
               CAST(sum(events) AS BIGINT), {staged.file_id}
        FROM (SELECT k.account_key, {key} AS identifier_key, {raw} AS raw, p.{link.seen_at} AS seen,
                     p.{link.event_count} AS events
              FROM part p JOIN account_key k ON k.account_id = p.{link.account} {spelled} {joins} WHERE
              {SOUND})
        WHERE identifier_key IS NOT NULL GROUP BY account_key, identifier_key""",
        {"kind": link.kind},
    )
    if aliased:
        staged.execute(
            f"""INSERT INTO identifier_alias
            SELECT DISTINCT n.identifier_key, i.identifier_key, {staged.file_id}
            FROM part p {spelled} JOIN {by_text} JOIN {by_alias} WHERE {SOUND}""",
            {"kind": link.kind},
        )


def _write_payments(staged: StagedPart, rows: PaymentRows, *, repeated: bool) -> None:
    """repeated: some ids came before, here or (then they stand in `earlier`) in another file, and must not
    come twice."""
    anew = f"AND p.{rows.id} NOT IN (SELECT id FROM earlier)" if repeated else ""
    staged.execute(
        f"""INSERT INTO payment
        SELECT {"DISTINCT" if repeated else ""} p.{rows.id}, r.account_key, e.account_key,
        p.{rows.amount_minor},
               p.{rows.currency}, p.{rows.status}, p.{rows.category}, p.{rows.paid_at}, {staged.file_id}
        FROM part p JOIN account_key r ON r.account_id = p.{rows.payer}
        LEFT JOIN account_key e ON e.account_id = p.{rows.payee}
        WHERE p.{rows.id} IS NOT NULL AND {SOUND} {anew}"""
    )


def _write_labels(staged: StagedPart, rows: LabelRows) -> None:
    staged.execute(
        f"""INSERT INTO label
        SELECT DISTINCT k.account_key, p.{rows.verdict}, p.{rows.reason}, p.{rows.reported_at},
        {staged.file_id}
        FROM part p JOIN account_key k ON k.account_id = p.{rows.account}
        WHERE p.{rows.verdict} IS NOT NULL AND {SOUND}"""
    )
