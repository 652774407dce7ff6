"""Which rings were taken down, which are newborn, and as what each ring was last known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil

TAKEN_DOWN_SHARE = 0.5  # of the members: most of them are labelled bad, or in no table any more
NEWBORN_SHARE = 1 / 3  # of the members: fewer were in any ring before
SAME_SHARE = 0.5  # of the members: so many in a later ring, and it is the same ring, known better


@dataclass(frozen=True, slots=True)
class RingSeen:
    """A ring as one run found it. members: account ids, each once."""

    run_id: str
    ring_id: str
    as_of: datetime
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormerRing:
    """taken_down_at: when more than TAKEN_DOWN_SHARE of the members had been found out, or were gone."""

    ring: RingSeen
    taken_down_at: datetime


def last_known(rings: Sequence[RingSeen]) -> list[RingSeen]:
    """Each ring once: a ring of which half or more are members of rings known later is one of those. Latest
    first, then by run and ring."""
    taken: set[str] = set()
    kept: list[RingSeen] = []
    ordered = sorted(rings, key=lambda ring: (ring.run_id, ring.ring_id))
    ordered.sort(key=lambda ring: ring.as_of, reverse=True)
    for _, of_run in groupby(ordered, key=lambda ring: (ring.as_of, ring.run_id)):
        fresh = [
            ring for ring in of_run
            if sum(member in taken for member in ring.members) < SAME_SHARE * len(ring.members)
        ]  # fmt: skip
        kept += fresh
        taken.update(member for ring in fresh for member in ring.members)
    return kept


def find_taken_down(rings: Sequence[RingSeen], found_out: Mapping[str, datetime]) -> list[FormerRing]:
    """found_out: account -> since when it is labelled bad, or is in no table any more. In the order of
    `rings`."""
    former: list[FormerRing] = []
    for ring in rings:
        times = sorted(found_out[member] for member in ring.members if member in found_out)
        needed = max(1, ceil(TAKEN_DOWN_SHARE * len(ring.members)))
        if len(times) >= needed:
            former.append(FormerRing(ring, times[needed - 1]))
    return former


def find_newborn(rings: Sequence[RingSeen], earlier: Sequence[RingSeen]) -> list[RingSeen]:
    """Those of which fewer than NEWBORN_SHARE of the members were in any of the earlier rings; none where
    there are no earlier ones, for then nobody knows what is new."""
    if not earlier:
        return []
    before = {member for ring in earlier for member in ring.members}
    return [
        ring for ring in rings
        if sum(member in before for member in ring.members) < NEWBORN_SHARE * len(ring.members)
    ]  # fmt: skip
