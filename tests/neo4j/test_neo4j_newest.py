"""The newest line of servers takes every statement that the LTS line takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graph_snapshots import read_graph
from neo4j_server import Neo4jServer, in_environment, is_empty, wipe

from graphrisk.workspace import Workspace
from graphrisk.workspace.pulling import detect_in_store, open_graph_workspace

pytestmark = pytest.mark.slow  # a server more


@pytest.fixture(autouse=True)
def server(newest_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    wipe(newest_neo4j)
    with in_environment(newest_neo4j):
        yield newest_neo4j


def test_a_wiped_server_of_the_newest_line_is_empty(server: Neo4jServer) -> None:
    server.run("CREATE CONSTRAINT FOR (a:Account) REQUIRE a.id IS UNIQUE")
    server.run("UNWIND range(0, size($id) - 1) AS i MERGE (:Account {id: $id[i]})", id=["a", "b", "a"])
    assert server.run("MATCH (n) RETURN count(n) AS nodes") == [{"nodes": 2}]
    wipe(server)
    assert is_empty(server)


def test_pushing_twice_is_the_same_graph_on_the_newest_line(server: Neo4jServer, shop: Workspace) -> None:
    config = shop.folder / "graphrisk.toml"
    config.write_text(config.read_text() + "\n[neo4j]\npayments = true\n", encoding="utf-8")
    opened = Workspace.open(shop.folder)
    opened.push()
    before = read_graph(server)
    assert len(before.nodes) > 20
    assert opened.push().is_empty
    assert not before.difference(read_graph(server))


def test_a_graph_is_pulled_and_scored_on_the_newest_line(
    server: Neo4jServer, shop: Workspace, tmp_path: Path
) -> None:
    shop.push()
    first = detect_in_store(open_graph_workspace(tmp_path / "elsewhere"))
    assert dict(first.run.record.counts)["accounts"] == 11
    again = detect_in_store(open_graph_workspace(tmp_path / "elsewhere"))
    written = {part.name: part.new_count + part.removed_count for part in again.pushed.parts}
    assert set(written.values()) == {0}
