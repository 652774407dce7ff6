"""`graphrisk enforce erase`: an account's identifiers leave what enforcement keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.enforce.options import ByOption, KeysOption, name_of
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Column, Json, note, print_facts, print_json, print_table, show_progress, warn
from graphrisk.workspace import Workspace

if TYPE_CHECKING:
    from graphrisk.flows.enforcement.erase import Erasure

_COPIES = "whoever has them erases it there; `graphrisk audit scan FILE` finds ids in files"


def register(group: typer.Typer) -> None:
    group.command("erase")(erase)


def erase(
    account: Annotated[str, typer.Option(metavar="ID", help="The account's id, exactly as in the tables.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept for ever.")],
    keys: KeysOption,
    by: ByOption = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Remove an account's id and evidence from plans, packages and the state. The ledger keeps its token.

    Packages are signed anew, plans keep their names, and `audit verify` passes as before. The answer lists
    what still has the account and what to do there: the tables, judgements, receivers, files elsewhere. What
    is in force stays in force at whoever was told of it: revert it first if it shall end. No later plan has
    the account. If it is interrupted, call it again.

    Example: graphrisk enforce erase --account acc17 --why "asked for, case C-4711" --by eve -w shop
    """
    from graphrisk.workspace.enforcing import Enforcement  # noqa: PLC0415 - stores, for it alone
    from graphrisk.workspace.erasing import erase_in_workspace  # noqa: PLC0415 - see above

    desk = Enforcement.open(Workspace.open(workspace), keys, note)
    with show_progress("erasing") as progress:
        done = erase_in_workspace(desk, account, why, name_of(by), progress)
    if as_json:
        print_json(erasure_json(done))
        return
    print_facts(
        [
            ("erased", done.subject), ("plans written anew", len(done.plans)),
            ("packages signed anew", len(done.packages)),
        ]
    )  # fmt: skip
    print_table(
        [Column("what still has it", fold=True), Column("what to do", fold=True)], list(_what_is_left(done))
    )
    if done.was_done:
        note("it was erased before; nothing was left to do")
    if done.tier is not None:
        warn(f"{done.tier} stays in force: whoever was told of it cannot be told its end by this id any more")


def erasure_json(done: Erasure) -> Json:
    return {
        "subject": done.subject,
        "plans": done.plans,
        "packages": done.packages,
        "was_done": done.was_done,
        "in_force": None if done.tier is None else done.tier.value,
        "left": [{"place": place, "remedy": remedy} for place, remedy in _what_is_left(done)],
    }


def _what_is_left(done: Erasure) -> list[tuple[str, str]]:
    return [
        *((each.place, each.remedy) for each in done.holdings),
        *((f"receiver {name}", "tell it to erase what it was sent") for name in done.receivers),
        ("copies outside of the workspace: packages, exports, logs, backups", _COPIES),
        ("the graph in Neo4j, if it was pushed", "`graphrisk neo4j push`, once the workspace is rid of it"),
    ]
