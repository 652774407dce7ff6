"""What the guide and the links put into Browser's editor, run on a real server as Browser would send it."""

from __future__ import annotations

import random
from urllib.parse import parse_qs, urlsplit

import pytest
from handmade_shop import HOSTILE, SCREEN_WIPE
from neo4j_server import Neo4jServer

from graphrisk.flows.play import fill_values
from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.report.browser_script import cypher_literal, filled_statement, param_lines
from graphrisk.stores.neo4j.connection import open_neo4j
from graphrisk.stores.neo4j.playbook import read_playbook
from graphrisk.stores.neo4j.schema import ensure_schema
from graphrisk.stores.neo4j.target import Neo4jTarget
from graphrisk.workspace import Workspace
from graphrisk.workspace.browsing import ring_link
from graphrisk.workspace.pushing import push_workspace

PLAYBOOK = read_playbook()
NASTY = [
    *HOSTILE, SCREEN_WIPE, "it's", "\\", "\\\\", "\\'", "'\\", "\\u0027", "\\\\u0027", "\\u005c'", "`", '"',
    "\n\r\t", "'}) DETACH DELETE n //", "& # ? ; $x => %26 +", "\U0001f600\U0001f469\u200d\U0001f467", "\x00",
    "\u202eabc\u2066", "\ufeff", "e\u0301", "x" * 10_000,
]  # fmt: skip
HOSTILE_RING = "RING '}) DETACH DELETE n // \\u0027 & # $x => ; \u202e 😀\n"


def test_every_text_is_the_same_text_for_the_server(neo4j_server: Neo4jServer) -> None:
    dice = random.Random(3)
    signs = ["\\", "'", "u", "0", "0027", "\u2028", "\U0001f600", "a", " ", "{", "}", "$", "\n", "\x7f"]
    made_up = ["".join(dice.choices(signs, k=dice.randrange(1, 12))) for _ in range(500)]
    texts = NASTY + made_up
    literals = ", ".join(map(cypher_literal, texts))
    assert neo4j_server.run(f"RETURN [{literals}] AS texts") == [{"texts": texts}]


def test_numbers_and_truths_are_the_same_for_the_server(neo4j_server: Neo4jServer) -> None:
    values = [0, -5, 10**17, 0.5, -1.5e300, 1e-07, True, False]
    (row,) = neo4j_server.run(f"RETURN [{', '.join(map(cypher_literal, values))}] AS them")
    assert [(type(value), value) for value in row["them"]] == [(type(value), value) for value in values]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["plain", HOSTILE_RING])
def test_every_question_filled_in_is_one_statement_that_the_server_understands(
    empty_neo4j: Neo4jServer, text: str
) -> None:
    target = Neo4jTarget(empty_neo4j.uri, empty_neo4j.user, "neo4j", empty_neo4j.password)
    with open_neo4j(target) as connection:
        ensure_schema(connection, graph_schema(BUILT_IN_KINDS))
    for question in PLAYBOOK:
        texts = {each.name: text for each in question.parameters if each.type == "text"}
        texts |= {"text": "smith", "search_index": "graphrisk_search"} if "text" in texts else {}
        values = fill_values(question, texts)
        assert empty_neo4j.run(filled_statement(question, values)) == []
        # `:param name => expression;` sends RETURN expression to the server
        for line in param_lines(question, values).splitlines():
            name, _, expression = line.removeprefix(":param ").removesuffix(";").partition(" => ")
            assert empty_neo4j.run(f"RETURN {expression} AS `{name}`") == [{name: values[name]}]


def test_the_link_of_a_ring_with_a_hostile_name_opens_that_ring_and_does_nothing_else(
    empty_neo4j: Neo4jServer, shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_URI", empty_neo4j.uri)
    monkeypatch.setenv("NEO4J_USER", empty_neo4j.user)
    monkeypatch.setenv("NEO4J_PASSWORD", empty_neo4j.password)
    with shop.writing() as connection:
        for name in ("ring", "ring_member", "ring_signal", "evidence", "account_risk"):
            connection.execute(
                f"UPDATE {name} SET ring_id = ? WHERE run_id = 'run-new' AND ring_id = 'RING-ALPHA'",
                [HOSTILE_RING],
            )
    push_workspace(shop)
    nodes = empty_neo4j.run("MATCH (n) RETURN count(n) AS count")
    ring = shop.latest().ring(HOSTILE_RING)
    (text,) = parse_qs(urlsplit(ring_link(shop, ring.ring_id) or "").query)["arg"]
    rows = empty_neo4j.run(text)
    assert [(row["ring"]["id"], row["account"]["id"], row["identifier"]["id"]) for row in rows] == [  # type: ignore[index]
        (HOSTILE_RING, "acc2", "D1"),
        (HOSTILE_RING, "acc1", "D1"),
        (HOSTILE_RING, "acc3", "C1"),
        (HOSTILE_RING, "acc3", "D1"),
        (HOSTILE_RING, "acc4", "C1"),
    ]
    assert empty_neo4j.run("MATCH (n) RETURN count(n) AS count") == nodes
