"""`graphrisk enforce approve`, `reject`, `apply`, `stop`, `restart`: people decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.enforce.plan import PlanArgument
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Json, note, print_facts, print_json
from graphrisk.workspace import Workspace

NoteOption = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="What was looked at, and what follows; kept for ever.")
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept for ever.")]


def register(group: typer.Typer) -> None:
    group.command("approve")(approve_plan)
    group.command("reject")(reject_plan)
    group.command("apply")(apply_plan)
    group.command("stop")(stop)
    group.command("restart")(restart)


def approve_plan(
    plan: PlanArgument,
    said: NoteOption,
    keys: KeysOption,
    by: ByOption = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", help="Your own Ed25519 key (PEM), where the policy asks for it."
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Approve a plan: not your own, not twice, and not without having opened rings of it.

    Example: graphrisk enforce approve P-4WXQ --by eve --note "three rings opened, all resold cards" -w shop
    """
    from graphrisk.flows.enforcement.approve import Saying  # noqa: PLC0415 - stores, for it alone
    from graphrisk.workspace.enforcing import Enforcement, PersonalKey, now  # noqa: PLC0415 - see above

    signer = None if key is None else PersonalKey(key)
    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    saying = Saying(name_of(by), now(), said, signer)
    approved = desk.approve(plan, saying)
    told: dict[str, Json] = {
        "plan_id": approved.plan_id, "by": saying.by, "viewed_rings": approved.viewed_rings,
        "viewed_accounts": len(approved.viewed_subjects),
    }  # fmt: skip
    if as_json:
        print_json(told)
        return
    print_facts(
        [
            ("plan", approved.plan_id), ("approved by", saying.by),
            ("rings opened before", len(approved.viewed_rings)),
            ("accounts opened before", len(approved.viewed_subjects)),
        ]
    )  # fmt: skip


def reject_plan(
    plan: PlanArgument,
    said: NoteOption,
    keys: KeysOption,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Reject a plan: nobody can apply it any more.

    Example: graphrisk enforce reject P-4WXQ --note "a student house among them" -w shop
    """
    from graphrisk.flows.enforcement.approve import Saying  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    saying = Saying(name_of(by), now(), said)
    rejected = desk.reject(plan, saying)
    if as_json:
        print_json({"plan_id": rejected.plan_id, "by": saying.by})
        return
    print_facts([("plan", rejected.plan_id), ("rejected by", saying.by)])


def apply_plan(
    plan: PlanArgument,
    keys: KeysOption,
    rest: Annotated[
        bool, typer.Option("--rest", help="What follows after the small part that goes first.")
    ] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Turn an approved plan into a signed package. Applying twice changes nothing.

    Of a larger plan a small part goes first; what is left follows with --rest, when enough time has passed
    and appeals have not shown it wrong.

    Example: graphrisk enforce apply P-4WXQ -w shop
    """
    from graphrisk.flows.enforcement.approve import Saying  # noqa: PLC0415 - see above
    from graphrisk.workspace.applying import apply_in_workspace  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    saying = Saying(name_of(by), now())
    applied, place = apply_in_workspace(desk, plan, saying, wants_rest=rest)
    done = applied.packaged
    if as_json:
        print_json(
            {
                "plan_id": done.plan_id, "package_id": done.package_id, "stage": done.stage,
                "actions": done.action_count, "was_done": applied.was_done, "rest": applied.rest_count,
                "folder": str(place),
            }
        )  # fmt: skip
        return
    print_facts(
        [
            ("package", done.package_id), ("plan", done.plan_id), ("stage", done.stage),
            ("actions", done.action_count), ("folder", str(place)),
        ]
    )  # fmt: skip
    if applied.was_done:
        note("it was applied before; nothing changed")
    if applied.rest_count:
        note(f"{applied.rest_count:,} actions are left: graphrisk enforce apply {done.plan_id} --rest")


def stop(
    why: WhyOption,
    keys: KeysOption,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Throw the kill switch: nothing is applied or delivered until `restart`. Taking back is still possible.

    Without this program: make a file called STOP in the workspace's folder `enforce`.

    Example: graphrisk enforce stop --why "appeals pile up" -w shop
    """
    _switch((keys, workspace), name_of(by), why, stops=True, as_json=as_json)


def restart(
    why: WhyOption,
    keys: KeysOption,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Lift the kill switch.

    Example: graphrisk enforce restart --why "the policy was mended" -w shop
    """
    _switch((keys, workspace), name_of(by), why, stops=False, as_json=as_json)


def _switch(places: tuple[Path, Path], by: str, why: str, *, stops: bool, as_json: bool) -> None:
    """places: the folder of keys, and the workspace's."""
    from graphrisk.workspace.applying import switch_in_workspace  # noqa: PLC0415 - see above
    from graphrisk.workspace.enforcing import Enforcement, now  # noqa: PLC0415 - see above

    keys, workspace = places
    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    changed = switch_in_workspace(desk, by, why, now(), stops=stops)
    state = "stopped" if stops else "running"
    if as_json:
        print_json({"state": state, "changed": changed, "by": by})
        return
    note(f"enforcement is {state}" if changed else f"enforcement was {state} already")
