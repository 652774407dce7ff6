"""Whatever accounts are called and reasons say: every form of a package says it, and the package verifies."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from packaged import PACKAGE_ID, Key, make_ground, make_header, make_row, share

from graphrisk.enforce.package import Package, action_table
from graphrisk.enforce.package_forms import TABLE, sql_statements
from graphrisk.model.enforcement import TIERS, Operation
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.exports import undo_formula_guard

TEXTS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.text(alphabet="'\\\";=+-@|,\n\r\t\0%$?:|/*", min_size=1, max_size=8),
)


@settings(max_examples=40)
@given(
    accounts=st.lists(TEXTS, min_size=1, max_size=5, unique=True),
    reason=TEXTS,
    operation=st.sampled_from(Operation),
    data=st.data(),
)
def test_every_form_says_what_was_put_in(
    accounts: list[str], reason: str, operation: Operation, data: st.DataObject
) -> None:
    rows = tuple(
        make_row(each, data.draw(st.sampled_from(TIERS)), reason=reason, operation=operation)
        for each in accounts
    )
    grounds = tuple(make_ground(row, share(reason, row.account_id or "")) for row in rows)
    with TemporaryDirectory() as folder:
        store = PackageStore(Path(folder))
        store.write(Package(make_header(), rows, grounds, reason), Key())
        place = store.place(PACKAGE_ID)
        assert store.verify(PACKAGE_ID, Key().public_key()).faults == ()
        found = store.read_actions(PACKAGE_ID, {row.action_id: row.subject for row in rows})
        assert found == tuple(sorted(rows, key=lambda row: (row.account_id or "", row.action_id)))
        told = [(row.account_id or "", row.reason) for row in found]
        assert read_parquet(place) == told
        assert read_json(place) == told
        for cells, texts in zip(read_csv(place), told, strict=True):
            for cell, text in zip(cells, texts, strict=True):
                assert cell == text or has_control(text)
                assert not has_control(cell)
        assert read_sql(place) == {tuple(text.replace("\0", "\\x00") for text in each) for each in told}


def read_parquet(place: Path) -> list[tuple[str, str]]:
    table = pq.read_table(place / "actions.parquet", columns=["account_id", "reason"])
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def read_json(place: Path) -> list[tuple[str, str]]:
    lines = (place / "actions.jsonl").read_text("ascii").split("\n")[:-1]
    return [(each["account_id"], each["reason"]) for each in map(json.loads, lines)]


def read_csv(place: Path) -> list[tuple[str, ...]]:
    text = (place / "actions.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [tuple(undo_formula_guard([row["account_id"], row["reason"]])) for row in rows]


def has_control(text: str) -> bool:
    """Such characters are written as escapes, and what a cell was before cannot be told any more."""
    return any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)


def read_sql(place: Path) -> set[tuple[str, ...]]:
    """By two databases, which have to agree."""
    script = (place / "actions.sql").read_bytes().decode()
    query = f"SELECT account_id, reason FROM {TABLE}"
    with duckdb.connect() as connection:
        connection.execute(script)
        found = set(connection.sql(query).fetchall())
    sqlite = sqlite3.connect(":memory:")
    sqlite.executescript(script)
    assert set(sqlite.execute(query).fetchall()) == found
    sqlite.close()
    return found


def make_scripts() -> list[str]:
    """Six packages of one action, one after another in the ledger."""
    row, scripts = make_row("a"), []
    for at in range(6):
        table = action_table((replace(row, operation=list(Operation)[at % 3]),))
        scripts.append("\n".join(sql_statements(table, "PKG-" + "ABCDEF"[at] * 26, at)))
    return scripts


SCRIPTS = make_scripts()


@given(st.lists(st.sampled_from(range(6)), min_size=1, max_size=12))
def test_packages_run_in_any_order_and_any_number_of_times_leave_what_the_last_one_says(
    order: list[int],
) -> None:
    sqlite = sqlite3.connect(":memory:")
    for at in order:
        sqlite.executescript(SCRIPTS[at])
    found = sqlite.execute(f"SELECT operation, ledger_seq FROM {TABLE}").fetchall()
    assert found == [(list(Operation)[max(order) % 3].value, max(order))]
    sqlite.close()
