"""`graphrisk audit scan`: identifiers of people where none belongs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, cut_to, note, print_json, print_table
from graphrisk.errors import TamperedError
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    from graphrisk.flows.enforcement.scan import Fault, ScanReport

_COLUMNS = [Column("file", fold=True), Column("line"), Column("kind"), Column("found"), Column("sample")]


def register(group: typer.Typer) -> None:
    group.command("scan")(scan)


def scan(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files or folders to read as well: logs.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help="Show at most so many; 0 for all.")
    ] = 50,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Look for raw identifiers in the files that must not have any. Exit code 9 where one is found.

    Reads the ledger and its head, dead letters, headers of plans and manifests of packages, against all
    account ids, names and identifiers that were loaded, and for what looks like an e-mail address, a
    telephone number, an IP address or a card number. Actions, statements and rows of plans carry
    identifiers; they are read only if named. Nothing that is found is shown, but for its first character.

    Example: graphrisk audit scan /var/log/graphrisk.log -w shop
    """
    from graphrisk.workspace.scanning import scan_workspace  # noqa: PLC0415 - brings phonenumbers

    report = scan_workspace(Workspace.open(workspace), paths or ())
    if as_json:
        print_json(report_json(report))
    else:
        print_table(_COLUMNS, [_cells(fault) for fault in cut_to(limit, report.faults)])
    line_count = sum(count for _, count in report.files)
    note(f"{report.fault_count:,} found in {line_count:,} lines of {len(report.files):,} files")
    if report.fault_count:
        raise typer.Exit(TamperedError.exit_code)


def report_json(report: ScanReport) -> Json:
    return {
        "files": [{"file": file, "line_count": count} for file, count in report.files],
        "fault_count": report.fault_count,
        "faults": [
            {
                "file": fault.file,
                "line": fault.line,
                "kind": fault.kind,
                "found": _how(fault),
                "sample": fault.sample,
            }
            for fault in report.faults
        ],
    }


def _cells(fault: Fault) -> list[str | int]:
    return [fault.file, fault.line, fault.kind, _how(fault), fault.sample]


def _how(fault: Fault) -> str:
    return "known" if fault.known else "looks like one"
