"""`graphrisk audit`: what was done, and whether anybody has changed what is written of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.enforce.options import KeysOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import (
    Column,
    Json,
    note,
    print_facts,
    print_json,
    print_table,
    show_progress,
    warn,
)
from graphrisk.errors import ConfigError, NotFoundError, TamperedError
from graphrisk.flows.export import ExportFormat, form_of
from graphrisk.model.ledger import BODIES
from graphrisk.stores.enforcement.places import EnforcementPlaces

if TYPE_CHECKING:
    from graphrisk.enforce.ledger_rows import Wanted
    from graphrisk.flows.enforcement.audit import AuditReport, KeptHead
    from graphrisk.model.ledger import Entry

_HEAD = re.compile(r"(?:([0-9]{1,18}):)?([0-9a-f]{64})")
_PLAN_START = re.compile(r"(?:P-)?(.+)", re.IGNORECASE)

KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="approved, packaged, ...; may be given several times.",
                 show_default="all"),
]  # fmt: skip
PlanOption = Annotated[
    str | None, typer.Option("--plan", metavar="PLAN", help="A plan's name, or how it starts.")
]
AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="ID", help="An account, exactly as in the tables; the ledger has its token."
    ),
]

group = typer.Typer(
    help="Check the ledger, plans and packages, and read what was done.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="audit")


@group.command("verify")
def verify(
    keys: KeysOption,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="[SEQ:]HASH", help="A head that you kept elsewhere: is it still there?"
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Check that ledger, plans and packages are what was written; say where not. Exit code 9 if so.

    Who can write into the workspace and has the keys, or puts everything back to an earlier day, leaves no
    trace in it: keep the head that this prints elsewhere, and ask for it with --head. Of the keys only
    signing.pub is needed, for plans pseudonym.key too.

    Example: graphrisk audit verify -w shop
    """
    from graphrisk.workspace.auditing import audit_workspace  # noqa: PLC0415 - stores, for it alone

    kept = None if head is None else _kept_head(head)
    with show_progress("reading the ledger") as progress:
        report = audit_workspace(_places(workspace, keys), kept, progress)
    if as_json:
        print_json(_report_json(report))
    else:
        _print_report(report)
    for words in report.remarks:
        warn(words)
    if report.faults:
        count = len(report.faults)
        raise TamperedError(
            f"not what was written: {count} fault{'s' if count != 1 else ''}",
            remedy="do nothing on its ground; find out who did this, and restore a copy whose head you kept",
        )  # fmt: skip


