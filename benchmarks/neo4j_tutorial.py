"""How tutorials load a graph: dicts of rows, UNWIND and MERGE, 10,000 a transaction, nothing else.

    NEO4J_URI=... NEO4J_PASSWORD=... python benchmarks/neo4j_tutorial.py WORKSPACE [--codec python]

It writes what `graphrisk neo4j push` writes of the tables: accounts, identifiers, links and who paid whom,
with all their properties. The rows come out of the workspace's DuckDB by the same queries. Times are sent as
integers, not as Python's datetimes, which are slower. Prints seconds and rows as JSON.

--codec python: without neo4j-rust-ext, as a plain `pip install neo4j` leaves the driver.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from graphrisk.model.graph_schema import (
    ACCOUNT,
    IDENTIFIER,
    PAID,
    GraphSchema,
    NodeSchema,
    PropertyType,
    RelationshipSchema,
    graph_schema,
)
from graphrisk.stores.duckdb.projection import TOLD_LINKS, ProjectionScope, node_query, relationship_query
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    import neo4j  # must not be imported before its codec was chosen

BATCH_ROWS = 10_000
COMPILED = "neo4j._rust"  # what neo4j-rust-ext adds to the driver

Row = dict[str, object]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--codec", choices=("python", "rust"), default="rust")
    given = parser.parse_args(arguments)
    if given.codec == "python":
        block_compiled_codec()
    import neo4j  # noqa: PLC0415 - see above

    if has_compiled_codec() != (given.codec == "rust"):
        sys.exit(f"the driver's codec is not the one of {given.codec}")
    shop = Workspace.open(given.workspace)
    scope = ProjectionScope(shop.config.mapping.kinds, None, payments=False)
    login = ("neo4j", os.environ["NEO4J_PASSWORD"])
    with shop.reading() as tables, neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=login) as driver:
        tables.execute(f"CREATE TEMP TABLE told_link AS {TOLD_LINKS}")
        told = load(driver, tables, graph_schema(scope.kinds), scope)
    print(json.dumps(told))


def block_compiled_codec() -> None:
    """Before the first import of the driver, which then falls back to its own in Python."""
    assert "neo4j" not in sys.modules, "the driver has been imported already"
    sys.modules[COMPILED] = None  # type: ignore[assignment]


def has_compiled_codec() -> bool:
    from neo4j._codec.packstream import v1  # noqa: PLC0415

    return v1._rust_pack is not None


def load(
    driver: neo4j.Driver, tables: duckdb.DuckDBPyConnection, schema: GraphSchema, scope: ProjectionScope
) -> list[dict[str, object]]:
    """What was written: part, rows, seconds (with the reading of the rows)."""
    told: list[dict[str, object]] = []
    work = [
        *((n.label, node_statement(n), node_query(n, scope)) for n in table_nodes(schema)),
        *(
            (r.type, relationship_statement(r), relationship_query(r, scope))
            for r in table_relationships(schema)
        ),
    ]
    with driver.session(database="neo4j") as session:
        for node in table_nodes(schema):
            session.run(constraint_statement(node)).consume()
        session.run("CALL db.awaitIndexes()").consume()
        for part, statement, query in work:
            began, row_count = time.perf_counter(), 0
            for rows in read_rows(tables, query):
                session.execute_write(write_rows, statement, rows)
                row_count += len(rows)
            told.append({"part": part, "rows": row_count, "seconds": time.perf_counter() - began})
    return told


def write_rows(transaction: neo4j.ManagedTransaction, statement: str, rows: list[Row]) -> None:
    transaction.run(statement, rows=rows).consume()


def read_rows(tables: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[Row]]:
    cursor = tables.execute(query)
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(BATCH_ROWS):
        yield [dict(zip(names, values, strict=True)) for values in batch]


def table_nodes(schema: GraphSchema) -> list[NodeSchema]:
    """The nodes that stand in the tables, whatever a run has found."""
    return [node for node in schema.nodes if node.label == ACCOUNT or IDENTIFIER in node.also]


def table_relationships(schema: GraphSchema) -> list[RelationshipSchema]:
    """Links, and who paid whom."""
    labels = {node.label for node in table_nodes(schema)} - {ACCOUNT}
    return [each for each in schema.relationships if each.type == PAID or each.end in labels]


def constraint_statement(node: NodeSchema) -> str:
    return f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{node.label}) REQUIRE n.id IS UNIQUE"


def node_statement(node: NodeSchema) -> str:
    """One MERGE by id; what a run adds to an account later is not there yet."""
    later = ("verdict", "risk", "propagated", "reason", "ring_id", "score_digest")
    told = [each for each in node.properties if each.name != "id" and each.name not in later]
    also = "".join(f" SET n:{label}" for label in node.also)
    values = ", ".join(f"n.{each.name} = {value_of(each.name, each.type)}" for each in told)
    return f"UNWIND $rows AS row MERGE (n:{node.label} {{id: row.id}}){also} SET {values}"


def relationship_statement(each: RelationshipSchema) -> str:
    values = ", ".join(f"r.{told.name} = {value_of(told.name, told.type)}" for told in each.properties)
    return (
        f"UNWIND $rows AS row MATCH (a:{each.start} {{id: row.start_id}})"
        f" MATCH (b:{each.end} {{id: row.end_id}}) MERGE (a)-[r:{each.type}]->(b) SET {values}"
    )


def value_of(name: str, kind: PropertyType) -> str:
    return f"datetime.fromEpochMillis(row.{name} / 1000)" if kind is PropertyType.TIME else f"row.{name}"


if __name__ == "__main__":
    main()
