"""`graphrisk rings like`: rings that were taken down and may have come back as this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from graphrisk.cli.named_ring import open_named_ring
from graphrisk.cli.options import HERE, JsonOption, RunOption, WorkspaceOption
from graphrisk.cli.output import Column, note, print_json, print_lines, print_table
from graphrisk.model.findings import LikenessFinding
from graphrisk.workspace import Workspace

DAY_SECONDS = 86_400


def like_ring(
    ring: Annotated[str, typer.Argument(metavar="RING", help="A ring's name, or how it starts.")],
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rings that were taken down a newborn ring is like, at most three, and in what.

    A ring was taken down when most of its members are labelled bad or are in no table any more; it is newborn
    when few of its members were in a ring before. Compared is how they work, not whom or what they share:
    hours, tempo, the way addresses, mailboxes and names are written, payees, categories, amounts. Each aspect
    counts in bits: how much more often one operator shows it twice than chance makes two rings of this
    marketplace as alike. From .7 on `rings show` says it as well; below that it is a hint.

    Example: graphrisk rings like RING-7K3QX -w shop
    """
    chosen = Workspace.open(workspace).run(run)
    ring_id = open_named_ring(chosen, ring).ring_id
    matches = chosen.likeness(ring_id)
    if as_json:
        found = [asdict(match) for match in matches]
        print_json({"run_id": chosen.run_id, "ring_id": ring_id, "matches": found})
        return
    print_lines(likeness_lines(matches, chosen.record.as_of))
    for match in matches:
        print_table(
            [Column("aspect"), Column("bits", 1), Column("chance", 4), Column("both show", fold=True)],
            [(each.aspect, each.bits, each.chance_share, each.words) for each in match.aspects],
            title=match.former_ring_id,
        )
    if not matches:
        note("it is no newborn ring, or no ring that was taken down works like it")


def likeness_lines(matches: Sequence[LikenessFinding], as_of: datetime) -> list[str]:
    """'87 % like RING-7F3K, taken down 9 days ago: same tempo, same address template', one for each."""
    return [
        f"{100 * match.probability:.0f} % like {match.former_ring_id}, taken down"
        f" {_days_words(match.taken_down_at, as_of)}: {match.words}"
        for match in matches
    ]


def _days_words(at: datetime, as_of: datetime) -> str:
    days = round((as_of - at).total_seconds() / DAY_SECONDS)
    return f"{days} days ago" if days > 1 else "a day ago" if days == 1 else "today"
