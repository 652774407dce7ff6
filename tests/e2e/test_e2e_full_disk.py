"""A full disk and too little memory end in a sentence, and the next run finds nothing half done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tables_on_disk import make_workspace, read_state

from graphrisk.errors import GraphriskError
from graphrisk.stores.duckdb.connection import transaction
from graphrisk.workspace import Workspace

TOML = """[tables.sessions]
files = ["sessions.csv"]

[[tables.sessions.link]]
kind = "device"
account = "account_id"
identifier = "device_id"
"""
ROW_COUNT = 30_000
# Writing beyond the limit fails as it does on a full disk, with another reason.
LIMITED = """
import resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
from graphrisk.cli import main
sys.exit(main(sys.argv[2:]))
"""
BIG = "SELECT range::VARCHAR || repeat('x', 200) AS text FROM range(1000000) ORDER BY hash(range)"


def run_with_small_files(limit_bytes: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, str(limit_bytes), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    rows = "".join(f"a{n * 7919 % 1000003},d{n * 104729 % 1000003}\n" for n in range(ROW_COUNT))
    return make_workspace(tmp_path / "shop", TOML, {"sessions.csv": f"account_id,device_id\n{rows}"})


# A workspace without rows takes less than the first; with all of them it takes more than the second.
@pytest.mark.parametrize("limit_bytes", [300_000, 900_000])
def test_a_load_onto_a_full_disk_blames_the_disk_and_can_be_repeated(
    limit_bytes: int, workspace: Workspace, tmp_path: Path
) -> None:
    failed = run_with_small_files(limit_bytes, "load", "--workspace", workspace.folder)
    assert failed.returncode == 1, failed.stderr
    assert "the disk does not take what is written" in failed.stderr
    assert "make room" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "mend the file" not in failed.stderr
    report = workspace.load()
    assert dict(report.counts)["links"] == ROW_COUNT
    assert len(read_state(workspace)["known_link"]) == ROW_COUNT


def test_memory_that_runs_short_is_said_with_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(GraphriskError, match="not enough memory") as failure:
        write_too_much(workspace)
    assert isinstance(failure.value.__cause__, duckdb.OutOfMemoryException)
    assert len(str(failure.value).splitlines()) == 2
    with workspace.reading() as connection:
        names = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "big" not in names


def test_a_question_that_does_not_fit_is_said_with_what_to_do(workspace: Workspace) -> None:
    with workspace.writing():
        pass  # the database exists from now on
    with pytest.raises(GraphriskError, match="not enough memory"):
        ask_too_much(workspace)


def test_an_error_of_ours_keeps_its_type(workspace: Workspace) -> None:
    with pytest.raises(duckdb.CatalogException), workspace.writing() as connection:
        connection.execute("SELECT * FROM nowhere")


def write_too_much(workspace: Workspace) -> None:
    with workspace.writing() as connection, transaction(connection):
        leave_no_room(connection)
        connection.execute(f"CREATE TABLE big AS {BIG}")


def ask_too_much(workspace: Workspace) -> None:
    with workspace.reading() as connection:
        leave_no_room(connection)
        connection.execute(BIG).fetchall()


def leave_no_room(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET memory_limit = '30MB'")
    connection.execute("SET max_temp_directory_size = '0KB'")
