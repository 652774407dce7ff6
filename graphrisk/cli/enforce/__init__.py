"""`graphrisk enforce`: rings become a plan, a plan a signed package, and back again."""

from __future__ import annotations

import typer

from graphrisk.cli.enforce import appeal, decide, deliver, erase, export, init, plan, revert, status, verify

group = typer.Typer(
    help="Plan what is done about rings, approve it, hand it over signed, take it back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    # One line for each module of this folder, in the order in which --help shows their commands
    init.register(group)
    plan.register(group)
    decide.register(group)
    deliver.register(group)
    revert.register(group)
    appeal.register(group)
    export.register(group)
    erase.register(group)
    status.register(group)
    verify.register(group)
    app.add_typer(group, name="enforce")
