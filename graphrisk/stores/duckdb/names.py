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
from graphrisk.stores.duckdb.results import ResultStore

if TYPE_CHECKING:
    from graphrisk.flows.name import NamingTables, PastTables, RunMoment
    from graphrisk.flows.recall import RingsBefore

_PAST = "past AS (SELECT run_id, as_of FROM run WHERE as_of < $before)"
_ALL_TIME = datetime.max  # noqa: DTZ901 - naive UTC; no run is as of then

# One row for each as-of time: how many came after it
_MOMENT = """moment AS (
    SELECT as_of, row_number() OVER (ORDER BY as_of DESC) - 1 AS missed_count
    FROM (SELECT DISTINCT as_of FROM past))"""

# Of two runs of one time, the one whose id comes last
_LATEST_RUNS = """
    SELECT max(run_id), arg_max(parameters, run_id) FROM run WHERE as_of < $before
    GROUP BY as_of ORDER BY as_of DESC LIMIT $limit"""

# One row for each name: when it was given first and last, and by how many members; of two runs of one time,
# the one whose id comes last counts
_GIVEN = """given AS (
    SELECT r.ring_id, min(p.as_of) AS born_at, max(p.as_of) AS last_at, count(*) AS run_count,
           arg_max(CAST(r.size AS BIGINT), (p.as_of, r.run_id)) AS last_count
    FROM ring r JOIN past p ON p.run_id = r.run_id GROUP BY r.ring_id)"""

# Where its last merger led, if nobody gave the name since; and whether it was given up since
_ENDED = """ended AS (
    SELECT e.ring_id,
           arg_max(e.other_ring_id, (p.as_of, e.run_id)) FILTER (e.event = 'merged') AS merged_into,
           bool_or(e.event = 'dissolved') AS dissolved
    FROM ring_event e JOIN past p ON p.run_id = e.run_id JOIN given g ON g.ring_id = e.ring_id
    WHERE p.as_of > g.last_at GROUP BY e.ring_id)"""

_NAMES = f"""
    WITH {_PAST}, {_MOMENT}, {_GIVEN}, {_ENDED}
    SELECT g.ring_id, m.missed_count, g.last_count, e.merged_into, coalesce(e.dissolved, false) AS dissolved,
           g.born_at, g.last_at, g.run_count
    FROM given g JOIN moment m ON m.as_of = g.last_at LEFT JOIN ended e ON e.ring_id = g.ring_id
    ORDER BY g.born_at, g.ring_id"""

_APPEARANCES = f"""
    WITH {_PAST}, {_MOMENT},
    seen AS (
        SELECT r.ring_id, r.run_id,
               dense_rank() OVER (PARTITION BY r.ring_id ORDER BY m.as_of DESC) - 1 AS age,
               count(*) OVER (PARTITION BY r.ring_id, m.as_of) AS run_count,
               min(m.missed_count) OVER (PARTITION BY r.ring_id) AS missed_count
        FROM ring r JOIN past p ON p.run_id = r.run_id JOIN moment m ON m.as_of = p.as_of)
    SELECT c.ring_id, c.account_id, s.age, s.run_count, c.weight
    FROM ring_carrier c JOIN seen s ON s.run_id = c.run_id AND s.ring_id = c.ring_id
    WHERE s.age < $memory_count AND s.missed_count < $missed_count"""

# Other runs of one very time: a name that they gave is remembered as of then, and was given at the latest
_BESIDE = """
    twin AS (SELECT run_id FROM run WHERE as_of = $as_of AND run_id <> $run),
    twin_given AS (
        SELECT r.ring_id, count(*) AS run_count, arg_max(CAST(r.size AS BIGINT), r.run_id) AS last_count
        FROM ring r JOIN twin t ON t.run_id = r.run_id GROUP BY r.ring_id)"""

