"""Which Neo4j a workspace speaks to: flags, then the environment, then the [neo4j] section.

NEO4J_URI   NEO4J_USER   NEO4J_DATABASE   NEO4J_PASSWORD   NEO4J_PASSWORD_FILE
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote, urlsplit

from graphrisk.errors import ConfigError
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet
from graphrisk.report.browser_script import BrowserAddress
from graphrisk.stores.neo4j.target import Neo4jTarget
from graphrisk.workspace.config import CONFIG_NAME, Sections, read_config
from graphrisk.workspace.frozen import TomlTable, frozen_from_table

SECTION = "neo4j"


@dataclass(frozen=True, slots=True)
class GraphServerParams:
    """The plain keys of [neo4j]. There is no key for the password itself: it comes from the environment or
    from password_file (relative to graphrisk.toml), whose first line it is.

    batch_rows: rows of one transaction. payments: whether every payment becomes a node. browser: where Neo4j
    Browser is, if not at the server's own port 7474.
    """

    uri: str = "bolt://localhost:7687"
    user: str = "neo4j"
    database: str = "neo4j"
    password_file: str | None = None
    batch_rows: int = 10_000
    payments: bool = False
    browser: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.browser is not None and not self.browser.startswith(("http://", "https://")):
            raise ValueError("browser is an address such as http://localhost:7474/browser/")
        if self.browser is not None and "@" in self.browser.split("://", 1)[1].partition("/")[0]:
            raise ValueError("browser holds a user or a password")
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
    """folder: what password_file is relative to. Raises ConfigError where no password can be had, or the
    address is none."""
    params, told = read_server_params(sections), flags or GraphServerFlags()
    uri = told.uri or environment.get("NEO4J_URI") or params.uri
    _check_uri(uri)
    return Neo4jTarget(
        uri=uri,
        user=told.user or environment.get("NEO4J_USER") or environment.get("NEO4J_USERNAME") or params.user,
        database=told.database or environment.get("NEO4J_DATABASE") or params.database,
        password=_find_password(params, told, folder, environment),
    )


def find_browser(sections: Sections, environment: Mapping[str, str] = os.environ) -> BrowserAddress | None:
    """Where Neo4j Browser is; None where neither [neo4j] nor NEO4J_URI names a server, or its address makes
    no sense. Nothing is connected, and no password is needed."""
    if SECTION not in sections and not environment.get("NEO4J_URI"):
        return None
    params = read_server_params(sections)
    uri = environment.get("NEO4J_URI") or params.uri
    user = environment.get("NEO4J_USER") or environment.get("NEO4J_USERNAME") or params.user
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    host = f"[{host}]" if ":" in host else quote(host, safe="")
    is_secure = "+s" in parts.scheme
    own = f"https://{host}:7473/browser/" if is_secure else f"http://{host}:7474/browser/"
    return BrowserAddress(
        url=(params.browser or own).partition("?")[0],
        server=f"{parts.scheme}://{quote(user, safe='')}@{host}:{port or 7687}",
        database=environment.get("NEO4J_DATABASE") or params.database,
    )


def read_declared(folder: Path) -> tuple[KindSet, Sections]:
    """Kinds and other sections of a folder's graphrisk.toml; the built-in kinds where there is none."""
    path = folder / CONFIG_NAME
    if not path.exists():
        return BUILT_IN_KINDS, {}
    config = read_config(path)
    return config.mapping.kinds, config.sections


def _find_password(
    params: GraphServerParams, told: GraphServerFlags, folder: Path, environment: Mapping[str, str]
) -> str:
    if told.password_file is not None:
        return _first_line(told.password_file)
    if given := environment.get("NEO4J_PASSWORD"):
        return given
    if named := environment.get("NEO4J_PASSWORD_FILE"):
        return _first_line(Path(named))
    if params.password_file is not None:
        return _first_line(folder / params.password_file)
    raise ConfigError(
        "no password for Neo4j",
        where=f"{CONFIG_NAME} [{SECTION}]",
        remedy="set NEO4J_PASSWORD, or password_file under [neo4j], or --password-file FILE",
    )


def _first_line(path: Path) -> str:
    remedy = "write the password into its first line, in UTF-8, and let nobody else read it"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"the password file cannot be read: {reason}", where=str(path), remedy=remedy
        ) from error
    except UnicodeDecodeError:  # whose text has a part of the password
        raise ConfigError("the password file is no UTF-8 text", where=str(path), remedy=remedy) from None
    if not lines or not lines[0]:
        raise ConfigError("the password file begins with an empty line", where=str(path), remedy=remedy)
    return lines[0]


_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def _check_uri(uri: str) -> None:
    """Raises ConfigError for what the driver would not take, and for an address that holds a password: that
    one is not repeated."""
    where = f"--uri, NEO4J_URI or [{SECTION}] uri"
    if "@" in uri:
        raise ConfigError(
            "the address of the server holds a user or a password",
            where=where,
            remedy="name the user in NEO4J_USER, the password in NEO4J_PASSWORD or a file",
        )
    try:
        parts = urlsplit(uri)
        is_address = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not uri.isprintable():
        raise ConfigError(
            "no address of a Neo4j server",
            where=where,
            value=uri,
            remedy="one such as bolt://localhost:7687 or neo4j+s://graph.example.com",
        )


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict) for each in value)
    )
