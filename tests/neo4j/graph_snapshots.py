"""A graph in Neo4j as values that a test can compare: every node and relationship with all its properties."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from neo4j_server import Neo4jServer

VOLATILE = frozenset({"written_at"})  # the clock's, so that two pushes differ in its value

_NODES = "MATCH (n) RETURN elementId(n) AS element, labels(n) AS labels, properties(n) AS properties"
_RELATIONSHIPS = """
MATCH (a)-[l]->(b)
RETURN elementId(l) AS element, elementId(a) AS start, type(l) AS type, elementId(b) AS end,
    properties(l) AS properties
"""


@dataclass(frozen=True, slots=True)
class GraphSnapshot:
    """Sorted, one text a node or relationship, with repetitions: what is doubled shows."""

    nodes: tuple[str, ...]
    relationships: tuple[str, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join((*self.nodes, "", *self.relationships)).encode()).hexdigest()

    def difference(self, other: GraphSnapshot) -> str:
        """What only one of the two has, in a few lines for whoever reads a failed test; empty if equal."""
        mine, theirs = Counter(self.nodes + self.relationships), Counter(other.nodes + other.relationships)
        lines = [f"- {text}" for text in (mine - theirs).elements()]
        lines += [f"+ {text}" for text in (theirs - mine).elements()]
        return "\n".join(lines[:20])


def read_graph(server: Neo4jServer) -> GraphSnapshot:
    named: dict[object, str] = {}
    for row in server.run(_NODES):
        labels = ":".join(sorted(row["labels"]))  # type: ignore[call-overload]
        named[row["element"]] = f"({labels} {_told(row['properties'])})"
    links = (
        f"{named[row['start']]}-[{row['type']} {_told(row['properties'])}]->{named[row['end']]}"
        for row in server.run(_RELATIONSHIPS)
    )
    return GraphSnapshot(tuple(sorted(named.values())), tuple(sorted(links)))


def read_elements(server: Neo4jServer) -> frozenset[tuple[object, object]]:
    """The identity that the server gave to each node and relationship, with its content digest: equal before
    and after only if nothing was made, removed or rewritten."""
    digest = "coalesce(x.content_digest, -1)"
    statements = (
        f"MATCH (x) RETURN elementId(x) AS element, {digest} AS digest",
        f"MATCH ()-[x]->() RETURN elementId(x) AS element, {digest} AS digest",
    )
    return frozenset((row["element"], row["digest"]) for text in statements for row in server.run(text))


def count_graph(server: Neo4jServer) -> tuple[int, int]:
    """Nodes and relationships, from the server's own count."""
    nodes = server.run("MATCH (n) RETURN count(n) AS count")[0]["count"]
    links = server.run("MATCH ()-[l]->() RETURN count(l) AS count")[0]["count"]
    assert isinstance(nodes, int)
    assert isinstance(links, int)
    return nodes, links


def _told(properties: object) -> str:
    assert isinstance(properties, Mapping)
    told = {
        name: "..." if name in VOLATILE else str(value) if hasattr(value, "iso_format") else value
        for name, value in properties.items()
    }
    return repr(sorted(told.items()))
