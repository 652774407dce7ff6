"""guess: what a column means, from its header and from what its first values look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.layout import HEADER_WORDS, IDENTIFIER_MEANINGS, TIME_MEANINGS, Meaning
from graphrisk.model.mapping import TableFormat
from graphrisk.model.verdicts import VERDICT_WORDS

_WORD_OF_HEADER = {word: meaning for meaning, words in reversed(HEADER_WORDS) for word in words}
_TIME_PATTERNS = (
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y%m%d",
)


@dataclass(frozen=True, slots=True)
class SampledColumn:
    """values: the first non-empty ones, as text. is_time: the file itself says that the column holds
    times."""

    name: str
    values: tuple[str, ...]
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class SampledTable:
    """files: names and globs, relative to the folder. row_count: of the sample."""

    name: str
    files: tuple[str, ...]
    format: TableFormat
    columns: tuple[SampledColumn, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class Guess:
    column: str
    meaning: Meaning
    reason: str
    sure: bool


def guess_meanings(sample: SampledTable) -> tuple[Guess, ...]:
    """At most one meaning per column; where two columns could have one meaning, the first has it and, for
    identifiers, both do."""
    found = [guess for column in sample.columns if (guess := _guess_column(column)) is not None]
    kept: list[Guess] = []
    for guess in sorted(found, key=lambda guess: not guess.sure):
        if guess.meaning in IDENTIFIER_MEANINGS or all(other.meaning is not guess.meaning for other in kept):
            kept.append(guess)
    order = {column.name: at for at, column in enumerate(sample.columns)}
    return tuple(sorted(kept, key=lambda guess: order[guess.column]))


def guess_time_format(sample: SampledTable, columns: dict[Meaning, str]) -> str | None:
    """None: ISO 8601, or real times. The first time column decides, for a table has one format."""
    for meaning in TIME_MEANINGS:
        column = next((c for c in sample.columns if c.name == columns.get(meaning)), None)
        if column is not None and column.values and not column.is_time:
            return time_format_of(column.values)
    return None


def time_format_of(values: Sequence[str]) -> str | None:
    """A pattern that all values fit; unix_s, unix_ms or unix_us for whole numbers of our days; None for ISO
    8601."""
    if all(re.fullmatch(r"\d{9,10}(\.\d+)?", value) for value in values):
        return "unix_s"
    if all(re.fullmatch(r"\d{12,13}", value) for value in values):
        return "unix_ms"
    if all(re.fullmatch(r"\d{15,16}", value) for value in values):
        return "unix_us"
    return next((p for p in _TIME_PATTERNS if all(_fits(value, p) for value in values)), None)


def one_account_per_row(sample: SampledTable, account: str) -> bool:
    values = next((column.values for column in sample.columns if column.name == account), ())
    return len(values) > 0 and len(set(values)) == len(values)


def _guess_column(column: SampledColumn) -> Guess | None:
    header = _snake(column.name.rpartition("[].")[2].rpartition(".")[2])
    meaning = _WORD_OF_HEADER.get(header)
    while meaning is None and "_" in header:  # customer_billing_address is a billing_address
        header = header.partition("_")[2]
        meaning = found if (found := _WORD_OF_HEADER.get(header)) in IDENTIFIER_MEANINGS else None
    if meaning in TIME_MEANINGS and not _is_time(column):
        return None
    if meaning is Meaning.LABEL and not all(value.casefold() in VERDICT_WORDS for value in column.values):
        return Guess(
            column.name,
            meaning,
            "by its name, but some of its words are no verdicts that are known",
            sure=False,
        )
    looks = _looks_like(column.values)
    who = (Meaning.ACCOUNT, Meaning.PAYER, Meaning.PAYEE)  # whose ids may look like anything
    if meaning is not None and (looks is None or looks is meaning or meaning in who):
        sure = header in _CERTAIN_HEADERS or column.is_time or looks is meaning
        return Guess(column.name, meaning, "by its name", sure)
    return None if looks is None else Guess(column.name, looks, "by its values", sure=False)


# Headers that hardly mean anything else; others are guesses worth a look.
_CERTAIN_HEADERS = frozenset(_WORD_OF_HEADER) - {
    "source",
    "target",
    "from",
    "to",
    "value",
    "total",
    "type",
    "state",
    "name",
    "user",
    "card",
    "line",
    "class",
    "product",
    "time",
    "date",
    "account",
    "customer",
    "member",
    "address",
}


def _looks_like(values: Sequence[str]) -> Meaning | None:
    """The identifier that at least nine of ten values look like."""
    for meaning, test in _LOOKS:
        if values and sum(test(value) for value in values) >= 0.9 * len(values):
            return meaning
    return None


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


_LOOKS: tuple[tuple[Meaning, Callable[[str], bool]], ...] = (
    (Meaning.IP, _matches(r"(\d{1,3}\.){3}\d{1,3}|([0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}")),
    (Meaning.EMAIL, _matches(r"[^@\s]+@[^@\s]+\.[^@\s.]+")),
    (Meaning.PHONE, _matches(r"\+\d[\d\s().-]{7,18}")),
)


def _is_time(column: SampledColumn) -> bool:
    values = column.values
    if column.is_time or not values:
        return True
    return time_format_of(values) is not None or all(_is_iso(value) for value in values)


def _is_iso(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return not value.isdigit()


def _fits(value: str, pattern: str) -> bool:
    try:
        datetime.strptime(value, pattern)  # noqa: DTZ007 - only its shape matters
    except ValueError:
        return False
    return True


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
