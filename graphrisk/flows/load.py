"""load: outside tables become accounts, links, payments and labels in the store, one table per transaction.

    files on disk --TableSource.plan--> FilePlan (what each file says, as SQL) --ObservedStore.write-->
    rows, quarantine

A plan is a value that speaks SQL over the file; the store runs it. Nothing here or there loops over rows in
Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphrisk.errors import ConfigError, InputError, TooManyBadRowsError
from graphrisk.flows.plan import FilePlan
from graphrisk.model.mapping import LoadLimits, Mapping, TableMapping


@dataclass(frozen=True, slots=True)
class LoadedFile:
    path: str
    digest: str
    mapping_digest: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file (or a query) that a mapping names, seen but not read. digest: SHA-256 of its content."""

    path: str
    digest: str


class TableAction(StrEnum):
    UNCHANGED = "unchanged"
    ADDED = "added"
    RELOADED = "reloaded"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class TableReport:
    """row_count and bad_count are of the files read now. reasons: how often each reason was given, most
    frequent first."""

    table_name: str
    action: TableAction
    file_count: int
    skipped_file_count: int
    row_count: int
    bad_count: int
    reasons: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class LoadReport:
    """counts: what the store holds now, as the reader sees it."""

    tables: tuple[TableReport, ...]
    counts: tuple[tuple[str, int], ...]
    seconds: float

    @property
    def changed(self) -> bool:
        return any(
            table.action in (TableAction.ADDED, TableAction.RELOADED, TableAction.FORGOTTEN)
            for table in self.tables
        )


class TableSource(Protocol):
    """The tables outside."""

    def files(self, table: TableMapping) -> Sequence[SourceFile]: ...

    def mapping_digest(self, table: TableMapping) -> str: ...

    def plan(self, table: TableMapping, file: SourceFile) -> FilePlan: ...


class ObservedStore(Protocol):
    """The store's side of a load."""

    def loaded_tables(self) -> Sequence[str]: ...

    def loaded_files(self, table_name: str) -> Sequence[LoadedFile]: ...

    def write_table(
        self, table_name: str, plans: Sequence[FilePlan], limits: LoadLimits, *, replace: bool
    ) -> WriteResult: ...

    def forget_table(self, table_name: str) -> None: ...

    def settle(self) -> tuple[tuple[str, int], ...]: ...


class Progress(Protocol):
    """Told when a table begins and ends; the clock is the caller's, too."""

    def seconds(self) -> float: ...

    def table(self, name: str, position: int, table_count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class WriteResult:
    row_count: int
    bad_count: int
    reasons: tuple[tuple[str, int], ...]


def load_tables(
    mapping: Mapping, source: TableSource, store: ObservedStore, progress: Progress, *, rebuild: bool = False
) -> LoadReport:
    """Bring the store up to date with the files; account tables first.

    A file whose content is loaded already is skipped. A table with a changed file or a changed mapping is
    loaded anew from all its files. rebuild: accept that a file which was loaded and is gone from disk is
    forgotten then. Every table is tried; those that were refused are raised together at the end. A refused
    account table ends the load at once, because every other table would look full of unknown accounts.
    """
    began = progress.seconds()
    ordered = sorted(mapping.tables, key=lambda table: table.account is None)
    store.settle()
    reports = _forget_unmapped(mapping, store)
    refusals: list[InputError] = []
    try:
        for position, table in enumerate(ordered):
            progress.table(table.name, position, len(ordered))
            try:
                reports.append(_load_table(table, mapping.limits, source, store, progress, rebuild=rebuild))
            except InputError as refusal:
                refusals.append(refusal)
                if table.account is not None:
                    break
    finally:
        counts = store.settle()
    if refusals:
        raise _together(refusals)
    return LoadReport(tuple(reports), counts, progress.seconds() - began)


def _forget_unmapped(mapping: Mapping, store: ObservedStore) -> list[TableReport]:
    """A table that the mapping no longer names, perhaps because it is named otherwise now, says nothing."""
    reports = []
    for name in sorted(set(store.loaded_tables()) - {table.name for table in mapping.tables}):
        store.forget_table(name)
        reports.append(TableReport(name, TableAction.FORGOTTEN, 0, 0, 0, 0, (), (), 0.0))
    return reports


def _load_table(
    table: TableMapping,
    limits: LoadLimits,
    source: TableSource,
    store: ObservedStore,
    progress: Progress,
    *,
    rebuild: bool,
) -> TableReport:
    began = progress.seconds()
    present, loaded = source.files(table), store.loaded_files(table.name)
    mapping_digest = source.mapping_digest(table)
    lost = _lost(loaded, present)
    paths = {file.path for file in present}
    gone = [file.path for file in lost if file.path not in paths]
    replaced = len(lost) > len(gone)
    anew = (
        replaced or any(file.mapping_digest != mapping_digest for file in loaded) or (rebuild and bool(gone))
    )
    warnings = [f"{path} is gone from disk; what it said stays loaded" for path in gone if not anew]
    if gone and anew and not rebuild:
        raise ConfigError(
            "the table must be loaded anew, but files that were loaded are gone from disk: "
            + ", ".join(gone[:5]),
            where=f"table {table.name}",
            remedy="bring them back, or accept that what they said is forgotten: `graphrisk load --rebuild`",
        )
    known = {file.digest for file in loaded}
    chosen = [file for file in _without_copies(present) if anew or file.digest not in known]
    plans = [source.plan(table, file) for file in chosen]
    warnings += [warning for plan in plans for warning in plan.warnings]
    if not present and not loaded:
        warnings.append(f"no file matches {', '.join(table.files)}")
    result = WriteResult(0, 0, ())
    if plans or anew:
        result = store.write_table(table.name, plans, limits, replace=anew)
        if not result.row_count:
            warnings.append("there are no rows")
    return TableReport(
        table_name=table.name,
        action=TableAction.RELOADED if anew else TableAction.ADDED if plans else TableAction.UNCHANGED,
        file_count=len(plans),
        skipped_file_count=len(present) - len(plans),
        row_count=result.row_count,
        bad_count=result.bad_count,
        reasons=result.reasons,
        warnings=tuple(warnings),
        seconds=progress.seconds() - began,
    )


def _lost(loaded: Sequence[LoadedFile], present: Sequence[SourceFile]) -> list[LoadedFile]:
    """Loaded files whose content is on disk no longer, under any name."""
    contents = {file.digest for file in present}
    return sorted((file for file in loaded if file.digest not in contents), key=lambda file: file.path)


def _without_copies(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Files of equal content count once, under the first of their names."""
    first: dict[str, SourceFile] = {}
    for file in sorted(files, key=lambda file: file.path):
        first.setdefault(file.digest, file)
    return list(first.values())


def _together(refusals: Sequence[InputError]) -> InputError:
    if len(refusals) == 1:
        return refusals[0]
    kind = (
        TooManyBadRowsError if all(isinstance(each, TooManyBadRowsError) for each in refusals) else InputError
    )
    return kind(f"{len(refusals)} tables were refused\n" + "\n".join(f"- {each}" for each in refusals))
