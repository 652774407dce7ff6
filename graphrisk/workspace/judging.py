"""Wires the store of one workspace to what people judge."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from graphrisk.flows.exchange_judgements import ImportReport, export_judgements, import_judgements
from graphrisk.flows.export import ExportFormat
from graphrisk.flows.judge import JudgeOrder, JudgeReport, JudgeSides, judge
from graphrisk.model.judgements import JUDGEMENT, Judgement
from graphrisk.registry.rulings import ToldJudgement, tell_judgements
from graphrisk.sources.judgement_files import judgement_file
from graphrisk.stores.duckdb.answers import AnswerStore
from graphrisk.stores.duckdb.judged_things import JudgedStore
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.names import NameStore
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.exports import ExportFiles, undo_formula_guard

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


def judge_in_workspace(shop: Workspace, order: JudgeOrder) -> JudgeReport:
    """See flows.judge.judge."""
    with shop.writing() as connection:
        return judge(judge_sides(connection), shop.config.mapping.kinds, order, _now())


def read_workspace_judgements(shop: Workspace) -> tuple[Judgement, ...]:
    with shop.reading() as connection:
        return JudgementStore(connection).read_judgements()


def export_workspace_judgements(shop: Workspace, form: ExportFormat, out: Path | None) -> int:
    """See flows.exchange_judgements.export_judgements. Also from a workspace of another version, which has to
    be loaded anew: what people said is in no table from which it could be."""
    with shop.reading(only=("judgement", JUDGEMENT)) as connection:
        return export_judgements(JudgementStore(connection), ExportFiles(), form, out)


def import_into_workspace(shop: Workspace, path: Path) -> ImportReport:
    """See flows.exchange_judgements.import_judgements."""
    file = judgement_file(path, undo_formula_guard)
    with shop.writing() as connection:
        store = JudgementStore(connection)
        return import_judgements(file, store, store, _now())


def tell_workspace_judgements(
    shop: Workspace, moment: datetime | None, *, everything: bool
) -> tuple[ToldJudgement, ...]:
    """What each judgement that stands does to a run as of moment (None: now); everything: of the others why
    they do nothing."""
    told = tell_judgements(read_workspace_judgements(shop), moment or _now())
    return tuple(each for each in told if everything or each.stands)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def judge_sides(connection: duckdb.DuckDBPyConnection) -> JudgeSides:
    store = JudgementStore(connection)
    return JudgeSides(
        JudgedStore(connection), AnswerStore(connection), NameStore(connection), ResultStore(connection),
        store, store,
    )  # fmt: skip
