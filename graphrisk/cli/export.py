"""`graphrisk export`: rings or accounts for another system, or for a spreadsheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.options import HERE, JsonOption, RunOption, WorkspaceOption
from graphrisk.cli.output import Json, note, print_json, show_progress
from graphrisk.errors import ConfigError
from graphrisk.flows.export import ExportFormat, ExportKind, ExportOrder, ExportReport, form_of
from graphrisk.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("export")(export)


def export(
    kind: Annotated[
        ExportKind, typer.Argument(help="rings: one row per member. accounts: every account's risk.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; - is stdout.")],
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", show_default="from FILE's ending, or csv"),
    ] = None,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a run's rings or account risks to a file, whole or not at all.

    In CSV, a text that a spreadsheet would run as a formula gets an apostrophe in front; control characters
    are written as escapes. Parquet and JSON lines keep every text exactly.

    Example: graphrisk export rings --format csv --out rings.csv -w shop
    """
    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise ConfigError("--json and --out - both want stdout", remedy="give --out a file")
    order = ExportOrder(kind, form or form_of(out), None if to_stdout else out)
    with show_progress(f"writing {kind}"):
        report = Workspace.open(workspace).run(run).export(order)
    if as_json:
        print_json(export_json(report))
    elif not to_stdout:
        note(f"{report.row_count:,} rows of {kind} written to {out}")


def export_json(report: ExportReport) -> Json:
    return {
        "run_id": report.run_id,
        "kind": report.kind.value,
        "format": report.form.value,
        "out": None if report.out is None else str(report.out),
        "row_count": report.row_count,
    }
