"""load: outside tables become accounts, links, payments and labels in the store, one table per transaction.

    files on disk --TableSource.plan--> FilePlan (what each file says, as SQL) --ObservedStore.write--> rows, quarantine

A plan is a value that speaks SQL over the file; the store runs it. Nothing here or there loops over rows in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from graphrisk.errors import ConfigError, InputError, TooManyBadRowsError
from graphrisk.model.mapping import LoadLimits, Mapping, TableMapping


RowPositions: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How the text of one kind of identifier becomes the key that accounts are compared by.

    canonical: SQL predicate over the column `text`, true where the text already is its key. key: SQL over `text` that gives
    the key of any other text, NULL where it has none. rewrite: instead of `key`, a function from an Arrow array of texts to
    one of keys. Both are applied to distinct values only, and must leave a key as it is. fault: the reason of a text without a key.
    """

    canonical: str = "true"
    key: str | None = None
    rewrite: Callable[[pa.Array], pa.Array] | None = None
    fault: str = "no_key"
    control: str = r"[\x00-\x1f\x7f-\x{9f}]"  # characters that no text of this kind may hold


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a part: `name`, and the SQL over a row of the source that fills it."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A check of every row. value: the part's column that is NULL for a sound row, else the offending text (perhaps empty).

    column: what the person calls the column at fault.
    """

    column: str
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class AccountRows:
    """Like all `...Rows`: the names of the part's columns, except `..._column`, which is what the person calls the column."""

    id: str
    id_column: str
    role: str
    created_at: str
    market: str
    display_name: str


@dataclass(frozen=True, slots=True)
class LinkRows:
    """`text` and `alias` both NULL: no link. alias: the name by which other tables know the identifier, NULL for none.

    text_is_alias: `text` is such a name itself, and no rule applies to it.
    """

    kind: str
    rule: KeyRule
    account: str
    account_column: str
    text: str
    text_column: str
    text_is_alias: bool
    alias: str
    seen_at: str
    event_count: str
    skip_unknown: bool


@dataclass(frozen=True, slots=True)
class PaymentRows:
    """`id` NULL: no payment."""

    id: str
    id_column: str
    payer: str
    payer_column: str
    payee: str
    payee_column: str
    amount_minor: str
    currency: str
    status: str
    category: str
    paid_at: str


@dataclass(frozen=True, slots=True)
class LabelRows:
    """`verdict` NULL: no label."""

    account: str
    account_column: str
    verdict: str
    reason: str
    reported_at: str
    skip_unknown: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a file, or of one list inside its rows.

    relation: SQL relation over the table `source` that the columns are read from; it has `row_at`, the 0-based position of
    the row in the file. counted: its rows are the rows of the file.
    """

    relation: str
    columns: tuple[Column, ...]
    faults: tuple[Fault, ...]
    counted: bool
    account: AccountRows | None = None
    links: tuple[LinkRows, ...] = ()
    payment: PaymentRows | None = None
    label: LabelRows | None = None


@dataclass(frozen=True, slots=True)
class RowReject:
    """A record of a CSV file that is no row at all. line: as the reader counts, records and blank lines. start: its first byte."""

    line: int
    start: int
    byte_count: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file, ready to be executed.

    source: a SELECT that reads it. direct: columnar, so it may be read several times, and gives `row_at` itself; otherwise it is
    read once, in order, into a temporary table. batches: instead of `source`, opens a stream of record batches.
    rejects: malformed records are listed in the table `reject_errors`. lines: from 0-based row positions and the rejects to what a
    person looks for: 1-based lines of a text file, else row numbers; those of the rejects come last.
    """

    table_name: str
    path: str
    digest: str
    mapping_digest: str
    source: str
    direct: bool
    parts: tuple[Part, ...]
    timezone: str
    lines: Callable[[RowPositions, Sequence[RowReject]], RowPositions]
    batches: Callable[[], AbstractContextManager[pa.RecordBatchReader]] | None = None
    rejects: bool = False
    warnings: tuple[str, ...] = ()


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
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TableReport:
    """row_count and bad_count are of the files read now. reasons: how often each reason was given, most frequent first."""

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
        return any(table.action in (TableAction.ADDED, TableAction.RELOADED) for table in self.tables)


