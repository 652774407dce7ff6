"""Reads which rings that were taken down a ring may be; apart from likeness.py, which brings scipy."""

from __future__ import annotations

import duckdb

from graphrisk.model.findings import AspectFinding, LikenessFinding


class LikenessAnswers:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_likeness(self, run_id: str, ring_id: str) -> tuple[LikenessFinding, ...]:
        """What that ring of that run may be, the most probable first."""
        of_ring = {"run": run_id, "ring": ring_id}
        aspects = self._connection.execute(
            """SELECT former_ring_id, aspect, chance_share, bits, words FROM likeness_aspect
            WHERE run_id = $run AND ring_id = $ring ORDER BY bits DESC, aspect""",
            of_ring,
        ).fetchall()
        matches = self._connection.execute(
            """SELECT former_ring_id, former_run_id, taken_down_at, probability, bits, words
            FROM ring_likeness
            WHERE run_id = $run AND ring_id = $ring ORDER BY probability DESC, former_ring_id""",
            of_ring,
        ).fetchall()
        return tuple(
            LikenessFinding(
                former, run, at, probability, bits, words,
                tuple(AspectFinding(*row[1:]) for row in aspects if row[0] == former),
            )
            for former, run, at, probability, bits, words in matches
        )  # fmt: skip
