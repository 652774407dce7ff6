"""`graphrisk enforce status`: what is in force, and what was done to one account or ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.enforce.options import KeysOption
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, cut_to, note, print_facts, print_json, print_table, warn
from graphrisk.errors import ConfigError
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    from graphrisk.flows.enforcement.status import Status
    from graphrisk.workspace.enforcing import Enforcement


def register(group: typer.Typer) -> None:
    group.command("status")(tell_status)


def tell_status(
    keys: KeysOption,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="All that was done to this account.")
    ] = None,
    ring: Annotated[
        str | None, typer.Option("--ring", metavar="RING", help="All that was done to members of this ring.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Actions at most; 0 shows all.")] = 50,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell what is in force, what waits, and what went wrong; or all that was done to an account or a ring.

    Example: graphrisk enforce status --ring RING-7K3QX -w shop
    """
    from graphrisk.flows.enforcement.status import sum_up, tell_actions  # noqa: PLC0415 - stores, for it alone
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    state, at = desk.state(), now()
    desk.keep_state(state)
    if account is None and ring is None:
        _print_status(desk, sum_up(state, at), as_json=as_json)
        return
    if account is not None and ring is not None:
        raise ConfigError("one of both is asked for", where="--account, --ring")
    subject = None if account is None else desk.token_of()(account)
    told = tell_actions(state, at, subject=subject, ring_id=ring)
    names = desk.read_names()
    if as_json:
        print_json(
            {
                "actions": [
                    {
                        "action_id": each.action.action_id, "subject": each.action.subject,
                        "account_id": names.get(each.action.subject), "ring_id": each.action.ring_id,
                        "tier": each.action.tier.value, "standing": each.standing,
                        "plan_id": each.action.plan_id, "from_at": each.action.from_at,
                        "until_at": each.action.until_at,
                        "lifted_for": [lift.purpose.value for lift in each.action.lifts],
                    }
                    for each in told
                ]
            }
        )  # fmt: skip
        return
    titles = ("account", "ring", "tier", "standing", "from", "until", "plan", "action")
    rows = [
        (
            names.get(each.action.subject, each.action.subject), each.action.ring_id, each.action.tier.value,
            each.standing, each.action.from_at, each.action.until_at, each.action.plan_id,
            each.action.action_id,
        )
        for each in cut_to(limit, told)
    ]  # fmt: skip
    print_table([Column(title) for title in titles], rows)
    if not told:
        note("nothing was ever done to it")


def _print_status(desk: Enforcement, status: Status, *, as_json: bool) -> None:
    is_stopped = status.is_stopped or desk.places.stop.exists()
    facts = [
        ("actions that begin later", status.later_count),
        ("actions that are over and not told yet", status.over_count),
        ("plans", status.plan_count),
        ("packages", status.package_count),
        ("packages nobody took yet", status.undelivered_count),
        ("dead letters", status.dead_letter_count),
        ("appeals without an answer", status.open_appeal_count),
        ("accounts erased", status.erased_count),
    ]
    if as_json:
        names = [name.replace(" ", "_") for name, _ in facts]
        print_json(
            {
                "head": {"seq": status.head[0], "hash": status.head[1]}, "is_stopped": is_stopped,
                "in_force": {tier.value: count for tier, count in status.in_force},
                **dict(zip(names, (count for _, count in facts), strict=True)),
            }
        )  # fmt: skip
        return
    in_force = [(tier.value, count) for tier, count in status.in_force]
    print_table([Column("in force"), Column("accounts")], in_force)
    print_facts([*facts, ("ledger", f"{status.head[0]} {status.head[1]}")], title="status")
    if is_stopped:
        warn("the kill switch is thrown: nothing is applied or delivered")
