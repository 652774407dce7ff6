"""A workspace's database is there as a whole or not at all, whoever is killed while it is made."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from graphrisk.errors import GraphriskError, WorkspaceBusyError
from graphrisk.stores.duckdb import connection as connections
from graphrisk.stores.duckdb.connection import open_database, open_database_to_read
from graphrisk.stores.duckdb.schema import SCHEMA_VERSION, create_schema, read_schema_version

FORKS = multiprocessing.get_context("forkserver")


def _die_of_the_schema(path: Path) -> None:
    def die(connection: duckdb.DuckDBPyConnection) -> None:
        create_schema(connection)
        os.kill(os.getpid(), signal.SIGKILL)

    connections.create_schema = die
    open_database(path)


def test_a_process_killed_while_it_makes_the_database_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "graphrisk.duckdb"
    process = FORKS.Process(target=_die_of_the_schema, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not path.exists()
    assert list(tmp_path.iterdir())  # what it had begun
    with open_database(path) as connection:
        assert read_schema_version(connection) == SCHEMA_VERSION
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_made_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graphrisk.duckdb"

    def overtaken(connection: duckdb.DuckDBPyConnection) -> None:
        create_schema(connection)
        with duckdb.connect(path) as other:
            create_schema(other)
            other.execute("CREATE TABLE theirs (i INTEGER)")

    monkeypatch.setattr(connections, "create_schema", overtaken)
    with open_database(path) as connection:
        assert connection.execute("SELECT count(*) FROM theirs").fetchall() == [(0,)]


def test_a_file_system_without_links_gets_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with open_database(tmp_path / "graphrisk.duckdb") as connection:
        assert read_schema_version(connection) == SCHEMA_VERSION


@pytest.mark.parametrize("first", [open_database, open_database_to_read])
def test_a_process_that_reads_while_it_writes_is_told_that_it_is_busy(
    tmp_path: Path, first: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    path = tmp_path / "graphrisk.duckdb"
    open_database(path).close()
    second = open_database_to_read if first is open_database else open_database
    with first(path), pytest.raises(WorkspaceBusyError, match="this process has the workspace open"):
        second(path)
    second(path).close()


def test_a_folder_that_is_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")
    with pytest.raises(GraphriskError, match="cannot be made"):
        open_database(tmp_path / "shop" / "graphrisk.duckdb")
