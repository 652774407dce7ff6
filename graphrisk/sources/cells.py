"""SQL that reads one cell: text, time, amount, count, measure, verdict. A cell that cannot be read gives
NULL, and a check gives its text.

Empty and blank texts are NULL throughout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import pyarrow as pa

from graphrisk.model.mapping import ROW_NUMBER, LoadLimits
from graphrisk.model.times import naive_utc
from graphrisk.model.verdicts import VERDICT_WORDS, Verdict
from graphrisk.sources.quoting import sql_text

QUARANTINED_CHARS = 200
# ISO 4217; every other currency has two decimals.
_NO_DECIMALS = tuple(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905 - one line, not 19
)
_THREE_DECIMALS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
_NUMBER = "DECIMAL(38, 9)"


class CellType(Enum):
    TEXT = "text"
    TIME = "time"  # no zone
    ZONED_TIME = "zoned time"
    DATE = "date"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cell:
    """sql: an expression over one row of the source. column: what the person calls it."""

    column: str
    sql: str
    type: CellType = CellType.TEXT


NUMBER_OF_ROW = Cell(ROW_NUMBER, "(row_at + 1)", CellType.NUMBER)


@dataclass(frozen=True, slots=True)
class Reading:
    """value: SQL of the value, NULL where there is none. faults: (reason, SQL of the offending text or
    NULL)."""

    value: str
    faults: tuple[tuple[str, str], ...] = ()


def cell_type(kind: pa.DataType) -> CellType:
    """How a Parquet column's cells are read."""
    if pa.types.is_dictionary(kind):
        return cell_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return CellType.TIME if kind.tz is None else CellType.ZONED_TIME
    if pa.types.is_date(kind):
        return CellType.DATE
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return CellType.NUMBER
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return CellType.TEXT
    return CellType.OTHER


def text_of(cell: Cell) -> str:
    """Without the spaces around it. Trimming every cell costs more than reading it, so only those that need
    it are trimmed: texts below '!' are empty or begin with a space or a control character."""
    text = _as_text(cell)
    if cell.type not in (CellType.TEXT, CellType.OTHER):
        return text
    spaced = f"{text} < '!' OR ends_with({text}, ' ')"
    return f"CASE WHEN {spaced} THEN nullif(trim({text}), '') ELSE {text} END"


def joined_text(cells: Iterable[Cell]) -> str:
    """The non-empty texts joined by a comma and a space, NULL if all are empty."""
    texts = [text_of(cell) for cell in cells]
    return texts[0] if len(texts) == 1 else f"nullif(concat_ws(', ', {', '.join(texts)}), '')"


def time_of(cell: Cell, time_format: str | None, timezone: str, limits: LoadLimits) -> Reading:
    """Naive UTC. Without a zone of its own the time is read in `timezone`, which is also the session's
    zone."""
    text = text_of(cell)
    zone = sql_text(timezone)
    match cell.type:
        case CellType.TIME | CellType.DATE:
            moment = f"CAST({cell.sql} AS TIMESTAMP)"
            value = moment if timezone == "UTC" else f"(({moment} AT TIME ZONE {zone}) AT TIME ZONE 'UTC')"
        case CellType.ZONED_TIME:
            value = f"(CAST({cell.sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        case _:
            value = _parsed_time(text, time_format, zone)
    earliest, latest = _timestamp(limits.earliest_at), _timestamp(limits.latest_at)
    shown = f"left({text}, {QUARANTINED_CHARS})"
    faults = [
        ("impossible_time", f"CASE WHEN NOT ({value} BETWEEN {earliest} AND {latest}) THEN {shown} END")
    ]
    if cell.type in (CellType.TEXT, CellType.NUMBER, CellType.OTHER):
        faults.insert(0, ("wrong_type", _unread(text, value)))
    return Reading(value, tuple(faults))


