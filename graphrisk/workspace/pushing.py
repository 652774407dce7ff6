"""Wires a workspace and a Neo4j server to the flow that pushes one into the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.push import PushReport, push_graph
from graphrisk.model.graph_schema import GraphSchema, graph_schema
from graphrisk.model.kinds import KindSet
from graphrisk.stores.duckdb.graph_content import DuckGraphContent
from graphrisk.stores.duckdb.projection import ProjectionScope
from graphrisk.stores.neo4j.connection import open_neo4j
from graphrisk.stores.neo4j.graph_target import Neo4jGraph
from graphrisk.workspace.config import CONFIG_NAME, GRAPH_SECTION
from graphrisk.workspace.enforcement_in_graph import read_enforcement
from graphrisk.workspace.graph_server import GraphServerFlags, find_target, read_server_params

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


@dataclass(frozen=True, slots=True)
class StageWatcher:
    """Fits flows.push.Watcher and flows.pull.PullWatcher."""

    tell: Callable[[str], None]

    def seconds(self) -> float:
        return time.perf_counter()

    def stage(self, words: str) -> None:
        self.tell(words)


def push_workspace(
    shop: Workspace, flags: GraphServerFlags | None = None, *, progress: Callable[[str], None] | None = None
) -> PushReport:
    """Make the Neo4j graph what the workspace says: its tables, the findings of its latest run, and what is
    done about them now. See flows.push.push_graph. Raises ConfigError, NotFoundError, GraphServerError."""
    if GRAPH_SECTION in shop.config.sections:
        raise ConfigError(
            "the rows of this workspace come from the graph itself, which is not to hold them twice",
            where=f"{CONFIG_NAME} [{GRAPH_SECTION}]",
            remedy="write what a run found back with `graphrisk detect --store neo4j`",
        )
    params = read_server_params(shop.config.sections)
    target = find_target(shop.config.sections, shop.folder, flags)
    schema = declared_schema(shop.config.mapping.kinds)
    run_id = latest_run_id(shop)
    scope = ProjectionScope(shop.config.mapping.kinds, run_id, params.payments)
    watcher = StageWatcher(progress or (lambda _: None))
    enforcement = read_enforcement(shop, datetime.now(UTC).replace(tzinfo=None))
    with shop.reading() as database, open_neo4j(target) as server:
        content = DuckGraphContent(database, scope, enforcement)
        graph = Neo4jGraph(server, params.batch_rows)
        return push_graph(content, graph, schema, run_id, watcher)


def declared_schema(kinds: KindSet) -> GraphSchema:
    """Raises ConfigError where two kinds cannot be told apart in the graph."""
    try:
        return graph_schema(kinds)
    except ValueError as error:
        raise ConfigError(
            str(error), where=f"{CONFIG_NAME} [kinds]", remedy="give the kind another label or relationship"
        ) from error


def latest_run_id(shop: Workspace) -> str | None:
    try:
        return shop.latest().run_id
    except NotFoundError:
        return None
