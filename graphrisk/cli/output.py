"""How commands speak: tables for a terminal, tab-separated text for a pipe, one JSON document for a machine.

Attackers choose strings in our data, so every string that is printed here goes through `printable` (or the
JSON escaping that does the same); rich markup is never interpreted. Results go to stdout. Notes, warnings and
progress go to stderr, progress only if that is a terminal.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, TypeVar

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from graphrisk.errors import printable

Row = TypeVar("Row")
Cell: TypeAlias = str | int | float | datetime | None
Json: TypeAlias = "str | int | float | datetime | Sequence[Json] | Mapping[str, Json] | None"

FOLDED_WIDTH = 20  # the least that a text column is folded to, in characters

_NOT_ASCII_PRINTABLE = re.compile(r"[^\n -~]")


@dataclass(frozen=True, slots=True)
class Column:
    """digits: decimals that a float is shown with. fold: a text that wraps where the terminal is narrow."""

    title: str
    digits: int = 2
    fold: bool = False


class StageReport(Protocol):
    """A flow calls it to say where it is. done_share: 0 to 1 within the stage, None where it is not known."""

    def __call__(self, stage: str, done_share: float | None = None) -> None: ...


def format_cell(cell: Cell, digits: int = 2, *, for_person: bool = False) -> str:
    """None and NaN are empty; a float has `digits` decimals; a time is ISO 8601 in UTC.

    for_person: thousands are set apart, and times are cut to the minute.
    """
    thousands = "," if for_person else ""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if for_person else format_time(cell)
    if isinstance(cell, int):
        return f"{cell:{thousands}d}"
    return f"{cell:{thousands}.{digits}f}"


def format_time(at: datetime) -> str:
    """Our times are naive UTC; whoever reads them elsewhere should not have to guess."""
    return at.isoformat(timespec="seconds") + "Z"


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, title: str = "") -> None:
    """One table on stdout. In a pipe: `# title` if there is one, a header line, then tab-separated rows."""
    if sys.stdout.isatty():
        _print_rich_table(columns, rows, title)
        return
    lines = [f"# {printable(title)}"] if title else []
    lines.append("\t".join(column.title for column in columns))
    lines += [
        "\t".join(format_cell(c, col.digits) for c, col in zip(row, columns, strict=True)) for row in rows
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def print_facts(facts: Sequence[tuple[str, Cell]], *, title: str = "", digits: int = 2) -> None:
    """Name and value, one pair a line; pairs without a value are left out."""
    told = [(name, cell) for name, cell in facts if cell is not None]
    if not sys.stdout.isatty():
        lines = [f"# {printable(title)}"] if title else []
        lines += [f"{printable(name)}\t{format_cell(cell, digits)}" for name, cell in told]
        sys.stdout.write("".join(line + "\n" for line in lines))
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, cell in told:
        grid.add_row(Text(printable(name)), Text(format_cell(cell, digits, for_person=True)))
    console = _console()
    if title:
        console.print(Text(printable(title), style="bold"))
    console.print(grid)


def print_lines(lines: Sequence[str]) -> None:
    """Sentences on stdout, one a line. Leading spaces are kept."""
    sys.stdout.write("".join(printable(line) + "\n" for line in lines))


def print_json(value: Json) -> None:
    """The command's one JSON document. NaN and infinities are null, times ISO 8601, strings exact."""
    text = json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False, indent=2)
    sys.stdout.write(_NOT_ASCII_PRINTABLE.sub(_json_escaped, text) + "\n")


def note(text: str) -> None:
    """A remark for the person at the terminal, on stderr."""
    sys.stderr.write(printable(text) + "\n")


def cut_to(limit: int, found: Sequence[Row]) -> Sequence[Row]:
    """The first `limit`, or all for 0. That there are more is said, so that nobody takes a part for all."""
    if not limit or len(found) <= limit:
        return found
    note(f"there are more than these {limit:,}; --limit 0 shows all")
    return found[:limit]


def warn(text: str) -> None:
    note(f"warning: {text}")


@contextmanager
def show_progress(first_stage: str) -> Iterator[StageReport]:
    """A spinner and a bar on stderr while the block runs; nothing at all where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task(printable(first_stage), total=None)

        def report(stage: str, done_share: float | None = None) -> None:
            total = None if done_share is None else 1.0
            progress.update(task, description=printable(stage), total=total, completed=done_share or 0.0)

        yield report


def _silent(stage: str, done_share: float | None = None) -> None:  # noqa: ARG001 - fits StageReport
    return


def _print_rich_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], title: str) -> None:
    table = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        title=Text(printable(title), style="bold") if title else None,
        title_justify="left",
    )
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float) for row in rows)
        table.add_column(
            Text(column.title),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=not column.fold,
        )
    shown = [
        [format_cell(cell, column.digits, for_person=True) for cell, column in zip(row, columns, strict=True)]
        for row in rows
    ]
    for cells in shown:
        table.add_row(*(Text(cell) for cell in cells))
    _console(least_width=_least_width(columns, shown)).print(table)


def _least_width(columns: Sequence[Column], shown: Sequence[Sequence[str]]) -> int:
    """What the table needs: on a narrower terminal its lines run over, but no column is lost."""
    widths = (
        max([cell_len(column.title), *(cell_len(cells[index]) for cells in shown)])
        for index, column in enumerate(columns)
    )
    room = 0
    for column, width in zip(columns, widths, strict=True):
        room += min(width, FOLDED_WIDTH) if column.fold else width
    return room + 2 * (len(columns) - 1)


def _console(least_width: int = 0) -> Console:
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(console.width, least_width)
    return console


def _jsonable(value: Json) -> Json:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_jsonable(item) for item in value]
    return value


def _json_escaped(match: re.Match[str]) -> str:
    """Such characters stand only inside the strings of a JSON text, where an escape means the same."""
    character = match.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]