def _parsed_time(text: str, time_format: str | None, zone: str) -> str:
    ticks = {"unix_s": 1_000_000, "unix_ms": 1_000, "unix_us": 1}
    if time_format in ticks:
        number = f"TRY_CAST({text} AS {_NUMBER})"
        tick_us = ticks[time_format]
        # Some 30,000 years either side of 1970: far outside of any limit, and safe to turn into a timestamp.
        bounded = f"CASE WHEN abs({number}) <= {10**18 // tick_us} THEN {number} * {tick_us} END"
        return f"make_timestamp(CAST({bounded} AS BIGINT))"
    if time_format is not None:
        moment = f"TRY_STRPTIME({text}, {sql_text(time_format)})"
        if "%z" in time_format:
            return f"(CAST({moment} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        return moment if zone == "'UTC'" else f"(({moment} AT TIME ZONE {zone}) AT TIME ZONE 'UTC')"
    # A cast to TIMESTAMP would drop an offset silently; one to TIMESTAMPTZ honours it, and the session's
    # zone where there is none.
    return f"(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"


def amount_of(cell: Cell, currency: str, *, is_minor: bool) -> Reading:
    """Integer minor units of `currency` (SQL; two decimals unless ISO 4217 says otherwise), rounded half
    away from zero."""
    text = text_of(cell)
    number = f"TRY_CAST({cell.sql if cell.type is CellType.NUMBER else text} AS {_NUMBER})"
    factor = "1"
    if not is_minor:
        none, three = _listed(_NO_DECIMALS), _listed(_THREE_DECIMALS)
        factor = (
            f"CASE WHEN {currency} IN ({none}) THEN 1 WHEN {currency} IN ({three}) THEN 1000 ELSE 100 END"
        )
    # The bound keeps the product within 38 digits; a BIGINT ends far below it.
    value = f"TRY_CAST(round(CASE WHEN abs({number}) < 1e17 THEN {number} END * {factor}) AS BIGINT)"
    return Reading(value, (("wrong_type", _unread(text, value)),))


def measure_of(cell: Cell) -> Reading:
    """Any finite number."""
    text = text_of(cell)
    number = f"TRY_CAST({cell.sql if cell.type is CellType.NUMBER else text} AS DOUBLE)"
    value = f"CASE WHEN isfinite({number}) THEN {number} END"
    return Reading(value, (("wrong_type", _unread(text, value)),))


def count_of(cell: Cell) -> Reading:
    """A positive whole number; a missing one counts as 1."""
    text = text_of(cell)
    number = f"TRY_CAST({text} AS BIGINT)"
    return Reading(f"coalesce({number}, 1)", (("wrong_type", _unread(text, f"nullif({number} > 0, false)")),))


def verdict_of(cell: Cell, words: tuple[tuple[str, Verdict], ...]) -> Reading:
    """words: the table's own, folded by case; without them those of model.verdicts."""
    known = {word.strip().casefold(): verdict for word, verdict in words} if words else VERDICT_WORDS
    text = text_of(cell)
    folded = f"lower({text})"
    cases = " ".join(
        f"WHEN {folded} IN ({_listed(w for w, v in known.items() if v is verdict)}) THEN '{verdict.value}'"
        for verdict in Verdict
        if verdict in known.values()
    )
    value = f"CASE {cases} END"
    return Reading(value, (("unknown_verdict", _unread(text, value)),))


def longer_than(text: str, chars: int) -> str:
    """SQL predicate; bytes are known without counting characters, and are never fewer."""
    return f"(strlen({text}) > {chars} AND length({text}) > {chars})"


def too_long(text: str, limits: LoadLimits) -> tuple[str, str]:
    return (
        "too_long",
        f"CASE WHEN length({text}) > {limits.max_value_chars} THEN left({text}, {QUARANTINED_CHARS}) END",
    )


def holds_control(text: str) -> tuple[str, str]:
    found = rf"regexp_matches({text}, '[\x00-\x1f\x7f-\x{{9f}}]')"
    return ("control_character", f"CASE WHEN {found} THEN left({text}, {QUARANTINED_CHARS}) END")


def _unread(text: str, value: str) -> str:
    """SQL of the text where there is one but no value."""
    return f"CASE WHEN {text} IS NOT NULL AND {value} IS NULL THEN left({text}, {QUARANTINED_CHARS}) END"


def _as_text(cell: Cell) -> str:
    return cell.sql if cell.type is CellType.TEXT else f"CAST({cell.sql} AS VARCHAR)"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sql_text(word) for word in words)


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP {sql_text(naive_utc(moment).isoformat(sep=' '))}"
