"""Wires the store of one workspace to `evaluate`."""

from __future__ import annotations

from graphrisk.evaluate.report import Evaluation, EvaluationParams
from graphrisk.flows.evaluate import TruthReader, evaluate
from graphrisk.stores.duckdb.labelled import LabelledAccounts
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.workspace.session import Workspace


def evaluate_workspace(
    workspace: Workspace, truth: TruthReader, run_id: str | None, params: EvaluationParams
) -> Evaluation:
    """run_id: None for the latest run; a beginning of its name will do."""
    with workspace.reading() as connection:
        return evaluate(ResultStore(connection), LabelledAccounts(connection), truth, run_id, params)
