"""`graphrisk identifiers`: the things that a ring may have brought."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from graphrisk.cli.options import HERE, JsonOption, RunOption, WorkspaceOption
from graphrisk.cli.output import Column, cut_to, note, print_json, print_table
from graphrisk.flows.answer import IdentifierChoice
from graphrisk.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("identifiers")(list_identifiers)


def list_identifiers(
    limit: Annotated[int, typer.Option(min=0, help="Show at most so many; 0 shows all.")] = 20,
    kind: Annotated[str | None, typer.Option(help="Only this kind: device, address, ...")] = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="Leave out what is less probable.")] = 0.1,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """List devices, addresses, cards, IPs that a ring probably brought, the most probable first.

    Each with what else it may be (a household's, a hub, a thing passed on), the ring whose members hold it,
    and what says so. Empty where the run could not judge identifiers.

    Example: graphrisk identifiers --kind device --least 0.5 -w shop
    """
    chosen = Workspace.open(workspace).run(run)
    choice = IdentifierChoice(limit + 1 if limit else None, kind, least)
    found = cut_to(limit, chosen.find_identifiers(choice))
    if as_json:
        print_json({"run_id": chosen.run_id, "identifiers": [asdict(each) for each in found]})
        return
    columns = [
        Column("kind"), Column("identifier"), Column("risk", 2), Column("use"), Column("accounts"),
        Column("ring"), Column("of ring"), Column("reason"),
    ]  # fmt: skip
    rows = [
        (
            each.kind, each.identifier, each.risk, each.use, each.account_count, each.ring_id or "",
            each.ring_account_count, each.reason,
        )
        for each in found
    ]  # fmt: skip
    print_table(columns, rows)
    if not found:
        note("no identifier fits")
