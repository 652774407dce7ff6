"""A real Neo4j server for the tests in this folder; docs/decisions/0009-neo4j-under-test.md says why so.

NEO4J_URI (with NEO4J_USER, NEO4J_PASSWORD, NEO4J_HTTP_URI) if given; else a container, if a Docker engine
answers; else a server from its published artifacts, if Java and Maven are there; else the tests are
skipped, and where CI is set they fail.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from neo4j_container import docker_answers, run_container
from neo4j_programs import ServerMissingError, cache_folder, fetch_programs
from neo4j_server import USER, Neo4jProcess, Neo4jServer, connect, is_empty, start_neo4j, wipe

StartNeo4j = Callable[..., Neo4jProcess]


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """The server of this process of pytest: read it, or write what nobody else's test looks at.

    To begin with an empty database take `empty_neo4j`.
    """
    with _open_server(tmp_path_factory.mktemp("neo4j")) as server:
        yield server


@pytest.fixture
def empty_neo4j(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The same server with nothing in its database, not even a constraint."""
    wipe(neo4j_server)
    return neo4j_server


@pytest.fixture(name="start_neo4j")
def start_neo4j_(tmp_path: Path) -> Iterator[StartNeo4j]:
    """Starts servers of a test's own, as `neo4j_server.start_neo4j` does; `home` may be left out.

    All are killed at the end of the test.
    """
    started: list[Neo4jProcess] = []

    def start(home: Path | None = None, **options: Any) -> Neo4jProcess:
        home = home or tmp_path / f"neo4j-{len(started)}"
        try:
            process = start_neo4j(home, **options)
        except ServerMissingError as missing:
            _go_without(f"a server of its own: {missing}")
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


@contextmanager
def _open_server(home: Path) -> Iterator[Neo4jServer]:
    uri = os.environ.get("NEO4J_URI")
    if uri:
        yield connect(
            uri,
            os.environ.get("NEO4J_USER", USER),
            os.environ.get("NEO4J_PASSWORD", ""),
            http_uri=os.environ.get("NEO4J_HTTP_URI"),
            home=None,
        )
        return
    reasons = []
    if docker_answers():
        try:
            with run_container() as server:
                yield server
                return
        except ServerMissingError as missing:
            reasons.append(str(missing))
    try:
        fetch_programs()
    except ServerMissingError as missing:
        reasons.append(str(missing))
        _go_without("; ".join(reasons))
    with start_neo4j(home) as process:
        yield process.server


def _go_without(reason: str) -> NoReturn:
    message = f"no Neo4j server: {reason}"
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip(message)
    pytest.fail(f"{message}. With CI set, that is a failure.", pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def _a_given_server_is_used_by_one_module_at_a_time_and_left_empty(
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    if not os.environ.get("NEO4J_URI"):
        yield
        return
    server: Neo4jServer = request.getfixturevalue("neo4j_server")
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "given.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_empty(server) and os.environ.get("GRAPHRISK_TEST_WIPE") != "1":
            pytest.fail(
                f"the database at NEO4J_URI ({server.uri}) is not empty, and these tests wipe it: "
                "give an empty one, or set GRAPHRISK_TEST_WIPE=1 if all in it may go",
                pytrace=False,
            )
        yield
        wipe(server)
