"""simulate: write a synthetic marketplace, and its truth where a loader does not look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from graphrisk.evaluate.leaks import Leak, find_leaks
from graphrisk.evaluate.simulator.desk import TableStream, open_desk
from graphrisk.evaluate.simulator.params import SimulationParams
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
        leaks = find_leaks(
            {name: pa.concat_tables(parts) for name, parts in observed_tables(desk)},
            {name: pa.concat_tables(parts) for name, parts in truth_tables(desk)}["accounts"],
        )
    return SimulationReport(
        params, tuple(counts), world.rings.count, len(world.rings.account), len(world.labels.account), leaks
    )


def _write(
    writer: TableWriter, stream: TableStream, folder: str, progress: Callable[[str], None]
) -> tuple[str, int]:
    name, parts = stream
    progress(folder + name)
    return folder + name, writer.write_table(name, parts)
