"""Wires a workspace to appeals, and to what people judge of those who were right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from graphrisk.enforce.appeals import AppealRow
from graphrisk.enforce.rates import AppealRates, RatesBy, rate_appeals
from graphrisk.enforce.scan import KnownIndex, find_identifiers
from graphrisk.flows.enforcement.appeal import AppealReport, AppealSides, import_appeals
from graphrisk.flows.judge import JudgeSides
from graphrisk.registry.judgement_rows import RowFault
from graphrisk.sources.appeal_files import appeal_file
from graphrisk.stores.enforcement.proposal_files import ProposalFiles
from graphrisk.stores.exports import undo_formula_guard
from graphrisk.workspace.enforcing import Enforcement
from graphrisk.workspace.guarding import guarding
from graphrisk.workspace.judging import judge_sides
from graphrisk.workspace.reverting import revert_sides
from graphrisk.workspace.session import Workspace

_REMEDY = "the ledger keeps it for ever: say it without ids, names and numbers of people"
_WRITTEN_DOWN = ("case_id", "reason", "reviewer")


@dataclass(frozen=True, slots=True)
class TableDiscretion:
    """Fits flows.enforcement.appeal.Discretion: asks the tables of the workspace, all texts at once. A name
    of a case may look like a number of anything; it is only refused where it is one that the tables know."""

    shop: Workspace

    def __call__(self, rows: Sequence[AppealRow]) -> Sequence[RowFault]:
        texts = sorted({getattr(row, column) for row in rows for column in _WRITTEN_DOWN})
        if not texts:
            return ()
        with guarding(self.shop) as guard:
            index = KnownIndex.of(guard.known.find_known(texts))
        found = {text: find_identifiers(text, index, guard.region) for text in texts}
        faults = []
        for row in rows:
            for column in _WRITTEN_DOWN:
                finds = [f for f in found[getattr(row, column)] if f.known or column != "case_id"]
                if finds:
                    what = f"the text names somebody: {finds[0].kind} (word {finds[0].first_word})"
                    faults.append(RowFault(row.place, column, "", what, _REMEDY))
                    break
        return faults


def import_appeals_into_workspace(desk: Enforcement, path: Path, by: str, at: datetime) -> AppealReport:
    """See flows.enforcement.appeal.import_appeals."""
    desk.refuse_names(("--by", by))

    @contextmanager
    def judging() -> Iterator[JudgeSides]:
        with desk.shop.writing() as connection:
            yield judge_sides(connection)

    sides = AppealSides(
        revert_sides(desk), desk.plan_files, ProposalFiles(desk.places.reversals), desk.token_of(),
        TableDiscretion(desk.shop), judging, desk.shop.config.mapping.kinds,
    )  # fmt: skip
    report = import_appeals(appeal_file(path, undo_formula_guard), sides, by, at)
    desk.keep_state(report.state)
    return report


def rate_workspace_appeals(desk: Enforcement, by: RatesBy) -> tuple[AppealRates, ...]:
    """See enforce.rates.rate_appeals."""
    return rate_appeals(desk.state(), by)
