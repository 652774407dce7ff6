"""plan: what one file says, as a value that speaks SQL over the file. sources/ makes it, a store runs it.

source     the file as a relation
part       the rows of it, or of a list inside its rows, with columns x0, x1, ... computed from the source
...Rows    which of those columns are an account, a link, a payment or a label
Fault      which of them tell that a row is bad
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

RowPositions: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How the text of one kind of identifier becomes the key that accounts are compared by.

    canonical: SQL predicate over the column `text`, true where the text already is its key. key: SQL over
    `text` that gives the key of any other text, NULL where it has none. rewrite: instead of `key`, a
    function from an Arrow array of texts to one of keys. Both are applied to distinct values only, and must
    leave a key as it is. fault: the reason of a text without a key.
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
    """A check of every row. value: the part's column that is NULL for a sound row, else the offending text
    (perhaps empty).

    column: what the person calls the column at fault.
    """

    column: str
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class AccountRows:
    """Like all `...Rows`: the names of the part's columns, except `..._column`, which is what the person
    calls the column. measures, traits: (what the person calls it, the column)."""

    id: str
    id_column: str
    role: str
    created_at: str
    market: str
    display_name: str
    measures: tuple[tuple[str, str], ...] = ()
    traits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkRows:
    """`text` and `alias` both NULL: no link. alias: the name by which other tables know the identifier,
    NULL for none.

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

    relation: SQL relation over the table `source` that the columns are read from; it has `row_at`, the
    0-based position of the row in the file. counted: its rows are the rows of the file.
    """

    relation: str
    columns: tuple[Column, ...]
    faults: tuple[Fault, ...]
    counted: bool
    account: AccountRows | None = None
    links: tuple[LinkRows, ...] = ()
    payment: PaymentRows | None = None
    label: LabelRows | None = None

    def is_null(self, name: str) -> bool:
        """Whether the column `name` is NULL whatever the source says."""
        return self._sql_of(name).startswith("NULL")

    def is_one(self, name: str) -> bool:
        """Whether the column `name` is 1 whatever the source says."""
        return self._sql_of(name) == "1"

    def _sql_of(self, name: str) -> str:
        return next(column.sql for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class RowReject:
    """A record of a CSV file that is no row at all. line: as the reader counts, records and blank lines.
    start: its first byte."""

    line: int
    start: int
    byte_count: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file, ready to be executed.

    source: a SELECT that reads it. direct: columnar, so it may be read several times, and gives `row_at`
    itself; otherwise it is read once, in order, into a temporary table. batches: instead of `source`, opens
    a stream of record batches. rejects: malformed records are listed in the table `reject_errors`. lines:
    from 0-based row positions and the rejects to what a person looks for: 1-based lines of a text file,
    else row numbers; those of the rejects come last.
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
