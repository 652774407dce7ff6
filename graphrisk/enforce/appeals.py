"""Appeals as a desk tells of them: which rows can be heard, and what each adds to what is known of its case.

A case is received, then upheld (what we did stands) or overturned (we were wrong), and stays so. What the
ledger keeps of it is its name, the account's token, the action, times and a reason in one word: so those are
checked to be no free text, and a fault shows no value that might be somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from graphrisk.enforce.state import ActionState, EnforcementState
from graphrisk.model.enforcement import rank
from graphrisk.model.ledger import Appealed, AppealStatus
from graphrisk.model.times import naive_utc
from graphrisk.registry.judgement_rows import PlacedRow, RowFault

APPEAL_COLUMNS = (
    "case_id", "account_id", "status", "received_at", "resolved_at", "reason", "reviewer",
)  # fmt: skip
REQUIRED_APPEAL_COLUMNS = ("case_id", "account_id", "status", "received_at", "reason")
# What is shown of a bad row: a status or a time. Where columns are shifted, somebody's id stands there
_SHOWN = ("status", "received_at", "resolved_at")
_NOBODYS = re.compile(r"[A-Za-z ]{0,20}|\d{4}-\d\d-\d\d[0-9T:.Z+ -]{0,25}")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}")
_REASON = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST_REASON, _LONGEST_NAME = 40, 100
_DAY = timedelta(days=1)

Row: TypeAlias = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class AppealRow:
    """One row that can be read. place: `file:line`. reviewer: who decided; empty where nobody is named."""

    place: str
    case_id: str
    account_id: str
    status: AppealStatus
    received_at: datetime
    resolved_at: datetime | None
    reason: str
    reviewer: str


class _Bad(Exception):  # noqa: N818 - carries a fault out of the reading of one row, no further
    def __init__(self, column: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.column, self.what, self.remedy = column, what, remedy


def read_appeals(
    rows: Iterable[PlacedRow], now: datetime, is_known: Callable[[str], bool]
) -> tuple[tuple[AppealRow, ...], tuple[RowFault, ...]]:
    """now: naive UTC; nothing was received or decided later. is_known: whether anything was ever done to the
    account of that id; of the readings of a row the first with such an account is taken."""
    found, faults = [], []
    for row in rows:
        known = (each for each in row.readings if is_known(each.get("account_id") or ""))
        reading = next(known, row.readings[0])
        try:
            found.append(_read_row(reading, row.place, now))
        except _Bad as bad:
            faults.append(_fault(row.place, bad.column, bad.what, bad.remedy, reading))
    return tuple(found), tuple(faults)


def hear(
    state: EnforcementState, appeal: AppealRow, subject: str, known: Appealed | None
) -> Appealed | RowFault | None:
    """What the ledger is to be told; None where it knows that already. known: what it says of the case."""
    if known is None:
        action = appealed_action(state, subject, appeal.received_at)
        if action is None:
            return RowFault(
                appeal.place, "account_id", subject, "nothing was done to this account by then",
                "the id is to be exactly that of the tables, and received_at after the action (UTC)",
            )  # fmt: skip
        return _entry(appeal, subject, action.action_id)
    told = _entry(appeal, subject, known.action_id)
    if told == known:
        return None
    contradiction = _contradiction(known, told)
    if contradiction is not None:
        column, what = contradiction
        return RowFault(
            appeal.place, column, _shown(appeal, column), what,
            "a case goes from received to upheld or overturned and stays so: open another case",
        )  # fmt: skip
    # A file that still has the row with which the case began says nothing new
    return None if told.status is AppealStatus.RECEIVED else told


def appealed_action(state: EnforcementState, subject: str, received_at: datetime) -> ActionState | None:
    """The strongest action that was in force when the appeal was received, of equals the latest; where none
    was, the last that was imposed before. None: nothing was imposed by then. A time without its hour is the
    whole day."""
    is_day = received_at == datetime.combine(received_at.date(), datetime.min.time())
    by_then = received_at + _DAY if is_day else received_at
    imposed = [action for action in state.of_subject(subject) if action.imposed_at <= by_then]
    held = [action for action in imposed if _was_in_force(action, received_at, by_then)]
    if held:
        return max(enumerate(held), key=lambda each: (rank(each[1].tier), each[0]))[1]
    return imposed[-1] if imposed else None


def _was_in_force(action: ActionState, since: datetime, by_then: datetime) -> bool:
    return (
        action.from_at <= by_then
        and not action.is_over(since)
        and all(lift.at >= since for lift in action.lifts)
    )


def _entry(appeal: AppealRow, subject: str, action_id: str) -> Appealed:
    return Appealed(
        appeal.case_id, subject, action_id, appeal.status, appeal.received_at, appeal.resolved_at,
        appeal.reason,
    )  # fmt: skip


def _contradiction(known: Appealed, told: Appealed) -> tuple[str, str] | None:
    """Column and words. A row with which a decided case began contradicts nothing."""
    is_same = told.status is known.status
    are_decided = AppealStatus.RECEIVED not in (known.status, told.status)
    decided = "" if known.resolved_at is None else f" at {known.resolved_at.isoformat()}Z"
    checks = (
        ("account_id", known.subject != told.subject, "the case is of another account"),
        (
            "received_at",
            known.received_at != told.received_at,
            f"the case was received at {known.received_at.isoformat()}Z",
        ),
        ("status", are_decided and not is_same, f"the case was {known.status}"),
        ("resolved_at", known.resolved_at != told.resolved_at and are_decided, f"it was decided{decided}"),
        (
            "reason",
            is_same and known.reason_code != told.reason_code,
            f"the reason was {known.reason_code}",
        ),
    )
    return next(((column, words) for column, is_wrong, words in checks if is_wrong), None)


def _read_row(row: Row, place: str, now: datetime) -> AppealRow:
    missing = next((name for name in REQUIRED_APPEAL_COLUMNS if not (row.get(name) or "").strip()), None)
    if missing is not None:
        raise _Bad(missing, f"`{missing}` is empty", "every row says which case, whose, how, when and why")
    case_id = (row.get("case_id") or "").strip()
    if not _CASE.fullmatch(case_id):
        raise _Bad(
            "case_id", "no name of a case", "up to 64 letters, digits and . _ / # -, and nobody's name in it"
        )
    status = _status(row)
    received_at, resolved_at = _time(row, "received_at", now), _time(row, "resolved_at", now)
    if received_at is None:
        raise _Bad("received_at", "`received_at` is empty", "when the appeal came in, in UTC")
    if (resolved_at is None) is not (status is AppealStatus.RECEIVED):
        what = "is decided, and not when" if resolved_at is None else "is undecided, and has a time"
        raise _Bad("resolved_at", f"a case that {what}", "resolved_at belongs to upheld and overturned")
    if resolved_at is not None and resolved_at < received_at:
        raise _Bad("resolved_at", "decided before it was received", "give both times in UTC")
    return AppealRow(
        place, case_id, row.get("account_id") or "", status, received_at, resolved_at, _reason(row),
        _reviewer(row, status),
    )  # fmt: skip


def _status(row: Row) -> AppealStatus:
    try:
        return AppealStatus((row.get("status") or "").strip().lower())
    except ValueError:
        words = ", ".join(status.value for status in AppealStatus)
        raise _Bad("status", "unknown word", f"one of {words}") from None


def _time(row: Row, column: str, now: datetime) -> datetime | None:
    said = (row.get(column) or "").strip()
    if not said:
        return None
    try:
        found = naive_utc(datetime.fromisoformat(said))
    except (ValueError, OverflowError):
        raise _Bad(column, "not a time", "write it as 2026-03-01 or 2026-03-01T12:00:00Z") from None
    if found > now:
        raise _Bad(column, "a time in the future", "times without a zone are read as UTC")
    return found


def _reason(row: Row) -> str:
    said = (row.get("reason") or "").strip()
    if not _REASON.fullmatch(said) or len(said) > _LONGEST_REASON or said == row.get("account_id"):
        raise _Bad(
            "reason", "no code of a reason",
            f"up to {_LONGEST_REASON} of a-z, 0-9, _ and -, as shared_device: the ledger keeps it for ever,"
            " so it is no place for what somebody wrote",
        )  # fmt: skip
    return said


def _reviewer(row: Row, status: AppealStatus) -> str:
    said = (row.get("reviewer") or "").strip()
    if not said and status is not AppealStatus.RECEIVED:
        raise _Bad("reviewer", "`reviewer` is empty", "a decided case says who decided it")
    if not said.isprintable() or len(said) > _LONGEST_NAME or said == row.get("account_id"):
        raise _Bad("reviewer", "no name of a reviewer", f"up to {_LONGEST_NAME} characters on one line")
    return said


def _fault(place: str, column: str, what: str, remedy: str, row: Row) -> RowFault:
    value = row.get(column) or ""
    is_shown = column in _SHOWN and _NOBODYS.fullmatch(value)
    return RowFault(place, column, value if is_shown else "", what, remedy)


def _shown(appeal: AppealRow, column: str) -> str:
    if column == "status":
        return appeal.status.value
    at = {"received_at": appeal.received_at, "resolved_at": appeal.resolved_at}.get(column)
    return "" if at is None else f"{at.isoformat()}Z"
