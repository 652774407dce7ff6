"""Wires somebody else's graph in Neo4j to the flows that read it, find rings in it and write them back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from graphrisk.flows.load import LoadReport
from graphrisk.flows.pull import PulledPart, pull_graph, pulled_tables
from graphrisk.flows.push import PushReport
from graphrisk.flows.write_back import WriteBack, write_back
from graphrisk.model.graph_mapping import GraphMapping
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.found_content import DuckFoundContent
from graphrisk.stores.duckdb.graph_content import DuckGraphContent
from graphrisk.stores.duckdb.projection import ProjectionScope
from graphrisk.stores.files import FileFormat, TableFolder
from graphrisk.stores.neo4j.connection import GraphConnection, open_neo4j
from graphrisk.stores.neo4j.graph_reader import Neo4jGraphReader
from graphrisk.stores.neo4j.graph_target import Neo4jGraph
from graphrisk.stores.neo4j.mapped_graph import Neo4jMappedGraph
from graphrisk.stores.neo4j.server_state import require_version
from graphrisk.workspace.config import CONFIG_NAME
from graphrisk.workspace.graph_mapping import own_graph_text, read_graph_mapping
from graphrisk.workspace.graph_server import GraphServerFlags, find_target, read_server_params
from graphrisk.workspace.init import write_config
from graphrisk.workspace.pushing import StageWatcher, push_workspace
from graphrisk.workspace.run import Run
from graphrisk.workspace.session import Workspace

_SPOOL = ".pulled"  # beside the database, for as long as a pull takes

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PullReport:
    """parts: what was read from the graph. load: what became of it."""

    parts: tuple[PulledPart, ...]
    load: LoadReport


@dataclass(frozen=True, slots=True)
class StoreRun:
    """pulled: None where the rows came from tables. pushed: what was written into the graph."""

    run: Run
    pulled: PullReport | None
    pushed: PushReport


def open_graph_workspace(folder: Path) -> Workspace:
    """The workspace in `folder`. One without a graphrisk.toml gets one for graphrisk's own labels."""
    path = folder / CONFIG_NAME
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_config(path, own_graph_text(BUILT_IN_KINDS))
    return Workspace.open(folder)


def pull_workspace(
    shop: Workspace, flags: GraphServerFlags | None = None, *, progress: Tell | None = None
) -> PullReport:
    """Bring the workspace up to date with the graph that its [graph] section maps. Raises ConfigError,
    InputError, GraphServerError."""
    mapping = read_graph_mapping(shop.config)
    with _server(shop, flags) as connection:
        return _pull(shop, mapping, connection, progress or _silent)


def detect_in_store(
    shop: Workspace,
    flags: GraphServerFlags | None = None,
    *,
    as_of: datetime | None = None,
    workers: int | None = None,
    progress: Tell | None = None,
) -> StoreRun:
    """Find rings, and write them into the graph. Where the workspace has tables, they are the source and the
    graph is made to say what they say; else the graph is read first. Raises ConfigError, InputError,
    GraphServerError."""
    tell = progress or _silent
    if shop.config.mapping.tables:
        run = shop.detect(as_of=as_of, workers=workers, progress=tell)
        return StoreRun(run, None, push_workspace(shop, flags, progress=tell))
    mapping = read_graph_mapping(shop.config)
    batch_rows = read_server_params(shop.config.sections).batch_rows
    with _server(shop, flags) as connection:
        pulled = _pull(shop, mapping, connection, tell)
        run = shop.detect(as_of=as_of, workers=workers, progress=tell)
        scope = ProjectionScope(run.kinds, run.run_id, payments=False)
        with shop.reading() as database:
            sides = WriteBack(
                nodes=DuckGraphContent(database, scope),
                found=DuckFoundContent(database, scope),
                target=Neo4jGraph(connection, batch_rows),
                graph=Neo4jMappedGraph(connection, mapping, batch_rows),
            )
            pushed = write_back(sides, mapping, run.run_id, StageWatcher(tell))
    return StoreRun(run, pulled, pushed)


def _server(shop: Workspace, flags: GraphServerFlags | None) -> AbstractContextManager[GraphConnection]:
    return open_neo4j(find_target(shop.config.sections, shop.folder, flags))


def _pull(shop: Workspace, mapping: GraphMapping, connection: GraphConnection, tell: Tell) -> PullReport:
    require_version(connection)
    spool = shop.folder / _SPOOL
    with shop.writing():  # from the start, so that no second pull takes the files away
        shutil.rmtree(spool, ignore_errors=True)  # of one that was killed
        try:
            reader = Neo4jGraphReader(connection, mapping)
            writer = TableFolder(spool, FileFormat.PARQUET)
            parts = pull_graph(reader, writer, mapping, StageWatcher(tell))
            tell("load")
            tables = replace(shop.config.mapping, tables=pulled_tables(mapping))
            pulled = replace(shop, config=replace(shop.config, mapping=tables, data=spool))
            return PullReport(parts, pulled.load(rebuild=True))
        finally:
            shutil.rmtree(spool, ignore_errors=True)


def _silent(words: str) -> None:
    """Say nothing."""
