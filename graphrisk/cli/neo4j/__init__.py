"""`graphrisk neo4j`: the graph in Neo4j. One module for each command."""

from __future__ import annotations

import typer

from graphrisk.cli.neo4j import bulk, check, guide, playbook, pull, push


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Check, fill, read and explore a graph in Neo4j.")
    for command in (check, push, bulk, pull, playbook, guide):
        command.register(group)
    app.add_typer(group, name="neo4j")
