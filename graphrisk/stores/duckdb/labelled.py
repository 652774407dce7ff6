"""Reads which accounts carried a verdict at a time."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgements import stand_at
from graphrisk.registry.rulings import derive_rulings
from graphrisk.stores.duckdb.judgements import JudgementStore


class LabelledAccounts:
    """Fits flows.evaluate.LabelledAccountReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_labelled_accounts(self, as_of: datetime) -> pa.Table:
        """A label without a time counts as known at every time. Judgements label by their own times."""
        labels = derive_rulings(stand_at(JudgementStore(self._connection).read_judgements(), as_of)).labels
        query = """
            SELECT DISTINCT account_id FROM known_label
            WHERE verdict <> $unknown AND (reported_at IS NULL OR reported_at <= $as_of)
            UNION SELECT unnest($judged::VARCHAR[]) AS account_id
            ORDER BY account_id"""
        judged = [each.account_id for each in labels]
        values = {"unknown": Verdict.UNKNOWN.value, "as_of": as_of, "judged": judged}
        return self._connection.sql(query, params=values).to_arrow_table()
