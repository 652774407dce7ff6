"""evaluate: one run's rings and risks against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.evaluate.truth import Truth
from graphrisk.flows.answer import choose_run
from graphrisk.model.runs import RunRecord


class ResultReader(Protocol):
    def read_runs(self) -> Sequence[RunRecord]:
        """The latest first."""
        ...

    def read_result(self, run_id: str, name: str) -> pa.Table:
        """A result table of model.tables by its store name: ring, ring_member, account_risk."""
        ...


class LabelledAccountReader(Protocol):
    def read_labelled_accounts(self, as_of: datetime) -> pa.Table:
        """Column account_id: those called bad or good at or before `as_of`."""
        ...


class TruthReader(Protocol):
    def read_truth(self) -> Truth: ...


def evaluate(
    results: ResultReader,
    labels: LabelledAccountReader,
    truth: TruthReader,
    run_id: str | None,
    params: EvaluationParams,
) -> Evaluation:
    """run_id: None for the latest. Raises NotFoundError without such a run, InputError for a truth that
    cannot be read."""
    run = choose_run(results, run_id)
    known = truth.read_truth()
    found = FoundRun(
        run_id=run.run_id,
        rings=results.read_result(run.run_id, "ring"),
        members=results.read_result(run.run_id, "ring_member"),
        risks=results.read_result(run.run_id, "account_risk"),
        labelled=labels.read_labelled_accounts(run.as_of),
    )
    return evaluate_run(found, known, params)