_NAMES_BESIDE = f"""
    WITH {_BESIDE}
    SELECT coalesce(p.ring_id, g.ring_id) AS ring_id,
           CASE WHEN g.ring_id IS NULL THEN p.missed_count ELSE 0 END AS missed_count,
           coalesce(g.last_count, p.last_count) AS last_count,
           CASE WHEN g.ring_id IS NULL THEN p.merged_into END AS merged_into,
           g.ring_id IS NULL AND p.dissolved AS dissolved
    FROM past_name p FULL JOIN twin_given g ON g.ring_id = p.ring_id
    ORDER BY p.place NULLS LAST, g.ring_id"""

_APPEARANCES_BESIDE = f"""
    WITH {_BESIDE},
    earlier AS (
        SELECT p.ring_id, p.account_id, p.age + CASE WHEN g.ring_id IS NULL THEN 0 ELSE 1 END AS age,
               p.run_count, p.weight
        FROM past_appearance p LEFT JOIN twin_given g ON g.ring_id = p.ring_id)
    FROM earlier WHERE age < $memory_count
    UNION ALL
    SELECT c.ring_id, c.account_id, 0, g.run_count, c.weight
    FROM ring_carrier c JOIN twin t ON t.run_id = c.run_id JOIN twin_given g ON g.ring_id = c.ring_id"""

_CHAPTERS = """
    SELECT n.run_id, n.as_of, e.event, e.other_ring_id, coalesce(r.size, 0),
           coalesce(e.earlier_account_count, r.size), r.score
    FROM run n
    LEFT JOIN ring r ON r.run_id = n.run_id AND r.ring_id = $ring
    LEFT JOIN ring_event e ON e.run_id = n.run_id AND e.ring_id = $ring
    WHERE r.ring_id IS NOT NULL OR e.ring_id IS NOT NULL
    ORDER BY n.as_of, n.run_id, e.event, e.other_ring_id"""


class NameStore:
    """Fits flows.detect.NamedPast and flows.follow.StoryReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._results = ResultStore(connection)

    def read_past(self, as_of: datetime, params: NameParams) -> PastTables:
        # Here and below, because numpy and scipy take longer to import than lives to be told
        from graphrisk.flows.name import APPEARANCE, PAST_NAME, PastTables  # noqa: PLC0415

        reach = {"memory_count": params.memory_count, "missed_count": params.dissolve_after_count}
        seen = self._connection.sql(_APPEARANCES, params={"before": as_of, **reach}).to_arrow_table()
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
            names = self._connection.sql(_NAMES_BESIDE, params=twin).to_arrow_table()
            reach = {**twin, "memory_count": params.memory_count}
            seen = self._connection.sql(_APPEARANCES_BESIDE, params=reach).to_arrow_table()
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
        rows = self._connection.execute(_CHAPTERS, {"ring": ring_id}).fetchall()
        order = [None, *RingEvent]
        chapters = [
            RingChapter(
                run_id, as_of, None if event is None else RingEvent(event), other, size, before, score
            )
            for run_id, as_of, event, other, size, before, score in rows
        ]
        return sorted(chapters, key=lambda each: (each.as_of, each.run_id, order.index(each.event)))

    def _names(self, before: datetime) -> pa.Table:
        """The columns of _NAMES, merged_into led on through later mergers."""
        names = self._connection.sql(_NAMES, params={"before": before}).to_arrow_table()
        at = names.schema.get_field_index("merged_into")
        return names.set_column(at, pa.field("merged_into", pa.string()), _led_on(names))


def _state(missed_count: int, merged_into: str | None, *, dissolved: bool) -> RingState:
    if missed_count == 0:
        return RingState.ACTIVE
    if merged_into is not None:
        return RingState.MERGED
    return RingState.DISSOLVED if dissolved else RingState.DORMANT


def _led_on(names: pa.Table) -> pa.Array:
    """Where each name leads in the end, null for nowhere. A name that another was merged into was given then,
    so that its own merger came later: this ends."""
    into = dict(zip(names["ring_id"].to_pylist(), names["merged_into"].to_pylist(), strict=True))
    ends = []
    for name in into.values():
        end = name
        while end is not None and into.get(end) is not None:
            end = into[end]
        ends.append(end)
    return pa.array(ends, pa.string())
