"""The flags that several commands share, so that they read and behave alike everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.errors import ConfigError

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", metavar="PATH", help="The workspace's folder.", show_default="current folder"
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout instead of tables.")
]
RunOption = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="Which run to ask.", show_default="the latest run")
]
WhatIfOption = Annotated[
    bool,
    typer.Option(
        "--what-if",
        help="Also say without which identifiers it would be otherwise; this detects again, several times.",
    ),
]
SeedsOption = Annotated[
    bool,
    typer.Option(
        "--seeds",
        help="Also ask what each labelled account gave the propagated belief; a run of very many members "
        "does not keep it for all.",
    ),
]

HERE = Path()


def require_place(out: Path, flag: str) -> None:
    """Before work that takes long, so that it is not for nothing. Raises ConfigError where there is no folder
    for the file."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise ConfigError("the name of a file in a folder that exists is wanted", where=flag, value=str(out))
