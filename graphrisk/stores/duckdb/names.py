"""Names that runs gave to rings: what a run may know of earlier ones, and what became of each name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from graphrisk.flows.follow import RingChapter, RingLife, RingState
from graphrisk.model.rings import RingEvent
from graphrisk.model.runs import RunRecord
from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.name_memory import read_remembered
from graphrisk.stores.duckdb.name_queries import (
    APPEARANCES,
    APPEARANCES_BESIDE,
    CHAPTERS,
    NAMES,
    NAMES_BESIDE,
)
from graphrisk.stores.duckdb.results import ResultStore

if TYPE_CHECKING:
    from graphrisk.flows.name import NamingTables, PastTables, RunMoment
    from graphrisk.flows.recall import RingsBefore

_ALL_TIME = datetime.max  # noqa: DTZ901 - naive UTC; no run is as of then

# Of two runs of one time, the one whose id comes last
_LATEST_RUNS = """
    SELECT max(run_id), arg_max(parameters, run_id) FROM run WHERE as_of < $before
    GROUP BY as_of ORDER BY as_of DESC LIMIT $limit"""


class NameStore:
    """Fits flows.detect.NamedPast and flows.follow.StoryReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._results = ResultStore(connection)

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        """Keeps what it has read, so that the next time is read by what came since; see name_memory."""
        # Here and below, because numpy and scipy take longer to import than lives to be told
        from graphrisk.flows.name import APPEARANCE, PAST_NAME, PastTables  # noqa: PLC0415

        kept = read_remembered(self._connection, as_of, params)
        if kept is None:
            return self.read_whole_past(as_of, params)
        names, seen = kept
        return PastTables(_led_on(names).select(PAST_NAME.names).cast(PAST_NAME), seen.cast(APPEARANCE))

    def read_whole_past(self, as_of: datetime, params: NameParams) -> PastTables:
        """The same, in another order of appearances, from all that was ever written."""
        from graphrisk.flows.name import APPEARANCE, PAST_NAME, PastTables  # noqa: PLC0415

        reach = {"memory_count": params.memory_count, "missed_count": params.dissolve_after_count}
        seen = self._connection.sql(APPEARANCES, params={"before": as_of, **reach}).to_arrow_table()
        names = self._names(as_of).select(PAST_NAME.names).cast(PAST_NAME)
        return PastTables(names, seen.cast(APPEARANCE))

    def read_beside(self, past: PastTables, moment: RunMoment, params: NameParams) -> PastTables | None:
        from graphrisk.flows.name import APPEARANCE, PAST_NAME, PastTables  # noqa: PLC0415

        twin = {"as_of": moment.as_of, "run": moment.run_id}
        others = self._connection.execute(
            "SELECT 1 FROM run WHERE as_of = $as_of AND run_id <> $run LIMIT 1", twin
        )
        if not others.fetchall():
            return None
        place = pa.array(range(past.names.num_rows), pa.int64())
        self._connection.register("past_name", past.names.append_column("place", place))
        self._connection.register("past_appearance", past.appearances)
        try:
            names = self._connection.sql(NAMES_BESIDE, params=twin).to_arrow_table()
            reach = {**twin, "memory_count": params.memory_count}
            seen = self._connection.sql(APPEARANCES_BESIDE, params=reach).to_arrow_table()
        finally:
            self._connection.unregister("past_name")
            self._connection.unregister("past_appearance")
        return PastTables(names.cast(PAST_NAME), seen.cast(APPEARANCE))

    def read_carriers(self, as_of: datetime) -> pa.Table | None:
        latest = self._connection.execute(_LATEST_RUNS, {"before": as_of, "limit": 1}).fetchall()
        return self._results.read_result(latest[0][0], "ring_carrier") if latest else None

    def read_rings_before(self, as_of: datetime, judgements: str, limit: int) -> Sequence[RingsBefore]:
        later = "SELECT 1 FROM run WHERE as_of > $as_of LIMIT 1"
        if self._connection.execute(later, {"as_of": as_of}).fetchall():
            return ()
        found = self._connection.execute(_LATEST_RUNS, {"before": as_of, "limit": limit}).fetchall()
        told = [(run_id, json.loads(parameters)) for run_id, parameters in found]
        return self._rings_of([run_id for run_id, said in told if said.get("judgements", "") == judgements])

    def read_recalled(self, record: RunRecord) -> Sequence[RingsBefore]:
        """Of the runs that this one recalled, as its parameters say."""
        return self._rings_of(json.loads(record.parameters).get("rings_before", ()))

    def _rings_of(self, run_ids: Sequence[str]) -> Sequence[RingsBefore]:
        from graphrisk.flows.recall import RingsBefore  # noqa: PLC0415

        return [RingsBefore(each, self._results.read_result(each, "ring_carrier")) for each in run_ids]

    def read_naming(self, run_id: str) -> NamingTables | None:
        from graphrisk.flows.name import NamingTables  # noqa: PLC0415

        found = self._connection.execute("SELECT 1 FROM run WHERE run_id = $run", {"run": run_id}).fetchall()
        if not found:
            return None
        read = self._results.read_result
        return NamingTables(
            read(run_id, "ring_event"), read(run_id, "ring_move"), read(run_id, "ring_carrier")
        )

    def read_lives(self, until: datetime | None, start: str = "") -> Sequence[RingLife]:
        before = _ALL_TIME if until is None else until + timedelta(microseconds=1)
        begun = start.lower()
        lives = [
            RingLife(
                row["ring_id"], _state(row["missed_count"], row["merged_into"], dissolved=row["dissolved"]),
                row["merged_into"], row["born_at"], row["last_at"], row["run_count"], row["last_count"],
            )
            for row in self._names(before).to_pylist()
            if row["ring_id"].lower().startswith((begun, f"ring-{begun}"))
        ]  # fmt: skip
        return sorted(lives, key=lambda life: life.last_at, reverse=True)

    def near_lives(self, name: str) -> Sequence[str]:
        near = "jaro_winkler_similarity(lower(ring_id), lower($name))"
        rows = self._connection.execute(
            f"""
            SELECT ring_id FROM (SELECT DISTINCT ring_id FROM ring) WHERE {near} > 0.8
            ORDER BY {near} DESC, ring_id LIMIT 3""",
            {"name": name},
        ).fetchall()
        return [str(row[0]) for row in rows]

    def read_chapters(self, ring_id: str) -> Sequence[RingChapter]:
        rows = self._connection.execute(CHAPTERS, {"ring": ring_id}).fetchall()
        order = [None, *RingEvent]
        chapters = [
            RingChapter(
                run_id, as_of, None if event is None else RingEvent(event), other, size, before, score
            )
            for run_id, as_of, event, other, size, before, score in rows
        ]
        return sorted(chapters, key=lambda each: (each.as_of, each.run_id, order.index(each.event)))

    def _names(self, before: datetime) -> pa.Table:
        """The columns of NAMES, merged_into led on through later mergers."""
        return _led_on(self._connection.sql(NAMES, params={"before": before}).to_arrow_table())


def _state(missed_count: int, merged_into: str | None, *, dissolved: bool) -> RingState:
    if missed_count == 0:
        return RingState.ACTIVE
    if merged_into is not None:
        return RingState.MERGED
    return RingState.DISSOLVED if dissolved else RingState.DORMANT


def _led_on(names: pa.Table) -> pa.Table:
    """With merged_into where each name leads in the end, null for nowhere. A name that another was merged
    into was given then, so that its own merger came later: this ends."""
    into = dict(zip(names["ring_id"].to_pylist(), names["merged_into"].to_pylist(), strict=True))
    ends = []
    for name in into.values():
        end = name
        while end is not None and into.get(end) is not None:
            end = into[end]
        ends.append(end)
    at = names.schema.get_field_index("merged_into")
    return names.set_column(at, pa.field("merged_into", pa.string()), pa.array(ends, pa.string()))
