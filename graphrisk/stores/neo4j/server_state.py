"""Reads what `graphrisk neo4j check` judges, and refuses servers that are too old."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from neo4j.exceptions import Neo4jError

from graphrisk.errors import GraphServerError
from graphrisk.flows.check import (
    DatabaseFacts,
    GraphFacts,
    MemorySettings,
    ServerIdentity,
    is_too_old,
    judge_identity,
)
from graphrisk.model.graph_schema import GraphSchema
from graphrisk.stores.neo4j.connection import GraphConnection
from graphrisk.stores.neo4j.statements import read_statement

_PAGE_CACHE = "server.memory.pagecache.size"
_TRANSACTION = "db.memory.transaction.max"
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def read_identity(connection: GraphConnection) -> ServerIdentity:
    """Any server answers, also one that is too old, and one whose database is not there."""
    parts = _system(connection).read(read_statement("read/server_parts"))
    kernel = next((part for part in parts if part["name"] == "Neo4j Kernel"), parts[0])
    return ServerIdentity(kernel["name"].removesuffix(" Kernel"), kernel["version"], kernel["edition"])


def require_version(connection: GraphConnection) -> None:
    """Raises GraphServerError where the server is too old for the statements under cypher/."""
    told = connection.driver.get_server_info().agent.partition("/")[2]  # Neo4j/5.26.25
    if is_too_old(told):
        finding = judge_identity(ServerIdentity("Neo4j", told, "server"))
        raise GraphServerError(finding.words, where=connection.target.uri, remedy=finding.remedy)


def read_databases(connection: GraphConnection) -> tuple[DatabaseFacts, ...]:
    return tuple(
        DatabaseFacts(
            name=record["name"],
            aliases=tuple(record["aliases"]),
            status=record["status"],
            message=record["message"] or "",
            is_read_only=record["is_read_only"],
        )
        for record in _system(connection).read(read_statement("read/databases"))
    )


def _system(connection: GraphConnection) -> GraphConnection:
    """The system database of the same server: ours may not be there, or have stopped."""
    return replace(connection, target=replace(connection.target, database="system"))


def try_writing(connection: GraphConnection) -> str | None:
    """Why the user may not write, None where they may. Nothing stays."""
    statement, parameters = read_statement("write/try_writing"), {"id": f"graphrisk-{uuid.uuid4()}"}
    target = connection.target
    with connection.driver.session(database=target.database) as session:
        try:
            with session.begin_transaction() as transaction:
                transaction.run(statement.text, parameters).consume()
                transaction.rollback()
        except Neo4jError as error:
            if not (error.code or "").startswith("Neo.ClientError"):
                raise  # no matter of rights
            return (error.message or error.code or "").partition("\n")[0][:200]
    return None


def read_procedures(connection: GraphConnection, names: tuple[str, ...]) -> frozenset[str]:
    found = connection.read(read_statement("read/procedures"), {"names": names})
    return frozenset(record["name"] for record in found)


def read_memory(connection: GraphConnection) -> MemorySettings:
    """As far as the server tells it: in Enterprise only administrators may ask."""
    try:
        heap = [record["bytes"] for record in connection.read(read_statement("read/heap"))]
    except Neo4jError:
        heap = []
    try:
        found = connection.read(read_statement("read/settings"), {"names": (_PAGE_CACHE, _TRANSACTION)})
    except Neo4jError:
        found = []
    settings = {record["name"]: size_in_bytes(record["value"]) for record in found}
    return MemorySettings(
        heap_bytes=int(heap[0]) if heap and heap[0] and heap[0] > 0 else None,
        page_cache_bytes=settings.get(_PAGE_CACHE),
        transaction_bytes=settings.get(_TRANSACTION),
    )


def size_in_bytes(text: str | None) -> int | None:
    """`346.46MiB` as the server writes sizes; None for 0, which means no limit, and for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i)?B", text or "")
    size = int(float(found[1]) * _UNITS[f"{found[2] or ''}B"]) if found else 0
    return size or None


def read_graph(connection: GraphConnection, schema: GraphSchema) -> GraphFacts:
    counts = []
    for node in schema.nodes:
        statement = read_statement("read/count_nodes").fill(label=node.label)
        counts.append((node.label, int(connection.read(statement)[0]["nodes"])))
    runs = connection.read(read_statement("read/current_run"))
    return GraphFacts(
        counts=tuple((label, count) for label, count in counts if count),
        run_id=str(runs[0]["id"]) if runs else None,
        run_is_complete=bool(runs and runs[0]["is_complete"]),
    )
