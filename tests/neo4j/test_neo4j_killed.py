"""A push that is killed at any instant, with its server or alone, is finished by the next: nothing is lost or
doubled."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from graph_snapshots import GraphSnapshot, read_graph
from neo4j_server import Neo4jProcess, Neo4jServer, wipe
from small_market import PUSH_SECONDS, begin_push, environment, make_market, push_through

KILLS = 10
_CONNECTED = """
CALL dbms.listConnections() YIELD userAgent WHERE userAgent STARTS WITH 'graphrisk'
RETURN count(*) AS count
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_market(tmp_path_factory.mktemp("market"))


def _await_connection(server: Neo4jServer, process: subprocess.Popen[str]) -> None:
    """Until the push has reached the server: its start-up is not what is to be killed."""
    until = time.monotonic() + PUSH_SECONDS
    with server.driver() as driver, driver.session() as session:
        while time.monotonic() < until and process.poll() is None:
            if session.run(_CONNECTED).single(strict=True)["count"]:
                return
            time.sleep(0.02)
    raise AssertionError(f"the push never reached the server: {process.communicate()}")


def _time_push(shop: Path, server: Neo4jServer) -> float:
    """Seconds from its first word to the server until its end."""
    process = begin_push(shop, environment(server))
    _await_connection(server, process)
    began = time.monotonic()
    _, said = process.communicate(timeout=PUSH_SECONDS)
    assert process.returncode == 0, said
    return time.monotonic() - began


def _undisturbed(shop: Path, server: Neo4jServer) -> tuple[GraphSnapshot, float]:
    """What a push into an empty database leaves, and its seconds on a server that is warm."""
    wipe(server)
    push_through(shop, server)
    wipe(server)
    seconds = _time_push(shop, server)
    return read_graph(server), seconds


@pytest.mark.slow
def test_a_push_killed_ten_times_ends_in_the_graph_of_one_that_was_not(
    market: Path, neo4j_server: Neo4jServer
) -> None:
    whole, seconds = _undisturbed(market, neo4j_server)
    generator = random.Random(31)
    hits = 0
    for attempt in range(KILLS):
        # By twos: into an empty database, then into what the first left; the second is finished.
        if attempt % 2 == 0:
            wipe(neo4j_server)
        process = begin_push(market, environment(neo4j_server))
        _await_connection(neo4j_server, process)
        time.sleep(generator.uniform(0.02, 0.95) * seconds)
        process.kill()
        process.communicate()
        if attempt % 2 == 1:
            hits += push_through(market, neo4j_server) > 0
            assert not whole.difference(read_graph(neo4j_server))
    assert hits >= KILLS // 2 - 1, "the kills came too late: there was nothing left to do"
    assert push_through(market, neo4j_server) == 0


@pytest.mark.slow
def test_a_server_killed_ten_times_has_in_the_end_the_graph_of_one_that_was_not(
    market: Path, start_neo4j: Callable[..., Neo4jProcess]
) -> None:
    process = start_neo4j()
    whole, seconds = _undisturbed(market, process.server)
    generator = random.Random(32)
    hits = 0
    for attempt in range(KILLS):
        if attempt % 2 == 0:
            wipe(process.server)
        client = begin_push(market, environment(process.server))
        _await_connection(process.server, client)
        time.sleep(generator.uniform(0.02, 0.95) * seconds)
        process.kill()
        hits += client.poll() is None
        if attempt % 2 == 0:
            client.kill()  # else it may wait for the server, and go on when it is back
        process.restart()
        _, said = client.communicate(timeout=PUSH_SECONDS)
        if attempt % 2 == 1:
            assert client.returncode in {0, 7}, said
            assert "Traceback" not in said
            assert process.server.password not in said
            push_through(market, process.server)
            assert not whole.difference(read_graph(process.server))
    assert hits >= KILLS - 3, "the kills came too late: the push had ended"
    assert push_through(market, process.server) == 0
