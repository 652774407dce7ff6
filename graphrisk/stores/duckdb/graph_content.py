"""Compares what should stand in Neo4j with what stands there: joins on content digests, in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from graphrisk.flows.push import Change, LabelChange
from graphrisk.model.graph_enforcement import NO_ENFORCEMENT, GraphEnforcement
from graphrisk.model.graph_schema import (
    ACCOUNT,
    ENFORCED,
    HIGH_RISK,
    HIGH_RISK_AT,
    KNOWN_BAD,
    KNOWN_GOOD,
    OUTSIDER,
    RING,
    NodeSchema,
    RelationshipSchema,
)
from graphrisk.stores.duckdb.enforcement_projection import (
    account_enforcement_query,
    keep_enforcement,
    ring_enforcement_query,
)
from graphrisk.stores.duckdb.projection import (
    HUB_ACCOUNTS,
    TOLD_LINKS,
    ProjectionScope,
    node_query,
    relationship_query,
    score_query,
)

# When an account has each label, over its node `p`, its wanted scores `w`, and what is in force on it, `e`.
LABEL_RULES = (
    (HIGH_RISK, f"coalesce(w.risk >= {HIGH_RISK_AT}, false)"),
    (KNOWN_BAD, "coalesce(w.verdict = 'bad', false)"),
    (KNOWN_GOOD, "coalesce(w.verdict = 'good', false)"),
    (OUTSIDER, "p.is_outsider"),
    (ENFORCED, "coalesce(e.is_enforced, false)"),
)
# What is kept of accounts beside id, node and digest
_KEPT = ("score_digest", "enforcement_digest", *(label for label, _ in LABEL_RULES))
_DIGESTS = ("digest", "score_digest", "enforcement_digest")


@dataclass(frozen=True, slots=True)
class DuckGraphContent:
    """Fits flows.push.GraphContent. Keeps its notes in temporary tables of the connection."""

    connection: duckdb.DuckDBPyConnection
    scope: ProjectionScope
    enforcement: GraphEnforcement = NO_ENFORCEMENT

    def __post_init__(self) -> None:
        self._run(f"CREATE OR REPLACE TEMP TABLE told_link AS {TOLD_LINKS}")
        keep_enforcement(self.connection, self.enforcement)
        # graph_node: every node that stands in the graph as it should, by label and id
        self._run(
            "CREATE OR REPLACE TEMP TABLE graph_node (label VARCHAR, id VARCHAR, node BIGINT, digest BIGINT)"
        )
        labels = ", ".join(f'"{label}" BOOLEAN' for label, _ in LABEL_RULES)
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE graph_account (
                id VARCHAR, node BIGINT, digest BIGINT, is_outsider BOOLEAN, score_digest BIGINT,
                enforcement_digest BIGINT, {labels})"""
        )
        self._run(
            """CREATE OR REPLACE TEMP TABLE graph_ring (
                id VARCHAR, node BIGINT, digest BIGINT, enforcement_digest BIGINT)"""
        )

    def compare_nodes(self, schema: NodeSchema, present: pa.Table) -> Change:
        self._fill("wanted", node_query(schema, self.scope))
        self._present(present)
        new = self._arrow("SELECT w.* FROM wanted w ANTI JOIN present p ON p.id = w.id ORDER BY w.id")
        changed = self._arrow(
            """SELECT w.* FROM wanted w JOIN present p ON p.id = w.id
            WHERE p.digest IS DISTINCT FROM w.content_digest ORDER BY w.id"""
        )
        stale = self._arrow(
            """SELECT p.node, p.digest FROM present p ANTI JOIN wanted w ON w.id = p.id
            WHERE p.digest IS NOT NULL ORDER BY p.node"""
        )
        self._note(schema, "present")
        return Change(_without(new, "is_outsider"), _without(changed, "is_outsider"), stale)

    def note_created(self, schema: NodeSchema, created: pa.Table) -> None:
        self._present(created)
        self._note(schema, "present")

    def compare_relationships(self, schema: RelationshipSchema, present: pa.Table) -> Change:
        """Twice the same pair is once too often: all but the first of them are stale."""
        self._fill("wanted", relationship_query(schema, self.scope))
        self._present(present)
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE placed AS
            SELECT w.* EXCLUDE (start_label, start_id, end_label, end_id), a.node AS start,
                   a.digest AS start_digest, b.node AS "end", b.digest AS end_digest,
                   count(*) OVER (PARTITION BY b.node) > {HUB_ACCOUNTS} AS is_hub
            FROM wanted w
            JOIN graph_node a ON a.label = w.start_label AND a.id = w.start_id
            JOIN graph_node b ON b.label = w.end_label AND b.id = w.end_id"""
        )
        self._run(
            """CREATE OR REPLACE TEMP TABLE kept AS
            SELECT * FROM present QUALIFY row_number() OVER (
                PARTITION BY start, "end" ORDER BY digest NULLS LAST, relationship) = 1"""
        )
        order = 'ORDER BY is_hub, w.start, w."end"'
        new = self._arrow(
            f'SELECT w.* FROM placed w ANTI JOIN kept p ON p.start = w.start AND p."end" = w."end" {order}'
        )
        changed = self._arrow(
            f"""SELECT w.* FROM placed w JOIN kept p ON p.start = w.start AND p."end" = w."end"
            WHERE p.digest IS DISTINCT FROM w.content_digest {order}"""
        )
        stale = self._arrow(
            """SELECT p.relationship, p.digest FROM present p
            ANTI JOIN (
                SELECT k.relationship FROM kept k JOIN placed w ON k.start = w.start AND k."end" = w."end"
            ) s ON s.relationship = p.relationship
            WHERE p.digest IS NOT NULL ORDER BY p.relationship"""
        )
        for name in ("placed", "kept"):
            self._run(f"DROP TABLE {name}")
        return Change(new, changed, stale)

    def compare_enforcement(self, schema: NodeSchema) -> pa.Table:
        if schema.label == ACCOUNT:
            self._fill("wanted", account_enforcement_query())
            present = "graph_account"
        else:
            self._fill("wanted", ring_enforcement_query())
            present = "graph_ring"
        return self._arrow(
            f"""SELECT p.node, p.digest, w.* EXCLUDE (id) FROM {present} p LEFT JOIN wanted w ON w.id = p.id
            WHERE p.enforcement_digest IS DISTINCT FROM w.enforcement_digest ORDER BY p.node"""
        )

    def compare_scores(self) -> tuple[pa.Table, tuple[LabelChange, ...]]:
        self._fill("wanted", score_query())
        self._fill("wanted_enforcement", account_enforcement_query())
        rows = self._arrow(
            """SELECT p.node, p.digest, w.risk, w.propagated, w.reason, w.ring_id, w.verdict, w.score_digest
            FROM graph_account p LEFT JOIN wanted w ON w.id = p.id
            WHERE p.score_digest IS DISTINCT FROM w.score_digest ORDER BY p.node"""
        )
        return rows, tuple(self._label_change(label, rule) for label, rule in LABEL_RULES)

    def _label_change(self, label: str, rule: str) -> LabelChange:
        query = """SELECT p.node, p.digest FROM graph_account p LEFT JOIN wanted w ON w.id = p.id
            LEFT JOIN wanted_enforcement e ON e.id = p.id
            WHERE {} ORDER BY p.node"""
        has = f'coalesce(p."{label}", false)'
        return LabelChange(
            label,
            self._arrow(query.format(f"({rule}) AND NOT {has}")),
            self._arrow(query.format(f"NOT ({rule}) AND {has}")),
        )

    def _note(self, schema: NodeSchema, name: str) -> None:
        """Nodes of `name` that are wanted, with the digest that they have when all is written."""
        self._run(
            f"""INSERT INTO graph_node SELECT $label, w.id, p.node, w.content_digest
            FROM {name} p JOIN wanted w ON w.id = p.id""",
            {"label": schema.label},
        )
        known = {row[0] for row in self.connection.execute(f"DESCRIBE {name}").fetchall()}
        if schema.label == ACCOUNT:
            told = ", ".join(f'p."{column}"' if column in known else "NULL" for column in _KEPT)
            columns = ", ".join(f'"{column}"' for column in _KEPT)
            self._run(
                f"""INSERT INTO graph_account (id, node, digest, is_outsider, {columns})
                SELECT w.id, p.node, w.content_digest, w.is_outsider, {told}
                FROM {name} p JOIN wanted w ON w.id = p.id"""
            )
        if schema.label == RING:
            told = "p.enforcement_digest" if "enforcement_digest" in known else "NULL"
            self._run(
                f"""INSERT INTO graph_ring SELECT w.id, p.node, w.content_digest, {told}
                FROM {name} p JOIN wanted w ON w.id = p.id"""
            )

    def _present(self, table: pa.Table) -> None:
        """-1 stands for no digest."""
        self.connection.register("present_rows", table)
        digests = [name for name in _DIGESTS if name in table.column_names]
        replaced = ", ".join(f"nullif({name}, -1) AS {name}" for name in digests)
        star = f"* REPLACE ({replaced})" if replaced else "*"
        self._run(f"CREATE OR REPLACE TEMP TABLE present AS SELECT {star} FROM present_rows")
        self.connection.unregister("present_rows")

    def _fill(self, name: str, query: str) -> None:
        self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", self.scope.parameters(query))

    def _run(self, query: str, parameters: dict[str, str] | None = None) -> None:
        self.connection.execute(query, parameters)

    def _arrow(self, query: str) -> pa.Table:
        return self.connection.sql(query).to_arrow_table()


def _without(table: pa.Table, helper: str) -> pa.Table:
    """What only the comparison needs."""
    return table.drop_columns(helper) if helper in table.column_names else table
