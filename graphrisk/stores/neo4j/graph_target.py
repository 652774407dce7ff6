"""Writes a workspace's graph into Neo4j. Which statement serves which part stands here, as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from graphrisk.flows.push import (
    PRESENT_ACCOUNT,
    PRESENT_NODE,
    PRESENT_RELATIONSHIP,
    PRESENT_RING,
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
    PLAN,
    PROPOSES,
    RESEMBLES,
    RING,
    RUN,
    TIED_TO,
    TO,
    TOUCHES,
    GraphSchema,
    NodeSchema,
    RelationshipSchema,
)
from graphrisk.stores.neo4j.batches import BatchWriter, read_columns
from graphrisk.stores.neo4j.connection import GraphConnection, UniquenessError
from graphrisk.stores.neo4j.schema import ensure_schema, ensure_search
from graphrisk.stores.neo4j.statements import Statement, read_statement
from graphrisk.stores.neo4j.waves import split_in_waves

REMOVE_ROWS = 2_000  # removals search for what a person wrote, so their transactions are smaller

_NODE_PARTS = {ACCOUNT: "accounts", PAYMENT: "payments", RING: "rings", RUN: "runs", PLAN: "plans"}
_ENFORCED_PARTS = {ACCOUNT: "account_enforcement", RING: "ring_enforcement"}
_CREATED = (ACCOUNT, PAYMENT)  # and identifiers: labels with statements that create without a search
_CREATED_RELATIONSHIPS = (PAID,)  # and links
_RELATIONSHIP_PARTS = {
    PAID: "paid", MADE: "made", TO: "to", MEMBER_OF: "member_of", EVIDENCE: "evidence", TIED_TO: "tied_to",
    RESEMBLES: "resembles", PROPOSES: "proposes", TOUCHES: "touches",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Neo4jGraph:
    """Fits flows.push.GraphTarget. batch_rows: rows of one transaction."""

    connection: GraphConnection
    batch_rows: int

    def prepare(self, schema: GraphSchema) -> None:
        ensure_schema(self.connection, schema, search=False)

    def complete(self, schema: GraphSchema) -> bool:
        return ensure_search(self.connection, schema)

    def read_nodes(self, schema: NodeSchema) -> pa.Table:
        if schema.label == ACCOUNT:
            return read_columns(self.connection, read_statement("read/present_accounts"), PRESENT_ACCOUNT)
        if schema.label == RING:
            return read_columns(self.connection, read_statement("read/present_rings"), PRESENT_RING)
        statement = read_statement("read/present_nodes").fill(label=schema.label)
        return read_columns(self.connection, statement, PRESENT_NODE)

    def read_relationships(self, schema: RelationshipSchema) -> pa.Table:
        statement = read_statement("read/present_relationships").fill(
            start=schema.start, type=schema.type, end=schema.end
        )
        return read_columns(self.connection, statement, PRESENT_RELATIONSHIP)

    def write_nodes(self, schema: NodeSchema, change: Change) -> pa.Table:
        merge = node_statement("merge", schema)
        self._write_nodes(merge, change.changed)
        create = merge
        if schema.label in _CREATED or IDENTIFIER in schema.also:
            create = node_statement("create", schema)
        try:
            return self._write_nodes(create, change.new)
        except UniquenessError:  # somebody else made one of them since we looked
            return self._write_nodes(merge, change.new)

    def _write_nodes(self, statement: Statement, rows: pa.Table) -> pa.Table:
        nodes: list[int] = []
        ids: list[str] = []
        writer = self._writer()
        for answer in writer.send(statement, writer.halves(rows)):
            nodes += answer["node"]
            ids += answer["id"]
        return pa.table({"node": pa.array(nodes, pa.int64()), "id": pa.array(ids, pa.string())})

    def count_relationships(self, schema: RelationshipSchema) -> int:
        statement = read_statement("read/count_relationships").fill(start=schema.start, type=schema.type)
        return int(self.connection.read(statement)[0]["many"])

    def write_relationships(self, schema: RelationshipSchema, change: Change) -> None:
        self._link(schema, relationship_statement("merge", schema), change.changed)
        self._link(schema, relationship_statement("create", schema), change.new)

    def _link(self, schema: RelationshipSchema, statement: Statement, rows: pa.Table) -> None:
        waves: Iterable[Sequence[pa.Table]] = [[rows]]
        if rows.num_rows > self.batch_rows:
            waves = split_in_waves(rows, one_label=schema.start == schema.end)
        for lanes in waves:
            self._writer().write(statement, [lane.drop_columns("is_hub") for lane in lanes])

    def write_scores(self, rows: pa.Table, labels: Sequence[LabelChange]) -> None:
        writer = self._writer()
        writer.write(read_statement("write/set_account_scores"), writer.halves(rows))
        for change in labels:
            gain = read_statement("write/gain_label").fill(label=change.label)
            lose = read_statement("write/lose_label").fill(label=change.label)
            writer.write(gain, [change.gain])
            writer.write(lose, [change.lose])

    def write_enforcement(self, schema: NodeSchema, rows: pa.Table) -> None:
        writer = self._writer()
        writer.write(read_statement(f"write/set_{_ENFORCED_PARTS[schema.label]}"), writer.halves(rows))

    def remove_relationships(self, schema: RelationshipSchema, stale: pa.Table) -> int:
        return remove_relationships(self._writer(), schema, stale)

    def remove_nodes(self, schema: NodeSchema, stale: pa.Table) -> int:
        remove = read_statement("write/remove_nodes").fill(label=schema.label)
        known: dict[str, Sequence[str]] = {
            "labels": [schema.label, *schema.also, *(state for state, _ in schema.states)],
            "properties": [each.name for each in schema.properties],
        }
        remover = BatchWriter(self.connection, min(self.batch_rows, REMOVE_ROWS))
        removed = sum(int(answer["removed"]) for answer in remover.send(remove, [stale], known))
        if removed < stale.num_rows:
            leave = read_statement("write/leave_nodes").fill(label=schema.label)
            self._writer().write(leave, [stale], must_find=False)
        kept: int = stale.num_rows - removed
        return kept

    def finish_run(self, run_id: str) -> None:
        self.connection.write(read_statement("write/finish_run"), {"run_id": run_id})

    def _writer(self) -> BatchWriter:
        return BatchWriter(self.connection, self.batch_rows)


def remove_relationships(writer: BatchWriter, schema: RelationshipSchema, stale: pa.Table) -> int:
    """stale: relationship, digest. Returns how many are gone: what a person wrote a property on stays, and is
    theirs from then on."""
    statement = read_statement("write/remove_relationships").fill(
        start=schema.start, type=schema.type, end=schema.end
    )
    own = [each.name for each in schema.properties]
    own += EVIDENCE_WAY if schema.type == EVIDENCE else ()
    return sum(int(answer["removed"]) for answer in writer.send(statement, [stale], {"properties": own}))


def node_statement(verb: str, schema: NodeSchema) -> Statement:
    if IDENTIFIER in schema.also:
        return read_statement(f"write/{verb}_identifiers").fill(label=schema.label)
    return read_statement(f"write/{verb}_{_NODE_PARTS[schema.label]}")


def relationship_statement(verb: str, schema: RelationshipSchema) -> Statement:
    part = _RELATIONSHIP_PARTS.get(schema.type)
    if part is None:
        return read_statement(f"write/{verb}_links").fill(relationship=schema.type, label=schema.end)
    return read_statement(f"write/{verb if schema.type in _CREATED_RELATIONSHIPS else 'merge'}_{part}")