@group.command("tail")
def tail(
    keys: KeysOption,
    count: Annotated[int, typer.Option("-n", "--lines", min=0, help="The last so many; 0 for all.")] = 20,
    kind: KindOption = None,
    plan: PlanOption = None,
    account: AccountOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show the last entries of the ledger, or those of some kinds, of a plan, of an account.

    Example: graphrisk audit tail -n 5 --kind approved -w shop
    """
    from graphrisk.enforce.ledger_rows import kind_of, tell_body  # noqa: PLC0415 - see above
    from graphrisk.workspace.auditing import read_ledger_entries  # noqa: PLC0415 - see above

    found = read_ledger_entries(_places(workspace, keys), _wanted(kind, plan), account)
    last = found[-count:] if count else found
    if as_json:
        print_json({"entry_count": len(found), "entries": [_entry_json(entry) for entry in last]})
        return
    columns = [Column("seq"), Column("at"), Column("by"), Column("kind"), Column("what", fold=True)]
    print_table(columns, [(e.seq, e.at, e.by, kind_of(e), tell_body(e.body)) for e in last])
    if len(found) > len(last):
        note(f"{len(found) - len(last):,} earlier ones are not shown; -n 0 shows all")


@group.command("export")
def export(
    keys: KeysOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write; - is stdout.")],
    form: Annotated[
        ExportFormat | None, typer.Option("--format", show_default="from FILE's ending, or csv")
    ] = None,
    kind: KindOption = None,
    plan: PlanOption = None,
    account: AccountOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write the ledger's entries as a table: no account's id is in it, but its token.

    CSV is safe to open in a spreadsheet; Parquet and JSON lines keep every text exactly.

    Example: graphrisk audit export --out ledger.parquet -w shop
    """
    from graphrisk.workspace.auditing import export_ledger_entries, read_ledger_entries  # noqa: PLC0415

    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise ConfigError("--json and --out - both want stdout", remedy="give --out a file")
    entries = read_ledger_entries(_places(workspace, keys), _wanted(kind, plan), account)
    chosen = form or form_of(out)
    row_count = export_ledger_entries(entries, chosen, None if to_stdout else out)
    if as_json:
        print_json({"format": chosen.value, "out": str(out), "row_count": row_count})
    elif not to_stdout:
        note(f"{row_count:,} entries written to {out}")


def _places(workspace: Path, keys: Path) -> EnforcementPlaces:
    """No configuration is needed: whoever audits may have a copy of the folder `enforce` and no more."""
    if not workspace.is_dir():
        raise NotFoundError("there is no such workspace", where=str(workspace))
    return EnforcementPlaces(workspace, keys)


def _wanted(kinds: list[str] | None, plan: str | None) -> Wanted:
    from graphrisk.enforce.ledger_rows import Wanted  # noqa: PLC0415 - brings pyarrow

    for kind in kinds or ():
        if kind not in BODIES:
            known = f"one of {', '.join(BODIES)}"
            raise ConfigError("no such kind of entry", where="--kind", value=kind, remedy=known)
    if plan is None:
        return Wanted(frozenset(kinds or ()))
    start = _PLAN_START.fullmatch(plan)
    if start is None:
        raise ConfigError("the name of a plan is wanted", where="--plan", value=plan)
    return Wanted(frozenset(kinds or ()), f"P-{start[1].upper()}")


def _kept_head(text: str) -> KeptHead:
    from graphrisk.flows.enforcement.audit import KeptHead  # noqa: PLC0415 - stores, for it alone

    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise ConfigError(
            "a head is a hash of 64 digits, with its number and a colon before it or without",
            where="--head", value=text, remedy="as `graphrisk audit verify` prints it",
        )  # fmt: skip
    return KeptHead(found[2], int(found[1]) if found[1] else None)


def _print_report(report: AuditReport) -> None:
    if report.faults:
        columns = [
            Column("fault"), Column("file"), Column("line"), Column("byte"), Column("entry"),
            Column("most likely", fold=True),
        ]  # fmt: skip
        print_table(
            columns, [(f.kind.value, f.place, f.line, f.offset, f.seq, f.words) for f in report.faults]
        )
        return
    head = report.head
    print_facts(
        [
            ("ledger", report.opened.ledger_id if report.opened else None),
            ("signing key", report.signing_key), ("entries", report.entry_count),
            ("packages", report.package_count), ("last entry", None if head is None else head.at),
            ("head", None if head is None else f"{head.seq}:{head.hash}"), ("verdict", "as it was written"),
        ]
    )  # fmt: skip


def _report_json(report: AuditReport) -> Json:
    head, opened = report.head, report.opened
    return {
        "is_as_written": not report.faults,
        "ledger_id": None if opened is None else opened.ledger_id,
        "signing_key": report.signing_key,
        "head": None if head is None else {"seq": head.seq, "hash": head.hash, "at": head.at},
        "entry_count": report.entry_count,
        "package_count": report.package_count,
        "faults": [
            {
                "kind": f.kind.value, "file": f.place, "line": f.line, "byte": f.offset, "seq": f.seq,
                "words": f.words,
            }
            for f in report.faults
        ],
        "remarks": list(report.remarks),
    }  # fmt: skip


def _entry_json(entry: Entry) -> Json:
    from graphrisk.enforce.ledger_rows import kind_of  # noqa: PLC0415 - see above

    body: Json = {
        name: list(value) if isinstance(value, tuple) else value
        for name in entry.body.__slots__
        for value in [getattr(entry.body, name)]
    }
    return {
        "seq": entry.seq, "at": entry.at, "by": entry.by, "kind": kind_of(entry), "body": body,
        "hash": entry.hash,
    }  # fmt: skip
