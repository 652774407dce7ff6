"""Compares what a run found with what stands of it in somebody else's graph: joins on digests, in DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from graphrisk.flows.push import Change
from graphrisk.flows.write_back import ScoreChange
from graphrisk.model.graph_mapping import GraphAccounts, GraphLink
from graphrisk.model.graph_schema import (
    EVIDENCE_RELATIONSHIP,
    HIGH_RISK_AT,
    MEMBER_OF_RELATIONSHIP,
    RING,
)
from graphrisk.stores.duckdb.graph_columns import id_of
from graphrisk.stores.duckdb.projection import (
    ProjectionScope,
    relationship_query,
    score_query,
)

# What the load of one link table said: which text of the graph became which identifier. $part: the table.
_SAID = """
SELECT DISTINCT k.account_id, i.identifier, coalesce(l.raw, i.identifier) AS text
FROM link l
JOIN loaded_file f ON f.file_id = l.file_id AND f.table_name = $part
JOIN account_key k ON k.account_key = l.account_key
JOIN identifier_key i ON i.identifier_key = l.identifier_key AND i.kind = $kind"""


@dataclass(frozen=True, slots=True)
class DuckFoundContent:
    """Fits flows.write_back.FoundContent. Its rings' nodes are noted by a DuckGraphContent of the same
    connection, in the temporary table graph_node."""

    connection: duckdb.DuckDBPyConnection
    scope: ProjectionScope

    def __post_init__(self) -> None:
        # An id stands in the graph as it is, and in the workspace without the spaces around it.
        self.connection.execute(
            """CREATE OR REPLACE TEMP TABLE mapped_account (
                label VARCHAR, id VARCHAR, node BIGINT, key VARCHAR, score_digest BIGINT,
                is_high_risk BOOLEAN, was_high_risk BOOLEAN)"""
        )

    def adopt_accounts(self, accounts: GraphAccounts, present: pa.Table) -> None:
        self.connection.register("present_rows", present)
        self.connection.execute(
            f"""INSERT INTO mapped_account
            SELECT $label, {id_of("trim(key)")}, node, key, nullif(score_digest, -1), is_high_risk,
                   was_high_risk
            FROM present_rows WHERE trim(key) <> ''""",
            {"label": accounts.label},
        )
        self.connection.unregister("present_rows")

    def compare_scores(self, accounts: GraphAccounts) -> ScoreChange:
        self._fill("wanted", score_query())
        rule = f"coalesce(w.risk >= {HIGH_RISK_AT}, false)"
        query = """SELECT {} FROM mapped_account p LEFT JOIN wanted w ON w.id = p.id
            WHERE p.label = $label AND {} ORDER BY p.node"""
        columns = "p.node, p.key, w.risk, w.propagated, w.reason, w.ring_id, w.score_digest"
        return ScoreChange(
            self._ask(query.format(columns, "p.score_digest IS DISTINCT FROM w.score_digest"), accounts),
            self._ask(query.format("p.node, p.key", f"{rule} AND NOT p.is_high_risk"), accounts),
            self._ask(
                query.format("p.node, p.key", f"NOT {rule} AND p.is_high_risk AND p.was_high_risk"), accounts
            ),
        )

    def compare_members(self, accounts: GraphAccounts, present: pa.Table) -> Change:
        self._fill("wanted", relationship_query(MEMBER_OF_RELATIONSHIP, self.scope))
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE placed AS
            SELECT w.* EXCLUDE (start_label, start_id, end_label, end_id), a.node AS start, a.key,
                   b.node AS "end", b.digest AS end_digest
            FROM wanted w
            JOIN mapped_account a ON a.label = $label AND a.id = w.start_id
            JOIN graph_node b ON b.label = '{RING}' AND b.id = w.end_id""",
            {"label": accounts.label},
        )
        return self._compare(present, "end")

    def compare_evidence(self, links: Sequence[GraphLink], present: pa.Table) -> Change:
        kind = self.scope.kinds.named(links[0].kind)
        label = "" if kind is None else kind.label
        self._fill("wanted", relationship_query(EVIDENCE_RELATIONSHIP, self.scope))
        self.connection.execute(
            """CREATE OR REPLACE TEMP TABLE said (
                account_id VARCHAR, identifier VARCHAR, text VARCHAR, part INTEGER)"""
        )
        for position, link in enumerate(links):
            self.connection.execute(
                f"INSERT INTO said SELECT *, $position FROM ({_SAID})",
                {"part": link.name, "kind": link.kind, "position": position},
            )
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE placed AS
            SELECT w.* EXCLUDE (start_label, start_id, end_label, end_id), a.node AS start, a.key, s.text,
                   s.part
            FROM wanted w
            JOIN mapped_account a ON a.label = $account AND a.id = w.start_id
            JOIN said s ON {id_of("s.account_id")} = w.start_id AND {id_of("s.identifier")} = w.end_id
            WHERE w.end_label = $label
            QUALIFY row_number() OVER (PARTITION BY a.node, s.text ORDER BY s.part) = 1""",
            {"account": links[0].account, "label": label},
        )
        return self._compare(present, "text")

    def _compare(self, present: pa.Table, end: str) -> Change:
        """placed against present; `end`: the column that says with `start` which relationship it is. Twice
        the same is once too often."""
        self.connection.register("present_rows", present)
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE present AS
            SELECT *, row_number() OVER (PARTITION BY start, "{end}" ORDER BY relationship) AS copy
            FROM present_rows"""
        )
        self.connection.unregister("present_rows")
        same = f'p.start = w.start AND p."{end}" = w."{end}" AND p.copy = 1'
        order = f'ORDER BY w.start, w."{end}"'
        return Change(
            new=self._arrow(f"SELECT w.* FROM placed w ANTI JOIN present p ON {same} {order}"),
            changed=self._arrow(
                f"""SELECT w.* FROM placed w JOIN present p ON {same}
                WHERE p.digest IS DISTINCT FROM w.content_digest {order}"""
            ),
            stale=self._arrow(
                f"""SELECT p.relationship, p.digest FROM present p ANTI JOIN placed w ON {same}
                ORDER BY p.relationship"""
            ),
        )

    def _fill(self, name: str, query: str) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", self.scope.parameters(query)
        )

    def _ask(self, query: str, accounts: GraphAccounts) -> pa.Table:
        return self.connection.sql(query, params={"label": accounts.label}).to_arrow_table()

    def _arrow(self, query: str) -> pa.Table:
        return self.connection.sql(query).to_arrow_table()
