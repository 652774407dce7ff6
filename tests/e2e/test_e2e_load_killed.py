"""A load that is killed at any instant and run again ends as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import duckdb
import pytest
from tables_on_disk import read_state

from graphrisk.errors import WorkspaceBusyError
from graphrisk.workspace import Workspace
from graphrisk.workspace.init import propose_config

# Processes are forked from one that has imported everything: the kill is to hit the load, not the imports.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["graphrisk.workspace"])
COMMAND = [sys.executable, "-m", "graphrisk", "load", "--workspace"]
ACCOUNT_COUNT = 1000


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace and its tables, nothing loaded: some bad rows, unknown accounts, two files of payments."""
    folder = tmp_path_factory.mktemp("killed")
    tables = folder / "tables"
    tables.mkdir()
    with duckdb.connect() as connection:
        for name, query in _tables(ACCOUNT_COUNT):
            ending = "(FORMAT parquet)" if name.endswith("parquet") else "(FORMAT csv, HEADER)"
            connection.execute(f"COPY ({query}) TO '{tables / name}' {ending}")
    propose_config(tables, folder / "shop")
    return folder


def _tables(n: int) -> Iterator[tuple[str, str]]:
    yield (
        "accounts.csv",
        f"""SELECT 'a' || i AS account_id,
            'user' || i || '@x.com' AS email,
        CASE WHEN i % 50 = 0 THEN 'no phone' ELSE '+4930' || (1000000 + i) END AS phone
        FROM range({n}) t(i)""",
    )
    yield (
        "sessions.parquet",
        f"""SELECT 'a' || (i % ({n} + 20)) AS account_id, 'd' || (i % 3001) AS device_id,
        '10.0.' || (i % 200) || '.7' AS ip, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS seen_at
        FROM range({n} * 5) t(i)""",
    )
    for part in (1, 2):
        yield (
            f"payments-{part}.csv",
            f"""SELECT 'p' || (i + {part * n}) AS payment_id, 'a' || i AS payer_id,
            CASE WHEN i % 97 = 0 THEN 'x' ELSE '3.5' END AS amount, 'd' || i AS device_id
            FROM range({n}) t(i)""",
        )


def _digest(folder: Path) -> str:
    return repr(read_state(Workspace.open(folder)))


def _begin_load(folder: Path) -> ForkServerProcess:
    process = FORKS.Process(target=_load_here, args=(str(folder),))
    process.start()
    return process


def _load_here(folder: str) -> None:
    Workspace.open(folder).load()


def _load(folder: Path) -> float:
    """Returns the seconds that it took."""
    began = time.perf_counter()
    process = _begin_load(folder)
    process.join()
    assert process.exitcode == 0
    return time.perf_counter() - began


def _copy(prepared: Path, name: str) -> Path:
    shutil.copytree(prepared / "shop", prepared / name)
    return prepared / name


@pytest.mark.slow
def test_a_load_killed_twenty_times_ends_in_the_state_of_one_that_was_not(prepared: Path) -> None:
    _load(_copy(prepared, "warm"))
    seconds = _load(_copy(prepared, "whole"))
    expected = _digest(prepared / "whole")
    generator = random.Random(20)
    shop = _copy(prepared, "killed")
    for attempt in range(20):
        if attempt % 4 == 0:  # from the very beginning now and then
            for file in shop.glob("graphrisk.duckdb*"):
                file.unlink()
        process = _begin_load(shop)
        time.sleep(generator.uniform(0.05, 0.95) * seconds)
        process.kill()
        process.join()
    _load(shop)
    assert _digest(shop) == expected
    assert not list(shop.glob(".spill*"))


def test_loading_twice_changes_nothing(prepared: Path) -> None:
    shop = _copy(prepared, "twice")
    _load(shop)
    before = (shop / "graphrisk.duckdb").stat().st_size, _digest(shop)
    report = Workspace.open(shop).load()
    assert not report.changed
    assert ((shop / "graphrisk.duckdb").stat().st_size, _digest(shop)) == before


def test_a_second_writer_is_told_that_the_workspace_is_busy(prepared: Path) -> None:
    shop = _copy(prepared, "busy")
    holder = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(shop / "graphrisk.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(WorkspaceBusyError):
            Workspace.open(shop).load()
        result = subprocess.run([*COMMAND, str(shop)], capture_output=True, text=True, check=False)
        assert result.returncode == WorkspaceBusyError.exit_code
        process.kill()
    _load(shop)
