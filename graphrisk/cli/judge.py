"""`graphrisk judge`: what people know of accounts, identifiers, links and rings, for every later run."""

from __future__ import annotations

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.detect import parse_moment
from graphrisk.cli.judge_output import COLUMNS, cells, import_json, print_import, print_report, report_json
from graphrisk.cli.options import HERE, JsonOption, RunOption, WorkspaceOption
from graphrisk.cli.output import Column, note, print_json, print_table
from graphrisk.errors import ConfigError, InputError
from graphrisk.flows.export import ExportFormat, form_of
from graphrisk.model.judgements import Ruling, Subject, Target, as_row
from graphrisk.workspace import Workspace


class Said(StrEnum):
    """What can be said of anything but a judgement."""

    CONFIRM = Ruling.CONFIRM.value
    REJECT = Ruling.REJECT.value
    UNSURE = Ruling.UNSURE.value


VerdictArgument = Annotated[Said, typer.Argument(metavar="VERDICT", help="confirm, reject or unsure.")]
KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", help="device, address, ... or a family of them.")
]
IdentifierArgument = Annotated[
    str, typer.Argument(metavar="IDENTIFIER", help="Its text, as an answer or a table shows it.")
]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id, exactly as in the tables.")]
WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; it is told with the judgement.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who judges.", show_default="your login name")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="From then on it counts no longer.")
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it was passed; runs as of earlier do not know it.",
                 show_default="now"),
]  # fmt: skip

