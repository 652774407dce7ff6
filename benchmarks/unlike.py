"""Marketplaces unlike what `graphrisk simulate` makes, to see whether what was learned there carries over.

    python benchmarks/unlike.py OUT --kind plain --accounts 20000 --seed 1 --hardness 0.5
    graphrisk run OUT --workspace W && graphrisk evaluate --workspace W --truth OUT/truth

`plain`: things stay with people, few log-ins, rings small and tight (unlike_plain.py). `rotating`:
devices, lines and doors change all the time, every visit is kept, rings are stretched or large
(unlike_rotating.py). Both were written without a look at the simulator. The same arguments give the same
bytes.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from unlike_plain_rings import build_plain
from unlike_rotating_rings import build_rotating
from unlike_tables import World, WorldParams, write_world

BUILDERS = {"plain": build_plain, "rotating": build_rotating}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=sorted(BUILDERS), required=True)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hardness", type=float, default=0.5)
    given = parser.parse_args(arguments)
    if not 0 <= given.hardness <= 1:
        parser.error("--hardness is between 0 and 1")
    world = BUILDERS[given.kind](WorldParams(given.accounts, given.seed, given.hardness))
    write_world(world, given.out)
    print(describe(world))


def describe(world: World) -> str:
    """How large it is, and how many members of rings hold a thing together with another of their ring."""
    rings = defaultdict(set)
    for ring_id, account_id, _ in world.members:
        rings[ring_id].add(account_id)
    tied = count_tied(world)
    return (
        f"{len(world.accounts)} accounts, {len(world.sessions)} sessions, {len(world.payments)} payments, "
        f"{len(world.labels)} labels; {len(rings)} rings of {len(world.members)} accounts, "
        f"{tied / max(len(world.members), 1):.0%} of which share something with their ring"
    )


def count_tied(world: World) -> int:
    """Members who hold a thing that their ring brought and another member holds; a door is one by its
    postcode."""
    ring_of = {account_id: ring_id for ring_id, account_id, _ in world.members}
    brought = {(ring_id, kind, _same(kind, text)) for kind, text, ring_id in world.brought}
    holders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for kind, rows in (
        ("device", ((row.account_id, row.device_id) for row in world.sessions)),
        ("ip", ((row.account_id, row.ip) for row in world.sessions)),
        ("address", ((row.account_id, f"{row.line}, {row.city}, {row.postcode}") for row in world.addresses)),
        ("instrument", ((row.account_id, row.instrument_id) for row in world.instruments)),
    ):
        for account_id, text in rows:
            thing = (ring_of.get(account_id, ""), kind, _same(kind, text or ""))
            if thing in brought:
                holders[thing].add(account_id)
    return len(set().union(*(each for each in holders.values() if len(each) > 1)))


def _same(kind: str, text: str) -> str:
    return text.rpartition(", ")[2] if kind == "address" else text


if __name__ == "__main__":
    main()
