"""A push that is killed at any instant, with its server or alone, is finished by the next: nothing is lost or
doubled."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import neo4j
import pytest
from forked_push import ForkedPush, push_through
from graph_snapshots import GraphSnapshot, read_graph
from neo4j_server import Neo4jProcess, Neo4jServer, wipe
from small_market import PUSH_SECONDS, make_market

KILLS = 10
# Both from the server's own count, so that asking often costs little
_WRITTEN = "RETURN COUNT { MATCH (n) RETURN n } + COUNT { MATCH ()-[l]->() RETURN l } AS count"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_market(tmp_path_factory.mktemp("market"))


class Moments:
    """When to kill: shares of the whole graph, one at random in each part of it. A little of the time until
    the next transaction is added, so that some are hit in their middle."""

    def __init__(self, whole: GraphSnapshot, seed: int) -> None:
        self._size = len(whole.nodes) + len(whole.relationships)
        self._generator = random.Random(seed)

    def draw(self, count: int) -> list[float]:
        """In ascending order, within 0 .. 1."""
        return [(part + self._generator.random()) / count for part in range(count)]

    def await_share(self, server: Neo4jServer, push: ForkedPush, share: float) -> ForkedPush:
        """Until that share of the graph stands there. Returns the push, or the one that goes on where it
        ended and said that trying again helps."""
        until = time.monotonic() + PUSH_SECONDS
        with server.driver() as driver, driver.session() as session:
            while _count(session) < share * self._size:
                assert time.monotonic() < until
                if push.exit_code is not None:
                    _assert_may_try_again(push, server)
                    push = push.repeat()
                time.sleep(0.02)
        time.sleep(self._generator.uniform(0, 0.01))
        return push


def _assert_may_try_again(push: ForkedPush, server: Neo4jServer) -> None:
    exit_code, _, said = push.wait()
    assert exit_code in {7, -signal.SIGKILL}, said
    assert "Traceback" not in said
    assert server.password not in said


def _count(session: neo4j.Session) -> int:
    count: int = session.run(_WRITTEN).single(strict=True)["count"]
    return count


def _empty(server: Neo4jServer) -> None:
    """Without rows. Constraints stay, and with them the server's plans: to make those costs more than a
    push."""
    server.run("MATCH (n) DETACH DELETE n")


def _undisturbed(shop: Path, server: Neo4jServer, folder: Path) -> GraphSnapshot:
    wipe(server)
    push_through(shop, server, folder)
    return read_graph(server)


@pytest.mark.slow
def test_a_push_killed_ten_times_ends_in_the_graph_of_one_that_was_not(
    market: Path, neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    whole = _undisturbed(market, neo4j_server, tmp_path)
    moments = Moments(whole, 31)
    # Two and two: into an empty database, then into what the first left; the second is finished.
    for pair in range(KILLS // 2):
        _empty(neo4j_server)
        for share in moments.draw(2):
            push = ForkedPush(market, neo4j_server, tmp_path)
            moments.await_share(neo4j_server, push, share)
            push.kill()
        written = push_through(market, neo4j_server, tmp_path)
        assert written > 0, "the kill came too late: nothing was left to do"
        assert not whole.difference(read_graph(neo4j_server)), pair
    assert push_through(market, neo4j_server, tmp_path) == 0


@pytest.mark.slow
def test_a_server_killed_ten_times_has_in_the_end_the_graph_of_one_that_was_not(
    market: Path, start_neo4j: Callable[..., Neo4jProcess], tmp_path: Path
) -> None:
    """The push lives on: it waits for the server, or ends and says that trying again helps."""
    process = start_neo4j(settings={"server.http.enabled": "false"})  # starts a second sooner
    whole = _undisturbed(market, process.server, tmp_path)
    moments = Moments(whole, 32)
    _empty(process.server)
    push = ForkedPush(market, process.server, tmp_path)
    for share in moments.draw(KILLS):
        push = moments.await_share(process.server, push, share)
        process.kill()
        assert push.exit_code != 0, "the kill came too late: the push had ended"
        process.restart()
    exit_code, _, _ = push.wait()
    if exit_code != 0:
        _assert_may_try_again(push, process.server)
        push_through(market, process.server, tmp_path)
    assert not whole.difference(read_graph(process.server))
    assert push_through(market, process.server, tmp_path) == 0
