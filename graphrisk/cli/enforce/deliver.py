"""`graphrisk enforce deliver`, `deliveries`: packages go to receivers, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import (
    Column,
    Json,
    cut_to,
    note,
    print_facts,
    print_json,
    print_table,
    show_progress,
)
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    from graphrisk.enforce.acknowledgements import ActionDelivery, PackageDelivery
    from graphrisk.enforce.deliveries import DeliveryReport

_TITLES = ("package", "purpose", "made", "actions", "to", "messages", "taken", "dead", "last")
_ACTION_TITLES = ("to", "action", "operation", "account", "status", "at", "message")


def register(group: typer.Typer) -> None:
    group.command("deliver")(deliver_package)
    group.command("deliveries")(list_deliveries)


def deliver_package(
    package: Annotated[str, typer.Argument(metavar="PACKAGE", help="A package's name, or how it starts.")],
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="A receiver of policy.toml.")],
    keys: KeysOption,
    reopen: Annotated[
        bool, typer.Option("--reopen", help="Although the receiver said that it is gone for good (410).")
    ] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Send a package to a receiver as signed webhooks, and put down in the ledger what it took.

    Calling it again goes on where it stopped, and sends nothing once everything was taken. Exit code 10 while
    something was not; such messages are listed in enforce/dead_letters.jsonl.

    Example: graphrisk enforce deliver PKG-7K3QX --to shop -w shop
    """  # fmt: skip
    from graphrisk.workspace.delivering import (  # noqa: PLC0415 - httpx and stores, for it alone
        DeliveryRequest,
        deliver_from_workspace,
    )
    from graphrisk.workspace.enforcing import Enforcement  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    with show_progress("checking the package") as report:
        done = deliver_from_workspace(desk, DeliveryRequest(package, to, name_of(by), reopen), report)
    if as_json:
        print_json(_report_json(done))
    else:
        _print_report(done)
    done.raise_unless_complete()


def list_deliveries(
    keys: KeysOption,
    package: Annotated[
        str | None,
        typer.Argument(metavar="[PACKAGE]", help="Of this package each action.", show_default="all packages"),
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Only to this receiver.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Actions at most; 0 shows all.")] = 50,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List what was delivered of each package, and to whom; of one package whether each action was taken.

    Example: graphrisk enforce deliveries PKG-7K3QX -w shop
    """
    from graphrisk.workspace.delivering import workspace_deliveries  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    found = [each for each in workspace_deliveries(desk, package) if to in (None, each.to)]
    if as_json:
        print_json({"deliveries": [_delivery_json(each, package is not None) for each in found]})
        return
    rows = [
        (
            each.package_id, each.purpose.value, each.made_at, each.action_count, each.to,
            each.message_count, each.taken_count, each.dead_count, each.last_at,
        )
        for each in found
    ]  # fmt: skip
    print_table([Column(title) for title in _TITLES], rows)
    if package is not None:
        pairs = [(each.to, action) for each in found for action in each.actions]
        actions = [_action_row(*pair) for pair in cut_to(limit, pairs)]
        print_table([Column(title) for title in _ACTION_TITLES], actions, title="actions")
    if not found:
        note("nothing was delivered")


def _print_report(done: DeliveryReport) -> None:
    print_facts(
        [
            ("package", done.package_id), ("to", done.to), ("messages", done.message_count),
            ("taken before", done.before_count or None), ("taken now", done.taken_count),
            ("nothing left to send", done.empty_count or None), ("dead letters", done.dead_count or None),
            ("held behind these", done.held_count or None), ("not sent", done.unsent_count or None),
            ("actions taken back or over since, left out", done.overtaken_count or None),
            ("actions of erased accounts, left out", done.erased_count or None),
        ]
    )  # fmt: skip


def _report_json(done: DeliveryReport) -> Json:
    return {
        "package_id": done.package_id, "to": done.to, "is_complete": done.is_complete,
        "messages": done.message_count, "taken_before": done.before_count, "taken": done.taken_count,
        "empty": done.empty_count, "dead": done.dead_count, "held": done.held_count,
        "unsent": done.unsent_count, "actions_overtaken": done.overtaken_count,
        "actions_erased": done.erased_count, "is_gone": done.is_gone, "why": done.why or None,
    }  # fmt: skip


def _delivery_json(each: PackageDelivery, with_actions: bool) -> Json:
    told: dict[str, Json] = {
        "package_id": each.package_id, "purpose": each.purpose.value, "made_at": each.made_at,
        "actions": each.action_count, "to": each.to or None, "messages": each.message_count,
        "taken": each.taken_count, "dead": each.dead_count, "last_at": each.last_at,
    }  # fmt: skip
    if with_actions:
        told["acknowledgements"] = [
            {
                "action_id": action.action_id, "operation": action.operation.value,
                "subject": action.subject, "message_id": action.message_id,
                "status": action.status.value, "at": action.at,
            }
            for action in each.actions
        ]  # fmt: skip
    return told


def _action_row(to: str, action: ActionDelivery) -> tuple[str | datetime | None, ...]:
    return (
        to, action.action_id, action.operation.value, action.subject, action.status.value, action.at,
        action.message_id,
    )  # fmt: skip
