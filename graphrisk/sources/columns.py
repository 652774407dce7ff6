"""The columns that a table's mapping names."""

from __future__ import annotations

from graphrisk.model.mapping import (
    ROW_NUMBER,
    AccountMapping,
    LabelMapping,
    LinkMapping,
    PaymentMapping,
    TableMapping,
)


def mapped_columns(table: TableMapping) -> list[str]:
    """Every column that the mapping names, each once, in the order of the mapping. ROW_NUMBER is none."""
    return [name for name in dict.fromkeys(_named(table)) if name != ROW_NUMBER]


def names_rows(table: TableMapping) -> bool:
    """Whether the mapping takes the number of a row for a column."""
    return ROW_NUMBER in _named(table)


def _named(table: TableMapping) -> list[str]:
    names: list[str] = []
    if table.account is not None:
        names += account_columns(table.account)
    for link in table.links:
        names += link_columns(link)
    if table.payment is not None:
        names += payment_columns(table.payment)
    if table.label is not None:
        names += label_columns(table.label)
    return names


def account_columns(account: AccountMapping) -> list[str]:
    described = [column for _, column in (*account.measures, *account.traits)]
    return _given(
        account.id, account.role, account.created_at, account.market, account.display_name, *described
    )


def link_columns(link: LinkMapping) -> list[str]:
    conditions = [condition.column for condition in link.when]
    return _given(link.account, *link.identifier, link.alias, link.seen_at, link.event_count, *conditions)


def payment_columns(payment: PaymentMapping) -> list[str]:
    p, conditions = payment, [condition.column for condition in payment.when]
    return _given(p.id, p.payer, p.payee, p.amount, p.currency, p.status, p.category, p.paid_at, *conditions)


def label_columns(label: LabelMapping) -> list[str]:
    return _given(
        label.account, label.verdict, label.reported_at, *(condition.column for condition in label.when)
    )


def _given(*names: str | None) -> list[str]:
    return [name for name in names if name is not None]
