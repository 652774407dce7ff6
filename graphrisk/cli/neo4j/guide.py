"""`graphrisk neo4j guide`: the playbook, a style and favourites for Neo4j Browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption, refuse_unheard
from graphrisk.cli.output import Cell, note, print_facts, print_json
from graphrisk.report.browser_guide import FAVOURITES, GUIDE, STYLE

_PORT = 8001


def register(group: typer.Typer) -> None:
    group.command("guide")(guide)


def guide(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen on this machine; 0 takes a free port.")
    ] = _PORT,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write the files into a folder instead of serving them."),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Serve the playbook to Neo4j Browser on this machine, as a guide, a style and favourites, until Ctrl-C.

    With a workspace the guide is filled in with its best ring, and the style knows its kinds.

    Example: graphrisk neo4j guide -w shop
    """
    # Here, because http.server and the workspace's run are needed by this verb alone
    from graphrisk.workspace.guide_server import open_guide_server  # noqa: PLC0415
    from graphrisk.workspace.guiding import find_browser_origin, make_guide, write_guide  # noqa: PLC0415

    if write is not None:
        refuse_unheard(context, ["port"], "nothing is served with --write", remedy="give one of the two")
        _tell_written(write, write_guide(workspace, write), as_json=as_json)
        return
    origin = find_browser_origin(workspace)
    with open_guide_server(port, lambda address: make_guide(workspace, address), origin) as server:
        _tell_served(server.address, as_json=as_json)
        server.serve_forever()


def _tell_served(address: str, *, as_json: bool) -> None:
    commands: dict[str, Cell] = {
        "guide": f":play {address}/{GUIDE}",
        "style": f":style {address}/{STYLE}",
        "favourites": f"{address}/{FAVOURITES}",
    }
    if as_json:
        print_json({"address": address, **commands})
    else:
        print_facts(
            list(commands.items()), title="to type into Neo4j Browser; save the favourites, then drag them in"
        )
        note("Ctrl-C ends it")
    sys.stdout.flush()


def _tell_written(folder: Path, names: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"folder": str(folder), "files": names})
        return
    print_facts([("folder", str(folder)), ("files", len(names))])
    note(f"drag {FAVOURITES} and {STYLE} into Neo4j Browser")
