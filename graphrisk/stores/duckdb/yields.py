"""From a staged part to the observed tables: accounts and their traits, links, payments, labels; and
the rows whose account nobody knows.

Every text of the part is given its integer first. Then one pass lays out `keyed`, the sound rows in integers,
from which all tables are filled.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.flows.plan import AccountRows, LabelRows, LinkRows, Part, PaymentRows
from graphrisk.stores.duckdb.dictionary import enter_accounts, enter_aliases, enter_identifiers
from graphrisk.stores.duckdb.duplicates import find_duplicate_accounts, find_duplicate_payments
from graphrisk.stores.duckdb.staging import StagedPart

_DICTIONARY = "(SELECT identifier_key, identifier FROM identifier_key WHERE kind = '{}' AND {} by_alias)"


_LOOKUPS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class _Lookup:
    """texts: columns of `part p` that the joins look up. columns: what they find, `expression AS name`."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]
    joins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _KeyedLink:
    """Where a link mapping's columns stand in `keyed`. spelling: the table of texts that are not their own
    keys, None for none."""

    rows: LinkRows
    at: int
    spelling: str | None
    aliased: bool

    @property
    def has_raw(self) -> bool:
        return self.aliased or self.spelling is not None

    def lookup(self) -> _Lookup:
        return _Lookup((self.rows.text, self.rows.alias), tuple(self._columns()), tuple(self._joins()))

    def _columns(self) -> list[str]:
        text = f"p.{self.rows.text}"
        found = [f"i{self.at}.identifier_key AS text_key{self.at}"]
        if self.aliased:
            found += [f"n{self.at}.identifier_key AS alias_key{self.at}", f"{text} AS raw{self.at}"]
        elif self.spelling is not None:
            found.append(f"CASE WHEN s{self.at}.key IS NOT NULL THEN {text} END AS raw{self.at}")
        return found

    def _joins(self) -> list[str]:
        at, rows, text, joins = self.at, self.rows, f"p.{self.rows.text}", []
        if self.spelling is not None:
            joins.append(f"LEFT JOIN {self.spelling} s{at} ON s{at}.text = {text}")
            text = f"coalesce(s{at}.key, {text})"
        by_text = _DICTIONARY.format(_quoted(rows.kind), "" if rows.text_is_alias else "NOT")
        joins.append(f"LEFT JOIN {by_text} i{at} ON i{at}.identifier = {text}")
        if self.aliased:
            by_alias = _DICTIONARY.format(_quoted(rows.kind), "")
            joins.append(f"LEFT JOIN {by_alias} n{at} ON n{at}.identifier = p.{rows.alias}")
        return joins


def write_part(staged: StagedPart) -> None:
    """Faults of keys are entered before anything is written, because a faulty row must yield nothing."""
    part = staged.part
    for name, column in dict.fromkeys(_account_columns(part)):
        enter_accounts(staged, name, column)
    if part.account is not None:
        repeated_account = find_duplicate_accounts(staged, part.account)
    if part.payment is not None:
        repeated_payment = find_duplicate_payments(staged, part.payment)
    links = [_enter_link(staged, rows, at) for at, rows in enumerate(part.links)]
    _lay_out_keyed(staged, links)
    for link in links:
        if link.spelling is not None:
            staged.execute(f"DROP TABLE {link.spelling}")
    if part.account is not None:
        _write_accounts(staged, part.account, repeated=repeated_account)
        _write_traits(staged, part.account)
    for link in links:
        _write_links(staged, link)
    if part.payment is not None:
        _write_payments(staged, part.payment, repeated=repeated_payment)
    if part.label is not None:
        _write_labels(staged, part.label)
    staged.execute("DROP TABLE keyed")


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
            WHERE {staged.sound()} AND k.account_key NOT IN (SELECT account_key FROM account)"""
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


def _enter_link(staged: StagedPart, rows: LinkRows, at: int) -> _KeyedLink:
    """Each mapping's texts follow their own rule, so each has a table of spellings of its own."""
    spelling = f"spelling{at}" if enter_identifiers(staged, rows, f"spelling{at}") else None
    enter_aliases(staged, rows)
    return _KeyedLink(rows, at, spelling, staged.any_value(rows.alias))


def _lay_out_keyed(staged: StagedPart, links: list[_KeyedLink]) -> None:
    """keyed: what the sound rows say, with `x_key` for each column x of account ids.

    A few lookups at a time, because the hash tables of all the joins of one statement must fit into memory
    together.
    """
    lookups = [
        _Lookup(
            (name,),
            (f"{name}_account.account_key AS {name}_key",),
            (f"LEFT JOIN account_key {name}_account ON {name}_account.account_id = p.{name}",),
        )
        for name in dict.fromkeys(name for name, _ in _account_columns(staged.part))
    ]
    lookups += [link.lookup() for link in links]
    carried, source, sound = _told_columns(staged.part), "part", staged.sound()
    for begin in range(0, len(lookups), _LOOKUPS_AT_ONCE):
        now, later = lookups[begin : begin + _LOOKUPS_AT_ONCE], lookups[begin + _LOOKUPS_AT_ONCE :]
        texts = [text for lookup in later for text in lookup.texts]
        found = [column for lookup in now for column in lookup.columns]
        columns = [f"p.{name}" for name in dict.fromkeys([*carried, *texts])] + found
        joins = [join for lookup in now for join in lookup.joins]
        target = f"keyed{begin}" if later else "keyed"
        staged.execute(
            f"CREATE TEMP TABLE {target} AS SELECT {', '.join(columns)} FROM {source} p {' '.join(joins)}"
            f" WHERE {sound}"
        )
        if source != "part":
            staged.execute(f"DROP TABLE {source}")
        carried += [column.rsplit(" AS ", 1)[1] for column in found]
        source, sound = target, "true"


