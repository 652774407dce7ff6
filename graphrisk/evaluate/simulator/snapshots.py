"""One marketplace on several days: the same accounts and things but for what came and went, and what became
of each ring.

settle_people -> plant_rings -> plan_fates, come_back -> live_through -> keep_to_habits -> retime -> a desk
for each day
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import pyarrow as pa

from graphrisk.evaluate.simulator.desk import Desk, TableStream, open_desk
from graphrisk.evaluate.simulator.fates import NOBODY, Change, SnapshotParams, come_back, plan_fates
from graphrisk.evaluate.simulator.habits import draw_hands, keep_to_habits
from graphrisk.evaluate.simulator.lives import NO_LINEAGE, Lives, live
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.people import settle_people
from graphrisk.evaluate.simulator.retiming import retime
from graphrisk.evaluate.simulator.rings import plant_rings
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.spans import Spans, View
from graphrisk.evaluate.simulator.truth_tables import Membership, Standing, ring_ids, truth_tables
from graphrisk.evaluate.simulator.world import World, live_through


class RingEvent(StrEnum):
    """What became of a ring since the snapshot before. On the first day every ring persists."""

    PERSIST = "persist"
    GROW = "grow"  # the other ring, if one is named, merged into it
    SHRINK = "shrink"
    MERGE = "merge_into"  # it is part of the other ring now
    SPLIT = "split_into"  # the other ring left it
    DIE = "die"  # it was taken down
    BORN = "born"  # from the other ring, if one is named
    REINCARNATION = "reincarnation"  # the other ring was taken down, and is back as this one


@dataclass(frozen=True, slots=True)
class Fate:
    """ring, other: lasting numbers, other NOBODY where there is none. member_count: after it, without those
    who have stopped."""

    ring: int
    event: RingEvent
    other: int
    member_count: int


@dataclass(frozen=True, slots=True)
class Days:
    """A marketplace as it is on each day. lives.lineage says who belongs to which ring on which."""

    world: World
    snapshots: SnapshotParams
    lives: Lives
    spans: Spans

    def ends_at(self, step: int) -> datetime:
        """When the snapshot is taken; all that it shows is before."""
        params = self.world.params
        return params.starts_at + timedelta(seconds=self.snapshots.end(params.window, step))

    def desk(self, step: int) -> Desk:
        return open_desk(self.world, View(self.spans, step))


def build_days(params: SimulationParams, snapshots: SnapshotParams) -> Days:
    rings, people = plant_rings(params, settle_people(params))
    fates = plan_fates(params, snapshots, rings)
    world = live_through(params, *come_back(params, rings, people, fates))
    lives = live(params, snapshots, world.rings, fates, world.ring_things)
    world, spans = retime(snapshots, keep_to_habits(world, draw_hands(world, fates)), lives)
    return Days(world, snapshots, lives, spans)


def members_of_day(days: Days, step: int) -> Membership:
    rings, lives = days.world.rings, days.lives
    inside = np.flatnonzero(lives.lineage[step] != NO_LINEAGE)
    typology = rings.typology[rings.ring[inside]]
    stopped = np.where(lives.suspended, Standing.SUSPENDED, Standing.QUIET)
    standing = np.where(lives.active(step), Standing.ACTIVE, stopped)[inside]
    return Membership(rings.account[inside], lives.lineage[step][inside], typology, standing)


def truth_of_day(days: Days, step: int) -> Iterator[TableStream]:
    """As truth_tables, and `ring_events`: what became of each ring since the day before."""
    desk = days.desk(step)
    yield from truth_tables(desk, members_of_day(days, step))
    yield "ring_events", iter([_event_table(desk, step, tell_fates(days, step))])


def _event_table(desk: Desk, step: int, fates: list[Fate]) -> pa.Table:
    """Rows by ring id."""
    other = np.array([fate.other for fate in fates], dtype=np.int64)
    table = pa.table(
        {
            "day": pa.array([step] * len(fates), pa.int32()),
            "ring_id": ring_ids(desk, np.array([fate.ring for fate in fates], dtype=np.int64)),
            "event": pa.array([fate.event.value for fate in fates], pa.string()),
            "other_ring_id": pa.array(
                [None if fate.other == NOBODY else name
                 for fate, name in zip(fates, ring_ids(desk, other).to_pylist(), strict=True)],
                pa.string(),
            ),
            "member_count": pa.array([fate.member_count for fate in fates], pa.int32()),
        }
    )  # fmt: skip
    return table.sort_by([("ring_id", "ascending")])


def tell_fates(days: Days, step: int) -> list[Fate]:
    """One for each ring that is there or was the snapshot before, by number."""
    after = _sizes(days, step)
    if step == 0:
        return [
            Fate(ring, RingEvent.PERSIST, NOBODY, int(after[ring])) for ring in np.flatnonzero(after).tolist()
        ]
    before = _sizes(days, step - 1)
    present = np.flatnonzero((before > 0) | (after > 0)).tolist()
    return [_tell_fate(days, step, ring, (int(before[ring]), int(after[ring]))) for ring in present]


def _sizes(days: Days, step: int) -> Ints:
    """(numbers,) members who have not stopped."""
    lineage = days.lives.lineage[step][days.lives.active(step)]
    return np.bincount(lineage, minlength=2 * days.world.rings.count)


def _tell_fate(days: Days, step: int, ring: int, sizes: tuple[int, int]) -> Fate:
    (before, after), fates, count = sizes, days.lives.fates, days.world.rings.count
    planted = ring % count
    half = ring + count if ring < count else planted
    change = Change(fates.change[planted]) if int(fates.changes[planted]) == step else None
    if change is Change.MERGE:
        return Fate(ring, RingEvent.GROW if after else RingEvent.MERGE, half, after)
    if change is Change.SPLIT:
        return Fate(ring, RingEvent.SPLIT if before else RingEvent.BORN, half, after)
    if before == 0:
        predecessor = int(fates.predecessor[planted])
        event = RingEvent.BORN if predecessor == NOBODY else RingEvent.REINCARNATION
        return Fate(ring, event, predecessor, after)
    if after == 0:
        return Fate(ring, RingEvent.DIE, NOBODY, 0)
    if after == before:
        return Fate(ring, RingEvent.PERSIST, NOBODY, after)
    return Fate(ring, RingEvent.GROW if after > before else RingEvent.SHRINK, NOBODY, after)
