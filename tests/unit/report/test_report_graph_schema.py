"""The page about the graph leaves nothing out, and its picture shows all of it without overlaps."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from graphrisk.model.graph_indexes import graph_indexes
from graphrisk.model.graph_schema import GraphSchema, RelationshipSchema, graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind, KindSet, Normaliser
from graphrisk.report.graph_schema_page import render_schema_page
from graphrisk.report.graph_schema_svg import render_schema_svg

SVG = "{http://www.w3.org/2000/svg}"
BUILT_IN = graph_schema(BUILT_IN_KINDS)


def schema_with(count: int, words: str = "same wallet") -> GraphSchema:
    """The built-in kinds and `count` more."""
    own = (
        IdentifierKind(f"own{at}", Normaliser.EXACT, 0.5, f"OwnKind{at}", f"HELD_THE_OWN_KIND_{at}", words)
        for at in range(count)
    )
    return graph_schema(KindSet.of((*BUILT_IN_KINDS.kinds, *own)))


SCHEMAS = pytest.mark.parametrize(
    "schema", [graph_schema(KindSet(())), BUILT_IN, schema_with(9)], ids=["no kinds", "built-in", "9 more"]
)


@SCHEMAS
def test_the_page_names_every_label_type_property_and_index(schema: GraphSchema) -> None:
    page = render_schema_page(schema, "schema.svg")
    for node in schema.nodes:
        assert re.search(rf"^### .*\b{node.label}\b", page, re.MULTILINE), node.label
    for each in schema.relationships:
        assert re.search(rf"^### .*\b{each.type}\b", page, re.MULTILINE), each.type
        assert f"`(:{each.start})-[:{each.type}]->(:{each.end})`" in page
    for owner in (*schema.nodes, *schema.relationships):
        for each in owner.properties:
            assert f"| `{each.name}` | {each.type} | {each.words} |" in page, each
    for index in graph_indexes(schema):
        assert f"| `{index.name}` | {index.kind} |" in page


def test_every_state_label_stands_with_what_it_means() -> None:
    page = render_schema_page(BUILT_IN, "schema.svg")
    states = [state for node in BUILT_IN.nodes for state in node.states]
    assert states
    for label, words in states:
        assert f"| `{label}` | {words} |" in page


def test_the_tables_of_the_page_keep_their_columns() -> None:
    cell = re.compile(r"(?<!\\)\|")
    tables = re.findall(r"(?:^\|.*\n)+", render_schema_page(BUILT_IN, "schema.svg"), re.MULTILINE)
    for table in tables:
        assert len({len(cell.split(line)) for line in table.splitlines()}) == 1, table


def boxes_of(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of all rectangles but the paper."""
    found = [
        tuple(float(each.get(name, 0)) for name in ("x", "y", "width", "height"))
        for each in ET.fromstring(svg).iter(f"{SVG}rect")
        if each.get("x") is not None
    ]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


@SCHEMAS
def test_the_picture_has_each_label_and_each_relationship_type_once(schema: GraphSchema) -> None:
    texts = [each.text for each in ET.fromstring(render_schema_svg(schema)).iter(f"{SVG}text")]
    for name in (*schema.labels(), *schema.relationship_types()):
        assert texts.count(name) == 1, name


@SCHEMAS
def test_no_two_boxes_of_the_picture_cross_and_all_lie_inside_of_it(schema: GraphSchema) -> None:
    svg = render_schema_svg(schema)
    width, height = (float(ET.fromstring(svg).get(name, 0)) for name in ("width", "height"))
    boxes = boxes_of(svg)
    assert len(boxes) >= len(schema.nodes)
    for left, top, right, bottom in boxes:
        assert (0 < left < right < width, 0 < top < bottom < height) == (True, True)
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        inside = any(a[0] <= b[0] and a[1] <= b[1] and b[2] <= a[2] and b[3] <= a[3]
                     for a, b in ((one, other), (other, one)))  # fmt: skip
        assert apart or inside, (one, other)


def test_words_that_a_workspace_declares_are_text_in_the_picture() -> None:
    svg = render_schema_svg(schema_with(1, "same <script>&\x1b[2J\u202e"))
    assert "<script>" not in svg
    assert not {"\x1b", "\u202e"} & set(svg)
    ET.fromstring(svg)


def test_an_arrow_without_a_place_is_said_and_not_left_out() -> None:
    stray = RelationshipSchema("FOUND", "Run", "Device", "which devices a run found", ())
    with pytest.raises(ValueError, match="FOUND"):
        render_schema_svg(replace(BUILT_IN, relationships=(*BUILT_IN.relationships, stray)))
