"""Small tables of texts from elsewhere (judgements, appeals): CSV, JSON lines, Parquet, by their ending."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.errors import InputError, NotFoundError
from graphrisk.flows.exchange_judgements import FileRows
from graphrisk.registry.judgement_rows import PlacedRow, RowFault, unescaped

_LONGEST_CELL = 1 << 26  # of a CSV file, in characters: a ring's members stand in one
# Of a text column of CSV what it was before it was made safe for spreadsheets
Unguard = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """noun: what the rows are, in the plural. known: all that there may be. required: of them. json: of them,
    one whose text is JSON, and escapes in it are JSON's own."""

    noun: str
    known: tuple[str, ...]
    required: tuple[str, ...]
    json: str = ""


@dataclass(frozen=True, slots=True)
class RowFile:
    """unguard: undoes, cell by cell, what an export to CSV does to texts that a spreadsheet would run."""

    path: Path
    columns: Columns
    unguard: Unguard

    def read_rows(self) -> FileRows:
        """Raises NotFoundError, InputError."""
        reads = {".csv": self._read_csv, ".jsonl": self._read_jsonl, ".parquet": self._read_parquet}
        read = reads.get(self.path.suffix.lower())
        if read is None:
            raise InputError(
                f"not a format of tables of {self.columns.noun}", where=str(self.path),
                remedy=f"a file that ends in {', '.join(reads)}",
            )  # fmt: skip
        try:
            return read()
        except FileNotFoundError as error:
            raise NotFoundError("there is no such file", where=str(self.path)) from error
        except (OSError, pa.ArrowException) as error:
            what = f"cannot be read: {str(error).splitlines()[0]}"
            raise InputError(what, where=str(self.path)) from error

    def _place(self, line: int) -> str:
        return f"{self.path}:{line}"

    def _fault(self, line: int, value: str, what: str) -> RowFault:
        return RowFault(self._place(line), "", value, what, "mend the line, or export the table again")

    def _read_csv(self) -> FileRows:
        rows: list[PlacedRow] = []
        faults: list[RowFault] = []
        # What is no UTF-8 costs its own row only
        opened = self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
        with opened as file, _long_cells():
            lines = _records(csv.reader(file))
            _, header = next(lines, (1, []))
            if isinstance(header, csv.Error):
                raise InputError(f"no header: {header}", where=self._place(1))
            self._check_columns(header)
            for line, cells in lines:
                if isinstance(cells, csv.Error):
                    faults.append(self._fault(line, "", f"no row: {cells}"))
                elif len(cells) != len(header):
                    what = f"{len(cells)} cells in a table of {len(header)} columns"
                    faults.append(self._fault(line, ",".join(cells), what))
                elif any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
                    faults.append(self._fault(line, ",".join(cells), "not UTF-8"))
                else:
                    rows.append(PlacedRow(self._place(line), self._readings(header, cells)))
        return FileRows(tuple(rows), tuple(faults))

    def _readings(self, header: list[str], cells: list[str]) -> tuple[dict[str, str | None], ...]:
        """Without the apostrophes that an export puts before formulas; and, for a row that then is not what
        its name says, with the characters that it writes as escapes."""
        plain: dict[str, str | None] = dict(zip(header, self.unguard(cells), strict=True))
        texts = self.unguard([unescaped(cell) for cell in cells])
        bare: dict[str, str | None] = dict(zip(header, texts, strict=True))
        if self.columns.json in plain:
            bare[self.columns.json] = plain[self.columns.json]
        return (plain,) if bare == plain else (plain, bare)

    def _read_jsonl(self) -> FileRows:
        rows: list[PlacedRow] = []
        faults: list[RowFault] = []
        text = self.path.read_bytes().decode(errors="surrogateescape").removeprefix("\ufeff")
        for line, each in enumerate(text.split("\n"), start=1):
            if not each.strip():
                continue
            try:
                told = json.loads(each)
            except (ValueError, RecursionError) as error:
                faults.append(self._fault(line, each, f"no JSON: {error}"))
                continue
            if not isinstance(told, dict) or not all(
                value is None or isinstance(value, str) for value in told.values()
            ):
                faults.append(self._fault(line, each, "not an object of texts"))
                continue
            strange = [name for name in told if name not in self.columns.known]
            if strange:
                faults.append(self._fault(line, strange[0], "unknown field"))
                continue
            rows.append(PlacedRow(self._place(line), (told,)))
        return FileRows(tuple(rows), tuple(faults))

    def _read_parquet(self) -> FileRows:
        self._check_columns(pq.read_schema(self.path).names)
        rows: list[PlacedRow] = []
        faults: list[RowFault] = []
        for line, told in enumerate(pq.read_table(self.path).to_pylist(), start=1):
            texts = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in told.items()}
            if all(value is None or isinstance(value, str) for value in texts.values()):
                rows.append(PlacedRow(self._place(line), (texts,)))
            else:
                faults.append(self._fault(line, repr(told), "a value that is neither a text nor a time"))
        return FileRows(tuple(rows), tuple(faults))

    def _check_columns(self, names: Sequence[str]) -> None:
        """An unknown column may be an expiry with a slip in its name, which must not be lost."""
        for name in names:
            if name not in self.columns.known:
                near = difflib.get_close_matches(name, self.columns.known, n=1)
                known = f"known: {', '.join(self.columns.known)}"
                raise InputError(
                    "unknown column", where=str(self.path), value=name,
                    remedy=f"did you mean {near[0]}?" if near else known,
                )  # fmt: skip
        missing = [name for name in self.columns.required if name not in names]
        twice = [name for name in names if list(names).count(name) > 1]
        if missing or twice:
            raise InputError(
                f"there is no column `{missing[0]}`" if missing else f"there are two columns `{twice[0]}`",
                where=str(self.path), remedy=f"wanted are {', '.join(self.columns.required)}, once each",
            )  # fmt: skip


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each record with the line that it begins at, empty lines left out."""
    while True:
        line = getattr(reader, "line_num") + 1  # noqa: B009 - csv's readers have no public type
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error
            continue
        if cells:
            yield line, cells


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
