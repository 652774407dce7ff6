"""Reads somebody else's graph in columns: nodes once as texts, everything between them as internal ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

from graphrisk.flows.pull import PULLED_ACCOUNT, PULLED_LINK, PULLED_PAYMENT, PULLED_VERDICT
from graphrisk.model.graph_mapping import (
    GraphAccounts,
    GraphLink,
    GraphMapping,
    GraphPart,
    GraphPayment,
    GraphVerdict,
)
from graphrisk.stores.neo4j.batches import READ_ROWS
from graphrisk.stores.neo4j.connection import GraphConnection, Scalar
from graphrisk.stores.neo4j.pulled_columns import (
    NodeTexts,
    of_known_nodes,
    text_column,
    text_table,
    with_last_uses,
    without_zone_names,
)
from graphrisk.stores.neo4j.statements import Statement, read_statement

Parameters: TypeAlias = Mapping[str, Scalar]
_PAYMENT_TEXTS = [name for name in PULLED_PAYMENT.names if name != "account_id"]


@dataclass(slots=True)
class Neo4jGraphReader:
    """Fits flows.pull.GraphReader. Remembers the texts of nodes that it has read."""

    connection: GraphConnection
    mapping: GraphMapping
    _texts: dict[tuple[str, str], NodeTexts] = field(default_factory=dict)  # by label and property

    def read_part(self, part: GraphPart) -> Iterator[pa.Table]:
        match part:
            case GraphAccounts():
                return self._read_accounts(part)
            case GraphLink():
                return self._read_links(part)
            case GraphPayment():
                return self._read_payments(part)
            case GraphVerdict():
                return self._read_verdicts(part)

    def read_labels(self) -> tuple[str, ...]:
        return tuple(record["label"] for record in self.connection.read(read_statement("pull/labels")))

    def _read_accounts(self, part: GraphAccounts) -> Iterator[pa.Table]:
        statement = read_statement("pull/accounts").fill(label=part.label)
        names = {
            "id": part.id, "role": part.role, "created_at": part.created_at, "market": part.market,
            "display_name": part.display_name,
        }  # fmt: skip
        nodes: list[pa.Array] = []
        ids: list[pa.Array] = []
        for columns in self._stream(statement, names):
            nodes.append(pa.array(columns["node"], pa.int64()))
            table = text_table(
                PULLED_ACCOUNT, {name: text_column(columns[name]) for name in PULLED_ACCOUNT.names}
            )
            ids.append(table["account_id"].combine_chunks())
            yield without_zone_names(table, "created_at")
        if not nodes:
            yield PULLED_ACCOUNT.empty_table()
        self._texts[part.label, part.id] = NodeTexts.of(nodes, ids)

    def _read_links(self, part: GraphLink) -> Iterator[pa.Table]:
        accounts = self._account_texts(part.account)
        held = self._identifier_texts(part.label, part.identifier) if part.label is not None else None
        for columns in self._stream(_link_statement(part), _link_parameters(part)):
            account = accounts.find(pa.array(columns["account"], pa.int64()))
            if held is None:
                identifier = text_column(columns["identifier"])
            else:
                identifier = held.find(pa.array(columns["identifier"], pa.int64()))
            found = text_table(
                PULLED_LINK,
                {
                    "account_id": account,
                    "identifier": identifier,
                    "seen_at": text_column(columns.get("seen_at") or [""] * len(account)),
                    "event_count": text_column(columns.get("event_count") or [""] * len(account)),
                },
            )
            if part.last_seen_at is not None:
                found = with_last_uses(found, text_column(columns["last_seen_at"]))
            yield without_zone_names(of_known_nodes(found), "seen_at")
        yield PULLED_LINK.empty_table()

    def _read_payments(self, part: GraphPayment) -> Iterator[pa.Table]:
        accounts = self._account_texts(part.payer)
        names: dict[str, Scalar] = {
            "id": part.id, "payee_id": part.payee_id, "amount": part.amount, "currency": part.currency,
            "status": part.status, "category": part.category, "paid_at": part.paid_at,
        }  # fmt: skip
        if part.node is None:
            names["reverse"] = part.reverse
        for columns in self._stream(_payment_statement(part), names):
            texts = {name: text_column(columns[name]) for name in _PAYMENT_TEXTS}
            texts["account_id"] = accounts.find(pa.array(columns["account"], pa.int64()))
            yield without_zone_names(of_known_nodes(text_table(PULLED_PAYMENT, texts)), "paid_at")
        yield PULLED_PAYMENT.empty_table()

    def _read_verdicts(self, part: GraphVerdict) -> Iterator[pa.Table]:
        accounts = self._account_texts(part.account)
        names: dict[str, Scalar] = {"reported_at": part.reported_at}
        if part.has_label is None:
            statement = read_statement("pull/verdicts").fill(account=part.account)
            names["verdict"] = part.verdict
        else:
            statement = read_statement("pull/labelled_accounts").fill(
                account=part.account, has_label=part.has_label
            )
            names["means"] = part.means.value if part.means is not None else None
        for columns in self._stream(statement, names):
            texts = {name: text_column(columns[name]) for name in ("verdict", "reported_at")}
            texts["account_id"] = accounts.find(pa.array(columns["account"], pa.int64()))
            yield without_zone_names(of_known_nodes(text_table(PULLED_VERDICT, texts)), "reported_at")
        yield PULLED_VERDICT.empty_table()

    def _account_texts(self, label: str) -> NodeTexts:
        return self._texts[label, self.mapping.accounts_labelled(label).id]

    def _identifier_texts(self, label: str, identifier: str) -> NodeTexts:
        if (label, identifier) not in self._texts:
            statement = read_statement("pull/identifiers").fill(label=label)
            nodes: list[pa.Array] = []
            texts: list[pa.Array] = []
            for columns in self._stream(statement, {"identifier": identifier}):
                nodes.append(pa.array(columns["node"], pa.int64()))
                texts.append(text_column(columns["identifier"]))
            self._texts[label, identifier] = NodeTexts.of(nodes, texts)
        return self._texts[label, identifier]

    def _stream(self, statement: Statement, parameters: Parameters) -> Iterator[dict[str, list[Scalar]]]:
        """The records of a statement that returns lists, one list a column."""
        with self.connection.reading() as transaction:
            for record in transaction.run(statement.text, {"rows": READ_ROWS, **parameters}):
                yield dict(record)


def _link_statement(part: GraphLink) -> Statement:
    if part.label is None:
        return read_statement("pull/own_links").fill(account=part.account)
    if len(part.types) == 1:
        return read_statement("pull/links").fill(account=part.account, type=part.types[0], label=part.label)
    first, second = part.types
    return read_statement("pull/links_through").fill(
        account=part.account, type=first, next_type=second, label=part.label
    )


def _link_parameters(part: GraphLink) -> Parameters:
    if part.label is None:
        return {"identifier": part.identifier}
    return {"seen_at": part.seen_at, "last_seen_at": part.last_seen_at, "event_count": part.event_count}


def _payment_statement(part: GraphPayment) -> Statement:
    if part.node is None:
        return read_statement("pull/payments").fill(
            payer=part.payer, type=part.types[0], payee=part.payee or ""
        )
    if part.payee is None:
        return read_statement("pull/lone_payment_nodes").fill(
            payer=part.payer, type=part.types[0], node=part.node
        )
    first, second = part.types
    return read_statement("pull/payment_nodes").fill(
        payer=part.payer, type=first, node=part.node, next_type=second, payee=part.payee
    )
