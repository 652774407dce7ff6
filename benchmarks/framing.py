"""Innocents tied to rings on purpose: uses of a ring's things, written into the tables of a world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# (table, its time, the kind, the columns that make the identifier's text)
SEEN = (
    ("sessions", "seen_at", "device", ["device_id"]),
    ("sessions", "seen_at", "ip", ["ip"]),
    ("addresses", "used_at", "address", ["line", "city", "postcode"]),
    ("instruments", "added_at", "instrument", ["instrument_id"]),
)
KINDS = tuple(kind for _, _, kind, _ in SEEN)


@dataclass(frozen=True, slots=True)
class Use:
    """A row of a table in which a ring's member uses a thing, and what would be left of it on an innocent.
    member_count: of the ring's members, those who used the thing. is_brought: by the ring, not a member's
    own."""

    ring_id: str
    table: str
    time: str
    kind: str
    row: dict[str, object]
    member_count: int
    is_brought: bool


@dataclass(frozen=True, slots=True)
class Planted:
    """delay: after the use, or after the innocent signed up if that is later. in_payment: on a copy of a
    payment of the innocent's, where he has one and the thing is a device or an IP."""

    account_id: str
    use: Use
    delay: timedelta = timedelta(hours=1)
    in_payment: bool = False


@dataclass(frozen=True, slots=True)
class FramingParams:
    """ring_share: of the rings, those that frame. most_per_ring: innocents of each, from one on."""

    seed: int
    ring_share: float
    most_per_ring: int


def list_uses(folder: Path, kinds: Sequence[str], *, first_only: bool) -> Iterator[Use]:
    """Uses of rings' things, by kind as in SEEN, ring and thing. first_only: one of each thing."""
    members = pq.read_table(folder / "truth" / "ring_members.parquet").to_pandas()
    brought = pq.read_table(folder / "truth" / "identifiers.parquet").to_pandas()
    of_kind = {kind: set(texts) for kind, texts in brought.groupby("kind")["identifier"]}
    ring_of = members.drop_duplicates("account_id").set_index("account_id")["ring_id"]
    for table, time, kind, columns in SEEN:
        if kind not in kinds:
            continue
        rows = pq.read_table(folder / f"{table}.parquet").to_pandas()
        rows["thing"] = rows[columns].fillna("").agg(", ".join, axis=1)
        rows["ring_id"] = rows["account_id"].map(ring_of)
        rows = rows[rows["ring_id"].notna() & (rows["thing"] != "")]
        for (ring_id, thing), uses in rows.groupby(["ring_id", "thing"]):
            count = int(uses["account_id"].nunique())
            plain = uses.drop(columns=["thing", "ring_id"])
            is_brought = thing in of_kind.get(kind, set())
            for row in (plain.head(1) if first_only else plain).to_dict("records"):
                yield Use(str(ring_id), table, time, kind, row, count, is_brought)


def list_innocents(folder: Path) -> list[str]:
    """Whoever was seen, is in no ring, and has no label."""
    accounts = pq.read_table(folder / "truth" / "accounts.parquet").to_pandas()
    labelled = set(pq.read_table(folder / "labels.parquet")["account_id"].to_pylist())
    seen = set(pq.read_table(folder / "sessions.parquet")["account_id"].to_pylist())
    honest = accounts.loc[~accounts["is_fraud"], "account_id"]
    return [account for account in honest if account in seen and account not in labelled]


def draw_framing(folder: Path, params: FramingParams) -> list[Planted]:
    """What the prior is taught by: one to three things, of many members or of one, a minute to a month after
    any of their uses, once or twice, some in a payment."""
    rng = np.random.default_rng(params.seed)
    by_ring: dict[str, list[Use]] = {}
    for use in list_uses(folder, KINDS, first_only=False):
        if use.is_brought or rng.random() < 0.15:
            by_ring.setdefault(use.ring_id, []).append(use)
    innocents = rng.permutation(list_innocents(folder)).tolist()
    planted: list[Planted] = []
    for ring_id in sorted(by_ring):
        if rng.random() >= params.ring_share:
            continue
        uses = by_ring[ring_id]
        for _ in range(int(rng.integers(1, params.most_per_ring + 1))):
            account = innocents.pop()
            wanted, scale = int(rng.integers(1, 4)), float(np.exp(rng.uniform(np.log(0.01), np.log(240))))
            pays = rng.random() < 0.3
            for at in rng.permutation(len(uses))[:wanted].tolist():
                again = 2 if rng.random() < 0.2 else 1
                for _ in range(again):
                    delay = timedelta(hours=float(rng.exponential(scale)) + 0.01)
                    planted.append(Planted(account, uses[at], delay, bool(pays and rng.random() < 0.6)))
    return planted


def plant(folder: Path, planted: Sequence[Planted]) -> None:
    """A device is used from an IP of the innocent's own, an IP with a device of his own."""
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in ("payments", *_tables())}
    own = tables["sessions"].to_pandas().drop_duplicates("account_id").set_index("account_id")
    paid = tables["payments"].to_pandas().drop_duplicates("payer_id").set_index("payer_id", drop=False)
    created = pq.read_table(folder / "accounts.parquet").to_pandas().set_index("account_id")["created_at"]
    added: dict[str, list[dict[str, object]]] = {name: [] for name in tables}
    for number, each in enumerate(planted):
        use = each.use
        at = (max(pd.Timestamp(use.row[use.time]), created[each.account_id]) + each.delay).to_pydatetime()
        column = "device_id" if use.kind == "device" else "ip"
        if each.in_payment and use.table == "sessions" and each.account_id in paid.index:
            row = paid.loc[each.account_id].to_dict() | {column: use.row[column], "paid_at": at}
            added["payments"].append(row | {"payment_id": f"framed{number:08}"})
            continue
        row = use.row | {"account_id": each.account_id, use.time: at}
        if use.table == "sessions":
            kept = "ip" if use.kind == "device" else "device_id"
            row[kept] = own.loc[each.account_id, kept]
        added[use.table].append(row)
    for name, rows in added.items():
        if rows:
            there = tables[name]
            more = pa.Table.from_pandas(pd.DataFrame(rows), schema=there.schema, preserve_index=False)
            pq.write_table(pa.concat_tables([there, more]), folder / f"{name}.parquet")


def _tables() -> tuple[str, ...]:
    return tuple(dict.fromkeys(table for table, *_ in SEEN))
