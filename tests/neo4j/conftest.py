"""A real Neo4j server for the tests in this folder; docs/decisions/0009-neo4j-under-test.md says why so.

NEO4J_URI (with NEO4J_USER, NEO4J_PASSWORD, NEO4J_HTTP_URI) if given; else a container, if a Docker engine
answers; else a server from its published artifacts, if Java and Maven are there; else the tests are
skipped, and where CI is set they fail.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from neo4j_container import docker_answers, run_container
from neo4j_programs import (
    NEWEST,
    Programs,
    ServerMissingError,
    cache_folder,
    fetch_programs,
    find_java,
)
from neo4j_server import USER, Neo4jProcess, Neo4jServer, connect, is_empty, start_neo4j, wipe

StartNeo4j = Callable[..., Neo4jProcess]


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """The server of this process of pytest: read it, or write what nobody else's test looks at.

    To begin with an empty database take `empty_neo4j`.
    """
    if uri := os.environ.get("NEO4J_URI"):
        user, password = os.environ.get("NEO4J_USER", USER), os.environ.get("NEO4J_PASSWORD", "")
        yield connect(uri, user, password, http_uri=os.environ.get("NEO4J_HTTP_URI"), home=None)
        return
    no_container = None
    if docker_answers():
        try:
            with run_container() as server:
                yield server
            return
        except ServerMissingError as missing:
            no_container = str(missing)
    if isinstance(found := _find_programs(), str):
        _go_without("; ".join(filter(None, (no_container, found))))
    with start_neo4j(tmp_path_factory.mktemp("neo4j")) as process:
        yield process.server


@pytest.fixture
def empty_neo4j(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The same server with nothing in its database, not even a constraint."""
    wipe(neo4j_server)
    return neo4j_server


@pytest.fixture(scope="session")
def newest_neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """A server of the newest line; skipped, also where CI is set, if no Java here is new enough for it."""
    if find_java(NEWEST.java) is None:
        needed = " or ".join(map(str, NEWEST.java))
        pytest.skip(f"no Neo4j {NEWEST.version}: it needs Java {needed}, and none was found")
    if isinstance(found := _find_programs(NEWEST.version), str):
        _go_without(found)
    with start_neo4j(tmp_path_factory.mktemp("newest"), version=NEWEST.version) as process:
        yield process.server


@pytest.fixture(name="start_neo4j")
def start_neo4j_(tmp_path: Path) -> Iterator[StartNeo4j]:
    """Starts servers of a test's own, as `neo4j_server.start_neo4j` does; `home` may be left out.

    All are killed at the end of the test.
    """
    started: list[Neo4jProcess] = []

    def start(home: Path | None = None, *, version: str | None = None, **options: Any) -> Neo4jProcess:
        if isinstance(found := _find_programs(version), str):
            _go_without(found)
        started.append(start_neo4j(home or tmp_path / f"neo4j-{len(started)}", version=version, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@cache  # a failure, too, is found out once
def _find_programs(version: str | None = None) -> Programs | str:
    try:
        return fetch_programs(version)
    except ServerMissingError as missing:
        return str(missing)


def _go_without(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip(f"no Neo4j server: {reason}")
    pytest.fail(f"no Neo4j server: {reason}. With CI set, that is a failure.", pytrace=False)


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
