"""The flags that say which server; the password is never one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
