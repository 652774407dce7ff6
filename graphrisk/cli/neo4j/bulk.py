"""`graphrisk neo4j bulk`: the workspace becomes files for Neo4j's importer."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.neo4j.options import DatabaseOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, print_json, print_lines, print_table, show_progress
from graphrisk.flows.bulk import SCRIPT, BulkReport
from graphrisk.workspace import Workspace

_COLUMNS = (Column("part"), Column("file"), Column("rows"), Column("bytes"))


def register(group: typer.Typer) -> None:
    group.command("bulk")(bulk)


def bulk(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the files.")],
    workspace: WorkspaceOption = HERE,
    database: DatabaseOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files of an earlier call.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write Parquet files for `neo4j-admin database import full`, and DIR/import.sh, which imports them.

    For the first load of a large graph into an empty database whose server is stopped. The files say what
    `graphrisk neo4j push` would write; a push after the import finds nothing to do.

    Example: graphrisk neo4j bulk first-load -w shop && sh first-load/import.sh
    """
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.bulk import write_bulk_files  # noqa: PLC0415

    with show_progress("reading the workspace") as progress:
        report = write_bulk_files(
            Workspace.open(workspace), folder, database=database, replace=force, progress=progress
        )
    if as_json:
        print_json(report_json(report, folder))
        return
    print_bulk(report, folder)


def print_bulk(report: BulkReport, folder: Path) -> None:
    """One line a file, then what to type."""
    rows = [(part.name, part.file, part.size.row_count, part.size.byte_count) for part in report.parts]
    script = shlex.quote(str(folder / SCRIPT))
    print_table(_COLUMNS, rows, title=f"files in {folder}")
    print_lines(
        [
            "",
            "With the server stopped, one of these; docs/neo4j.md says more:",
            f"  sh {script}              # where Neo4j is installed",
            f"  sh {script} --compose    # the service neo4j of the docker-compose.yml in the current folder",
            "The first is, in that folder:",
            "  " + " ".join(report.command),
        ]
    )


def report_json(report: BulkReport, folder: Path) -> Json:
    return {
        "run_id": report.run_id,
        "folder": str(folder),
        "parts": [
            {
                "kind": part.kind.value,
                "name": part.name,
                "file": part.file,
                "row_count": part.size.row_count,
                "byte_count": part.size.byte_count,
            }
            for part in report.parts
        ],
        "command": list(report.command),
        "script": str(folder / SCRIPT),
    }
