"""`graphrisk neo4j pull`: a graph in Neo4j becomes the rows of a workspace."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from graphrisk.cli.load import report_as_json
from graphrisk.cli.neo4j.options import DatabaseOption, PasswordFileOption, UriOption, UserOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, print_facts, print_json, print_table, show_progress, warn
from graphrisk.workspace.graph_server import GraphServerFlags

if TYPE_CHECKING:
    from graphrisk.workspace.pulling import PullReport

_COLUMNS = (
    Column("part"), Column("rows"), Column("bad"), Column("done"), Column("why", fold=True),
    Column("seconds"),
)  # fmt: skip


def register(group: typer.Typer) -> None:
    group.command("pull")(pull)


def pull(
    workspace: WorkspaceOption = HERE,
    uri: UriOption = None,
    user: UserOption = None,
    database: DatabaseOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the graph that [graph] in graphrisk.toml maps: its accounts, what they hold, payments, verdicts.

    `graphrisk detect --store neo4j` does it by itself; alone it shows what is understood of the graph, and
    what goes to quarantine. Without a graphrisk.toml one is written for graphrisk's own labels.

    Example: graphrisk neo4j pull -w shop
    """
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.pulling import open_graph_workspace, pull_workspace  # noqa: PLC0415

    flags = GraphServerFlags(uri, user, database, password_file)
    with show_progress("connecting") as progress:
        report = pull_workspace(open_graph_workspace(workspace), flags, progress=progress)
    if as_json:
        print_json(pull_json(report))
        return
    print_pull(report)


def print_pull(report: PullReport) -> None:
    """One line a part of the mapping."""
    loaded = {table.table_name: table for table in report.load.tables}
    rows = []
    for part in report.parts:
        table = loaded[part.name]
        for warning in table.warnings:
            warn(f"{part.name}: {warning}")
        why = ", ".join(f"{reason} {count}" for reason, count in table.reasons)
        rows.append((part.name, part.row_count, table.bad_count, table.action.value, why, part.seconds))
    print_table(_COLUMNS, rows, title="read from Neo4j")
    print_facts(report.load.counts, title="in the workspace")


def pull_json(report: PullReport) -> Json:
    return {"parts": [asdict(part) for part in report.parts], "load": report_as_json(report.load)}
