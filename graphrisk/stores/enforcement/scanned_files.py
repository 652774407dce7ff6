"""The files that must name nobody, and any other, read as pages of text.

Of the workspace these are the ledger and its head, dead letters, the stop mark, the headers of plans,
reversals that wait, and the manifests of packages. Actions, statements and rows of plans say who is meant:
they are read only where somebody names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graphrisk.enforce.written_lines import LineForm, read_texts
from graphrisk.errors import GraphriskError, NotFoundError
from graphrisk.flows.enforcement.scan import Line, Page
from graphrisk.stores.enforcement.places import EnforcementPlaces

PAGE_LINES = 50_000
_MOST_CHARS = 1 << 20  # of one line; a longer one is read in parts
_JSON_ENDINGS = (".json", ".jsonl", ".head")
_PARQUET = ".parquet"


def list_nameless_files(places: EnforcementPlaces) -> tuple[Path, ...]:
    """Those of a workspace that are there, the ledger first."""
    single = (places.ledger, places.head, places.dead_letters, places.stop)
    plans = sorted(places.plans.glob("*/plan.json"))
    reversals = sorted(places.reversals.glob("*.json"))
    packages = sorted((*places.packages.glob("*/manifest.*"), *places.packages.glob("*/README.txt")))
    return tuple(path for path in (*single, *plans, *reversals, *packages) if path.is_file())


def list_given_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files as they are given, of a folder all that are in it. Raises NotFoundError."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NotFoundError("there is no such file", value=str(path))
        found += sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return tuple(found)


def read_pages(paths: Sequence[Path]) -> Iterator[Page]:
    """Text in UTF-8, what is none of it replaced; of Parquet the texts of each row, which counts as a line.
    Raises GraphriskError for a file that cannot be read."""
    for path in paths:
        try:
            lines = _read_rows(path) if path.suffix == _PARQUET else _read_lines(path)
            page = tuple(islice(lines, PAGE_LINES))
            yield Page(str(path), page)
            while page := tuple(islice(lines, PAGE_LINES)):
                yield Page(str(path), page)
        except (OSError, pa.ArrowException) as error:
            raise GraphriskError("the file cannot be read", where=str(path)) from error


def _read_lines(path: Path) -> Iterator[Line]:
    form = LineForm.JSON if path.suffix in _JSON_ENDINGS else LineForm.TEXT
    number = 1
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        while line := file.readline(_MOST_CHARS):
            yield Line(number, tuple(read_texts(line.rstrip("\r\n"), form)))
            number += line.endswith("\n")


def _read_rows(path: Path) -> Iterator[Line]:
    number = 1
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(10_000):
            for row in batch.to_pylist():
                yield Line(number, tuple(_texts_of(row)))
                number += 1


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from read_texts(value, LineForm.TEXT)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts_of(each)
