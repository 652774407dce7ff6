"""The same rows in any format, in any order, split into any files, make the same workspace."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables_on_disk import State, make_workspace, read_state

Row = tuple[str | None, str | None, str | None, float | None, datetime | None]
EPOCH = datetime.fromisoformat("1970-01-01")  # from 1980 on, and beyond what the limits allow on both sides
COLUMNS = ("account", "device", "phone", "amount", "seen_at")
MAPPING = """
[[tables.t.link]]
kind = "device"
account = "account"
identifier = "device"
seen_at = "seen_at"
[[tables.t.link]]
kind = "phone"
account = "account"
identifier = "phone"
seen_at = "seen_at"
[tables.t.payment]
id = "account"
payer = "account"
amount = "amount"
paid_at = "seen_at"
[limits]
max_bad_share = 1.0
"""

text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=6
).filter(lambda s: s == s.strip() and "\r" not in s)
moments = st.integers(10 * 365, 140 * 365).map(lambda days: EPOCH + timedelta(days, days % 86_400))
accounts = st.sampled_from(["a1", "a2", "é'", 'a"b', "a,b"]) | text
rows = st.lists(
    st.tuples(
        accounts | st.none(),
        st.sampled_from(["d1", "d2"]) | text | st.none(),
        st.sampled_from(["+49 30 123456", "(415) 555-2671", "+14155552671", "none"]) | st.none(),
        st.integers(-10**6, 10**6).map(lambda n: n / 4) | st.none(),
        moments | st.none(),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)  # fmt: skip
thorough = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _load(files_toml: str, files: dict[str, bytes], *, sqlite: list[Row] | None = None) -> State:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if sqlite is not None:
            with sqlite3.connect(folder / "shop.db") as connection:
                connection.execute(f"CREATE TABLE t ({', '.join(COLUMNS)})")
                shown = [(*row[:4], row[4] and row[4].isoformat(" ")) for row in sqlite]
                connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", shown)
            connection.close()
        shop = make_workspace(folder, f"[tables.t]\n{files_toml}\n{MAPPING}", files)
        try:
            shop.load()
        except Exception as error:  # noqa: BLE001 - a refusal must be the same in every format
            return {"refused": [(type(error).__name__,)]}
        return read_state(shop, with_lines=False)


def _csv(table: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([(*row[:4], row[4] and row[4].isoformat(" ")) for row in table])
    return out.getvalue().encode()


def _jsonl(table: list[Row]) -> bytes:
    lines = [
        json.dumps(dict(zip(COLUMNS, (*row[:4], row[4] and row[4].isoformat(" ")), strict=True)))
        for row in table
    ]
    return "\n".join(lines).encode()


def _parquet(table: list[Row]) -> bytes:
    types = (pa.string(), pa.string(), pa.string(), pa.float64(), pa.timestamp("us"))
    columns = {
        name: pa.array([row[at] for row in table], kind)
        for at, (name, kind) in enumerate(zip(COLUMNS, types, strict=True))
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@thorough
@given(rows)
def test_csv_parquet_json_lines_and_sqlite_say_the_same(table: list[Row]) -> None:
    expected = _load('files = ["t.csv"]', {"t.csv": _csv(table)})
    assert _load('files = ["t.parquet"]', {"t.parquet": _parquet(table)}) == expected
    assert _load('files = ["t.jsonl"]', {"t.jsonl": _jsonl(table)}) == expected
    assert _load('database = "sqlite:///shop.db"\nquery = "SELECT * FROM t"', {}, sqlite=table) == expected


@thorough
@given(rows, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_of_rows_and_split_into_files_change_nothing(
    table: list[Row], shuffle: st.DataObject, pieces: int
) -> None:
    expected = _load('files = ["t.csv"]', {"t.csv": _csv(table)})
    mixed = list(table)
    shuffle.shuffle(mixed)
    files = {f"t-{n}.csv": _csv(mixed[n::pieces]) for n in range(pieces)}
    assert _load('files = ["t-*.csv"]', files) == expected
