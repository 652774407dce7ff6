"""Reads which accounts carried a verdict at a time."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.model.verdicts import Verdict


class LabelledAccounts:
    """Fits flows.evaluate.LabelledAccountReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_labelled_accounts(self, as_of: datetime) -> pa.Table:
        """A label without a time counts as known at every time."""
        query = """
            SELECT DISTINCT account_id FROM known_label
            WHERE verdict <> $unknown AND (reported_at IS NULL OR reported_at <= $as_of)
            ORDER BY account_id"""
        values = {"unknown": Verdict.UNKNOWN.value, "as_of": as_of}
        return self._connection.sql(query, params=values).to_arrow_table()
