"""The flags that several commands share, so that they read and behave alike everywhere."""

from __future__ import annotations

from collections.abc import Sequence
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


def given_flags(context: typer.Context, names: Sequence[str] | None = None) -> list[str]:
    """As they are typed: of these parameters of the command (None: of all) those that stand on the command
    line, also with the value that they have by themselves."""
    given = []
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        is_asked_about = names is None or parameter.name in names
        if is_asked_about and source is not None and source.name == "COMMANDLINE":
            given.append(parameter.opts[0])
    return given


def refuse_unheard(context: typer.Context, names: Sequence[str], why: str, *, remedy: str = "") -> None:
    """Flags that the command does not heed as it was called, so that nobody takes them for heeded. why:
    'only --snapshots heeds this'. Raises ConfigError where any of them was given."""
    given = given_flags(context, names)
    if given:
        raise ConfigError(
            why, where=" ".join(context.command_path.split()[1:]), value=", ".join(given), remedy=remedy
        )


def require_place(out: Path, flag: str) -> None:
    """Before work that takes long, so that it is not for nothing. Raises ConfigError where there is no folder
    for the file."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise ConfigError("the name of a file in a folder that exists is wanted", where=flag, value=str(out))
