"""The server under test is a real one, and its fixtures do as they say."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from neo4j.exceptions import AuthError, Neo4jError
from neo4j_server import Neo4jProcess, Neo4jServer, admin_command, ensure_password, is_empty, wipe

TESTS = Path(__file__).parents[1]
COUNT = "MATCH (n) RETURN count(n) AS nodes"
Start = Callable[..., Neo4jProcess]


def test_the_server_is_of_a_supported_line_and_asks_for_a_password(neo4j_server: Neo4jServer) -> None:
    assert neo4j_server.version.startswith(("5.26.", "2025.", "2026."))
    wrong = Neo4jServer(neo4j_server.uri, "not-the-password", None, "", None, neo4j_server.user)
    with pytest.raises(AuthError):
        wrong.run("RETURN 1")


def test_a_password_that_was_changed_already_is_taken_as_changed(neo4j_server: Neo4jServer) -> None:
    ensure_password(neo4j_server.uri, neo4j_server.password)
    with pytest.raises(AuthError):
        ensure_password(neo4j_server.uri, "another one, of nobody")


def test_no_text_of_a_server_shows_its_password(neo4j_server: Neo4jServer) -> None:
    assert neo4j_server.password not in repr(neo4j_server) + str(neo4j_server)


def test_browser_is_served(neo4j_server: Neo4jServer) -> None:
    if neo4j_server.http_uri is None:
        pytest.skip("NEO4J_URI is given without NEO4J_HTTP_URI")
    with urllib.request.urlopen(f"{neo4j_server.http_uri}/browser/", timeout=20) as page:
        assert b"Neo4j Browser" in page.read()


def test_an_emptied_server_has_no_rows_constraints_or_indexes(empty_neo4j: Neo4jServer) -> None:
    for statement in (
        "CREATE CONSTRAINT `a ``name``` FOR (a:Account) REQUIRE a.id IS UNIQUE",
        "CREATE FULLTEXT INDEX captions FOR (a:Account) ON EACH [a.caption]",
        "UNWIND range(1, 12000) AS i CREATE (:Account {id: i})-[:PAID]->(:Shop)",
    ):
        empty_neo4j.run(statement)
    assert not is_empty(empty_neo4j)
    wipe(empty_neo4j)
    assert is_empty(empty_neo4j)
    assert empty_neo4j.run(COUNT) == [{"nodes": 0}]
    assert empty_neo4j.run("SHOW CONSTRAINTS YIELD name") == []


@pytest.mark.slow
def test_what_was_committed_survives_kill_and_a_read_only_restart(start_neo4j: Start) -> None:
    process = start_neo4j()
    before = process.server
    before.run("UNWIND range(1, 1000) AS i CREATE (:Account {id: i})")
    process.kill()
    assert not process.is_running()
    after = process.restart({"server.databases.read_only": "neo4j"})
    assert (after.uri, after.password, after.run(COUNT)) == (before.uri, before.password, [{"nodes": 1000}])
    with pytest.raises(Neo4jError, match="read-only"):
        after.run("CREATE (:Account)")


@pytest.mark.slow
def test_memory_and_time_of_a_transaction_can_be_limited(start_neo4j: Start) -> None:
    limits = {"db.memory.transaction.max": "4m", "db.transaction.timeout": "1s"}
    server = start_neo4j(settings=limits, heap="256m").server
    with pytest.raises(Neo4jError, match="MemoryPoolOutOfMemoryError"):
        server.run("UNWIND range(1, 10000000) AS i WITH collect(i) AS many RETURN size(many)")
    with pytest.raises(Neo4jError, match="TransactionTimedOut"):
        server.run("UNWIND range(1, 1000000000) AS i RETURN count(i)")


@pytest.mark.slow
def test_a_dump_fills_an_investigators_server(start_neo4j: Start, tmp_path: Path) -> None:
    """docs/operations.md has these commands for containers."""
    home, copy, dumps = tmp_path / "home", tmp_path / "copy", tmp_path / "dumps"
    dumps.mkdir()
    process = start_neo4j(home)
    process.server.run("UNWIND range(1, 1000) AS i CREATE (:Account {id: i})")
    process.stop()
    administer(home, "database", "dump", "neo4j", f"--to-path={dumps}", "--overwrite-destination=true")
    administer(copy, "database", "load", "neo4j", f"--from-path={dumps}", "--overwrite-destination=true")
    investigators = start_neo4j(copy, settings={"server.databases.read_only": "neo4j"}).server
    assert investigators.run(COUNT) == [{"nodes": 1000}]
    assert investigators.password != process.server.password


def administer(home: Path, *arguments: str) -> None:
    command, environment = admin_command(home, *arguments)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


GUARDED = """
import sys, time
from neo4j_server import run_guarded
process, _ = run_guarded(["sleep", "600"], open(sys.argv[1], "wb"))
print(process.pid, flush=True)
time.sleep(600)
"""


def test_a_server_does_not_outlive_a_killed_run_of_pytest(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", GUARDED, str(tmp_path / "log")],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        assert run.stdout is not None
        guarded = int(run.stdout.readline())
        assert is_alive(guarded)
        run.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while is_alive(guarded):
        assert time.monotonic() < until
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return said.returncode == 0 and not said.stdout.startswith("Z")


ONE = "tests/neo4j/test_neo4j_server.py::test_an_emptied_server_has_no_rows_constraints_or_indexes"


def run_pytest(cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """One test of this file in a pytest of its own, with an empty cache and no Docker engine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", ONE],
        cwd=TESTS.parent,
        env=kept | {"XDG_CACHE_HOME": str(cache), "DOCKER_HOST": "unix:///nowhere"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_a_server_tests_are_skipped_with_the_reason(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, PATH="/nowhere")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "no Neo4j server: " in done.stdout


def test_without_a_server_tests_fail_in_ci(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, PATH="/nowhere", CI="true")
    assert done.returncode == 1, done.stdout
    assert "1 error" in done.stdout
    assert "no Neo4j server: " in done.stdout


@pytest.mark.slow
def test_a_server_that_was_given_is_wiped_only_if_it_is_empty_or_one_says_so(
    empty_neo4j: Neo4jServer, tmp_path: Path
) -> None:
    given = {
        "NEO4J_URI": empty_neo4j.uri,
        "NEO4J_USER": empty_neo4j.user,
        "NEO4J_PASSWORD": empty_neo4j.password,
    }
    empty_neo4j.run("CREATE (:Account {id: 'somebody'})")
    refused = run_pytest(tmp_path, **given)
    assert refused.returncode == 1, refused.stdout
    assert "GRAPHRISK_TEST_WIPE=1" in refused.stdout
    assert empty_neo4j.password not in refused.stdout
    assert empty_neo4j.run(COUNT) == [{"nodes": 1}]

    allowed = run_pytest(tmp_path, **given, GRAPHRISK_TEST_WIPE="1")
    assert allowed.returncode == 0, allowed.stdout
    assert is_empty(empty_neo4j)
    assert run_pytest(tmp_path, **given).returncode == 0
