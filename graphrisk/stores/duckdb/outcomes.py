"""Reads all that ever came out, whenever it was reported. For scoring alone: no detection may see it."""

from __future__ import annotations

import duckdb

from graphrisk.evaluate.backtest.dates import Spans
from graphrisk.evaluate.backtest.outcomes import CHARGEBACK, OutcomeTables
from graphrisk.model.tables import LABEL
from graphrisk.model.verdicts import Verdict
from graphrisk.stores.duckdb.arrays import read_arrow

_SPANS = """SELECT
    greatest(
        (SELECT quantile_disc(first_seen_at, 0.25) FROM link),
        (SELECT quantile_disc(reported_at, 0.1) FROM known_label WHERE verdict = $bad)),
    (SELECT max(moment) FROM (
        SELECT max(created_at) AS moment FROM account UNION ALL SELECT max(last_seen_at) FROM link
        UNION ALL SELECT max(paid_at) FROM payment)),
    (SELECT max(reported_at) FROM known_label),
    (SELECT count(*) FROM known_label WHERE verdict = $bad AND reported_at IS NOT NULL),
    (SELECT count(first_seen_at) FROM link)"""


class OutcomeReader:
    """Fits flows.backtest.OutcomeReader."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read_spans(self) -> Spans:
        found = self._connection.execute(_SPANS, {"bad": Verdict.BAD.value}).fetchall()
        enough_at, active_until, labelled_until, label_count, link_count = found[0]
        times = [at for at in (active_until, labelled_until) if at is not None]
        # greatest() passes over a null
        return Spans(
            enough_at if label_count and link_count else None, active_until, max(times) if times else None
        )

    def read_outcomes(self) -> OutcomeTables:
        labels = read_arrow(
            self._connection,
            f"SELECT {', '.join(LABEL.names)} FROM known_label ORDER BY ALL",
        )
        chargebacks = read_arrow(
            self._connection,
            """SELECT payer_id AS account_id, min(paid_at) AS paid_at FROM known_payment
            WHERE status = 'chargeback' AND paid_at IS NOT NULL GROUP BY payer_id ORDER BY payer_id""",
        )
        return OutcomeTables(labels, chargebacks.cast(CHARGEBACK))
