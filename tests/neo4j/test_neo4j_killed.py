"""A push that is killed at any instant, with its server or alone, is finished by the next: nothing is lost or
doubled."""

from __future__ import annotations

import random
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
    """When to kill: shares of the work that is left, one in each tenth of it, in a random order. A little of
    the time until the next transaction is added, so that some are hit in their middle."""

    def __init__(self, whole: GraphSnapshot, seed: int) -> None:
        self._size = len(whole.nodes) + len(whole.relationships)
        self._generator = random.Random(seed)
        self._shares = [(tenth + self._generator.random()) / KILLS for tenth in range(KILLS)]
        self._generator.shuffle(self._shares)

    def await_next(self, server: Neo4jServer, push: ForkedPush) -> None:
        """Until the push has written that share of what it still has to write."""
        share, until = self._shares.pop(), time.monotonic() + PUSH_SECONDS
        with server.driver() as driver, driver.session() as session:
            before = _count(session)
            while _count(session) - before < share * (self._size - before):
                assert push.exit_code is None, f"the push never came to {share:.0%}: {push.wait()}"
                assert time.monotonic() < until
                time.sleep(0.02)
        time.sleep(self._generator.uniform(0, 0.01))


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
    for attempt in range(KILLS):
        # By twos: into an empty database, then into what the first left; the second is finished.
        if attempt % 2 == 0:
            _empty(neo4j_server)
        push = ForkedPush(market, neo4j_server, tmp_path)
        moments.await_next(neo4j_server, push)
        push.kill()
        if attempt % 2 == 1:
            written = push_through(market, neo4j_server, tmp_path)
            assert written > 0, "the kill came too late: nothing was left to do"
            assert not whole.difference(read_graph(neo4j_server))
    assert push_through(market, neo4j_server, tmp_path) == 0


@pytest.mark.slow
def test_a_server_killed_ten_times_has_in_the_end_the_graph_of_one_that_was_not(
    market: Path, start_neo4j: Callable[..., Neo4jProcess], tmp_path: Path
) -> None:
    process = start_neo4j()
    whole = _undisturbed(market, process.server, tmp_path)
    moments = Moments(whole, 32)
    for attempt in range(KILLS):
        if attempt % 2 == 0:
            _empty(process.server)
        push = ForkedPush(market, process.server, tmp_path)
        moments.await_next(process.server, push)
        process.kill()
        assert push.exit_code != 0, "the kill came too late: the push had ended"
        if attempt % 2 == 0:
            push.kill()  # else it may wait for the server, and go on when it is back
        process.restart()
        if attempt % 2 == 1:
            exit_code, _, said = push.wait()
            assert exit_code in {0, 7}, said
            assert "Traceback" not in said
            assert process.server.password not in said
            push_through(market, process.server, tmp_path)
            assert not whole.difference(read_graph(process.server))
    assert push_through(market, process.server, tmp_path) == 0
