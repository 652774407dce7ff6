"""`graphrisk run`: the main job in one go."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.detect import AsOfOption, WorkersOption, parse_as_of, print_run, run_json
from graphrisk.cli.export import export_json
from graphrisk.cli.load import LoadProgress, report_as_json
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import note, print_facts, print_json, show_progress, warn
from graphrisk.flows.export import ExportFormat, ExportKind, ExportOrder, ExportReport
from graphrisk.flows.load import LoadReport
from graphrisk.workspace import CONFIG_NAME, Workspace
from graphrisk.workspace.init import propose_config
from graphrisk.workspace.run import Run


def register(app: typer.Typer) -> None:
    app.command("run")(run_all)


def run_all(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="DATA", help="The folder with the tables, if not where graphrisk.toml says."),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_of: AsOfOption = None,
    workers: WorkersOption = None,
    form: Annotated[ExportFormat, typer.Option("--format", help="Of the exports.")] = ExportFormat.CSV,
    as_json: JsonOption = False,
) -> None:
    """Load the tables, find the rings, and export them into the workspace's exports folder.

    A workspace without a graphrisk.toml gets one proposed from the tables in DATA.

    Example: graphrisk run tables --workspace shop
    """
    known_until = parse_as_of(as_of)
    if data is not None and not (workspace / CONFIG_NAME).exists():
        _propose(data, workspace)
        data = None
    shop = Workspace.open(workspace, data=data)
    with show_progress("load") as progress:
        loaded = shop.load(progress=LoadProgress(progress, time.perf_counter()))
    for table in loaded.tables:
        for warning in table.warnings:
            warn(f"{table.table_name}: {warning}")
    with show_progress("detect") as progress:
        run = shop.detect(as_of=known_until, workers=workers, progress=progress)
        progress("export")
        exports = [run.export(_order(shop, kind, form)) for kind in ExportKind]
    if as_json:
        written = [export_json(report) for report in exports]
        print_json({"load": report_as_json(loaded), "run": run_json(run), "exports": written})
        return
    _print_all(loaded, run, exports)


def _propose(data: Path, workspace: Path) -> None:
    proposal = propose_config(data, workspace)
    for table in proposal.tables:
        for doubt in table.unsure:
            warn(f"{table.name}: {doubt}")
    if not proposal.is_certain:
        note(f"look at what is unsure in {workspace / CONFIG_NAME}")


def _order(shop: Workspace, kind: ExportKind, form: ExportFormat) -> ExportOrder:
    folder = shop.folder / "exports"
    folder.mkdir(exist_ok=True)
    return ExportOrder(kind, form, folder / f"{kind}.{form}")


def _print_all(loaded: LoadReport, run: Run, exports: list[ExportReport]) -> None:
    print_facts([*loaded.counts, ("seconds", loaded.seconds)], title="loaded")
    print_run(run)
    print_facts([(report.kind.value, str(report.out)) for report in exports], title="written")
