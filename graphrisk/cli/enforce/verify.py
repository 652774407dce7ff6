"""`graphrisk enforce verify`: whether a package is what somebody signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.options import JsonOption
from graphrisk.cli.output import Column, Json, note, print_facts, print_json, print_table
from graphrisk.errors import TamperedError

if TYPE_CHECKING:
    from graphrisk.flows.enforcement.verify import VerifyReport

_OWN_KEY = (
    "checked against the package's own key: that proves only that nothing was changed since somebody signed"
    " it, and anybody may have; --key tells whether it was the sender"
)


def register(group: typer.Typer) -> None:
    group.command("verify")(verify)


def verify(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="The folder PKG-...")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="The sender's public key (signing.pub), as you got it before.",
            show_default="the package's own, which proves nothing of the sender",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a package: every file, the signature, and that all forms of the actions say the same.

    Nothing but the package and the public key is needed. Exit code 9 where anything is not as it was signed.

    Example: graphrisk enforce verify PKG-7K3QX --key signing.pub
    """  # fmt: skip
    from graphrisk.workspace.verifying import verify_package_folder  # noqa: PLC0415 - stores, for it alone

    report = verify_package_folder(package, key)
    if as_json:
        print_json(_json(report))
    else:
        _print(report)
    if report.faults:
        raise TamperedError(
            f"not what was signed: {len(report.faults)} fault{'s' if len(report.faults) != 1 else ''}",
            where=package.name, remedy="do nothing of what it says; ask its sender for it again",
        )  # fmt: skip
    if report.is_own_key:
        note(_OWN_KEY)


def _print(report: VerifyReport) -> None:
    if report.faults:
        rows = [(fault.file, fault.what) for fault in report.faults]
        print_table([Column("file", fold=True), Column("fault", fold=True)], rows)
        return
    if report.manifest is not None:
        header, counts = report.manifest.header, report.manifest.counts
        facts = [
            ("purpose", header.purpose.value), ("plan", header.plan_id or None), ("stage", header.stage),
            ("made at", header.created_at), ("accounts", counts.accounts), ("actions", counts.actions),
            ("erased since", counts.erased or None), ("signed by", report.signed_by),
            ("verdict", "as it was signed"),
        ]  # fmt: skip
        print_facts(facts, title=header.package_id)


def _json(report: VerifyReport) -> Json:
    manifest = report.manifest
    return {
        "package_id": None if manifest is None else manifest.header.package_id,
        "is_as_signed": not report.faults,
        "signed_by": report.signed_by,
        "is_own_key": report.is_own_key,
        "actions": None if manifest is None else manifest.counts.actions,
        "accounts": None if manifest is None else manifest.counts.accounts,
        "faults": [{"file": fault.file, "what": fault.what} for fault in report.faults],
    }
