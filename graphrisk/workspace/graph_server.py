"""Which Neo4j a workspace speaks to: flags, then the environment, then the [neo4j] section.

NEO4J_URI   NEO4J_USER   NEO4J_DATABASE   NEO4J_PASSWORD   NEO4J_PASSWORD_FILE
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from graphrisk.errors import ConfigError
from graphrisk.stores.neo4j.target import Neo4jTarget
from graphrisk.workspace.config import CONFIG_NAME, Sections
from graphrisk.workspace.frozen import TomlTable, frozen_from_table

SECTION = "neo4j"


@dataclass(frozen=True, slots=True)
class GraphServerParams:
    """The plain keys of [neo4j]. There is no key for the password itself: it comes from the environment or
    from password_file (relative to graphrisk.toml), whose first line it is.

    batch_rows: rows of one transaction. payments: whether every payment becomes a node.
    """

    uri: str = "bolt://localhost:7687"
    user: str = "neo4j"
    database: str = "neo4j"
    password_file: str | None = None
    batch_rows: int = 10_000
    payments: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if not 1 <= self.batch_rows <= 1_000_000:
            raise ValueError("batch_rows lies in 1 .. 1,000,000")


@dataclass(frozen=True, slots=True)
class GraphServerFlags:
    """What the command line said; None where it was silent."""

    uri: str | None = None
    user: str | None = None
    database: str | None = None
    password_file: Path | None = None


def read_server_params(sections: Sections) -> GraphServerParams:
    """The plain keys of [neo4j]; its tables (somebody else's labels and types) are read elsewhere."""
    section: TomlTable = sections.get(SECTION, {})
    own = {each.name for each in fields(GraphServerParams)}
    plain = {key: value for key, value in section.items() if key in own or not _is_table(value)}
    return frozen_from_table(GraphServerParams, plain, f"{CONFIG_NAME} [{SECTION}]")


def find_target(
    sections: Sections,
    folder: Path,
    flags: GraphServerFlags | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Neo4jTarget:
    """folder: what password_file is relative to. Raises ConfigError where no password can be had."""
    params, told = read_server_params(sections), flags or GraphServerFlags()
    return Neo4jTarget(
        uri=told.uri or environment.get("NEO4J_URI") or params.uri,
        user=told.user or environment.get("NEO4J_USER") or environment.get("NEO4J_USERNAME") or params.user,
        database=told.database or environment.get("NEO4J_DATABASE") or params.database,
        password=_find_password(params, told, folder, environment),
    )


def _find_password(
    params: GraphServerParams, told: GraphServerFlags, folder: Path, environment: Mapping[str, str]
) -> str:
    if told.password_file is not None:
        return _first_line(told.password_file)
    if (given := environment.get("NEO4J_PASSWORD")) is not None:
        return given
    if (named := environment.get("NEO4J_PASSWORD_FILE")) is not None:
        return _first_line(Path(named))
    if params.password_file is not None:
        return _first_line(folder / params.password_file)
    raise ConfigError(
        "no password for Neo4j",
        where=f"{CONFIG_NAME} [{SECTION}]",
        remedy="set NEO4J_PASSWORD, or password_file under [neo4j], or --password-file FILE",
    )


def _first_line(path: Path) -> str:
    try:
        return (path.read_text(encoding="utf-8").splitlines() or [""])[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the password file cannot be read", where=str(path)) from error


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict) for each in value)
    )
