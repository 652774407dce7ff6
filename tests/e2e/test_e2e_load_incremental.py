"""New days, changed files, lost files, renamed files, changed mappings: what a second load does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tables_on_disk import make_workspace, read_state, write_files

from graphrisk.errors import ConfigError
from graphrisk.flows.load import LoadReport
from graphrisk.workspace import Workspace

TOML = """
[tables.sessions]
files = ["sessions*.csv"]
[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
seen_at = "seen_at"
"""
HEADER = "account_id,device_id,seen_at\n"


def actions(report: LoadReport) -> list[tuple[str, str, int]]:
    return [(table.table_name, table.action.value, table.file_count) for table in report.tables]


def links(shop: Workspace) -> list[tuple[object, ...]]:
    """account, identifier, day first seen, day last seen, events."""
    rows = read_state(shop)["known_link"]
    return [(row[0], row[2], str(row[4])[8:10], str(row[5])[8:10], row[6]) for row in rows]


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, TOML, {"sessions-1.csv": HEADER + "a,d,2024-01-05\na,d,2024-01-06\n"})


def test_a_new_days_file_adds_to_the_links_that_are_there(shop: Workspace) -> None:
    shop.load()
    write_files(shop.folder, {"sessions-2.csv": HEADER + "a,d,2024-01-02\nb,d,2024-01-02\n"})
    assert actions(shop.load()) == [("sessions", "added", 1)]
    assert links(shop) == [("a", "d", "02", "06", 3), ("b", "d", "02", "02", 1)]


def test_equal_content_under_another_name_counts_once(shop: Workspace) -> None:
    shop.load()
    write_files(shop.folder, {"sessions-copy.csv": (shop.folder / "sessions-1.csv").read_bytes()})
    assert actions(shop.load()) == [("sessions", "unchanged", 0)]
    (shop.folder / "sessions-1.csv").unlink()
    assert actions(shop.load()) == [("sessions", "unchanged", 0)]
    assert links(shop) == [("a", "d", "05", "06", 2)]


def test_a_file_with_other_content_makes_its_table_anew(shop: Workspace) -> None:
    shop.load()
    write_files(shop.folder, {"sessions-1.csv": HEADER + "a,e,2024-01-07\n"})
    assert actions(shop.load()) == [("sessions", "reloaded", 1)]
    assert links(shop) == [("a", "e", "07", "07", 1)]


def test_what_a_lost_file_said_stays_until_the_table_must_be_made_anew(shop: Workspace) -> None:
    write_files(shop.folder, {"sessions-2.csv": HEADER + "b,d,2024-01-02\n"})
    shop.load()
    (shop.folder / "sessions-1.csv").unlink()
    report = shop.load()
    assert "gone from disk" in report.tables[0].warnings[0]
    assert len(links(shop)) == 2
    write_files(shop.folder, {"sessions-2.csv": HEADER + "b,d,2024-01-03\n"})
    with pytest.raises(ConfigError, match=r"sessions-1\.csv(.|\n)*--rebuild"):
        shop.load()
    assert len(links(shop)) == 2
    shop.load(rebuild=True)
    assert links(shop) == [("b", "d", "03", "03", 1)]


def test_a_changed_mapping_makes_the_table_anew(shop: Workspace) -> None:
    shop.load()
    changed = make_workspace(shop.folder, TOML.replace('seen_at = "seen_at"\n', ""), {})
    assert actions(changed.load()) == [("sessions", "reloaded", 1)]
    assert links(changed) == [("a", "d", "", "", 2)]


def test_a_table_that_is_named_otherwise_is_not_counted_twice(shop: Workspace) -> None:
    shop.load()
    renamed = make_workspace(shop.folder, TOML.replace("tables.sessions", "tables.logins"), {})
    assert actions(renamed.load()) == [("sessions", "forgotten", 0), ("logins", "added", 1)]
    assert links(renamed) == [("a", "d", "05", "06", 2)]


def test_addresses_meet_by_text_through_their_ids(tmp_path: Path) -> None:
    toml = """
[tables.addresses]
files = ["addresses.csv"]
[[tables.addresses.link]]
kind = "address"
account = "account_id"
identifier = ["line", "city"]
alias = "address_id"
[tables.payments]
files = ["payments.csv"]
[[tables.payments.link]]
kind = "address"
account = "payer_id"
identifier = "address_id"
by_alias = true
"""
    files = {
        "addresses.csv": 'account_id,address_id,line,city\na,1,12 Main Street,Ulm\nb,2,ulm,"12, main st."\n',
        "payments.csv": "payer_id,address_id\nc,1\nd,2\ne,3\n",
    }
    shop = make_workspace(tmp_path, toml, files)
    shop.load()
    rows = read_state(shop)["known_link"]
    assert [row[:3] for row in rows] == [(account, "address", "12 main st ulm") for account in "abcd"] + [
        ("e", "address", "3")
    ]
    assert [row[3] for row in rows] == ["12 Main Street, Ulm", "ulm, 12, main st.", None, None, None]


def test_a_query_is_loaded_again_only_if_its_rows_change(tmp_path: Path) -> None:
    toml = """
[tables.logins]
database = "sqlite:///shop.db"
query = "SELECT who, dev FROM login ORDER BY random();"
[[tables.logins.link]]
kind = "device"
account = "who"
identifier = "dev"
"""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE login (who, dev)")
        connection.executemany("INSERT INTO login VALUES (?, ?)", [(n, f"d{n % 3}") for n in range(10)])
    connection.close()
    shop = make_workspace(tmp_path, toml, {})
    assert actions(shop.load()) == [("logins", "added", 1)]
    assert actions(shop.load()) == [("logins", "unchanged", 0)]
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("DELETE FROM login WHERE who > 1")
    connection.close()
    assert actions(shop.load()) == [("logins", "reloaded", 1)]
    assert [row[:3] for row in read_state(shop)["known_link"]] == [
        ("0", "device", "d0"),
        ("1", "device", "d1"),
    ]


def test_a_password_in_the_configuration_is_refused(tmp_path: Path) -> None:
    toml = (
        '[tables.t]\ndatabase = "postgresql://me:secret@host/db"\nquery = "x"\n[tables.t.account]\nid = "a"\n'
    )
    with pytest.raises(ConfigError, match="environment") as refusal:
        make_workspace(tmp_path, toml, {}).load()
    assert "secret" not in str(refusal.value)
