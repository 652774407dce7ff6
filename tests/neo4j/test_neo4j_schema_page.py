"""docs/schema.md is held against what pushes really write: labels, types, properties and their types.

Two shops are pushed with their payments, one after the other: the hand-made one, in which a ring came back,
and in which something was done about rings and some of it taken back; and fixtures/worked, which has every
table and column of the default layout.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from come_back import let_a_ring_come_back
from enforced_shop import DONE_ROWS
from neo4j_server import Neo4jServer, wipe
from shop_ledger import ShopLedger, beginning_at

from graphrisk.model.graph_indexes import IndexKind, graph_indexes
from graphrisk.model.graph_schema import GraphSchema, PropertyType, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.workspace import Workspace
from graphrisk.workspace.graph_server import GraphServerFlags
from graphrisk.workspace.init import propose_config
from graphrisk.workspace.pushing import push_workspace

WORKED = Path(__file__).parents[2] / "fixtures" / "worked"
SCHEMA: GraphSchema = graph_schema(BUILT_IN_KINDS)
NODES = """
MATCH (n) UNWIND keys(n) AS name
RETURN DISTINCT labels(n) AS labels, name, valueType(n[name]) AS type"""
LINKS = """
MATCH (a)-[r]->(b) UNWIND keys(r) AS name
RETURN DISTINCT labels(a) AS start, type(r) AS owner, labels(b) AS end, name, valueType(r[name]) AS type"""
EMPTY = "MATCH (n) UNWIND keys(n) AS name WITH n, name WHERE n[name] = '' RETURN labels(n) AS labels, name"


@dataclass(frozen=True, slots=True)
class Written:
    """All that stood in the graph after a push, of both pushes together."""

    nodes: list[dict[str, object]]
    links: list[dict[str, object]]
    indexes: list[dict[str, object]]
    empty: list[dict[str, object]]


@pytest.fixture(scope="module")
def written(
    neo4j_server: Neo4jServer, shop_as_made: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("pushed")
    handmade = shutil.copytree(shop_as_made, folder / "handmade")
    propose_config(WORKED, folder / "worked")
    both = []
    for shop in (handmade, folder / "worked"):
        with (shop / "graphrisk.toml").open("a", encoding="utf-8") as config:
            config.write("\n[neo4j]\npayments = true\n")
    let_a_ring_come_back(Workspace.open(handmade))
    do_something_about_rings(Workspace.open(handmade), folder / "keys")
    Workspace.open(folder / "worked").load()
    Workspace.open(folder / "worked").detect(workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEO4J_PASSWORD", neo4j_server.password)
        patch.setenv("GRAPHRISK_KEYS", str(folder / "keys"))
        for shop in (handmade, folder / "worked"):
            wipe(neo4j_server)
            push_workspace(
                Workspace.open(shop), GraphServerFlags(uri=neo4j_server.uri, user=neo4j_server.user)
            )
            both.append([neo4j_server.run(text) for text in (NODES, LINKS, EMPTY)])
    indexes = neo4j_server.run("SHOW INDEXES YIELD name, type, labelsOrTypes AS labels, properties")
    nodes, links, empty = (first + second for first, second in zip(*both, strict=True))
    yield Written(nodes, links, indexes, empty)
    wipe(neo4j_server)


def do_something_about_rings(shop: Workspace, keys: Path) -> None:
    """Twice, and once it is taken back."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    ledger = ShopLedger.begin(shop, keys)
    for hours in (2, 1):
        begun = now - timedelta(hours=hours)
        plan = ledger.plan(beginning_at(DONE_ROWS, begun), begun)
        ledger.approve(plan, "bob", begun)
        ledger.apply(plan, begun)
    ledger.revert(plan, now)


def documented_of_nodes() -> dict[tuple[str, str], PropertyType]:
    return {(node.label, each.name): each.type for node in SCHEMA.nodes for each in node.properties}


def documented_of_links() -> dict[tuple[str, str], PropertyType]:
    return {(link.type, each.name): each.type for link in SCHEMA.relationships for each in link.properties}


def label_of(labels: object) -> str:
    """The one that has a section of its own."""
    assert isinstance(labels, list)
    own = {node.label for node in SCHEMA.nodes} & set(labels)
    assert len(own) == 1, labels
    return own.pop()


def test_every_property_that_a_push_writes_is_documented_with_its_type(written: Written) -> None:
    found = {(label_of(row["labels"]), row["name"]): row["type"] for row in written.nodes}
    found |= {(row["owner"], row["name"]): row["type"] for row in written.links}
    documented = documented_of_nodes() | documented_of_links()
    assert found == {key: f"{kind} NOT NULL" for key, kind in documented.items() if key in found}


def test_every_documented_property_is_written_by_somebody(written: Written) -> None:
    """But for `long_id`: no id here is so long."""
    sections = {node.label: node.also[0] if node.also else node.label for node in SCHEMA.nodes}
    found = {(sections[label_of(row["labels"])], row["name"]) for row in written.nodes}
    found |= {(row["owner"], row["name"]) for row in written.links}
    documented = {(sections[label], name) for label, name in documented_of_nodes() if name != "long_id"}
    assert found == documented | documented_of_links().keys()


def test_every_node_has_the_labels_of_its_section_and_no_other(written: Written) -> None:
    for row in written.nodes:
        node = next(each for each in SCHEMA.nodes if each.label == label_of(row["labels"]))
        assert isinstance(row["labels"], list)
        assert {node.label, *node.also} <= set(row["labels"])
        assert set(row["labels"]) <= {node.label, *node.also, *(state for state, _ in node.states)}


def test_every_relationship_joins_the_labels_that_the_page_says(written: Written) -> None:
    shapes = {link.type: (link.start, link.end) for link in SCHEMA.relationships}
    for row in written.links:
        start, end = shapes[str(row["owner"])]
        assert start in row["start"]  # type: ignore[operator]
        assert end in row["end"]  # type: ignore[operator]
    assert {row["owner"] for row in written.links} == set(shapes)


def test_what_is_not_known_is_absent_and_never_an_empty_text(written: Written) -> None:
    assert written.empty == []


def test_the_indexes_on_the_page_are_those_on_the_server(written: Written) -> None:
    kinds = {"RANGE": IndexKind.RANGE, "FULLTEXT": IndexKind.SEARCH}
    found = {
        (row["name"], frozenset(row["labels"]), frozenset(row["properties"]))  # type: ignore[call-overload]
        for row in written.indexes
        if row["type"] in kinds
    }
    assert found == {
        (index.name, frozenset(index.labels), frozenset(index.properties)) for index in graph_indexes(SCHEMA)
    }
