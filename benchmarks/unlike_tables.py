"""The tables of a marketplace in the default layout, row by row, and what is true of them.

Nothing here knows how people behave; that is what the generators beside it differ in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = 86_400.0
TIME = pa.timestamp("us")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WorldParams:
    """hardness: 0 to 1, how much rings evade."""

    account_count: int
    seed: int
    hardness: float


@dataclass(frozen=True, slots=True)
class Address:
    """address_id: of the entry as somebody typed it."""

    address_id: str
    line: str
    city: str
    postcode: str

    @property
    def text(self) -> str:
        return f"{self.line}, {self.city}, {self.postcode}"


# Times are seconds since the world's first day; what lies outside its days is never written, but for
# accounts, which may be older.
class Account(NamedTuple):
    created_at: float
    account_id: str
    role: str
    market: str
    email: str
    phone: str | None
    display_name: str


class Session(NamedTuple):
    seen_at: float
    account_id: str
    device_id: str | None
    ip: str | None


class AddressUse(NamedTuple):
    used_at: float
    account_id: str
    address_id: str
    line: str
    city: str
    postcode: str


class Instrument(NamedTuple):
    added_at: float
    account_id: str
    instrument_id: str
    kind: str


class Payment(NamedTuple):
    paid_at: float
    payer_id: str
    payee_id: str
    instrument_id: str | None
    address_id: str | None
    device_id: str | None
    ip: str | None
    amount_minor: int
    currency: str
    status: str
    category: str


class Label(NamedTuple):
    reported_at: float
    account_id: str
    label: str


@dataclass(frozen=True, slots=True)
class World:
    """Rows in any order. settings: where each account was made. brought: (kind, identifier as it stands in
    the tables, ring), of which only those that some row has are written."""

    start: np.datetime64
    day_count: int
    accounts: list[Account] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    addresses: list[AddressUse] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    frauds: set[str] = field(default_factory=set)
    members: list[tuple[str, str, str]] = field(default_factory=list)
    brought: set[tuple[str, str, str]] = field(default_factory=set)


class Mint:
    """Ids that tell nothing: neither order, nor owner, nor kind."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = count()

    def new(self, length: int = 16) -> str:
        text = f"{self._seed}/{next(self._count)}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:length]


def one_of(rng: np.random.Generator, things: Sequence[T]) -> T:
    return things[int(len(things) * rng.random())]


def write_world(world: World, folder: Path) -> None:
    """Sorted by time, then id, so that no file's order tells who belongs together."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    limit = world.day_count * DAY
    _write_rows(world, folder / "accounts.parquet", world.accounts, Account)
    for name, kind, rows in (
        ("sessions", Session, world.sessions),
        ("addresses", AddressUse, world.addresses),
        ("instruments", Instrument, world.instruments),
        ("labels", Label, world.labels),
    ):
        _write_rows(world, folder / f"{name}.parquet", [row for row in rows if 0 <= row[0] < limit], kind)
    _write_payments(world, folder / "payments.parquet")
    _write_truth(world, folder / "truth")


def _write_rows(
    world: World, path: Path, rows: Sequence[tuple[object, ...]], kind: type[tuple[object, ...]]
) -> None:
    first, *rest = kind._fields  # type: ignore[attr-defined]
    ordered = sorted(rows, key=lambda row: (row[0], row[1]))
    columns = {name: pa.array([row[at] for row in ordered], pa.string()) for at, name in enumerate(rest, 1)}
    pq.write_table(pa.table(columns | {first: _times(world, ordered)}), path)


def _write_payments(world: World, path: Path) -> None:
    lasting = (row for row in world.payments if 0 <= row.paid_at < world.day_count * DAY)
    rows = sorted((row for row in lasting if row.payer_id != row.payee_id), key=lambda row: row[:3])
    texts = ("payer_id", "payee_id", "instrument_id", "address_id", "device_id", "ip")
    columns = {"payment_id": pa.array([f"{at:08}" for at in range(len(rows))], pa.string())}
    columns |= {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in texts}
    columns["amount"] = pa.array([Decimal(row.amount_minor).scaleb(-2) for row in rows], pa.decimal128(18, 2))
    for name in ("currency", "status", "category"):
        columns[name] = pa.array([getattr(row, name) for row in rows], pa.string())
    pq.write_table(pa.table(columns | {"paid_at": _times(world, rows)}), path)


def _write_truth(world: World, folder: Path) -> None:
    members = sorted(world.members)
    columns = zip(*members, strict=True) if members else ((), (), ())
    names = ("ring_id", "account_id", "typology")
    pq.write_table(
        pa.table(
            {name: pa.array(list(each), pa.string()) for name, each in zip(names, columns, strict=True)}
        ),
        folder / "ring_members.parquet",
    )
    ids = sorted(account.account_id for account in world.accounts)
    settings = pa.array([world.settings[each] for each in ids], pa.string())
    frauds = pa.array([each in world.frauds for each in ids], pa.bool_())
    accounts = pa.table({"account_id": pa.array(ids, pa.string()), "is_fraud": frauds, "setting": settings})
    pq.write_table(accounts, folder / "accounts.parquet")
    written = _written(world)
    brought = sorted(each for each in world.brought if each[:2] in written)
    names = ("kind", "identifier", "ring_id")
    pq.write_table(
        pa.table(
            {name: pa.array([row[at] for row in brought], pa.string()) for at, name in enumerate(names)}
        ),
        folder / "identifiers.parquet",
    )


def _written(world: World) -> set[tuple[str, str]]:
    limit = world.day_count * DAY
    seen = [row for row in world.sessions if 0 <= row.seen_at < limit]
    found = {("device", row.device_id or "") for row in seen} | {("ip", row.ip or "") for row in seen}
    found |= {
        ("address", f"{row.line}, {row.city}, {row.postcode}")
        for row in world.addresses
        if 0 <= row.used_at < limit
    }
    found |= {("instrument", row.instrument_id) for row in world.instruments if 0 <= row.added_at < limit}
    return found


def _times(world: World, rows: Sequence[tuple[object, ...]]) -> pa.Array:
    seconds = np.array([row[0] for row in rows], dtype=np.float64).astype(np.int64)
    return pa.array((world.start + seconds.astype("timedelta64[s]")).astype("datetime64[us]"), TIME)
