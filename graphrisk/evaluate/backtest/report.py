"""Runs as of past dates against what came out later, each number with its interval and a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphrisk.evaluate.backtest.drawing import Cases, join_cases
from graphrisk.evaluate.backtest.kinds_found import UNTOLD, KindScore, score_kinds
from graphrisk.evaluate.backtest.lead_time import gather_bad, measure_lead
from graphrisk.evaluate.backtest.outcomes import Outcomes, OutcomeTables, place_outcomes
from graphrisk.evaluate.backtest.params import BacktestParams
from graphrisk.evaluate.backtest.precision import GroupTable, tabulate_precision
from graphrisk.evaluate.backtest.recall import measure_recall, measure_review
from graphrisk.evaluate.backtest.stability import Stability, measure_stability
from graphrisk.evaluate.backtest.standings import (
    DatedRun,
    RingTally,
    Standing,
    everybody,
    place_run,
    tally_rings,
)
from graphrisk.evaluate.measures import Measure
from graphrisk.evaluate.membership import NO_RING, IntArray
from graphrisk.evaluate.truth import Truth
from graphrisk.model.known import NO_TIME


@dataclass(frozen=True, slots=True)
class DateScore:
    """labelled_count: accounts with a verdict then, which are not counted. bad_count, good_count: accounts
    that came out so within the horizon. ringed_count: accounts in rings that may count. measures: recall of
    that date alone."""

    as_of: datetime
    run_id: str
    account_count: int
    labelled_count: int
    bad_count: int
    good_count: int
    ring_count: int
    ringed_count: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """dates: ascending. measures: over all dates, in the order in which they are shown. kinds: by label
    reason, or by the truth's typology where kinds_are_typologies. counts: (name, count) of what intervals
    stand on."""

    params: BacktestParams
    dates: tuple[DateScore, ...]
    measures: tuple[Measure, ...]
    tables: tuple[GroupTable, ...]
    kinds: tuple[KindScore, ...]
    kinds_are_typologies: bool
    stability: tuple[Stability, ...]
    counts: tuple[tuple[str, int], ...]

    def value(self, name: str) -> float:
        """The number of one measure. Raises KeyError where there is none of that name."""
        return {measure.name: measure.estimate.value for measure in self.measures}[name]


@dataclass(frozen=True, slots=True)
class _Kinds:
    """of_dates: see kinds_found.score_kinds."""

    of_dates: tuple[IntArray, ...]
    names: tuple[str, ...]


def score_backtest(
    runs: Sequence[DatedRun], tables: OutcomeTables, truth: Truth | None, params: BacktestParams
) -> Backtest:
    """runs: one or more, ascending by as-of. truth: for its typologies alone. What was known at a run's as-of
    scores nothing in that run."""
    ids = everybody(runs)
    outcomes = place_outcomes(tables, ids)
    standings = [place_run(run, ids, outcomes, params.horizon_days) for run in runs]
    kinds = _find_kinds(standings, ids, outcomes, truth)
    tallies = [tally_rings(each, kind) for each, kind in zip(standings, kinds.of_dates, strict=True)]
    cases = join_cases(standings, runs[-1].holder, runs[-1].thing, params.resampling)
    return Backtest(
        params=params,
        dates=tuple(_score_date(standing, cases, params) for standing in standings),
        measures=(
            *measure_recall(standings, cases, params),
            *measure_review(standings, tallies, cases, params),
            *measure_lead(standings, outcomes, cases, params.least_risk),
        ),
        tables=tabulate_precision(standings, tallies, cases),
        kinds=score_kinds(standings, tallies, kinds.of_dates, kinds.names, cases, params.least_risk),
        kinds_are_typologies=truth is not None and truth.typologies is not None,
        stability=measure_stability(standings, cases),
        counts=_count(standings, tallies, outcomes, cases),
    )  # fmt: skip


def _score_date(standing: Standing, cases: Cases, params: BacktestParams) -> DateScore:
    counts = standing.may_count
    return DateScore(
        as_of=standing.as_of, run_id=standing.run_id, account_count=int(standing.is_known.sum()),
        labelled_count=int((standing.is_known & ~counts).sum()),
        bad_count=int((counts & standing.matured.is_bad).sum()),
        good_count=int((counts & standing.matured.is_good).sum()), ring_count=standing.rings.ring_count,
        ringed_count=int((counts & (standing.ring_of != NO_RING)).sum()),
        measures=tuple(measure_recall([standing], cases, params)),
    )  # fmt: skip


def _find_kinds(
    standings: Sequence[Standing], ids: pa.Array, outcomes: Outcomes, truth: Truth | None
) -> _Kinds:
    if truth is None or truth.typologies is None:
        return _Kinds(tuple(each.matured.reason for each in standings), outcomes.reasons)
    typology_of = dict(zip(*(truth.typologies[n].to_pylist() for n in ("ring_id", "typology")), strict=True))
    names = tuple(sorted(set(typology_of.values())))
    code_of = {name: code for code, name in enumerate(names)}
    members = truth.members.sort_by([("ring_id", "descending")])  # of several rings the first is written last
    at = pc.index_in(members["account_id"], value_set=ids)
    told = np.full(len(ids), UNTOLD, dtype=np.int64)
    for account, ring_id in zip(at.to_pylist(), members["ring_id"].to_pylist(), strict=True):
        if account is not None and ring_id in typology_of:
            told[account] = code_of[typology_of[ring_id]]
    return _Kinds(tuple(np.where(each.matured.is_bad, told, UNTOLD) for each in standings), names)


def _count(
    standings: Sequence[Standing], tallies: Sequence[RingTally], outcomes: Outcomes, cases: Cases
) -> tuple[tuple[str, int], ...]:
    bad = np.concatenate([np.flatnonzero(each.may_count & each.matured.is_bad) for each in standings])
    came_out = gather_bad(standings, outcomes)
    ring_accounts = np.concatenate([each.account for each in tallies])
    return (
        ("accounts_that_came_out_bad_within_the_horizon", np.unique(bad).size),
        ("cases_of_them", np.unique(cases.case_of[bad]).size),
        ("cases_of_rings", np.unique(cases.case_of[ring_accounts]).size),
        ("accounts_in_the_largest_case", cases.largest()),
        ("accounts_labelled_bad_after_the_first_date", came_out.account.size),
        ("of_them_with_a_chargeback_after_it", int(came_out.charged_back().sum())),
        ("labels_without_a_time", int((outcomes.reported_at == NO_TIME).sum())),
    )
