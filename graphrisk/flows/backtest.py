"""backtest: runs as of past dates, on what was known then, scored with what came out later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import pyarrow as pa

from graphrisk.evaluate.backtest.dates import Spans, settle_dates, spread_dates
from graphrisk.evaluate.backtest.outcomes import OutcomeTables
from graphrisk.evaluate.backtest.params import BacktestParams
from graphrisk.evaluate.backtest.report import Backtest, score_backtest
from graphrisk.evaluate.backtest.standings import MOST_HOLDERS, DatedRun, microseconds
from graphrisk.flows.detect import DetectParams, DetectSetting, KnownSource, detect_rings
from graphrisk.flows.evaluate import TruthReader
from graphrisk.flows.findings import RunTables
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.model.known import NO_TIME, KnownAccounts
from graphrisk.model.runs import RunRecord
from graphrisk.model.times import naive_utc


class OutcomeReader(Protocol):
    """What came out, whenever that was."""

    def read_spans(self) -> Spans: ...

    def read_outcomes(self) -> OutcomeTables: ...


@dataclass(frozen=True, slots=True)
class BacktestOrder:
    """as_ofs: UTC, or with a zone; none for `date_count` dates that are spread by themselves. dispute_days: a
    payment younger than that at as-of is taken as paid, because tables tell how it ended but not when that
    was known."""

    params: BacktestParams
    as_ofs: tuple[datetime, ...] = ()
    date_count: int = 4
    dispute_days: int = 45

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.date_count < 1 or self.dispute_days < 0:
            raise ValueError("date_count is at least 1, dispute_days 0 or more")


def backtest(
    detect_at: Callable[[datetime], DatedRun],
    outcomes: OutcomeReader,
    truth: TruthReader | None,
    order: BacktestOrder,
) -> Backtest:
    """detect_at: see that function. truth: for the typologies of its rings. Raises InputError for dates whose
    labels have not matured, and where nobody was known then."""
    spans, horizon = outcomes.read_spans(), order.params.horizon_days
    if order.as_ofs:
        dates = settle_dates([naive_utc(at) for at in order.as_ofs], spans, horizon)
    else:
        dates = spread_dates(spans, horizon, order.date_count)
    known = truth.read_truth() if truth is not None else None
    runs = [detect_at(as_of) for as_of in dates]
    return score_backtest(runs, outcomes.read_outcomes(), known, order.params)


def detect_at(
    source: KnownSource, kinds: KindSet, params: DetectParams, setting: DetectSetting, dispute_days: int
) -> DatedRun:
    """A whole detection as of setting.as_of, which is written nowhere. With dispute_days of 0 it is the run
    that a first `detect` makes for that time."""
    watched, kept = _Watched(source, dispute_days), _Kept()
    record = detect_rings(watched, kept, kinds, params, setting)
    return _dated_run(record, kept.tables[-1], watched.links[-1])


@dataclass(slots=True)
class _Kept:
    """Fits flows.detect.RunWriter."""

    tables: list[RunTables] = field(default_factory=list)

    def write_run(self, record: RunRecord, tables: RunTables) -> None:  # noqa: ARG002 - fits RunWriter
        self.tables.append(tables)


@dataclass(slots=True)
class _Watched:
    """Fits flows.detect.KnownSource. links: what was read."""

    source: KnownSource
    dispute_days: int
    links: list[SharedLinks] = field(default_factory=list)

    def latest_time(self) -> datetime | None:
        return self.source.latest_time()

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        accounts, links, digest = self.source.read_known(as_of, kinds)
        self.links.append(links)
        if not self.dispute_days:
            return accounts, links, digest
        told = hashlib.sha256(f"{digest} disputes {self.dispute_days}".encode()).hexdigest()
        return hide_outcomes(accounts, as_of, self.dispute_days), links, told

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        return self.source.read_values(as_of, kinds)


def hide_outcomes(accounts: KnownAccounts, as_of: datetime, dispute_days: int) -> KnownAccounts:
    """The same accounts, but nobody knows yet how payments ended that were made in the last days before
    as_of. Of payments without a time it is known, as they are."""
    trade = accounts.trade
    since = microseconds(as_of - timedelta(days=dispute_days))
    settled = (trade.paid_at <= since) | (trade.paid_at == NO_TIME)
    seen = replace(
        trade, is_loss=trade.is_loss & settled, is_chargeback=trade.is_chargeback & settled
    )  # sorted as before: of payments made at one time all are settled, or none is
    loss_count = np.bincount(seen.payer[seen.is_loss], minlength=accounts.account_count)
    return replace(accounts, trade=seen, loss_count=loss_count)


def _dated_run(record: RunRecord, tables: RunTables, links: SharedLinks) -> DatedRun:
    few = links.holder_count[links.identifier] <= MOST_HOLDERS
    return DatedRun(
        run_id=record.run_id,
        as_of=record.as_of,
        rings=tables.ring.select(["ring_id", "score"]),
        members=tables.ring_member.select(["ring_id", "account_id"]),
        risks=pa.table({name: tables.account_risk[name] for name in ("account_id", "risk")}),
        shared_count=np.bincount(links.account, minlength=links.account_count).astype(np.int64),
        holder=links.account[few].astype(np.int64),
        thing=links.identifier[few].astype(np.int64),
        judged=tables.judged_label["account_id"].combine_chunks(),
    )
