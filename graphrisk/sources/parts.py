"""A table's mapping over the cells of a row: what the row says, and what is wrong with it, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from graphrisk.errors import ConfigError
from graphrisk.flows.plan import AccountRows, Column, Fault, LabelRows, LinkRows, Part, PaymentRows
from graphrisk.model.mapping import (
    AccountMapping,
    Condition,
    LabelMapping,
    LinkMapping,
    Mapping,
    PaymentMapping,
    TableMapping,
    UnknownAccount,
)
from graphrisk.sources.cells import (
    Cell,
    Reading,
    amount_of,
    count_of,
    holds_control,
    joined_text,
    measure_of,
    text_of,
    time_of,
    too_long,
    verdict_of,
)
from graphrisk.sources.keys import key_rule
from graphrisk.sources.quoting import sql_text

NO_TEXT, NO_TIME, NO_NUMBER = "NULL::VARCHAR", "NULL::TIMESTAMP", "NULL::DOUBLE"


@dataclass(slots=True)
class PartBuilder:
    """Collects the columns and checks of one part. cell: how a column of the mapping is read; raises where
    it must exist and does not. optional: the same, None where it is absent. sound: SQL that is false for a
    row that could not be parsed at all."""

    mapping: Mapping
    table: TableMapping
    cell: Callable[[str], Cell]
    optional: Callable[[str | None], Cell | None]
    sound: str | None = None
    columns: dict[str, str] = field(default_factory=dict)  # expression -> name
    faults: dict[tuple[str, str, str], None] = field(default_factory=dict)
    expects_links: bool = True
    says: list[str] = field(default_factory=list)  # of these a row that tells of nothing else must fill one

    def column(self, expression: str, when: tuple[Condition, ...] = ()) -> str:
        """The name under which `expression` stands in the part; NULL where a condition does not hold."""
        if when:
            expression = f"CASE WHEN {self._holds(when)} THEN {expression} END"
        return self.columns.setdefault(expression, f"x{len(self.columns)}")

    def check(self, column: str, fault: tuple[str, str], when: tuple[Condition, ...] = ()) -> None:
        reason, value = fault
        guards = [g for g in (self.sound, self._holds(when) if when else None) if g]
        guarded = f"CASE WHEN {' AND '.join(guards)} THEN {value} END" if guards else value
        self.faults[column, reason, self.column(guarded)] = None

    def check_always(self, column: str, fault: tuple[str, str]) -> None:
        """Even of a row that could not be parsed."""
        self.faults[column, fault[0], self.column(fault[1])] = None

    def read(self, column: str, reading: Reading, when: tuple[Condition, ...]) -> str:
        for fault in reading.faults:
            self.check(column, fault, when)
        return self.column(reading.value, when)

    def time(self, name: str | None, when: tuple[Condition, ...] = ()) -> str:
        cell = self.optional(name)
        if cell is None:
            return self.column(NO_TIME)
        table = self.table
        return self.read(
            cell.column, time_of(cell, table.time_format, table.timezone, self.mapping.limits), when
        )

    def words(self, name: str | None, when: tuple[Condition, ...] = (), *, fold: bool = False) -> str:
        """A describing text: any characters, but not without end."""
        cell = self.optional(name)
        if cell is None:
            return self.column(NO_TEXT)
        text = text_of(cell)
        self.check(cell.column, too_long(text, self.mapping.limits), when)
        return self.column(f"lower({text})" if fold else text, when)

    def measure(self, name: str) -> str:
        cell = self.optional(name)
        return self.column(NO_NUMBER) if cell is None else self.read(cell.column, measure_of(cell), ())

    def account(self, account: AccountMapping) -> AccountRows:
        identity = self.cell(account.id)
        text = text_of(identity)
        self.check(identity.column, ("missing_key", f"CASE WHEN {text} IS NULL THEN '' END"))
        return AccountRows(
            self.column(text),
            identity.column,
            self.words(account.role, fold=True),
            self.time(account.created_at),
            self.words(account.market),
            self.words(account.display_name),
            tuple((name, self.measure(column)) for name, column in account.measures),
            tuple((name, self.words(column)) for name, column in account.traits),
        )

    def link(self, link: LinkMapping) -> LinkRows | None:
        """None if no column of the identifier is in this file, so that it says nothing of this kind."""
        found = [cell for cell in map(self.optional, link.identifier) if cell is not None]
        alias_cell = self.optional(link.alias)
        named_by = found[0] if found else alias_cell
        if named_by is None:
            return None
        account = self.cell(link.account)
        account_text, text = text_of(account), joined_text(found) if found else NO_TEXT
        alias = text_of(alias_cell) if alias_cell is not None else NO_TEXT
        named = f"coalesce({text}, {alias})"
        self.check(
            account.column,
            ("missing_key", f"CASE WHEN {account_text} IS NULL AND {named} IS NOT NULL THEN '' END"),
            link.when,
        )
        if not link.when:
            self.says.append(named)
        count = self.optional(link.event_count)
        kind = self.mapping.kinds.named(link.kind)
        if kind is None:
            raise ConfigError("unknown kind", where=f"table {self.table.name}", value=link.kind)
        return LinkRows(
            kind=link.kind,
            rule=key_rule(kind.normaliser, self.mapping.region),
            account=self.column(account_text, link.when),
            account_column=account.column,
            text=self.column(text, link.when),
            text_column=named_by.column,
            text_is_alias=link.by_alias,
            alias=self.column(alias, link.when),
            seen_at=self.time(link.seen_at, link.when),
            event_count=self.read(count.column, count_of(count), link.when)
            if count is not None
            else self.column("1"),
            skip_unknown=link.unknown_account is UnknownAccount.SKIP,
        )

    def payment(self, payment: PaymentMapping) -> PaymentRows:
        when = payment.when
        identity, payer = self.cell(payment.id), self.cell(payment.payer)
        text = text_of(identity)
        for fault in (
            ("missing_key", f"CASE WHEN {text} IS NULL THEN '' END"),
            too_long(text, self.mapping.limits),
            holds_control(text),
        ):
            self.check(identity.column, fault, when)
        self.check(payer.column, ("missing_key", f"CASE WHEN {text_of(payer)} IS NULL THEN '' END"), when)
        payee, amount = self.optional(payment.payee), self.optional(payment.amount)
        currency_cell = self.optional(payment.currency)
        default = sql_text(payment.default_currency.upper()) if payment.default_currency else NO_TEXT
        currency = (
            f"coalesce(upper({text_of(currency_cell)}), {default})" if currency_cell is not None else default
        )
        minor = (
            amount_of(amount, currency, is_minor=payment.amount_is_minor)
            if amount is not None
            else Reading("NULL::BIGINT")
        )
        if currency_cell is not None:
            self.check(currency_cell.column, too_long(text_of(currency_cell), self.mapping.limits), when)
        return PaymentRows(
            id=self.column(text, when),
            id_column=identity.column,
            payer=self.column(text_of(payer), when),
            payer_column=payer.column,
            payee=self.column(text_of(payee), when) if payee is not None else self.column(NO_TEXT),
            payee_column=payee.column if payee is not None else "",
            amount_minor=self.read(amount.column if amount is not None else "", minor, when),
            currency=self.column(currency, when),
            status=self.words(payment.status, when, fold=True),
            category=self.words(payment.category, when),
            paid_at=self.time(payment.paid_at, when),
        )

    def label(self, label: LabelMapping) -> LabelRows:
        account, verdict = self.cell(label.account), self.cell(label.verdict)
        self.check(
            account.column, ("missing_key", f"CASE WHEN {text_of(account)} IS NULL THEN '' END"), label.when
        )
        return LabelRows(
            account=self.column(text_of(account), label.when),
            account_column=account.column,
            verdict=self.read(verdict.column, verdict_of(verdict, label.verdicts), label.when),
            reason=self.column(
                f"left({text_of(verdict)}, {self.mapping.limits.max_value_chars})", label.when
            ),
            reported_at=self.time(label.reported_at, label.when),
            skip_unknown=label.unknown_account is UnknownAccount.SKIP,
        )

    def part(
        self,
        relation: str,
        account: AccountMapping | None,
        links: Sequence[LinkMapping],
        payment: PaymentMapping | None,
        label: LabelMapping | None,
        *,
        counted: bool,
    ) -> Part:
        """All of it. A row that could only say links, and says none, is bad."""
        account_rows = self.account(account) if account is not None else None
        link_rows = tuple(rows for rows in map(self.link, links) if rows is not None)
        payment_rows = self.payment(payment) if payment is not None else None
        label_rows = self.label(label) if label is not None else None
        only_links = (
            account_rows is None and payment_rows is None and label_rows is None and len(link_rows) > 0
        )
        if only_links and self.expects_links and len(self.says) == len(link_rows):
            silent = f"CASE WHEN coalesce({', '.join(self.says)}, NULL) IS NULL THEN '' END"
            self.check(link_rows[0].text_column, ("missing_key", silent))
        return Part(
            relation,
            self._columns(),
            self._faults(),
            counted,
            account_rows,
            link_rows,
            payment_rows,
            label_rows,
        )

    def _columns(self) -> tuple[Column, ...]:
        return tuple(Column(name, expression) for expression, name in self.columns.items())

    def _faults(self) -> tuple[Fault, ...]:
        return tuple(Fault(column, reason, value) for column, reason, value in self.faults)

    def _holds(self, when: tuple[Condition, ...]) -> str:
        tests = [f"coalesce({text_of(self.cell(c.column))} = {sql_text(c.value)}, false)" for c in when]
        return "(" + " AND ".join(tests) + ")"
