"""`graphrisk enforce plan`, `plans`, `show`: what would be done, and a look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.enforce.plan_output import (
    header_json,
    plan_status,
    print_plan,
    print_row,
    print_rows,
    row_json,
    shown_first,
)
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption, require_place
from graphrisk.cli.output import Column, cut_to, note, print_json, print_table, warn
from graphrisk.errors import TamperedError
from graphrisk.model.enforcement import Tier
from graphrisk.workspace import Workspace

PlanArgument = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name, or how it starts.")]


def register(group: typer.Typer) -> None:
    group.command("plan")(make_plan)
    group.command("plans")(list_plans)
    group.command("show")(show_plan)


def make_plan(
    keys: KeysOption,
    ring: Annotated[
        list[str] | None,
        typer.Option(
            "--ring", metavar="RING", help="Only this ring; may be given again.", show_default="all rings"
        ),
    ] = None,
    at_most: Annotated[Tier, typer.Option("--at-most", help="No tier above this one.")] = Tier.BAN,
    spread: Annotated[
        float,
        typer.Option(
            "--spread",
            min=0,
            metavar="HOURS",
            help="Begin each action at random within so many hours after the plan is applied.",
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Of these random times.")] = 0,
    by: ByOption = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Your own Ed25519 key (PEM), where the policy has it."),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Plan what policy.toml allows against the rings of the latest run. It does nothing yet.

    It says for each account what is in force, what is proposed, why, and which guardrails stand against it;
    and for the whole how many honest people it would sweep in.

    Example: graphrisk enforce plan --ring RING-7K3QX --at-most restrict -w shop
    """  # fmt: skip
    from graphrisk.enforce.plan import PlanOrder  # noqa: PLC0415 - numpy and stores, for it alone
    from graphrisk.workspace.enforcing import Enforcement, PersonalKey, now  # noqa: PLC0415 - see above

    made_at = now()
    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    order = PlanOrder(name_of(by), made_at, tuple(ring or ()), at_most, spread, seed)
    made = desk.plan(order, None if key is None else PersonalKey(key))
    if as_json:
        print_json(header_json(made.plan.plan_id, made.plan.header))
        return
    plan = made.plan
    print_plan(plan.plan_id, plan.header, sum(row.is_canary for row in plan.rows))
    note(f"who and why: graphrisk enforce show {made.plan.plan_id}; the plan is in {made.folder}")
    if made.plan.rows and not made.plan.acting():
        note("nothing is done to anybody; the guardrails above say why")


def list_plans(keys: KeysOption, workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """List plans and what became of them.

    Example: graphrisk enforce plans -w shop
    """
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    state, files = desk.state(), desk.plan_files
    there, at = set(files.list_plans()), now()
    told = []
    for plan_id, plan in state.plans.items():
        try:
            told += [(plan_id, plan, files.read_header(plan_id))] if plan_id in there else []
        except TamperedError as failure:
            warn(str(failure))
    if as_json:
        print_json(
            {
                "plans": [
                    {
                        "plan_id": plan_id, "status": plan_status(plan, header, at), "author": plan.author,
                        "planned_at": plan.planned_at, "actions": plan.body.action_count,
                        "approvals": [each.by for each in plan.approvals],
                        "approval_count": header.approval_count, "expires_at": header.expires_at,
                    }
                    for plan_id, plan, header in told
                ]
            }
        )  # fmt: skip
        return
    rows = [
        (
            plan_id, plan_status(plan, header, at), plan.body.action_count,
            f"{len(plan.approvals)} of {header.approval_count}", plan.author, plan.planned_at,
            header.expires_at,
        )
        for plan_id, plan, header in told
    ]  # fmt: skip
    titles = ("plan", "status", "actions", "approvals", "by", "made", "good until")
    print_table([Column(title) for title in titles], rows)
    if not told:
        note("no plan was made yet")


def show_plan(
    plan: PlanArgument,
    keys: KeysOption,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ID", help="Only this account, with its evidence.")
    ] = None,
    ring: Annotated[str | None, typer.Option("--ring", metavar="RING", help="Only this ring.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Accounts at most; 0 shows all.")] = 50,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw it into this file instead.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show a plan, a ring of it or an account. The ledger puts down who had what open.

    An approver has to have opened rings of the plan before approving it.

    Example: graphrisk enforce show P-4WXQ --ring RING-7K3QX --by eve -w shop
    """
    from graphrisk.flows.enforcement.approve import Saying  # noqa: PLC0415 - see above
    from graphrisk.workspace.drawing_plans import draw_plan  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    if svg is not None:
        require_place(svg, "--svg")
    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    found = desk.view(plan, account, ring, Saying(name_of(by), now()))
    rows = shown_first(found.rows)
    if svg is not None:
        draw_plan(found.plan_id, found.header, rows, svg)
        note(f"drawn in {svg}")
        return
    if as_json:
        print_json({**header_json(found.plan_id, found.header), "rows": [row_json(row) for row in rows]})
        return
    if account is not None:
        print_row(rows[0])
        return
    if ring is None:
        print_plan(found.plan_id, found.header, sum(row.is_canary for row in rows))
    print_rows(cut_to(limit, rows))
