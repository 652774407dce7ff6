"""`graphrisk rings history` and `compare`: names through the runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption, refuse_unheard
from graphrisk.cli.output import Column, Json, cut_to, note, print_facts, print_json, print_table
from graphrisk.flows.follow import RingStory, RunComparison
from graphrisk.workspace import Workspace

NameArgument = Annotated[
    str | None,
    typer.Argument(metavar="RING", help="A name that was ever given, or how it starts; without one, all."),
]
LimitOption = Annotated[int, typer.Option(min=0, help="Show at most so many; 0 shows all.")]


def register(group: typer.Typer) -> None:
    group.command("history")(tell_history)
    group.command("compare")(compare_runs)


def tell_history(
    context: typer.Context,
    ring: NameArgument = None,
    limit: LimitOption = 20,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tell what became of a ring in every run, or of all names that were ever given, the last seen first.

    A ring that was merged leads to the one that it is in now; one that was missed says when it was last seen.

    Example: graphrisk rings history RING-7K3QX -w shop
    """
    if ring is not None:
        refuse_unheard(context, ["limit"], "the story of one ring is told whole")
    shop = Workspace.open(workspace)
    if ring is not None:
        _tell_story(shop.history(ring), as_json=as_json)
        return
    lives = cut_to(limit, shop.names())
    if as_json:
        print_json({"names": [asdict(life) for life in lives]})
        return
    titles = ("ring", "state", "leads_to", "born", "last", "runs", "size")
    print_table(
        [Column(title) for title in titles],
        [
            (
                life.ring_id,
                life.state,
                life.leads_to,
                life.born_at,
                life.last_at,
                life.run_count,
                life.account_count,
            )
            for life in lives
        ],
    )


def compare_runs(
    earlier: Annotated[str, typer.Argument(metavar="EARLIER", help="A run's name, or how it starts.")],
    later: Annotated[str, typer.Argument(metavar="LATER", help="The run to set beside it.")],
    limit: LimitOption = 20,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Set two runs side by side: how many accounts kept the name of their ring, which rings came, went or
    changed in size, and where their accounts are in the other run.

    Example: graphrisk rings compare RUN-20260301-1f2e3d4c RUN-20260401-5a6b7c8d -w shop
    """
    compared = Workspace.open(workspace).compare(earlier, later)
    if as_json:
        print_json(_comparison_json(compared))
        return
    told = compared.stability
    print_facts(
        [
            ("earlier", compared.earlier_run_id),
            ("later", compared.run_id),
            ("accounts_in_rings_of_both", told.both_count),
            ("name_kept", told.kept_count),
            ("name_kept_share", told.kept_share),
            ("with_same_links", told.same_links_count),
            ("with_same_links_name_kept", told.same_links_kept_count),
            ("with_same_links_name_kept_share", told.same_links_kept_share),
            ("accounts_in_later_only", told.joined_count),
            ("accounts_in_earlier_only", told.left_count),
        ],
        digits=4,
    )
    titles = ("ring", "earlier", "later", "other_ring", "moved")
    rows = [
        (ring.ring_id, ring.earlier_account_count, ring.account_count, ring.other_ring_id, ring.moved_count)
        for ring in cut_to(limit, compared.rings)
    ]
    print_table([Column(title) for title in titles], rows, title="rings of another name or size")


def _tell_story(story: RingStory, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(story))
        return
    life = story.life
    print_facts(
        [
            ("state", life.state),
            ("leads_to", life.leads_to),
            ("born", life.born_at),
            ("last", life.last_at),
            ("runs", life.run_count),
            ("members", life.account_count),
        ],
        title=life.ring_id,
    )
    titles = ("run", "as_of", "event", "other_ring", "size", "before", "score")
    print_table(
        [Column(title) for title in titles],
        [
            (
                each.run_id,
                each.as_of,
                each.event,
                each.other_ring_id,
                each.account_count,
                each.earlier_account_count,
                each.score,
            )
            for each in story.chapters
        ],
        title="run by run",
    )
    if story.successor is not None:
        note(f"it was merged into {story.successor.ring_id}, which is {story.successor.state.value}")


def _comparison_json(compared: RunComparison) -> Json:
    told = compared.stability
    return {
        **asdict(compared),
        "stability": {
            **asdict(told),
            "kept_share": told.kept_share,
            "same_links_kept_share": told.same_links_kept_share,
        },
    }
