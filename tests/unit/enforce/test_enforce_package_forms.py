"""The rows as JSON lines and as SQL, read back by those who would read them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import duckdb
import pytest
from packaged import AT, HOSTILE, make_package, make_row

from graphrisk.enforce.package import action_table
from graphrisk.enforce.package_forms import TABLE, json_lines, sql_statements
from graphrisk.model.enforcement import ACTION, ActionRow, Operation, Tier

Database = tuple[Callable[[str], object], Callable[[str], list[tuple[object, ...]]]]
COLUMNS = ", ".join(ACTION.names)


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """What runs a script, and what asks."""
    if request.param == "sqlite":
        with sqlite3.connect(":memory:") as sqlite:
            yield sqlite.executescript, lambda query: sqlite.execute(query).fetchall()
        sqlite.close()
    else:
        with duckdb.connect() as connection:
            yield connection.execute, lambda query: connection.sql(query).fetchall()


def script(rows: tuple[ActionRow, ...], seq: int = 7) -> str:
    return "\n".join(sql_statements(action_table(rows), f"PKG-{seq}", seq))


def as_text(cell: object) -> object:
    """SQLite has texts for times, and numbers for true and false."""
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else cell


def wanted(rows: tuple[ActionRow, ...]) -> list[tuple[object, ...]]:
    cells = [tuple(as_text(getattr(row, name)) for name in ACTION.names) for row in rows]
    return [tuple(c.replace("\0", "\\x00") if isinstance(c, str) else c for c in row) for row in cells]


def found(query: Callable[[str], list[tuple[object, ...]]]) -> list[tuple[object, ...]]:
    rows = query(f"SELECT {COLUMNS} FROM {TABLE} ORDER BY action_id")
    return [tuple(as_text(cell) for cell in row) for row in rows]


def test_every_text_is_in_the_database_as_it_was(database: Database) -> None:
    run, query = database
    rows = make_package(HOSTILE).told_rows()
    run(script(rows))
    assert found(query) == sorted(wanted(rows))


def test_running_it_again_changes_nothing(database: Database) -> None:
    run, query = database
    text = script(make_package(HOSTILE).told_rows())
    run(text)
    before = query(f"SELECT * FROM {TABLE} ORDER BY action_id")
    run(text)
    assert query(f"SELECT * FROM {TABLE} ORDER BY action_id") == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_package_of_the_ledger_wins_in_whatever_order_they_are_run(
    database: Database, order: tuple[int, ...]
) -> None:
    run, query = database
    row = make_row("a")
    texts = [
        script((row,), 7),
        script((replace(row, operation=Operation.LIFT, state_after=None), make_row("b")), 9),
        script((replace(row, operation=Operation.RESUME, state_before=None),), 12),
    ]
    for at in order:
        run(texts[at])
    assert query(f"SELECT operation, package_id, ledger_seq FROM {TABLE} WHERE account_id = 'a'") == [
        ("resume", "PKG-12", 12)
    ]
    assert query(f"SELECT count(*) FROM {TABLE}") == [(2,)]


def test_no_rows_make_an_empty_table(database: Database) -> None:
    run, query = database
    run(script(()))
    assert query(f"SELECT count(*) FROM {TABLE}") == [(0,)]


def test_more_rows_than_one_statement_takes_all_arrive(database: Database) -> None:
    run, query = database
    run(script(tuple(make_row(f"account {at}") for at in range(450))))
    assert query(f"SELECT count(DISTINCT account_id) FROM {TABLE}") == [(450,)]


def test_the_state_of_an_account_can_be_asked_as_the_package_says(database: Database) -> None:
    run, query = database
    lifted = make_row("a", Tier.BAN, operation=Operation.LIFT)
    over = make_row("a", Tier.SUSPEND, until_at=AT + timedelta(days=1))
    run(script((lifted, over, make_row("a", Tier.RESTRICT, until_at=None), make_row("a", Tier.MONITOR))))
    now = "'2026-12-01 00:00:00'"
    held = query(
        f"SELECT tier FROM {TABLE} WHERE account_id = 'a' AND operation <> 'lift' AND from_at <= {now}"
        f" AND (until_at IS NULL OR until_at > {now}) ORDER BY tier"
    )
    assert held == [("monitor",), ("restrict",)]


def test_a_backslash_never_stands_before_a_quote() -> None:
    """A server that takes backslashes for escapes must not read past the end of a text."""
    text = script(make_package(HOSTILE).told_rows())
    assert "\\" in text
    assert text.replace("substr('\\\\',1,1)", "").count("\\") == 0


def test_json_lines_are_ascii_and_say_the_same() -> None:
    rows = make_package(HOSTILE).told_rows()
    lines = list(json_lines(action_table(rows)))
    assert all(line.isascii() and line.isprintable() for line in lines)
    told = [json.loads(line) for line in lines]
    assert [each["account_id"] for each in told] == [row.account_id for row in rows]
    assert {name for each in told for name in each} == set(ACTION.names)
    assert {each["from_at"] for each in told} == {"2026-11-26T12:00:00Z"}


def test_a_part_of_a_second_is_not_lost() -> None:
    row = make_row("a", from_at=AT + timedelta(microseconds=120), until_at=None)
    (line,) = json_lines(action_table((row,)))
    assert json.loads(line)["from_at"] == "2026-11-26T12:00:00.000120Z"
    assert json.loads(line)["until_at"] is None
