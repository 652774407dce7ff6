"""The flags that say which server; the password is never one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.errors import ConfigError
from graphrisk.workspace.graph_server import GraphServerFlags

UriOption = Annotated[
    str | None,
    typer.Option(
        "--uri",
        metavar="URI",
        help="Where Neo4j is.",
        show_default="NEO4J_URI, [neo4j] uri, bolt://localhost:7687",
    ),
]
UserOption = Annotated[
    str | None,
    typer.Option(
        "--user", metavar="NAME", help="Who logs in.", show_default="NEO4J_USER, [neo4j] user, neo4j"
    ),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="NAME", help="Which database.", show_default="neo4j"),
]
PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="A file whose first line is the password.",
        show_default="NEO4J_PASSWORD, NEO4J_PASSWORD_FILE, [neo4j] password_file",
    ),
]  # fmt: skip

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="A Neo4j that takes part: its URI, or `neo4j` for the one that [neo4j] or NEO4J_URI names.",
        show_default="the embedded one alone",
    ),
]

_SCHEMES = ("bolt://", "bolt+s://", "bolt+ssc://", "neo4j://", "neo4j+s://", "neo4j+ssc://")


def store_flags(store: str | None) -> GraphServerFlags | None:
    """What --store says; None where it is absent. Raises ConfigError for what names no Neo4j."""
    if store is None:
        return None
    if store == "neo4j":
        return GraphServerFlags()
    if store.startswith(_SCHEMES):
        return GraphServerFlags(uri=store)
    raise ConfigError(
        "no such store", where="--store", value=None if "@" in store else store,  # it may hold a password
        remedy="`neo4j`, or an address such as neo4j://localhost:7687",
    )  # fmt: skip
