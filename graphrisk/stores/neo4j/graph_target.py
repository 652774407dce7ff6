"""Writes a workspace's graph into Neo4j. Which statement serves which part stands here, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from graphrisk.errors import GraphServerBusyError
from graphrisk.flows.push import (
    PRESENT_ACCOUNT,
    PRESENT_NODE,
    PRESENT_RELATIONSHIP,
    Change,
    LabelChange,
)
from graphrisk.model.graph_schema import (
    ACCOUNT,
    EVIDENCE,
    EVIDENCE_WAY,
    IDENTIFIER,
    MADE,
    MEMBER_OF,
    PAID,
    PAYMENT,
    RING,
    RUN,
    TO,
    GraphSchema,
    NodeSchema,
    RelationshipSchema,
)
from graphrisk.stores.neo4j.batches import read_columns, send_columns
from graphrisk.stores.neo4j.connection import GraphConnection, UniquenessError
from graphrisk.stores.neo4j.schema import ensure_schema
from graphrisk.stores.neo4j.statements import Statement, read_statement

NODE_WRITERS = 2
REMOVE_ROWS = 2_000  # removals search for what a person wrote, so their transactions are smaller

_NODE_PARTS = {ACCOUNT: "accounts", PAYMENT: "payments", RING: "rings", RUN: "runs"}
_CREATED = (ACCOUNT, PAYMENT)  # and identifiers: labels with statements that create without a search
_RELATIONSHIP_PARTS = {PAID: "paid", MADE: "made", TO: "to", MEMBER_OF: "member_of", EVIDENCE: "evidence"}


@dataclass(slots=True)
class Neo4jGraph:
    """Fits flows.push.GraphTarget. batch_rows: rows of one transaction."""

    connection: GraphConnection
    schema: GraphSchema
    batch_rows: int

    def prepare(self, schema: GraphSchema) -> None:
        ensure_schema(self.connection, schema)

    def read_nodes(self, schema: NodeSchema) -> pa.Table:
        if schema.label == ACCOUNT:
            return read_columns(self.connection, read_statement("read/present_accounts"), PRESENT_ACCOUNT)
        statement = read_statement("read/present_nodes").fill(label=schema.label)
        return read_columns(self.connection, statement, PRESENT_NODE)

    def read_relationships(self, schema: RelationshipSchema) -> pa.Table:
        statement = read_statement("read/present_relationships").fill(
            start=schema.start, type=schema.type, end=schema.end
        )
        return read_columns(self.connection, statement, PRESENT_RELATIONSHIP)

    def write_nodes(self, schema: NodeSchema, change: Change) -> pa.Table:
        merge = node_statement("merge", schema)
        self._send(merge, change.changed, writer_count=NODE_WRITERS)
        create = merge
        if schema.label in _CREATED or IDENTIFIER in schema.also:
            create = node_statement("create", schema)
        try:
            return self._create(create, change.new)
        except UniquenessError:  # somebody else made one of them since we looked
            return self._create(merge, change.new)

    def _create(self, statement: Statement, rows: pa.Table) -> pa.Table:
        nodes: list[int] = []
        ids: list[str] = []
        for answer in send_columns(
            self.connection, statement, rows, self.batch_rows, writer_count=NODE_WRITERS
        ):
            nodes += answer[0]["node"]
            ids += answer[0]["id"]
        return pa.table({"node": pa.array(nodes, pa.int64()), "id": pa.array(ids, pa.string())})

    def write_relationships(self, schema: RelationshipSchema, rows: pa.Table) -> None:
        self._send(relationship_statement(schema), rows, must_find=True)

    def write_scores(self, rows: pa.Table, labels: Sequence[LabelChange]) -> None:
        self._send(
            read_statement("write/set_account_scores"), rows, must_find=True, writer_count=NODE_WRITERS
        )
        for change in labels:
            gain = read_statement("write/gain_label").fill(label=change.label)
            lose = read_statement("write/lose_label").fill(label=change.label)
            self._send(gain, change.gain, must_find=True)
            self._send(lose, change.lose, must_find=True)

    def remove_relationships(self, schema: RelationshipSchema, stale: pa.Table) -> None:
        statement = read_statement("write/remove_relationships").fill(
            start=schema.start, type=schema.type, end=schema.end
        )
        own = [*(each.name for each in schema.properties), *EVIDENCE_WAY]
        self._send(statement, stale, constants={"properties": own})

    def remove_nodes(self, schema: NodeSchema, stale: pa.Table) -> int:
        remove = read_statement("write/remove_nodes").fill(label=schema.label)
        known: dict[str, Sequence[str]] = {
            "labels": sorted(self.schema.labels()),
            "properties": [each.name for each in schema.properties],
        }
        removed = sum(
            int(answer[0]["removed"])
            for answer in send_columns(
                self.connection, remove, stale, min(self.batch_rows, REMOVE_ROWS), constants={**known}
            )
        )
        if removed < stale.num_rows:
            self._send(read_statement("write/leave_nodes").fill(label=schema.label), stale)
        kept: int = stale.num_rows - removed
        return kept

    def finish_run(self, run_id: str) -> None:
        self.connection.write(read_statement("write/finish_run"), {"run_id": run_id})

    def _send(
        self,
        statement: Statement,
        rows: pa.Table,
        *,
        must_find: bool = False,
        writer_count: int = 1,
        constants: dict[str, Sequence[str]] | None = None,
    ) -> None:
        """must_find: every row's nodes must be what was compared."""
        written = 0
        for answer in send_columns(
            self.connection, statement, rows, self.batch_rows, writer_count=writer_count,
            constants={**(constants or {})},
        ):  # fmt: skip
            written += int(answer[0]["written"]) if must_find else 0
        if must_find and written != rows.num_rows:
            raise GraphServerBusyError(
                f"{rows.num_rows - written} of {rows.num_rows} rows found other nodes than were compared:"
                " somebody else changed the graph meanwhile",
                where=self.connection.target.uri,
                remedy="push again: it goes on from what stands there",
            )


def node_statement(verb: str, schema: NodeSchema) -> Statement:
    if IDENTIFIER in schema.also:
        return read_statement(f"write/{verb}_identifiers").fill(label=schema.label)
    return read_statement(f"write/{verb}_{_NODE_PARTS[schema.label]}")


def relationship_statement(schema: RelationshipSchema) -> Statement:
    part = _RELATIONSHIP_PARTS.get(schema.type)
    if part is not None:
        return read_statement(f"write/merge_{part}")
    return read_statement("write/merge_links").fill(relationship=schema.type, label=schema.end)
