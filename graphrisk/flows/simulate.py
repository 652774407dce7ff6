"""simulate: write a synthetic marketplace, and its truth where a loader does not look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import pyarrow as pa

from graphrisk.evaluate.leaks import Leak, find_leaks
from graphrisk.evaluate.simulator.desk import Desk, TableStream, open_desk
from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.snapshots import (
    Days,
    RingEvent,
    build_days,
    members_of_day,
    tell_fates,
    truth_of_day,
)
from graphrisk.evaluate.simulator.tables import observed_tables
from graphrisk.evaluate.simulator.truth_tables import truth_tables
from graphrisk.evaluate.simulator.world import build_world


class TableWriter(Protocol):
    def write_table(self, name: str, parts: Iterator[pa.Table]) -> int:
        """Writes all parts as one table and returns its number of rows. The table appears whole or not at
        all.
        """


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """row_counts: table -> rows, in the order written; tables of the truth as truth/NAME.

    leaks: what single columns and trivial counts say about who is bad, the worst first; None where it was not
    asked.
    """

    params: SimulationParams
    row_counts: tuple[tuple[str, int], ...]
    ring_count: int
    ring_account_count: int
    label_count: int
    leaks: tuple[Leak, ...] | None = None


def simulate(
    params: SimulationParams,
    tables: TableWriter,
    truth: TableWriter,
    progress: Callable[[str], None],
    *,
    check: bool = False,
) -> SimulationReport:
    """Deterministic: equal params give equal rows in equal order. `progress` hears the name of each stage as
    it begins. check: look for leaks in the world just written; it takes the tables into memory.
    """
    progress("people, rings and what they share")
    world = build_world(params)
    desk = open_desk(world)
    counts = [
        *(_write(tables, stream, "", progress) for stream in observed_tables(desk)),
        *(_write(truth, stream, "truth/", progress) for stream in truth_tables(desk)),
    ]
    leaks = None
    if check:
        progress("looking for leaks")
        leaks = _find_leaks(desk, truth_tables(desk))
    return SimulationReport(
        params, tuple(counts), world.rings.count, len(world.rings.account), len(world.labels.account), leaks
    )


def _find_leaks(desk: Desk, truth: Iterator[TableStream]) -> tuple[Leak, ...]:
    observed = {name: pa.concat_tables(parts) for name, parts in observed_tables(desk)}
    return find_leaks(observed, {name: pa.concat_tables(parts) for name, parts in truth}["accounts"])


@dataclass(frozen=True, slots=True)
class DayReport:
    """One snapshot. ends_at: when it is taken. events: what became of the rings since the one before, and of
    how many. The rest as in SimulationReport, of this day."""

    day: int
    ends_at: datetime
    row_counts: tuple[tuple[str, int], ...]
    ring_count: int
    ring_account_count: int
    label_count: int
    events: tuple[tuple[RingEvent, int], ...]


@dataclass(frozen=True, slots=True)
class DaysReport:
    """leaks: of the last day; None where it was not asked."""

    params: SimulationParams
    snapshots: SnapshotParams
    days: tuple[DayReport, ...]
    leaks: tuple[Leak, ...] | None = None


class DayFolders(Protocol):
    def open_day(self, day: int) -> tuple[TableWriter, TableWriter]:
        """Where that day's tables go, and its truth."""
        ...


def simulate_days(
    params: SimulationParams,
    snapshots: SnapshotParams,
    folders: DayFolders,
    progress: Callable[[str], None],
    *,
    check: bool = False,
) -> DaysReport:
    """As simulate, once for each snapshot of one marketplace."""
    progress("people, rings and what becomes of them")
    days = build_days(params, snapshots)
    reports = tuple(
        _write_day(days, day, folders.open_day(day), progress) for day in range(snapshots.snapshot_count)
    )
    leaks = None
    if check:
        progress("looking for leaks")
        last = snapshots.snapshot_count - 1
        leaks = _find_leaks(days.desk(last), truth_of_day(days, last))
    return DaysReport(params, snapshots, reports, leaks)


def _write_day(
    days: Days, day: int, writers: tuple[TableWriter, TableWriter], progress: Callable[[str], None]
) -> DayReport:
    tables, truth = writers
    counts = [
        *(_write(tables, stream, "", progress) for stream in observed_tables(days.desk(day))),
        *(_write(truth, stream, "truth/", progress) for stream in truth_of_day(days, day)),
    ]
    told = Counter(fate.event for fate in tell_fates(days, day))
    members = members_of_day(days, day)
    return DayReport(
        day, days.ends_at(day), tuple(counts), len(np.unique(members.ring)), len(members.account),
        dict(counts)["labels"], tuple((event, told[event]) for event in RingEvent if told[event]),
    )  # fmt: skip


def _write(
    writer: TableWriter, stream: TableStream, folder: str, progress: Callable[[str], None]
) -> tuple[str, int]:
    name, parts = stream
    progress(folder + name)
    return folder + name, writer.write_table(name, parts)
