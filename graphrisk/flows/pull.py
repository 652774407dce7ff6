"""Somebody else's graph -> tables that a load can read: one for each part of the mapping, all cells texts.

What the texts mean (times, amounts, verdicts, keys) is left to the load, so that rows of a graph are checked,
normalised and quarantined like those of any file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from graphrisk.errors import InputError, visible
from graphrisk.model.graph_mapping import (
    GraphAccounts,
    GraphLink,
    GraphMapping,
    GraphPart,
    GraphPayment,
    GraphVerdict,
)
from graphrisk.model.mapping import (
    AccountMapping,
    LabelMapping,
    LinkMapping,
    PaymentMapping,
    TableFormat,
    TableMapping,
)


def _texts(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


# The columns that a reader gives for each part; '' where the graph has nothing.
PULLED_ACCOUNT = _texts("account_id", "role", "created_at", "market", "display_name")
PULLED_LINK = _texts("account_id", "identifier", "seen_at", "event_count")
PULLED_PAYMENT = _texts(
    "payment_id", "account_id", "payee_id", "amount", "currency", "status", "category", "paid_at"
)
PULLED_VERDICT = _texts("account_id", "verdict", "reported_at")


class GraphReader(Protocol):
    """The server's side. Accounts are read first: the other parts refer to them by internal ids."""

    def read_part(self, part: GraphPart) -> Iterator[pa.Table]:
        """Tables with the columns of the part's schema above, at least one, perhaps empty. Rows of nodes
        that were not there when the accounts were read are left out."""
        ...

    def read_labels(self) -> tuple[str, ...]:
        """Some of the labels that the graph has, in order."""
        ...


class TableWriter(Protocol):
    def write_table(self, name: str, parts: Iterator[pa.Table]) -> int:
        """A file that is there whole or not at all. Returns the number of rows."""
        ...


class PullWatcher(Protocol):
    """Somebody who watches, and a clock."""

    def seconds(self) -> float: ...

    def stage(self, words: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PulledPart:
    """name: as in the mapping. rows: read, good and bad."""

    name: str
    row_count: int
    seconds: float


def pull_graph(
    reader: GraphReader, writer: TableWriter, mapping: GraphMapping, watcher: PullWatcher
) -> tuple[PulledPart, ...]:
    """Write every part of the graph as a table named by `table_stem`. Raises InputError where no node is an
    account."""
    pulled = []
    for position, part in enumerate(mapping.parts):
        watcher.stage(part.name)
        began = watcher.seconds()
        row_count = writer.write_table(table_stem(position, part), reader.read_part(part))
        pulled.append(PulledPart(part.name, row_count, round(watcher.seconds() - began, 3)))
        if position == len(mapping.accounts) - 1 and not any(each.row_count for each in pulled):
            raise _no_accounts(mapping, reader.read_labels())
    return tuple(pulled)


def table_stem(position: int, part: GraphPart) -> str:
    """`03-Customer-HAS_CARD-Card.number`: a file's name, whatever labels and types are called."""
    return f"{position:02d}-{re.sub(r'[^A-Za-z0-9_.-]+', '_', part.name)[:60]}"


def pulled_tables(mapping: GraphMapping) -> tuple[TableMapping, ...]:
    """What the written tables mean to a load. Files are named relative to where they were written."""
    return tuple(_table(position, part, mapping) for position, part in enumerate(mapping.parts))


def _table(position: int, part: GraphPart, mapping: GraphMapping) -> TableMapping:
    account: AccountMapping | None = None
    links: tuple[LinkMapping, ...] = ()
    payment: PaymentMapping | None = None
    label: LabelMapping | None = None
    match part:
        case GraphAccounts():
            account = AccountMapping("account_id", "role", "created_at", "market", "display_name")
        case GraphLink():
            links = (_link(part),)
        case GraphPayment():
            payment = _payment(part)
        case GraphVerdict():
            reported_at = None if part.reported_at is None else "reported_at"
            label = LabelMapping("account_id", "verdict", reported_at, part.verdicts)
    return TableMapping(
        name=part.name,
        format=TableFormat.PARQUET,
        files=(f"{table_stem(position, part)}.parquet",),
        timezone=mapping.timezone,
        time_format=mapping.time_format,
        account=account,
        links=links,
        payment=payment,
        label=label,
    )


def _link(link: GraphLink) -> LinkMapping:
    return LinkMapping(
        kind=link.kind,
        account="account_id",
        identifier=("identifier",),
        seen_at=None if link.seen_at is None else "seen_at",
        event_count=None if link.event_count is None else "event_count",
    )


def _payment(payment: GraphPayment) -> PaymentMapping:
    return PaymentMapping(
        id="payment_id",
        payer="account_id",
        payee="payee_id",
        amount=None if payment.amount is None else "amount",
        amount_is_minor=payment.amount_is_minor,
        currency=None if payment.currency is None else "currency",
        default_currency=payment.default_currency,
        status=None if payment.status is None else "status",
        category=None if payment.category is None else "category",
        paid_at=None if payment.paid_at is None else "paid_at",
    )


def _no_accounts(mapping: GraphMapping, labels: tuple[str, ...]) -> InputError:
    wanted = ", ".join(visible(each.label) for each in mapping.accounts)
    there = ", ".join(visible(label) for label in labels) or "none"
    return InputError(
        f"no node has the label {wanted}; the labels of the graph: {there}",
        where="[[graph.account]]",
        remedy="say in graphrisk.toml which nodes are accounts: docs/neo4j-pull.md",
    )
