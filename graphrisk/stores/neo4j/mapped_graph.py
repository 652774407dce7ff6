"""Writes what a run found into somebody else's graph, and reads what stands there of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.errors import GraphServerError
from graphrisk.flows.push import PRESENT_RELATIONSHIP, Change
from graphrisk.flows.write_back import PRESENT_EVIDENCE, PRESENT_MAPPED_ACCOUNT, ScoreChange
from graphrisk.model.graph_mapping import GraphAccounts, GraphLink, GraphMapping
from graphrisk.model.graph_schema import EVIDENCE_RELATIONSHIP, HIGH_RISK_AT, MEMBER_OF_RELATIONSHIP
from graphrisk.stores.neo4j.batches import BatchWriter, read_columns
from graphrisk.stores.neo4j.connection import GraphConnection, Scalar
from graphrisk.stores.neo4j.graph_target import remove_relationships
from graphrisk.stores.neo4j.statements import Statement, read_statement

_SCORES = ("risk", "propagated", "reason", "ring_id", "score_digest")

Names: TypeAlias = dict[str, Scalar]  # which of their properties is meant


@dataclass(frozen=True, slots=True)
class Neo4jMappedGraph:
    """Fits flows.write_back.MappedGraph. batch_rows: rows of one transaction."""

    connection: GraphConnection
    mapping: GraphMapping
    batch_rows: int

    def read_accounts(self, accounts: GraphAccounts) -> pa.Table:
        statement = read_statement("write_back/present_accounts").fill(label=accounts.label)
        names: Names = {name: self._property(name) for name in _SCORES}
        found = read_columns(
            self.connection, statement, PRESENT_MAPPED_ACCOUNT,
            parameters={**names, "id": accounts.id, "high_risk_at": HIGH_RISK_AT},
        )  # fmt: skip
        taken = int(pc.sum(found["is_taken"]).as_py() or 0)
        if taken:
            names_words = ", ".join(self._property(name) for name in _SCORES[:-1])
            raise GraphServerError(
                f"{taken:,} nodes have properties that graphrisk did not write, under names that it would"
                f" write to: {names_words}",
                where=f"{self.connection.target.uri}, (:{accounts.label})",
                remedy='set score_prefix under [graph] in graphrisk.toml, e.g. score_prefix = "graphrisk_"',
            )
        return found

    def read_members(self, accounts: GraphAccounts) -> pa.Table:
        statement = read_statement("write_back/present_members").fill(label=accounts.label)
        return read_columns(self.connection, statement, PRESENT_RELATIONSHIP)

    def read_evidence(self, link: GraphLink) -> pa.Table:
        statement = read_statement("write_back/present_evidence").fill(
            account=link.account, label=link.label or ""
        )
        return read_columns(
            self.connection, statement, PRESENT_EVIDENCE,
            parameters={"identifier": link.identifier, "kind": link.kind},
        )  # fmt: skip

    def write_scores(self, accounts: GraphAccounts, change: ScoreChange) -> None:
        names = self._id_name(accounts)
        scores: Names = {f"{name}_name": self._property(name) for name in _SCORES}
        set_scores = read_statement("write_back/set_scores").fill(label=accounts.label)
        gain = read_statement("write_back/gain_high_risk").fill(label=accounts.label)
        lose = read_statement("write_back/lose_high_risk").fill(label=accounts.label)
        writer = self._writer()
        # In this order: the score that stands there says whether the label is ours to take away
        writer.write(lose, [change.lose], names)
        writer.write(set_scores, writer.halves(change.scores), names | scores)
        writer.write(gain, [change.gain], names)

    def write_members(self, accounts: GraphAccounts, change: Change) -> int:
        merge = read_statement("write_back/merge_members").fill(label=accounts.label)
        writer = self._writer()
        ours = replace(MEMBER_OF_RELATIONSHIP, start=accounts.label)
        removed = remove_relationships(writer, ours, change.stale)
        writer.write(merge, [pa.concat_tables([change.changed, change.new])], self._id_name(accounts))
        return removed

    def write_evidence(self, links: Sequence[GraphLink], change: Change) -> int:
        names = self._id_name(self.mapping.accounts_labelled(links[0].account))
        names |= {"identifier_name": links[0].identifier, "kind": links[0].kind}
        writer = self._writer()
        ours = replace(EVIDENCE_RELATIONSHIP, start=links[0].account, end=links[0].label or "")
        removed = remove_relationships(writer, ours, change.stale)
        rows = pa.concat_tables([change.changed, change.new])
        for position, link in enumerate(links):
            led = rows.filter(pc.equal(rows["part"], position)).drop_columns("part")
            # An identifier may have lost its relationship since it was read: there is nothing to point to.
            writer.write(_evidence_statement(link), [led], names, must_find=False)
        return removed

    def _property(self, name: str) -> str:
        return f"{self.mapping.score_prefix}{name}"

    def _id_name(self, accounts: GraphAccounts) -> Names:
        return {"id_name": accounts.id}

    def _writer(self) -> BatchWriter:
        return BatchWriter(self.connection, self.batch_rows)


def _evidence_statement(link: GraphLink) -> Statement:
    label = link.label or ""
    if len(link.types) == 1:
        return read_statement("write_back/merge_evidence").fill(
            account=link.account, type=link.types[0], label=label
        )
    first, second = link.types
    return read_statement("write_back/merge_evidence_through").fill(
        account=link.account, type=first, next_type=second, label=label
    )
