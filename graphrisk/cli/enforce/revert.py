"""`graphrisk enforce revert` and `expire`: what was done is taken back, or is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.enforce.decide import WhyOption
from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, note, print_json, print_table
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    from graphrisk.model.enforcement import ActionRow
    from graphrisk.model.ledger import Packaged

_SHOWN = 50
_COLUMNS = (
    Column("account"), Column("operation"), Column("tier"), Column("before"), Column("after"), Column("ring"),
    Column("action"), Column("by hand"),
)  # fmt: skip


def register(group: typer.Typer) -> None:
    group.command("revert")(revert_actions)
    group.command("expire")(expire_actions)


def revert_actions(
    keys: KeysOption,
    why: WhyOption,
    plan: Annotated[str | None, typer.Option("--plan", metavar="PLAN", help="All that a plan did.")] = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", metavar="ID", help="What the latest plan did to an account; with --plan, that one."
        ),
    ] = None,
    ring: Annotated[
        str | None, typer.Option("--ring", metavar="RING", help="What the latest plan did to a ring.")
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="One action alone.")
    ] = None,
    proposal: Annotated[
        Path | None,
        typer.Option("--proposal", metavar="FILE", help="What `enforce appeal import` has made ready."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With --account or --ring: what all plans did.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take back what was done: whoever had something milder before has that again.

    What a plan imposed is lifted, what it had lifted is resumed unless its time is over. The result is a
    signed package. Allowed at any time, also while the kill switch is on; a second time it does nothing.

    Example: graphrisk enforce revert --plan P-4WXQ --why "the device was the shop's own" -w shop
    """
    from graphrisk.flows.enforcement.revert import Reason  # noqa: PLC0415 - stores, for it alone
    from graphrisk.flows.enforcement.revert_target import RevertTarget  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above
    from graphrisk.workspace.reverting import RevertRequest, revert_in_workspace  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    target = RevertTarget(plan_id=plan, ring_id=ring, action_id=action, everything=everything)
    reason = Reason(why, name_of(by), now())
    done = revert_in_workspace(desk, RevertRequest(target, account, proposal), reason, is_dry=dry)
    _tell(done.packages, done.rows, desk.places.packages, as_json=as_json)
    if not done.rows:
        note("nothing of it is left to take back")
    elif dry:
        note("nothing was done: leave out --dry-run")


def expire_actions(
    keys: KeysOption,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell which actions' time is over: one signed package of all that was not told yet.

    They are out of force from their time on, whether told or not. Run it once a day.

    Example: graphrisk enforce expire -w shop
    """
    from graphrisk.flows.enforcement.revert import Reason  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above
    from graphrisk.workspace.reverting import expire_in_workspace  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    done = expire_in_workspace(desk, Reason("", name_of(by), now()))
    packages = () if done.packaged is None else (done.packaged,)
    _tell(packages, done.rows, desk.places.packages, as_json=as_json)
    if not done.rows:
        note("no time is over that was not told")


def _tell(packages: Sequence[Packaged], rows: Sequence[ActionRow], folder: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "packages": [_package_json(each, folder) for each in packages],
                "rows": [_row_json(row) for row in rows],
            }
        )
        return
    print_rows(rows)
    for each in packages:
        note(f"{each.action_count:,} actions in {folder / each.package_id}")


def print_rows(rows: Sequence[ActionRow]) -> None:
    """One line for each action, the first fifty."""
    if rows:
        print_table(_COLUMNS, [_cells(row) for row in rows[:_SHOWN]])
    if len(rows) > _SHOWN:
        note(f"and {len(rows) - _SHOWN:,} more; --json tells all")
    count = sum(row.by_hand for row in rows)
    if count:
        note(f"{count:,} of these cannot be undone by machine: somebody has to do it by hand")


def _cells(row: ActionRow) -> tuple[str | None, ...]:
    return (
        row.account_id or row.subject, row.operation.value, row.tier.value, row.state_before, row.state_after,
        row.ring_id, row.action_id, "yes" if row.by_hand else "no",
    )  # fmt: skip


def _package_json(package: Packaged, folder: Path) -> Json:
    return {
        "package_id": package.package_id, "purpose": package.purpose.value, "plan_id": package.plan_id,
        "about": package.about, "actions": package.action_count, "folder": str(folder / package.package_id),
    }  # fmt: skip


def _row_json(row: ActionRow) -> Json:
    return asdict(row)
