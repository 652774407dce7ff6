"""`graphrisk neo4j push`: the workspace becomes a graph in Neo4j."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import typer

from graphrisk.cli.neo4j.options import DatabaseOption, PasswordFileOption, UriOption, UserOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, note, print_json, print_table, show_progress
from graphrisk.flows.push import PushReport
from graphrisk.workspace import Workspace
from graphrisk.workspace.graph_server import GraphServerFlags

_COLUMNS = (
    Column("part"), Column("new"), Column("changed"), Column("removed"), Column("kept"), Column("seconds"),
)  # fmt: skip


def register(group: typer.Typer) -> None:
    group.command("push")(push)


def push(
    workspace: WorkspaceOption = HERE,
    uri: UriOption = None,
    user: UserOption = None,
    database: DatabaseOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the graph in Neo4j what the workspace says: tables, the rings and risks of the latest run, and
    what is done about them.

    Only what differs is written, so that it can be interrupted and run again. What a person wrote into the
    graph (nodes, relationships, labels and properties of their own) stays.

    Example: graphrisk neo4j push -w shop
    """
    flags = GraphServerFlags(uri, user, database, password_file)
    with show_progress("connecting") as progress:
        report = push_shop(Workspace.open(workspace), flags, progress)
    if as_json:
        print_json(report_json(report))
        return
    print_push(report)


def push_shop(shop: Workspace, flags: GraphServerFlags, progress: Callable[[str], None]) -> PushReport:
    """See workspace.pushing.push_workspace."""
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.pushing import push_workspace  # noqa: PLC0415

    return push_workspace(shop, flags, progress=progress)


def print_push(report: PushReport) -> None:
    """One line a label and relationship type."""
    rows = [
        (part.name, part.new_count, part.changed_count, part.removed_count, part.kept_count, part.seconds)
        for part in report.parts
    ]
    print_table(_COLUMNS, rows, title="pushed to Neo4j")
    if report.is_empty:
        note("the graph already was as the workspace says")
    if not report.is_searchable:
        note("the server is still filling its index of words: `graphrisk neo4j check` says how far it is")


def report_json(report: PushReport) -> Json:
    return {
        "run_id": report.run_id,
        "is_searchable": report.is_searchable,
        "parts": [asdict(part) for part in report.parts],
    }
