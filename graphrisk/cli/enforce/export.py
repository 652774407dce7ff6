"""`graphrisk enforce export`: actions for another system, with what its purpose needs and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.enforce.options import KeysOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import note, print_json
from graphrisk.errors import ConfigError
from graphrisk.flows.export import ExportFormat, form_of
from graphrisk.workspace import Workspace


def register(group: typer.Typer) -> None:
    group.command("export")(export)


def export(
    purpose: Annotated[
        str, typer.Option(metavar="WORD", help="execution, analytics, audit, or one of policy.toml.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; - is stdout.")],
    keys: KeysOption,
    plan: Annotated[
        str, typer.Option(metavar="PLAN", help="Only this plan's actions.", show_default="all in force")
    ] = "",
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Tokens instead of account ids, also for execution.")
    ] = False,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", show_default="from FILE's ending, or csv")
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_package: Annotated[
        bool,
        typer.Option("--package", help="As signed packages with tokens, into the folder --out."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the actions of a plan, or all that are in force, to a file, whole or not at all.

    The purpose decides which columns there are. Only `execution` may have account ids; in all other files an
    account, a ring, a plan and an action are tokens of that purpose, and times are days: files of one purpose
    can be joined, files of two cannot. `audit` has the names of the ledger instead, and no account.

    With --package, whoever acts by tokens gets what `enforce apply` made, with exact times and signed again;
    `enforce verify` checks it.

    Example: graphrisk enforce export --plan P-4WXQ --purpose analytics --pseudonymise --out a.csv -w shop
    """
    from graphrisk.flows.enforcement.export_actions import ActionExportOrder  # noqa: PLC0415 - stores, for it alone
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above
    from graphrisk.workspace.exporting_actions import (  # noqa: PLC0415 - see above
        export_workspace_actions,
        export_workspace_packages,
    )

    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise ConfigError("--json and --out - both want stdout", remedy="give --out a file")
    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    if as_package:
        if not plan or not pseudonymise or form is not None or to_stdout:
            raise ConfigError(
                "a package is of one plan, with tokens, in a folder", where="--package",
                remedy="--plan PLAN --pseudonymise --package --out FOLDER; with ids: enforce/packages",
            )  # fmt: skip
        places = export_workspace_packages(desk, plan, purpose, out)
        if as_json:
            print_json({"purpose": purpose, "packages": [str(place) for place in places]})
        for place in places:
            note(f"{place} for {purpose}")
        return
    order = ActionExportOrder(
        plan, purpose, pseudonymise, form or form_of(out), None if to_stdout else out, now()
    )
    told = export_workspace_actions(desk, order)
    if as_json:
        print_json(
            {
                "plan_id": told.plan_id or None, "purpose": told.purpose.name,
                "columns": told.purpose.columns, "pseudonymised": told.is_pseudonymised,
                "row_count": told.row_count, "out": str(out),
            }
        )  # fmt: skip
    elif not to_stdout:
        how = ", accounts as tokens of it" if told.is_pseudonymised else ""
        note(f"{told.row_count:,} actions written to {out} for {told.purpose.name}{how}")
