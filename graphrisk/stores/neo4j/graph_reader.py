"""Reads somebody else's graph in columns: nodes once as texts, everything between them as internal ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
from graphrisk.stores.neo4j.statements import Statement, read_statement

Parameters: TypeAlias = Mapping[str, Scalar]
_PAYMENT_TEXTS = [name for name in PULLED_PAYMENT.names if name != "account_id"]


@dataclass(frozen=True, slots=True)
class _NodeTexts:
    """node: int64 [N], internal ids, sorted. text: string array [N]."""

    node: np.ndarray[tuple[int], np.dtype[np.int64]]
    text: pa.Array

    @classmethod
    def of(cls, nodes: pa.Array, texts: pa.Array) -> _NodeTexts:
        node = np.asarray(nodes, dtype=np.int64)
        order = np.argsort(node, kind="stable")
        return cls(node[order], texts.take(pa.array(order)))

    def find(self, nodes: pa.Array) -> pa.Array:
        """The text of each of `nodes`, null where it is none of ours."""
        wanted = np.asarray(nodes, dtype=np.int64)
        if not len(self.node):
            return pa.nulls(len(wanted), pa.string())
        at = np.minimum(np.searchsorted(self.node, wanted), len(self.node) - 1)
        return self.text.take(pa.array(at, mask=self.node[at] != wanted))


@dataclass(slots=True)
class Neo4jGraphReader:
    """Fits flows.pull.GraphReader. Remembers the texts of nodes that it has read."""

    connection: GraphConnection
    mapping: GraphMapping
    _texts: dict[tuple[str, str], _NodeTexts] = field(default_factory=dict)  # by label and property

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
            table = _table(PULLED_ACCOUNT, {name: _text(columns[name]) for name in PULLED_ACCOUNT.names})
            ids.append(table["account_id"].combine_chunks())
            yield _without_zone_names(table, "created_at")
        if not nodes:
            yield PULLED_ACCOUNT.empty_table()
        self._texts[part.label, part.id] = _NodeTexts.of(
            _joined(nodes, pa.int64()), _joined(ids, pa.string())
        )

    def _read_links(self, part: GraphLink) -> Iterator[pa.Table]:
        accounts = self._account_texts(part.account)
        held = self._identifier_texts(part.label, part.identifier) if part.label is not None else None
        for columns in self._stream(_link_statement(part), _link_parameters(part)):
            account = accounts.find(pa.array(columns["account"], pa.int64()))
            if held is None:
                identifier = _text(columns["identifier"])
            else:
                identifier = held.find(pa.array(columns["identifier"], pa.int64()))
            found = _table(
                PULLED_LINK,
                {
                    "account_id": account,
                    "identifier": identifier,
                    "seen_at": _text(columns.get("seen_at") or [""] * len(account)),
                    "event_count": _text(columns.get("event_count") or [""] * len(account)),
                },
            )
            if part.last_seen_at is not None:
                found = _with_last_uses(found, _text(columns["last_seen_at"]))
            yield _without_zone_names(_of_known_nodes(found), "seen_at")
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
            texts = {name: _text(columns[name]) for name in _PAYMENT_TEXTS}
            texts["account_id"] = accounts.find(pa.array(columns["account"], pa.int64()))
            yield _without_zone_names(_of_known_nodes(_table(PULLED_PAYMENT, texts)), "paid_at")
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
            texts = {name: _text(columns[name]) for name in ("verdict", "reported_at")}
            texts["account_id"] = accounts.find(pa.array(columns["account"], pa.int64()))
            yield _without_zone_names(_of_known_nodes(_table(PULLED_VERDICT, texts)), "reported_at")
        yield PULLED_VERDICT.empty_table()

    def _account_texts(self, label: str) -> _NodeTexts:
        return self._texts[label, self.mapping.accounts_labelled(label).id]

    def _identifier_texts(self, label: str, identifier: str) -> _NodeTexts:
        if (label, identifier) not in self._texts:
            statement = read_statement("pull/identifiers").fill(label=label)
            nodes: list[pa.Array] = []
            texts: list[pa.Array] = []
            for columns in self._stream(statement, {"identifier": identifier}):
                nodes.append(pa.array(columns["node"], pa.int64()))
                texts.append(_text(columns["identifier"]))
            self._texts[label, identifier] = _NodeTexts.of(
                _joined(nodes, pa.int64()), _joined(texts, pa.string())
            )
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


def _text(values: list[Scalar]) -> pa.Array:
    return pa.array(values, pa.string())


def _table(schema: pa.Schema, columns: Mapping[str, pa.Array]) -> pa.Table:
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _joined(arrays: list[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.chunked_array(arrays, kind).combine_chunks()


def _of_known_nodes(table: pa.Table) -> pa.Table:
    """Without the rows of nodes that came after those of their label were read: their text is null."""
    is_known = pc.is_valid(table["account_id"])
    if "identifier" in table.column_names:
        is_known = pc.and_(is_known, pc.is_valid(table["identifier"]))
    return table.filter(is_known)


def _without_zone_names(table: pa.Table, column: str) -> pa.Table:
    """Neo4j writes 2026-03-01T12:00+01:00[Europe/Berlin]; the offset says it all."""
    at = table.schema.get_field_index(column)
    cut = pc.replace_substring_regex(table[column], pattern=r"\[[^\]]*\]$", replacement="")
    return table.set_column(at, table.schema.field(at), cut)


def _with_last_uses(links: pa.Table, last_seen_at: pa.Array) -> pa.Table:
    """Of a link that was used n times, first and last at known times: one row for the n - 1 uses from the
    first on, and one for the last use."""
    told = links["event_count"]
    is_count = pc.match_substring_regex(told, pattern="^[0-9]{1,18}$")
    count = pc.cast(pc.if_else(is_count, told, "1"), pa.int64())  # what is no count is left to the load
    is_late = pc.and_(pc.not_equal(last_seen_at, ""), pc.not_equal(last_seen_at, links["seen_at"]))
    is_twofold = pc.and_(is_late, pc.greater(count, 1))
    at = links.schema.get_field_index("event_count")
    rest = pc.if_else(is_twofold, pc.cast(pc.subtract(count, 1), pa.string()), told)
    first = links.set_column(at, links.schema.field(at), rest)
    twofold = links.filter(is_twofold)
    last = pa.table(
        [twofold["account_id"], twofold["identifier"], last_seen_at.filter(is_twofold.combine_chunks()),
         pa.array(["1"] * twofold.num_rows, pa.string())],
        schema=PULLED_LINK,
    )  # fmt: skip
    return pa.concat_tables([first, last])