group = typer.Typer(
    help="Confirm, reject or leave open an account, an identifier, a link, a ring; for every later run.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="judge")


@group.command("account")
def judge_account(
    verdict: VerdictArgument,
    account: AccountArgument,
    why: WhyOption,
    by: ByOption = None,
    until: UntilOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say that an account is bad (confirm) or good (reject): a label like those of a table.

    Example: graphrisk judge account confirm acc17 --why "card testing" -w shop
    """
    _judge(
        workspace, Target(Subject.ACCOUNT, account_id=account), verdict, _Saying(why, by, until, at), as_json
    )


@group.command("identifier")
def judge_identifier(
    verdict: VerdictArgument,
    kind: KindArgument,
    identifier: IdentifierArgument,
    why: WhyOption,
    by: ByOption = None,
    until: UntilOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say that an identifier is a ring's own (confirm), or that sharing it means nothing (reject).

    Told at once: everybody in a ring that it holds together. A family works too: address_door, ip_network.

    Example: graphrisk judge identifier reject address "12 Harbour Rd, 90731" --why "parcel locker" -w shop
    """
    target = Target(Subject.IDENTIFIER, kind=kind, identifier=identifier)
    _judge(workspace, target, verdict, _Saying(why, by, until, at), as_json)


@group.command("link")
def judge_link(
    verdict: VerdictArgument,
    account: AccountArgument,
    kind: KindArgument,
    identifier: IdentifierArgument,
    why: WhyOption,
    by: ByOption = None,
    until: UntilOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say that an account did use an identifier itself (confirm), or that it did not (reject).

    A rejected link counts as never seen. A confirmed one counts even where its identifier is rejected.

    Example: graphrisk judge link reject acc17 device d-4411 --why "shop's own tablet" -w shop
    """
    target = Target(Subject.LINK, account_id=account, kind=kind, identifier=identifier)
    _judge(workspace, target, verdict, _Saying(why, by, until, at), as_json)


@group.command("ring")
def judge_ring(
    verdict: VerdictArgument,
    ring: Annotated[str, typer.Argument(metavar="RING", help="A ring's name, or how it starts.")],
    why: WhyOption,
    by: ByOption = None,
    until: UntilOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a ring is one (confirm), or that it is none (reject), with the members that it has in the run.

    Confirmed, its core members are labelled bad. Rejected, its members are kept apart, and none is labelled.

    Example: graphrisk judge ring reject RING-7K3QX --why "a student house" -w shop
    """
    saying = _Saying(why, by, until, at, run)
    _judge(workspace, Target(Subject.RING, ring_id=ring), verdict, saying, as_json)


@group.command("withdraw")
def withdraw_judgement(
    judgement: Annotated[str, typer.Argument(metavar="JUDGEMENT", help="Its name, or how it starts.")],
    why: WhyOption,
    by: ByOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a judgement. It stays in the list, and counts no longer.

    Example: graphrisk judge withdraw J-4WXQ --why "mistook the street" -w shop
    """
    target = Target(Subject.JUDGEMENT, withdraws=judgement)
    _judge(workspace, target, Ruling.WITHDRAW, _Saying(why, by, None, at), as_json)


@group.command("list")
def list_judgements(
    everything: Annotated[
        bool, typer.Option("--all", help="Withdrawn, expired and withdrawals, too.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="What stood then.", show_default="now")
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List judgements, and what each does to a run as of now, or of another time.

    Example: graphrisk judge list --at 2026-03-01 -w shop
    """
    from graphrisk.workspace.judging import tell_workspace_judgements  # noqa: PLC0415 - stores, for it alone

    moment = parse_moment(at, "--at")
    told = tell_workspace_judgements(Workspace.open(workspace), moment, everything=everything)
    if as_json:
        print_json({"judgements": [{**as_row(each.judgement), "effect": each.effect} for each in told]})
        return
    rows = [(*cells(each.judgement), each.effect) for each in told]
    print_table([*COLUMNS, Column("effect", fold=True)], rows)
    if not told:
        note("no judgement stands" if not everything else "nothing was judged")


@group.command("export")
def export_judgements(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; - is stdout.")],
    form: Annotated[
        ExportFormat | None, typer.Option("--format", show_default="from FILE's ending, or csv")
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write all judgements as a table that another workspace imports.

    CSV is safe to open in a spreadsheet; Parquet and JSON lines keep every text exactly.

    Example: graphrisk judge export --out judgements.csv -w shop
    """
    from graphrisk.workspace.judging import export_workspace_judgements  # noqa: PLC0415 - see above

    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise ConfigError("--json and --out - both want stdout", remedy="give --out a file")
    chosen, shop = form or form_of(out), Workspace.open(workspace)
    count = export_workspace_judgements(shop, chosen, None if to_stdout else out)
    if as_json:
        print_json({"format": chosen.value, "out": str(out), "row_count": count})
    elif not to_stdout:
        note(f"{count:,} judgements written to {out}")


@group.command("import")
def import_judgements(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .jsonl or .parquet table.")],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Add the judgements of a table. What is here already is not added twice.

    Bad rows are told with file, line, value and what to do, and end in exit code 3; the good ones are added.
    Judges who disagree are told: neither counts, until one of the judgements is withdrawn.

    Example: graphrisk judge import colleagues.csv -w shop
    """
    from graphrisk.workspace.judging import import_into_workspace  # noqa: PLC0415 - see above

    report = import_into_workspace(Workspace.open(workspace), file)
    if as_json:
        print_json(import_json(report))
    else:
        print_import(report)
    if report.faults:
        raise typer.Exit(InputError.exit_code)


class _Saying:
    """Why, by whom, until when, when, and of which run, as the flags say it."""

    def __init__(
        self, why: str, by: str | None, until: str | None, at: str | None, run: str | None = None
    ) -> None:
        self.why, self.run = why, run
        self.by = _login_name() if by is None else by
        self.until, self.at = parse_moment(until, "--until"), parse_moment(at, "--at")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise ConfigError("nobody knows who you are", where="--by", remedy="say it: --by NAME") from error


def _judge(workspace: Path, target: Target, verdict: Said | Ruling, saying: _Saying, as_json: bool) -> None:
    from graphrisk.flows.judge import JudgeOrder  # noqa: PLC0415 - stores, for it alone

    order = JudgeOrder(
        target, Ruling(verdict.value), saying.by, saying.why, saying.at, saying.until, saying.run
    )
    report = Workspace.open(workspace).judge(order)
    if as_json:
        print_json(report_json(report))
        return
    print_report(report)