def _told_columns(part: Part) -> list[str]:
    """The columns that go into the tables as they are."""
    names = []
    if (account := part.account) is not None:
        names += [account.role, account.created_at, account.market, account.display_name]
        names += [column for _, column in (*account.measures, *account.traits)]
    for link in part.links:
        names += [link.seen_at] if part.is_one(link.event_count) else [link.seen_at, link.event_count]
    if (payment := part.payment) is not None:
        names += [payment.id, payment.amount_minor, payment.currency, payment.status, payment.category]
        names.append(payment.paid_at)
    if (label := part.label) is not None:
        names += [label.verdict, label.reason, label.reported_at]
    return list(dict.fromkeys(names))


def _write_accounts(staged: StagedPart, rows: AccountRows, *, repeated: bool) -> None:
    staged.execute(
        f"""INSERT INTO account
        SELECT {"DISTINCT" if repeated else ""} {rows.id}_key, {rows.role}, {rows.created_at}, {rows.market},
               {rows.display_name}, {staged.file_id}
        FROM keyed WHERE {rows.id}_key IS NOT NULL"""
    )


def _write_traits(staged: StagedPart, rows: AccountRows) -> None:
    """One row for each value told, however often an account is."""
    described = [(name, column, "number") for name, column in rows.measures]
    described += [(name, column, "word") for name, column in rows.traits]
    for name, column, where in described:
        if staged.part.is_null(column):
            continue
        staged.execute(
            f"""INSERT INTO account_trait (account_key, name, {where}, file_id)
            SELECT {rows.id}_key, $name, {column}, {staged.file_id}
            FROM keyed WHERE {rows.id}_key IS NOT NULL AND {column} IS NOT NULL""",
            {"name": name},
        )


def _write_links(staged: StagedPart, link: _KeyedLink) -> None:
    """One row per account and identifier. An identifier that has an alias in its row is stored under the
    alias."""
    rows, at = link.rows, link.at
    account, seen = f"{rows.account}_key", rows.seen_at
    key = f"coalesce(alias_key{at}, text_key{at})" if link.aliased else f"text_key{at}"
    raw = f"min(raw{at})" if link.has_raw else "NULL::VARCHAR"
    events = (
        "count(*)" if staged.part.is_one(rows.event_count) else f"CAST(sum({rows.event_count}) AS BIGINT)"
    )
    staged.execute(
        f"""INSERT INTO link
        SELECT {account}, {key} AS identifier_key, {raw},
               CASE WHEN count({seen}) = count(*) THEN min({seen}) END, max({seen}), {events},
               {staged.file_id}
        FROM keyed WHERE {account} IS NOT NULL AND {key} IS NOT NULL GROUP BY {account}, {key}"""
    )
    if link.aliased:
        staged.execute(
            f"""INSERT INTO identifier_alias
            SELECT DISTINCT alias_key{at}, text_key{at}, {staged.file_id}
            FROM keyed WHERE alias_key{at} IS NOT NULL AND text_key{at} IS NOT NULL"""
        )


def _write_payments(staged: StagedPart, rows: PaymentRows, *, repeated: bool) -> None:
    """repeated: some ids came before, here or (then they stand in `earlier`) in another file, and must not
    come twice."""
    anew = f"AND {rows.id} NOT IN (SELECT id FROM earlier)" if repeated else ""
    staged.execute(
        f"""INSERT INTO payment
        SELECT {"DISTINCT" if repeated else ""} {rows.id}, {rows.payer}_key, {rows.payee}_key,
               {rows.amount_minor}, {rows.currency}, {rows.status}, {rows.category}, {rows.paid_at},
               {staged.file_id}
        FROM keyed WHERE {rows.id} IS NOT NULL AND {rows.payer}_key IS NOT NULL {anew}"""
    )


def _write_labels(staged: StagedPart, rows: LabelRows) -> None:
    staged.execute(
        f"""INSERT INTO label
        SELECT DISTINCT {rows.account}_key, {rows.verdict}, {rows.reason}, {rows.reported_at},
               {staged.file_id}
        FROM keyed WHERE {rows.verdict} IS NOT NULL AND {rows.account}_key IS NOT NULL"""
    )


def _quoted(text: str) -> str:
    return text.replace("'", "''")
