"""What should stand in Neo4j, as tables with the columns that `neo4j-admin database import` asks for.

The importer knows nodes by integers that are given here (`:ID`, `:START_ID`, `:END_ID`) and that it forgets
in the end: no text of the data is ever a key to it, so that none can be mistaken for another. A column is
called like its property and has its Parquet type; times are texts in a column `NAME:datetime`.

The importer takes an empty text for an absent one. Loading gives none; if a row has one all the same, it
goes out with the digest 0, which no push takes for its own, so that the next push writes the row again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from graphrisk.model.graph_enforcement import NO_ENFORCEMENT, GraphEnforcement
from graphrisk.model.graph_schema import (
    ACCOUNT,
    RING,
    RUN,
    NodeSchema,
    Property,
    PropertyType,
    RelationshipSchema,
)
from graphrisk.stores.duckdb.connection import read_number
from graphrisk.stores.duckdb.enforcement_projection import (
    account_enforcement_query,
    keep_enforcement,
    ring_enforcement_query,
)
from graphrisk.stores.duckdb.graph_content import LABEL_RULES
from graphrisk.stores.duckdb.projection import (
    TOLD_LINKS,
    ProjectionScope,
    node_query,
    relationship_query,
    score_query,
)

BATCH_ROWS = 20_000
CONTENT_DIGEST = "content_digest"
_CASTS = {
    PropertyType.STRING: "VARCHAR",
    PropertyType.INTEGER: "BIGINT",
    PropertyType.FLOAT: "DOUBLE",
    PropertyType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class DuckBulkContent:
    """Fits flows.bulk.BulkContent. Keeps its notes in temporary tables of the connection.

    written_at: what stands in the run as the time when its scores were complete; naive UTC.
    """

    connection: duckdb.DuckDBPyConnection
    scope: ProjectionScope
    written_at: datetime
    enforcement: GraphEnforcement = NO_ENFORCEMENT

    def __post_init__(self) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE told_link AS {TOLD_LINKS}")
        keep_enforcement(self.connection, self.enforcement)
        # numbered: every node, by label and id
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE numbered (label VARCHAR, id VARCHAR, number BIGINT)"
        )

    def read_nodes(self, schema: NodeSchema) -> pa.RecordBatchReader:
        """Ordered by id. Each label once, and before the relationships."""
        first = read_number(self.connection, "SELECT count(*) FROM numbered")
        query = self._completed(schema, node_query(schema, self.scope))
        self._fill(f"SELECT *, {first} - 1 + row_number() OVER (ORDER BY id) AS number FROM ({query})")
        self.connection.execute(
            "INSERT INTO numbered SELECT $label, id, number FROM wanted", {"label": schema.label}
        )
        columns = ['number AS ":ID"', *_columns(schema.properties)]
        if schema.states:
            columns.append('labels AS ":LABEL"')
        return self._stream(f"SELECT {', '.join(columns)} FROM wanted ORDER BY number")

    def read_relationships(self, schema: RelationshipSchema) -> pa.RecordBatchReader:
        """Ordered by their ends. Those that lack an end are left out, as a push leaves them out."""
        query = relationship_query(schema, self.scope)
        source = f"({query})"
        if self.scope.parameters(query):  # such a query cannot be streamed
            self._fill(query)
            source = "wanted"
        columns = ['a.number AS ":START_ID"', 'b.number AS ":END_ID"', *_columns(schema.properties)]
        return self._stream(
            f"""SELECT {", ".join(columns)} FROM {source} w
            JOIN numbered a ON a.label = w.start_label AND a.id = w.start_id
            JOIN numbered b ON b.label = w.end_label AND b.id = w.end_id
            ORDER BY a.number, b.number"""
        )

    def _completed(self, schema: NodeSchema, query: str) -> str:
        """With what a push adds to such a node after it was created."""
        if schema.label == ACCOUNT:
            states = ", ".join(f"CASE WHEN {rule} THEN '{state}' END" for state, rule in LABEL_RULES)
            return f"""
            SELECT p.*, w.* EXCLUDE (id), e.* EXCLUDE (id), nullif(concat_ws(';', {states}), '') AS labels
            FROM ({query}) p LEFT JOIN ({score_query()}) w ON w.id = p.id
            LEFT JOIN ({account_enforcement_query()}) e ON e.id = p.id"""
        if schema.label == RING:
            return f"""
            SELECT r.*, run_id AS first_run_id, e.* EXCLUDE (id)
            FROM ({query}) r LEFT JOIN ({ring_enforcement_query()}) e ON e.id = r.id"""
        if schema.label == RUN:
            written_at = int(self.written_at.replace(tzinfo=UTC).timestamp() * 1_000_000)
            return f"""
            SELECT *, id = nullif($run, '') AS is_current,
                   CASE WHEN id = $run THEN {written_at} END AS written_at
            FROM ({query})"""
        return query

    def _fill(self, query: str) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE wanted AS {query}", self.scope.parameters(query)
        )

    def _stream(self, query: str) -> pa.RecordBatchReader:
        rows: pa.RecordBatchReader = self.connection.sql(query).to_arrow_reader(BATCH_ROWS)
        return rows


def _columns(properties: tuple[Property, ...]) -> list[str]:
    texts = ", ".join(each.name for each in properties if each.type is PropertyType.STRING)
    return [_column(each, texts) for each in properties]


def _column(each: Property, texts: str) -> str:
    if each.type is PropertyType.TIME:
        moment = f"make_timestamp({each.name} // 1000 * 1000)"
        return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ') AS \"{each.name}:datetime\""
    value = each.name
    if each.name == CONTENT_DIGEST and texts:
        value = f"CASE WHEN '' IN ({texts}) THEN 0 ELSE {each.name} END"
    return f'CAST({value} AS {_CASTS[each.type]}) AS "{each.name}"'
