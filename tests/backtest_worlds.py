"""Runs of past dates written by hand, and what came out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from graphrisk.evaluate.backtest.outcomes import CHARGEBACK, OutcomeTables
from graphrisk.evaluate.backtest.params import BacktestParams, ReviewCost
from graphrisk.evaluate.backtest.report import Backtest, score_backtest
from graphrisk.evaluate.backtest.standings import DatedRun
from graphrisk.evaluate.intervals import Resampling
from graphrisk.model.tables import LABEL

FIRST = datetime(2024, 3, 1)  # noqa: DTZ001 - naive UTC, as everywhere
PARAMS = BacktestParams(
    Resampling(draw_count=60, seed=3), horizon_days=30, ks=(2,), hours=(1,), cost=ReviewCost(10, 5)
)
Label = tuple[str, str, int | None]  # account, verdict, days after FIRST


def day(days: int) -> datetime:
    return FIRST + timedelta(days=days)


def dated_run(
    days: int,
    rings: Mapping[str, tuple[float, str]],
    risks: Mapping[str, float],
    shared: Mapping[str, int] | None = None,
    things: Sequence[str] = (),
) -> DatedRun:
    """rings: name -> (score, members as letters). shared: how many identifiers each account shares. things:
    who holds each identifier of few holders, as letters."""
    ids = sorted(risks)
    held = [(ids.index(letter), thing) for thing, letters in enumerate(things) for letter in letters]
    members = [(name, letter) for name, (_, letters) in rings.items() for letter in letters]
    return DatedRun(
        run_id=f"run-{days}",
        as_of=day(days),
        rings=pa.table(
            [
                pa.array(list(rings), pa.string()),
                pa.array([score for score, _ in rings.values()], pa.float64()),
            ],
            names=["ring_id", "score"],
        ),
        members=pa.table(
            [pa.array([row[at] for row in members], pa.string()) for at in (0, 1)],
            names=["ring_id", "account_id"],
        ),
        risks=pa.table(
            [pa.array(ids, pa.string()), pa.array([risks[each] for each in ids], pa.float64())],
            names=["account_id", "risk"],
        ),
        shared_count=np.array([(shared or {}).get(each, 0) for each in ids], dtype=np.int64),
        holder=np.array([at for at, _ in held], dtype=np.int64),
        thing=np.array([thing for _, thing in held], dtype=np.int64),
        judged=pa.array([], pa.string()),
    )


def outcome_tables(
    labels: Sequence[Label],
    charged_back: Mapping[str, int] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> OutcomeTables:
    """charged_back: account -> days after FIRST of its first payment that was charged back."""
    told = [
        {
            "account_id": account,
            "verdict": verdict,
            "reason": (reasons or {}).get(account),
            "reported_at": None if days is None else day(days),
        }
        for account, verdict, days in labels
    ]
    paid = [{"account_id": name, "paid_at": day(days)} for name, days in (charged_back or {}).items()]
    return OutcomeTables(
        pa.Table.from_pylist(told, schema=LABEL), pa.Table.from_pylist(paid, schema=CHARGEBACK)
    )


def score(runs: Sequence[DatedRun], outcomes: OutcomeTables) -> Backtest:
    return score_backtest(runs, outcomes, None, PARAMS)


def values(found: Backtest) -> dict[str, float]:
    return {measure.name: measure.estimate.value for measure in found.measures}


def baselines(found: Backtest) -> dict[str, float]:
    return {m.name: m.baseline.value for m in found.measures if m.baseline is not None}