class TableSource(Protocol):
    """The tables outside."""

    def files(self, table: TableMapping) -> Sequence[SourceFile]: ...

    def mapping_digest(self, table: TableMapping) -> str: ...

    def plan(self, table: TableMapping, file: SourceFile) -> FilePlan: ...


class ObservedStore(Protocol):
    """The store's side of a load."""

    def loaded_files(self, table_name: str) -> Sequence[LoadedFile]: ...

    def write_table(
        self, table_name: str, plans: Sequence[FilePlan], limits: LoadLimits, *, replace: bool
    ) -> WriteResult: ...

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

    A file whose content is loaded already is skipped. A table with a changed file or a changed mapping is loaded anew from
    all its files. rebuild: accept that a file which was loaded and is gone from disk is forgotten then.
    Every table is tried; those that were refused are raised together at the end. A refused account table ends the load at once,
    because every other table would look full of unknown accounts.
    """
    began = progress.seconds()
    ordered = sorted(mapping.tables, key=lambda table: table.account is None)
    store.settle()
    reports: list[TableReport] = []
    refusals: list[InputError] = []
    for position, table in enumerate(ordered):
        progress.table(table.name, position, len(ordered))
        try:
            reports.append(_load_table(table, mapping.limits, source, store, progress, rebuild))
        except InputError as refusal:
            refusals.append(refusal)
            if table.account is not None:
                break
    counts = store.settle()
    if refusals:
        raise _together(refusals)
    return LoadReport(tuple(reports), counts, progress.seconds() - began)


def _load_table(
    table: TableMapping,
    limits: LoadLimits,
    source: TableSource,
    store: ObservedStore,
    progress: Progress,
    rebuild: bool,
) -> TableReport:
    began = progress.seconds()
    present = _without_copies(source.files(table))
    loaded = store.loaded_files(table.name)
    mapping_digest = source.mapping_digest(table)
    anew = _must_reload(present, loaded, mapping_digest)
    gone = sorted({file.path for file in loaded} - {file.path for file in present})
    warnings = [
        f"{path} is gone from disk; what it said stays loaded" for path in gone if not anew and not rebuild
    ]
    if gone and anew and not rebuild:
        raise ConfigError(
            "the table must be loaded anew, but files that were loaded are gone from disk: "
            + ", ".join(gone[:5]),
            where=f"table {table.name}",
            remedy="bring them back, or accept that what they said is forgotten: `graphrisk load --rebuild`",
        )
    anew = anew or (rebuild and bool(gone))
    known = {file.digest for file in loaded}
    chosen = [file for file in present if anew or file.digest not in known]
    plans = [source.plan(table, file) for file in chosen]
    warnings += [warning for plan in plans for warning in plan.warnings]
    if not present and not loaded:
        warnings.append(f"no file matches {', '.join(table.files)}")
    result = WriteResult(0, 0, ())
    if plans or anew:
        result = store.write_table(table.name, plans, limits, replace=anew)
        if not result.row_count:
            warnings.append("there are no rows")
    action = TableAction.RELOADED if anew else TableAction.ADDED if plans else TableAction.UNCHANGED
    return TableReport(
        table.name, action, len(plans), len(present) - len(plans), result.row_count, result.bad_count, result.reasons,
        tuple(warnings), progress.seconds() - began,
    )  # fmt: skip


def _must_reload(present: Sequence[SourceFile], loaded: Sequence[LoadedFile], mapping_digest: str) -> bool:
    """A loaded path now has other content, which no loaded file had, or the mapping changed since."""
    if any(file.mapping_digest != mapping_digest for file in loaded):
        return True
    known = {file.digest for file in loaded}
    paths = {file.path for file in loaded}
    return any(file.path in paths and file.digest not in known for file in present)


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
