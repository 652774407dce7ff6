"""What a marketplace's tables mean: graphrisk.toml as one frozen value.

A table yields any of four things, row by row:

    [tables.NAME.account]   the row is an account
    [[tables.NAME.link]]    the row says that an account used an identifier (a row may say it several times)
    [tables.NAME.payment]   the row is a payment
    [tables.NAME.label]     the row is somebody's verdict on an account

Columns are named as in the file; nested JSON by path ("customer.email"), a list inside a row by
"orders[].id", which makes one row per element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet
from graphrisk.model.verdicts import Verdict


class TableFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    SQL = "sql"


class UnknownAccount(StrEnum):
    """What to do with a row that names an account which no account table has."""

    QUARANTINE = "quarantine"
    SKIP = "skip"  # the row is not about our accounts: no fault, no record


@dataclass(frozen=True, slots=True)
class Condition:
    """The row counts only where `column` holds exactly `value`."""

    column: str
    value: str


ROW_NUMBER = "#row"  # instead of a column: the row's number in its file, from 1


@dataclass(frozen=True, slots=True)
class AccountMapping:
    """measures, traits: (a name of the user's choosing, the column), of numbers and of words that describe an
    account. Raises ValueError for a name that is given twice, or is no text that can be shown.
    """

    id: str
    role: str | None = None
    created_at: str | None = None
    market: str | None = None
    display_name: str | None = None
    measures: tuple[tuple[str, str], ...] = ()
    traits: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in (*self.measures, *self.traits)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"`{name}` is a measure and a trait; give one of them another name")
            if not name.isprintable() or not name.strip():
                raise ValueError(f"{name!r} is no name for a measure or a trait")


@dataclass(frozen=True, slots=True)
class LinkMapping:
    """identifier: one column, or several that make the identifier together (an address's line, city,
    postcode).

    alias: a column by which other tables refer to the same identifier (an address_id beside the address's
    text).
    by_alias: `identifier` itself holds such a reference (payments.address_id), so nothing is normalised.
    """

    kind: str
    account: str
    identifier: tuple[str, ...]
    alias: str | None = None
    seen_at: str | None = None
    event_count: str | None = None
    when: tuple[Condition, ...] = ()
    unknown_account: UnknownAccount = UnknownAccount.QUARANTINE
    by_alias: bool = False


@dataclass(frozen=True, slots=True)
class PaymentMapping:
    id: str
    payer: str
    payee: str | None = None
    amount: str | None = None
    amount_is_minor: bool = False
    currency: str | None = None
    default_currency: str | None = None
    status: str | None = None
    category: str | None = None
    paid_at: str | None = None
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelMapping:
    """reported_at: without it the label counts as known at every as-of time, and the load says so."""

    account: str
    verdict: str
    reported_at: str | None = None
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    when: tuple[Condition, ...] = ()
    unknown_account: UnknownAccount = UnknownAccount.QUARANTINE


@dataclass(frozen=True, slots=True)
class TableMapping:
    """files: globs relative to graphrisk.toml's `data` folder. database, query: instead of files, for
    format SQL.

    timezone: the IANA zone of times that carry none. time_format: a strptime pattern, or unix_s, unix_ms,
    unix_us; without it ISO 8601 is expected.
    """

    name: str
    format: TableFormat
    files: tuple[str, ...] = ()
    database: str | None = None
    query: str | None = None
    delimiter: str | None = None
    timezone: str = "UTC"
    time_format: str | None = None
    account: AccountMapping | None = None
    links: tuple[LinkMapping, ...] = ()
    payment: PaymentMapping | None = None
    label: LabelMapping | None = None


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """max_bad_share: the share of a table's rows that may go to quarantine before the table is refused (it
    needs at least `min_bad_rows` of them; a table with no good row at all is always refused).
    earliest_at, latest_at: times outside are impossible and quarantined. max_value_chars: longer keys are
    quarantined.
    """

    max_bad_share: float = 0.1
    min_bad_rows: int = 20
    earliest_at: datetime = field(default_factory=lambda: datetime(1990, 1, 1))  # noqa: DTZ001 - naive UTC throughout
    latest_at: datetime = field(default_factory=lambda: datetime(2100, 1, 1))  # noqa: DTZ001
    max_value_chars: int = 2048


@dataclass(frozen=True, slots=True)
class Mapping:
    """All that graphrisk.toml says about tables. `region`: two-letter country for phone numbers without a
    country code."""

    tables: tuple[TableMapping, ...]
    kinds: KindSet = BUILT_IN_KINDS
    region: str = "US"
    limits: LoadLimits = field(default_factory=LoadLimits)
