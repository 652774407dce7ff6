"""Graphs in labels of somebody else, and workspaces that map them."""

from __future__ import annotations

from pathlib import Path

from neo4j_server import Neo4jServer

from graphrisk.flows.push import PushReport
from graphrisk.workspace import Workspace
from graphrisk.workspace.pulling import open_graph_workspace

OURS = {"Ring", "Run"}

# One ring: u1 .. u5 hold two cards together, u6 holds one of them
PAIRS = """
[[graph.account]]
label = "User"
id = "id"
[[graph.link]]
kind = "instrument"
account = "User"
types = "HAS"
label = "Card"
identifier = "number"
[[graph.verdict]]
account = "User"
has_label = "Blocked"
means = "bad"
"""
SIX = """
CREATE (a:Card {number: 'A'}), (b:Card {number: 'B'})
WITH a, b
UNWIND range(1, 5) AS i
CREATE (u:User {id: 'u' + i})-[:HAS]->(a) CREATE (u)-[:HAS]->(b)
WITH a, collect(u) AS users
FOREACH (u IN users[0..2] | SET u:Blocked)
CREATE (:User {id: 'u6'})-[:HAS]->(a)
WITH a
UNWIND range(100, 300) AS i
CREATE (:User {id: 'u' + i})-[:HAS]->(:Card {number: 'own' + i})
"""


def open_mapped(folder: Path, mapping: str) -> Workspace:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graphrisk.toml").write_text(mapping, encoding="utf-8")
    return open_graph_workspace(folder)


def told(shop: Workspace, query: str) -> list[tuple[object, ...]]:
    with shop.reading() as connection:
        return connection.execute(query).fetchall()


def rows(server: Neo4jServer, cypher: str, **parameters: object) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in server.run(cypher, **parameters)]


def written(report: PushReport) -> dict[str, int]:
    """Without the run itself, whose time of day differs."""
    counts = {p.name: p.new_count + p.changed_count + p.removed_count for p in report.parts}
    return {name: count for name, count in counts.items() if count and name != "Run"}
