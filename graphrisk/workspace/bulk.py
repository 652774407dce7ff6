"""Wires a workspace to the flow that writes files for Neo4j's importer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from graphrisk.errors import ConfigError
from graphrisk.flows.bulk import BulkOrder, BulkReport, write_bulk
from graphrisk.stores.duckdb.bulk_content import DuckBulkContent
from graphrisk.stores.duckdb.projection import ProjectionScope
from graphrisk.stores.neo4j.bulk_files import open_bulk_folder
from graphrisk.workspace.enforcement_in_graph import read_enforcement
from graphrisk.workspace.graph_server import read_server_params
from graphrisk.workspace.pushing import declared_schema, latest_run_id

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace

_DATABASE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,62}")


def write_bulk_files(
    shop: Workspace,
    folder: Path,
    *,
    database: str | None = None,
    replace: bool = False,
    progress: Callable[[str], None] | None = None,
) -> BulkReport:
    """Files for Neo4j's importer that say what a push would write. See flows.bulk.write_bulk and
    stores.neo4j.bulk_files.open_bulk_folder. Raises ConfigError, NotFoundError."""
    params = read_server_params(shop.config.sections)
    schema = declared_schema(shop.config.mapping.kinds)
    run_id = latest_run_id(shop)
    order = BulkOrder(run_id, find_database(params.database, database))
    scope = ProjectionScope(shop.config.mapping.kinds, run_id, params.payments)
    now = datetime.now(UTC).replace(tzinfo=None)
    enforcement = read_enforcement(shop, now)
    with shop.reading() as connection, open_bulk_folder(folder, replace=replace) as files:
        content = DuckBulkContent(connection, scope, now, enforcement)
        return write_bulk(content, files, schema, order, progress or (lambda _: None))


def find_database(configured: str, told: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """As workspace.graph_server.find_target finds it. It becomes a word of a command line, so that what is
    no name for a database is refused with ConfigError."""
    name = told or environment.get("NEO4J_DATABASE") or configured
    if _DATABASE_NAME.fullmatch(name) is None:
        raise ConfigError(
            "no name for a database of Neo4j", where="--database, NEO4J_DATABASE, [neo4j] database",
            value=name, remedy="3 to 63 letters, digits, dots and dashes, a letter first",
        )  # fmt: skip
    return name
