"""appeal import: what a desk decided about what we did, and what follows where we were wrong.

Of a case that was overturned, in this order, so that the same import after a crash does what is left: the
account goes back to where it was before the action that was appealed; the case is entered, from which its
cool-down counts; the account is judged good, which every later run hears; and of those who were held by the
same a reversal is made ready, which nobody but a person carries out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeAlias

from graphrisk.enforce.appeals import AppealRow, hear, read_appeals
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.flows.enforcement.hand_over import LedgerWriter
from graphrisk.flows.enforcement.make_plan import PlanReader
from graphrisk.flows.enforcement.overturn import (
    Overturned,
    OverturnSides,
    ProposalWriter,
    TakenBack,
    find_all_siblings,
    label_good,
    make_ready,
    take_back_appealed,
    why_overturned,
)
from graphrisk.flows.enforcement.revert import Reason, RevertSides
from graphrisk.flows.exchange_judgements import FileRows
from graphrisk.flows.judge import JudgeSides
from graphrisk.model.kinds import KindSet
from graphrisk.model.ledger import Appealed, AppealStatus
from graphrisk.registry.judgement_rows import RowFault


class AppealFile(Protocol):
    def read_rows(self) -> FileRows:
        """Raises NotFoundError, InputError where it is no table of appeals."""
        ...


class Discretion(Protocol):
    def __call__(self, rows: Sequence[AppealRow]) -> Sequence[RowFault]:
        """Of rows with a text for the ledger that names somebody."""
        ...


@dataclass(frozen=True, slots=True)
class AppealSides:
    """token_of: account id -> subject. judging: opens what people judged, to write."""

    reverts: RevertSides
    plans: PlanReader
    proposals: ProposalWriter
    token_of: Callable[[str], str]
    discretion: Discretion
    judging: Callable[[], AbstractContextManager[JudgeSides]]
    kinds: KindSet


@dataclass(frozen=True, slots=True)
class AppealReport:
    """row_count: of the file. added: entries that the ledger did not have. faults: in the order of the file.
    overturned: every such case of the file, those too of which nothing was left to do."""

    row_count: int
    added: tuple[Appealed, ...]
    faults: tuple[RowFault, ...]
    overturned: tuple[Overturned, ...]
    state: EnforcementState

    @property
    def ring_ids(self) -> tuple[str, ...]:
        """Of rings that have to be scored again."""
        return tuple(sorted({each.ring_id for each in self.overturned if each.is_new}))


def import_appeals(file: AppealFile, sides: AppealSides, by: str, at: datetime) -> AppealReport:
    """by: who imports. at: naive UTC, now. Bad rows cost good ones nothing. Raises NotFoundError,
    InputError."""
    found = file.read_rows()
    with sides.reverts.ledger.writing() as ledger:
        state = replay(ledger.entries)
        heard = _Heard(state, {case_id: entry for case_id, (entry, _) in state.appeals.items()})
        rows, bad = read_appeals(found.rows, at, lambda name: sides.token_of(name) in heard.state.actions_of)
        indiscreet = {fault.place: fault for fault in sides.discretion(rows)}
        reverts = sides.reverts
        overturn = OverturnSides(reverts.packages, reverts.names.read_names(), reverts.tiers)
        for row in rows:
            if row.place not in indiscreet:
                subject = sides.token_of(row.account_id)
                _hear_row(ledger, overturn, heard, (row, subject), Reason("", by, at))
        state = replay(ledger.entries)
    # A line that cannot be read may hold anything, so it is not shown
    faults = [*(replace(each, value="") for each in found.faults), *bad, *indiscreet.values(), *heard.faults]
    return AppealReport(
        len(found.rows) + len(found.faults), tuple(heard.added), tuple(sorted(faults, key=_line)),
        _follow_up(sides, tuple(heard.overturned.values()), state, at), state,
    )  # fmt: skip


# What the ledger knew before has nothing taken back
_Case: TypeAlias = tuple[AppealRow, Appealed, TakenBack | None]


@dataclass(slots=True)
class _Heard:
    """Fills up row by row. known: of each case the latest entry. overturned: by case. changed:
    subjects on which something was taken back since `state`."""

    state: EnforcementState
    known: dict[str, Appealed]
    added: list[Appealed] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    overturned: dict[str, _Case] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def _hear_row(
    ledger: LedgerWriter, sides: OverturnSides, heard: _Heard, told_row: tuple[AppealRow, str], reason: Reason
) -> None:
    """told_row: with the subject of its account."""
    row, subject = told_row
    known = heard.known.get(row.case_id)
    told = hear(heard.state, row, subject, known)
    if isinstance(told, RowFault):
        heard.faults.append(told)
    elif told is not None:
        taken_back = None
        if told.status is AppealStatus.OVERTURNED:
            if told.subject in heard.changed:
                heard.state, heard.changed = replay(ledger.entries), set()
            because = Reason(why_overturned(row), row.reviewer, reason.at)
            taken_back = take_back_appealed(ledger, sides, heard.state, told, because)
            heard.changed.add(told.subject)
            heard.overturned[row.case_id] = (row, told, taken_back)
        ledger.append([told], row.reviewer or reason.by, reason.at)
        heard.added.append(told)
        heard.known[row.case_id] = told
    elif known is not None and row.status is AppealStatus.OVERTURNED:
        heard.overturned.setdefault(row.case_id, (row, known, None))


def _follow_up(
    sides: AppealSides,
    overturned: Sequence[_Case],
    state: EnforcementState,
    at: datetime,
) -> tuple[Overturned, ...]:
    """What needs no lock of the ledger, and is done once however often it is asked for."""
    judged = label_good(sides.judging, sides.kinds, [row for row, _, _ in overturned], at)
    siblings = find_all_siblings(sides.plans, state, [entry for _, entry, _ in overturned], at)
    found = []
    for (row, entry, taken_back), said in zip(overturned, judged, strict=True):
        of_case = siblings.get(entry.case_id, ())
        proposal, is_proposed_now = make_ready(sides.proposals, entry.case_id, of_case, at)
        found.append(
            Overturned(
                row, entry, state.actions[entry.action_id].ring_id, taken_back is not None,
                taken_back or TakenBack((), (), state.standing_tier(entry.subject, at)), said, of_case,
                proposal, is_proposed_now,
            )
        )  # fmt: skip
    return tuple(found)


def _line(fault: RowFault) -> int:
    """Of its place, `file:line`."""
    line = fault.place.rpartition(":")[2]
    return int(line) if line.isdigit() else 0
