"""What should stand in Neo4j, in SQL."""

from __future__ import annotations

import re
from itertools import product

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.model.graph_enforcement import NO_ENFORCEMENT
from graphrisk.model.graph_schema import graph_schema, node_id
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.stores.duckdb.enforcement_projection import (
    account_enforcement_query,
    keep_enforcement,
    ring_enforcement_query,
)
from graphrisk.stores.duckdb.graph_columns import caption_of, id_of
from graphrisk.stores.duckdb.projection import (
    TOLD_LINKS,
    ProjectionScope,
    node_query,
    relationship_query,
)
from graphrisk.stores.duckdb.schema import create_schema
from graphrisk.stores.neo4j.graph_target import node_statement, relationship_statement
from graphrisk.stores.neo4j.statements import read_statement

LIKE_SHORTENED = st.builds(
    lambda head, tail: f"{head}...sha256:{tail}",
    st.text(min_size=199, max_size=201),
    st.text("0123456789abcdef", min_size=63, max_size=65),
)
# DuckDB takes no NUL and no surrogates; loading lets neither through
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))

VERBS = ("merge", "create")


@given(TEXTS | LIKE_SHORTENED.filter(lambda text: "\x00" not in text) | st.sampled_from(
    ["a" * 2000, "a" * 2001, "\U0001f600" * 2000, "\U0001f600" * 2001, "é" * 300, node_id("a" * 5000)]
))  # fmt: skip
def test_sql_and_python_agree_on_the_id_of_a_node(text: str) -> None:
    found = duckdb.execute(f"SELECT {id_of('t')} FROM (SELECT $1 AS t)", [text]).fetchall()
    assert found == [(node_id(text),)]


def test_a_caption_is_short_and_turns_no_text_around() -> None:
    hostile = "evil\u202egnp.exe\x1b[2J" + "x" * 100
    found = duckdb.execute(f"SELECT {caption_of('t')} FROM (SELECT $1 AS t)", [hostile]).fetchall()
    assert found == [("evil·gnp.exe·[2J" + "x" * 24 + "…",)]


def test_the_queries_give_what_the_statements_take() -> None:
    scope = ProjectionScope(BUILT_IN_KINDS, "RUN-1", payments=True)
    schema = graph_schema(BUILT_IN_KINDS)
    for node in schema.nodes:
        wanted = _parameters(node_statement("merge", node).text)
        assert wanted <= _columns(node_query(node, scope), scope), node.label
    for verb, relationship in product(VERBS, schema.relationships):
        wanted = _parameters(relationship_statement(verb, relationship).text)
        ends = {"start", "end", "start_digest", "end_digest"}
        assert wanted - ends <= _columns(relationship_query(relationship, scope), scope), relationship.type


def test_the_statements_write_every_declared_property() -> None:
    by_others = {"risk", "propagated", "reason", "ring_id", "verdict", "score_digest", "written_at",
                 "is_current", "enforcement_state", "enforcement_from_at", "enforcement_until_at",
                 "enforcement_plan_id", "enforcement_digest", "enforced_count", "strongest_enforcement",
                 }  # fmt: skip
    schema = graph_schema(BUILT_IN_KINDS)
    for node in schema.nodes:
        text = node_statement("merge", node).text
        for each in node.properties:
            assert f"n.{each.name} =" in text or each.name in {"id", *by_others}, (node.label, each.name)
    for verb, relationship in product(VERBS, schema.relationships):
        text = relationship_statement(verb, relationship).text
        for each in relationship.properties:
            assert re.search(rf"l\.{each.name} =|^ +{each.name}:", text, re.M), (relationship.type, each.name)


def test_what_is_in_force_gives_what_its_statements_take_and_they_write_all_of_it() -> None:
    scope = ProjectionScope(BUILT_IN_KINDS, "RUN-1", payments=True)
    for name, query in (("account", account_enforcement_query()), ("ring", ring_enforcement_query())):
        text = read_statement(f"write/set_{name}_enforcement").text
        columns = _columns(query, scope) - {"id", "is_enforced"}
        assert _parameters(text) - {"node", "digest"} == columns
        assert set(re.findall(r"\b[ar]\.(\w+) =", text)) - {"content_digest"} == columns


def _parameters(cypher: str) -> set[str]:
    return set(re.findall(r"\$([a-z_]+)\[i\]", cypher))


def _columns(query: str, scope: ProjectionScope) -> set[str]:
    with duckdb.connect() as connection:
        create_schema(connection)
        connection.execute(f"CREATE TEMP TABLE told_link AS {TOLD_LINKS}")
        keep_enforcement(connection, NO_ENFORCEMENT)
        return set(connection.sql(query, params=scope.parameters(query)).columns)
