"""Reads every account and every link of a pushed graph in one of several ways, and says how long it took.

    NEO4J_URI=... NEO4J_PASSWORD=... python benchmarks/neo4j_readers.py READER

A process of its own, because the driver's codec is chosen when the driver is imported. Prints rows, seconds
and a digest of the pairs read, as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator

from neo4j_tutorial import block_compiled_codec

from graphrisk.model.graph_mapping import GraphAccounts, GraphLink, GraphMapping, own_mapping
from graphrisk.model.kinds import BUILT_IN_KINDS

READERS = ("record by record, driver in Python", "record by record, neo4j-rust-ext", "columns")
OURS = READERS[2]


def read_graph(reader: str) -> dict[str, object]:
    """Rows, seconds, and a digest of the pairs in order."""
    if reader == READERS[0]:
        block_compiled_codec()
    mapping = own_mapping(BUILT_IN_KINDS)
    began = time.perf_counter()
    found = read_columns(mapping) if reader == OURS else read_records(mapping)
    seconds = time.perf_counter() - began
    pairs = sorted(set(zip(*found, strict=True)))
    digest = hashlib.sha256(repr(pairs).encode()).hexdigest()
    return {"rows": len(found[0]), "seconds": seconds, "digest": digest}


def read_records(mapping: GraphMapping) -> tuple[list[str], list[str]]:
    """As the driver's manual does it."""
    import neo4j  # noqa: PLC0415 - its codec is chosen before

    first: list[str] = []
    second: list[str] = []
    login = ("neo4j", os.environ["NEO4J_PASSWORD"])
    with (
        neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=login) as driver,
        driver.session() as session,
    ):
        for statement in record_statements(mapping):
            for record in session.run(statement):
                first.append(record[0])
                second.append(record[1])
    return first, second


def record_statements(mapping: GraphMapping) -> Iterator[str]:
    for part in mapping.parts:
        match part:
            case GraphAccounts():
                yield (
                    f"MATCH (n:{part.label}) RETURN n.{part.id}, 'account', n.{part.role},"
                    f" n.{part.created_at}, n.{part.market}, n.{part.display_name}"
                )
            case GraphLink():
                yield (
                    f"MATCH (a:{part.account})-[l:{part.types[0]}]->(b:{part.label})"
                    f" RETURN a.id, b.{part.identifier}, l.{part.seen_at}, l.{part.last_seen_at},"
                    f" l.{part.event_count}"
                )
            case _:
                continue


def read_columns(mapping: GraphMapping) -> tuple[list[str], list[str]]:
    """What `graphrisk neo4j pull` reads, up to its Arrow tables."""
    from graphrisk.stores.neo4j.connection import open_neo4j  # noqa: PLC0415 - brings the driver
    from graphrisk.stores.neo4j.graph_reader import Neo4jGraphReader  # noqa: PLC0415
    from graphrisk.stores.neo4j.target import Neo4jTarget  # noqa: PLC0415

    target = Neo4jTarget(os.environ["NEO4J_URI"], "neo4j", "neo4j", os.environ["NEO4J_PASSWORD"])
    first: list[str] = []
    second: list[str] = []
    with open_neo4j(target) as connection:
        reader = Neo4jGraphReader(connection, mapping)
        for part in (*mapping.accounts, *mapping.links):
            for table in reader.read_part(part):
                first += table["account_id"].to_pylist()
                is_account = isinstance(part, GraphAccounts)
                second += ["account"] * table.num_rows if is_account else table["identifier"].to_pylist()
    return first, second


if __name__ == "__main__":
    print(json.dumps(read_graph(sys.argv[1])))
