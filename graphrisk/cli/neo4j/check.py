"""`graphrisk neo4j check`: is the server fit for the workspace?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from graphrisk.cli.neo4j.options import DatabaseOption, PasswordFileOption, UriOption, UserOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, print_json, print_table, show_progress
from graphrisk.errors import GraphServerError
from graphrisk.workspace.graph_server import GraphServerFlags

_COLUMNS = (Column("subject"), Column("state"), Column("found", fold=True), Column("what to do", fold=True))


def register(group: typer.Typer) -> None:
    group.command("check")(check)


def check(
    workspace: WorkspaceOption = HERE,
    fix: Annotated[
        bool, typer.Option("--fix", help="Make the constraints and indexes that are missing, and wait.")
    ] = False,
    uri: UriOption = None,
    user: UserOption = None,
    database: DatabaseOption = None,
    password_file: PasswordFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the server is fit: version, database, rights, indexes, memory; and what is in it.

    Exit code 6 if something is lacking that graphrisk needs. Whether the user may write is tried, in a
    transaction that is rolled back. Works without a workspace, too: then for the built-in kinds.

    Example: graphrisk neo4j check --fix
    """
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.checking import check_graph_server  # noqa: PLC0415

    flags = GraphServerFlags(uri, user, database, password_file)
    with show_progress("asking the server"):
        report = check_graph_server(workspace, flags, fix=fix)
    if as_json:
        findings = [asdict(finding) for finding in report.findings]
        print_json({"is_fine": int(report.is_fine), "findings": findings})
    else:
        print_table(_COLUMNS, [(f.subject, f.health, f.words, f.remedy) for f in report.findings])
    if not report.is_fine:
        raise typer.Exit(GraphServerError.exit_code)
