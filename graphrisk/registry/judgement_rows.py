"""Judgements <-> rows of a table, as a workspace keeps them and as teams hand them to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import pyarrow as pa

from graphrisk.model.judgements import (
    JUDGED_LABEL,
    JUDGEMENT,
    JUDGEMENT_HELD,
    Judgement,
    Ruling,
    Subject,
    Target,
    as_row,
    check_judgement,
    ring_from_text,
)
from graphrisk.model.times import naive_utc
from graphrisk.registry.judgements import Standing
from graphrisk.registry.rulings import JudgedLabel, tell_effects

REQUIRED_COLUMNS = ("subject", "verdict", "judged_by", "judged_at", "reason")
_TARGET_COLUMNS = ("account_id", "kind", "identifier", "ring_id", "withdraws")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt]))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}

Row = Mapping[str, str | None]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """One row of a file. place: `file:line`. readings: what the row may say, the likeliest first; more than
    one where the format cannot carry every text. values: column -> text, None or absent for nothing."""

    place: str
    readings: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row is no judgement. column, value: empty where it is the whole row."""

    place: str
    column: str
    value: str
    what: str
    remedy: str


class _Bad(Exception):  # noqa: N818 - carries a fault out of the reading of one row, no further
    def __init__(self, column: str, value: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.column, self.value, self.what, self.remedy = column, value, what, remedy


def read_rows(rows: Iterable[PlacedRow], now: datetime) -> tuple[tuple[Judgement, ...], tuple[RowFault, ...]]:
    """now: naive UTC; nothing was judged later. Every row is a judgement or has a fault; bad rows cost good
    ones nothing."""
    judgements, faults = [], []
    for row in rows:
        try:
            judgements.append(_read_row(row, now))
        except _Bad as bad:
            faults.append(RowFault(row.place, bad.column, bad.value, bad.what, bad.remedy))
    return tuple(judgements), tuple(faults)


def judgement_table(judgements: Sequence[Judgement]) -> pa.Table:
    """With the schema JUDGEMENT."""
    return pa.Table.from_pylist([as_row(each) for each in judgements], schema=JUDGEMENT)


def tabulate_standing(standing: Standing) -> pa.Table:
    """With the schema JUDGEMENT_HELD: what stands, and what it does."""
    effects = tell_effects(standing)
    rows = [{**as_row(each), "effect": effects[each.judgement_id]} for each in standing.stands]
    return pa.Table.from_pylist(rows, schema=JUDGEMENT_HELD)


def tabulate_labels(labels: Iterable[JudgedLabel]) -> pa.Table:
    """With the schema JUDGED_LABEL."""
    rows = [
        {
            "account_id": each.account_id,
            "verdict": each.verdict.value,
            "reported_at": each.judgement.judged_at,
            "reason": each.reason,
            "judgement_id": each.judgement.judgement_id,
        }
        for each in labels
    ]
    return pa.Table.from_pylist(rows, schema=JUDGED_LABEL)


def unescaped(text: str) -> str:
    r"""With `\n`, `\x1b`, `\u202e` read as the characters that they stand for, as exports to CSV escape
    them."""

    def character(found: re.Match[str]) -> str:
        letter = found.group(4)
        code = next((digits for digits in found.groups()[:3] if digits), None)
        if code is None:
            return _LETTERS[letter]
        number = int(code, 16)
        is_character = number < 0x110000 and not 0xD800 <= number < 0xE000
        return chr(number) if is_character else found.group()

    return _ESCAPE.sub(character, text)


def _read_row(row: PlacedRow, now: datetime) -> Judgement:
    """The reading that the row's own name confirms; where it has no name, the first."""
    named = (row.readings[0].get("judgement_id") or "").strip()
    first: Judgement | None = None
    for reading in row.readings:
        found = _read_values(reading, now)
        if not named or found.judgement_id == named:
            return found
        first = first or found
    raise _Bad(
        "judgement_id", named, "the row does not say what it said when it got its name",
        "take the row from the export again, as Parquet or JSON lines if texts were lost; or empty the name,"
        " and it is a new judgement",
    )  # fmt: skip


def _read_values(row: Row, now: datetime) -> Judgement:
    missing = next((name for name in REQUIRED_COLUMNS if not (row.get(name) or "").strip()), None)
    if missing is not None:
        raise _Bad(missing, "", f"`{missing}` is empty", "every judgement says what, who, when and why")
    values: dict[str, object] = {name: row.get(name) or None for name in JUDGEMENT.names}
    values["subject"] = _word(Subject, row, "subject").value
    values["verdict"] = _word(Ruling, row, "verdict").value
    judged_at = _time(row, "judged_at")
    if judged_at is not None and judged_at > now:
        raise _Bad(
            "judged_at", row.get("judged_at") or "", "the judgement lies in the future",
            "times without a zone are read as UTC; a judgement counts from when it was passed",
        )  # fmt: skip
    values["judged_at"], values["expires_at"] = judged_at, _time(row, "expires_at")
    return _guarded(lambda: judgement_of(values), row)


def _guarded(make: Callable[[], Judgement], row: Row) -> Judgement:
    try:
        made = make()
    except (ValueError, RecursionError) as error:
        raise _Bad(
            "ring_state", row.get("ring_state") or "", f"no state of a ring: {error}",
            "judge the ring with `graphrisk judge ring`, which keeps who its members are",
        ) from error  # fmt: skip
    try:
        check_judgement(made)
    except ValueError as error:
        raise _Bad("", "", str(error), "docs/judgements.md says which columns each subject has") from error
    return made


def judgement_of(values: Mapping[str, object]) -> Judgement:
    """Of a row of JUDGEMENT. Raises ValueError where ring_state is none."""

    def text(name: str) -> str:
        value = values.get(name)
        return value if isinstance(value, str) else ""

    judged_at, expires_at = values["judged_at"], values.get("expires_at")
    if not isinstance(judged_at, datetime):
        raise ValueError("judged_at is a time")
    state = text("ring_state")
    return Judgement(
        Target(Subject(text("subject")), *(text(name) for name in _TARGET_COLUMNS)),
        Ruling(text("verdict")),
        text("judged_by"),
        judged_at,
        text("reason"),
        expires_at if isinstance(expires_at, datetime) else None,
        ring_from_text(state) if state else None,
    )


def _word(words: type[Word], row: Row, column: str) -> Word:
    said = (row.get(column) or "").strip().lower()
    try:
        return words(said)
    except ValueError:
        raise _Bad(
            column, row.get(column) or "", "unknown word", f"one of {', '.join(word.value for word in words)}"
        ) from None


def _time(row: Row, column: str) -> datetime | None:
    said = (row.get(column) or "").strip()
    if not said:
        return None
    try:
        return naive_utc(datetime.fromisoformat(said))
    except (ValueError, OverflowError):
        raise _Bad(column, said, "not a time", "write it as 2026-03-01 or 2026-03-01T12:00:00Z") from None
