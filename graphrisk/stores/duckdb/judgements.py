"""The judgements of a workspace: rows are added, and nothing else is ever done to them."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from graphrisk.model.judgements import JUDGEMENT, Judgement
from graphrisk.registry.judgement_rows import judgement_of, judgement_table
from graphrisk.registry.judgements import in_order
from graphrisk.stores.duckdb.connection import transaction

_COLUMNS = ", ".join(JUDGEMENT.names)


class JudgementStore:
    """Fits flows.judge.JudgementReader and flows.judge.JudgementWriter."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_judgements(self) -> tuple[Judgement, ...]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM judgement").fetchall()
        return in_order(judgement_of(dict(zip(JUDGEMENT.names, row, strict=True))) for row in rows)

    def add_judgements(self, judgements: Sequence[Judgement]) -> None:
        """One that is there already, or comes twice, is written once."""
        once = {each.judgement_id: each for each in judgements}
        with transaction(self._connection):
            self._connection.register("new_judgement", judgement_table(list(once.values())))
            self._connection.execute(
                f"""INSERT INTO judgement ({_COLUMNS}) SELECT {_COLUMNS} FROM new_judgement
                WHERE judgement_id NOT IN (SELECT judgement_id FROM judgement)"""
            )
            self._connection.unregister("new_judgement")
