"""Wires the store of one workspace to `backtest`."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from graphrisk.evaluate.backtest.report import Backtest
from graphrisk.evaluate.backtest.standings import DatedRun
from graphrisk.flows.backtest import BacktestOrder, backtest, detect_at
from graphrisk.flows.detect import DetectParams, DetectSetting
from graphrisk.flows.evaluate import TruthReader
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.stores.duckdb.outcomes import OutcomeReader
from graphrisk.workspace.config import CONFIG_NAME
from graphrisk.workspace.detection import SystemMeter
from graphrisk.workspace.frozen import frozen_from_table
from graphrisk.workspace.prior_files import read_prior

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


def backtest_workspace(
    shop: Workspace,
    order: BacktestOrder,
    *,
    truth: TruthReader | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Backtest:
    """Read only: the runs of the workspace stay as they are, and none is added. See flows.backtest."""
    params = frozen_from_table(
        DetectParams, shop.config.sections.get("detect", {}), f"{CONFIG_NAME} [detect]"
    )
    worker_count = workers or os.cpu_count() or 1
    prior, kinds = read_prior(), shop.config.mapping.kinds
    tell = progress or (lambda _: None)
    with shop.reading() as connection:
        judgements = JudgementStore(connection).read_judgements()
        source = KnownReader(connection, judgements)

        def detect(as_of: datetime) -> DatedRun:
            meter = SystemMeter(lambda words: tell(f"as of {as_of:%Y-%m-%d}: {words}"))
            setting = DetectSetting(meter, as_of, worker_count, prior, judgements)
            return detect_at(source, kinds, params, setting, order.dispute_days)

        return backtest(detect, OutcomeReader(connection), truth, order)
