"""scan: raw identifiers where none belongs, in the files of enforcement and in logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphrisk.enforce.scan import Find, KnownIndex, find_identifiers
from graphrisk.flows.enforcement.refuse import Guard

MOST_FAULTS = 10_000  # that are told one by one


@dataclass(frozen=True, slots=True)
class Line:
    """number: from 1. texts: what it says, in every reading (enforce.written_lines)."""

    number: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of one file. Of a file without lines there is one page without any."""

    file: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """known: a value of the workspace, else it looks like one. sample: masked."""

    file: str
    line: int
    kind: str
    sample: str
    known: bool


@dataclass(frozen=True, slots=True)
class ScanReport:
    """files: name and number of lines of everything that was read, in its order. faults: the first
    MOST_FAULTS of fault_count."""

    files: tuple[tuple[str, int], ...]
    faults: tuple[Fault, ...]
    fault_count: int


def scan_pages(guard: Guard, pages: Iterable[Page]) -> ScanReport:
    """The same thing twice in one line is told once. Memory is that of a page."""
    line_counts: dict[str, int] = {}
    faults: list[Fault] = []
    fault_count = 0
    for page in pages:
        line_counts[page.file] = line_counts.get(page.file, 0) + len(page.lines)
        found = _find(guard, page)
        fault_count += len(found)
        faults += found[: MOST_FAULTS - len(faults)]
    return ScanReport(tuple(line_counts.items()), tuple(faults), fault_count)


def _find(guard: Guard, page: Page) -> list[Fault]:
    said = sorted({text for line in page.lines for text in line.texts})
    index = KnownIndex.of(guard.known.find_known(said)) if said else KnownIndex.of(())
    # Most texts of a ledger stand in many lines, and nearly all name nobody
    found = {text: finds for text in said if (finds := find_identifiers(text, index, guard.region))}
    return [fault for line in page.lines for fault in _faults_of(page.file, line, found)]


def _faults_of(file: str, line: Line, found: Mapping[str, tuple[Find, ...]]) -> list[Fault]:
    finds = (find for text in line.texts for find in found.get(text, ()))
    told = (Fault(file, line.number, find.kind, find.sample, find.known) for find in finds)
    return list(dict.fromkeys(told))
