"""`graphrisk enforce appeal import` and `rates`: what a desk decided, and how often we were wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import note, print_json, print_table
from graphrisk.enforce.rates import RatesBy
from graphrisk.errors import InputError
from graphrisk.workspace import Workspace

appeals = typer.Typer(
    help="Bring in what a desk decided about appeals.", no_args_is_help=True, rich_markup_mode=None
)


def register(group: typer.Typer) -> None:
    appeals.command("import")(import_appeals)
    group.add_typer(appeals, name="appeal")
    group.command("rates")(show_rates)


def import_appeals(
    keys: KeysOption,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .csv, .jsonl or .parquet table: case_id, account_id, status (received, upheld or"
            " overturned), received_at, resolved_at, reason (a code as shared_device), reviewer.",
        ),
    ],
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Detect again where an appeal was right.")
    ] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Enter appeals into the ledger; what is there already is not entered twice.

    Where one was overturned, the account goes back to where it was before, is judged good for every later run
    and left alone for the policy's cool-down; who was held by the same is listed, with a reversal made ready.
    Bad rows are told with file and line, and end in exit code 3; the good ones are entered.

    Example: graphrisk enforce appeal import appeals.csv -w shop
    """
    from graphrisk.cli.enforce.appeal_output import print_report, report_json  # noqa: PLC0415 - flows
    from graphrisk.workspace.appealing import import_appeals_into_workspace  # noqa: PLC0415 - stores
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    shop = Workspace.open(workspace)
    desk = Enforcement.open(shop, keys, note)
    report = import_appeals_into_workspace(desk, file, name_of(by), now())
    run = shop.detect() if rescore and report.ring_ids else None
    if as_json:
        print_json({**report_json(report), "run_id": None if run is None else run.record.run_id})
    else:
        print_report(report)
    if run is not None:
        note(f"scored again: {run.record.run_id}")
    elif report.ring_ids:
        note(f"to be scored again, since one of them was wronged: {', '.join(report.ring_ids)}")
        note("  graphrisk detect, or this command with --rescore")
    if report.faults:
        raise typer.Exit(InputError.exit_code)


def show_rates(
    keys: KeysOption,
    by: Annotated[RatesBy, typer.Option("--by", help="What to tell apart.")] = RatesBy.TIER,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say how often what was done is appealed, and how often the appeal was right, with 95 % intervals.

    Undecided cases are counted apart. A reason is the appeal's, so that no action without an appeal has one.

    Example: graphrisk enforce rates --by ring -w shop
    """
    from graphrisk.cli.enforce.appeal_output import RATE_COLUMNS, rate_cells  # noqa: PLC0415 - see above
    from graphrisk.workspace.appealing import rate_workspace_appeals  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement  # noqa: PLC0415 - see above

    rates = rate_workspace_appeals(Enforcement.open(Workspace.open(workspace), keys, note), by)
    if as_json:
        print_json({"by": by.value, "rates": [asdict(each) for each in rates]})
        return
    print_table(RATE_COLUMNS, [rate_cells(each) for each in rates])
