"""graphrisk init, graphrisk load: tables become a workspace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.neo4j.options import StoreOption, store_flags
from graphrisk.cli.neo4j.push import print_push, push_shop, report_json
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import (
    Column,
    Json,
    StageReport,
    print_facts,
    print_json,
    print_lines,
    print_table,
    show_progress,
    warn,
)
from graphrisk.flows.load import LoadReport, TableReport
from graphrisk.flows.propose import Proposal
from graphrisk.workspace import CONFIG_NAME, Workspace
from graphrisk.workspace.init import propose_config

_COLUMNS = (
    Column("table"),
    Column("done"),
    Column("files"),
    Column("rows"),
    Column("bad"),
    Column("why", fold=True),
    Column("seconds", digits=1),
)


def register(app: typer.Typer) -> None:
    app.command("init")(run_init)
    app.command("load")(run_load)


def run_init(
    data: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the tables.")],
    workspace: WorkspaceOption = HERE,
    force: Annotated[bool, typer.Option("--force", help=f"Replace a {CONFIG_NAME} that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Propose what the tables in DIR mean, and write it into the workspace as graphrisk.toml.

    Each guess stands there with its reason. Folders inside of DIR are not looked at. A folder in the
    default layout (accounts, sessions, addresses, instruments, payments, labels) needs no edit.

    Example: graphrisk init tables --workspace shop
    """
    proposal = propose_config(data, workspace, replace=force)
    if as_json:
        print_json(_proposal_as_json(proposal, workspace / CONFIG_NAME))
        return
    for table in proposal.tables:
        print_lines([f"{table.name}: {'not loaded' if table.mapping is None else ', '.join(table.files)}"])
        print_lines(
            [f"  {reason}" for reason in table.reasons] + [f"  unsure: {doubt}" for doubt in table.unsure]
        )
    ending = "nothing is unsure" if proposal.is_certain else "look at what is UNSURE there"
    print_lines(
        [f"written: {workspace / CONFIG_NAME}; {ending}, then: graphrisk load --workspace {workspace}"]
    )


def run_load(
    workspace: WorkspaceOption = HERE,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A mapping that becomes the workspace's own."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where the tables are, if not where the mapping says."),
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Forget what files said that are gone, where a table is loaded anew."),
    ] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load the tables that graphrisk.toml names: what is new is added, what is loaded already is skipped.

    Bad rows go to quarantine with file, line, column, value and reason. It can be interrupted at any
    instant and run again. With --store, the graph in Neo4j is brought up to date, too.

    Example: graphrisk load --workspace shop
    """
    flags = store_flags(store)
    shop = Workspace.open(workspace, config=config, data=data)
    with show_progress("load") as progress:
        report = shop.load(rebuild=rebuild, progress=LoadProgress(progress, time.perf_counter()))
        pushed = None if flags is None else push_shop(shop, flags, progress)
    for table in report.tables:
        for warning in table.warnings:
            warn(f"{table.table_name}: {warning}")
    if as_json:
        loaded = report_as_json(report)
        print_json(loaded if pushed is None else {**loaded, "pushed": report_json(pushed)})
        return
    print_table(_COLUMNS, [_row(table) for table in report.tables])
    print_facts(report.counts, title="in the workspace")
    if pushed is not None:
        print_push(pushed)


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """The load's progress, told to the terminal."""

    report: StageReport
    began: float

    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def table(self, name: str, position: int, table_count: int) -> None:
        self.report(f"load {name}", position / table_count)


def _row(table: TableReport) -> tuple[str | int | float, ...]:
    reasons = ", ".join(f"{reason} {count}" for reason, count in table.reasons)
    return (
        table.table_name,
        table.action.value,
        table.file_count,
        table.row_count,
        table.bad_count,
        reasons,
        table.seconds,
    )


def report_as_json(report: LoadReport) -> dict[str, Json]:
    return {
        "tables": [
            {
                "table": table.table_name,
                "action": table.action.value,
                "files": table.file_count,
                "skipped_files": table.skipped_file_count,
                "rows": table.row_count,
                "bad_rows": table.bad_count,
                "reasons": dict(table.reasons),
                "warnings": list(table.warnings),
                "seconds": table.seconds,
            }
            for table in report.tables
        ],
        "workspace": dict(report.counts),
        "seconds": report.seconds,
    }


def _proposal_as_json(proposal: Proposal, path: Path) -> Json:
    return {
        "written": str(path),
        "certain": proposal.is_certain,
        "tables": [
            {
                "table": table.name,
                "files": list(table.files),
                "loaded": table.mapping is not None,
                "reasons": list(table.reasons),
                "unsure": list(table.unsure),
            }
            for table in proposal.tables
        ],
    }
