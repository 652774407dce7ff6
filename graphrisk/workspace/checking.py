"""Wires a Neo4j server to the flow that checks it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphrisk.flows.check import (
    CheckReport,
    DatabaseFacts,
    GraphFacts,
    MemorySettings,
    ServerIdentity,
    check_server,
)
from graphrisk.flows.write_back import FOUND_SCHEMA
from graphrisk.model.graph_indexes import PresentIndex
from graphrisk.model.graph_schema import GraphSchema
from graphrisk.stores.neo4j import schema, server_state
from graphrisk.stores.neo4j.connection import GraphConnection, open_neo4j
from graphrisk.workspace.config import GRAPH_SECTION
from graphrisk.workspace.graph_server import GraphServerFlags, find_target, read_declared
from graphrisk.workspace.pushing import declared_schema


@dataclass(frozen=True, slots=True)
class _Server:
    """Fits flows.check.GraphServer."""

    connection: GraphConnection

    @property
    def database(self) -> str:
        return self.connection.target.database

    def read_identity(self) -> ServerIdentity:
        return server_state.read_identity(self.connection)

    def read_databases(self) -> tuple[DatabaseFacts, ...]:
        return server_state.read_databases(self.connection)

    def try_writing(self) -> str | None:
        return server_state.try_writing(self.connection)

    def read_indexes(self) -> tuple[PresentIndex, ...]:
        return schema.read_indexes(self.connection)

    def read_procedures(self, names: tuple[str, ...]) -> frozenset[str]:
        return server_state.read_procedures(self.connection, names)

    def read_memory(self) -> MemorySettings:
        return server_state.read_memory(self.connection)

    def read_graph(self, graph: GraphSchema) -> GraphFacts:
        return server_state.read_graph(self.connection, graph)

    def prepare(self, graph: GraphSchema) -> None:
        schema.ensure_schema(self.connection, graph)


def check_graph_server(
    folder: Path, flags: GraphServerFlags | None = None, *, fix: bool = False
) -> CheckReport:
    """Whether the server that a workspace speaks to is fit for it. folder: where graphrisk.toml is; without
    one the built-in kinds count. Of somebody else's graph only what graphrisk adds to it is looked at. See
    flows.check.check_server. Raises ConfigError, GraphServerError."""
    kinds, sections = read_declared(folder)
    schema = FOUND_SCHEMA if GRAPH_SECTION in sections else declared_schema(kinds)
    target = find_target(sections, folder, flags)
    with open_neo4j(target) as connection:
        return check_server(_Server(connection), schema, fix=fix)
