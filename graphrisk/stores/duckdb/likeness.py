"""The rings of all runs with their manners, and what newborn ones are like: read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.flows.liken import LikenessTables
from graphrisk.model.tables import RING_MANNER
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.taken_down import RingSeen
from graphrisk.stores.duckdb.connection import transaction
from graphrisk.stores.duckdb.runs import replace_results
from graphrisk.stores.duckdb.schema import LIKENESS_TABLES

_RINGS = """
    SELECT r.run_id, r.ring_id, n.as_of, list(m.account_id ORDER BY m.account_id) AS members
    FROM ring r JOIN run n ON n.run_id = r.run_id
    JOIN ring_member m ON m.run_id = r.run_id AND m.ring_id = r.ring_id
    WHERE {which}
    GROUP BY r.run_id, r.ring_id, n.as_of, r.score
    QUALIFY row_number() OVER (PARTITION BY r.run_id ORDER BY r.score DESC, r.ring_id) <= $limit
    ORDER BY n.as_of DESC, r.run_id, r.score DESC, r.ring_id"""
_KEPT = "EXISTS (FROM ring_manner k WHERE k.run_id = r.run_id AND k.ring_id = r.ring_id)"
# Of an account that was called bad and good, the more frequent word counts, as in detection
_FOUND_OUT = """
    SELECT a.account_id, coalesce(min(l.reported_at) FILTER (l.verdict = $bad), $as_of) AS since
    FROM asked a LEFT JOIN known_account k ON k.account_id = a.account_id
    LEFT JOIN known_label l ON l.account_id = a.account_id
        AND (l.reported_at IS NULL OR l.reported_at <= $as_of)
    GROUP BY a.account_id
    HAVING count(k.account_id) = 0
        OR count(*) FILTER (l.verdict = $bad) > count(*) FILTER (l.verdict = $good)
    ORDER BY a.account_id"""


class LikenessStore:
    """Fits flows.liken.RingHistory and flows.liken.LikenessWriter."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_rings(self, run_id: str, limit: int) -> Sequence[RingSeen]:
        found = self._connection.execute(
            _RINGS.format(which="r.run_id = $run"), {"run": run_id, "limit": limit}
        ).fetchall()
        return [_ring_seen(*row) for row in found]

    def read_earlier_rings(self, as_of: datetime, limit: int) -> Sequence[RingSeen]:
        query = _RINGS.format(which=f"n.as_of < $as_of AND {_KEPT}")
        found = self._connection.execute(query, {"as_of": as_of, "limit": limit}).fetchall()
        return [_ring_seen(*row) for row in found]

    def read_manners(self, rings: Sequence[RingSeen]) -> pa.Table:
        asked = pa.table(
            {
                "place": pa.array([str(at) for at in range(len(rings))], pa.string()),
                "run_id": pa.array([ring.run_id for ring in rings], pa.string()),
                "ring_id": pa.array([ring.ring_id for ring in rings], pa.string()),
            }
        )
        self._connection.register("asked", asked)
        try:
            return self._connection.sql(
                f"""SELECT a.place AS ring_id, {", ".join(RING_MANNER.names[1:])}
                FROM asked a JOIN ring_manner m ON m.run_id = a.run_id AND m.ring_id = a.ring_id
                ORDER BY CAST(a.place AS INTEGER), aspect, feature, value"""
            ).to_arrow_table()
        finally:
            self._connection.unregister("asked")

    def read_found_out(self, account_ids: Sequence[str], as_of: datetime) -> Mapping[str, datetime]:
        self._connection.register("asked", pa.table({"account_id": pa.array(account_ids, pa.string())}))
        try:
            values = {"as_of": as_of, "bad": Verdict.BAD.value, "good": Verdict.GOOD.value}
            return dict(self._connection.execute(_FOUND_OUT, values).fetchall())
        finally:
            self._connection.unregister("asked")

    def write_likeness(self, run_id: str, found: LikenessTables) -> None:
        content: dict[str, pa.Table] = {name: getattr(found, name) for name, _ in LIKENESS_TABLES}
        with transaction(self._connection):
            replace_results(self._connection, run_id, content)


def _ring_seen(run_id: str, ring_id: str, as_of: datetime, members: list[str]) -> RingSeen:
    return RingSeen(run_id, ring_id, as_of, tuple(members))
