"""Where Neo4j Browser is, as far as the workspace and the environment tell without asking a server."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from graphrisk.errors import ConfigError
from graphrisk.report.browser_script import BrowserAddress
from graphrisk.workspace import Workspace
from graphrisk.workspace.browsing import ring_link
from graphrisk.workspace.config import Sections
from graphrisk.workspace.graph_server import find_browser, find_target

HOSTILE_RING = "it's & #1; $x => \\u0027}) DETACH DELETE n // \u202e"


def test_without_a_server_named_anywhere_there_is_no_browser() -> None:
    assert find_browser({}, {}) is None
    assert find_browser({"detect": {"gamma": 0.05}}, {"NEO4J_PASSWORD": "secret"}) is None


@pytest.mark.parametrize(
    ("sections", "environment", "expected"),
    [
        (
            {"neo4j": {}},
            {},
            BrowserAddress("http://localhost:7474/browser/", "bolt://neo4j@localhost:7687", "neo4j"),
        ),
        (
            {"neo4j": {"uri": "neo4j://graph.example:17687", "user": "ann b", "database": "shop"}},
            {},
            BrowserAddress(
                "http://graph.example:7474/browser/", "neo4j://ann%20b@graph.example:17687", "shop"
            ),
        ),
        (
            {"neo4j": {"uri": "neo4j://graph.example", "browser": "http://localhost:17474/browser/?x=1"}},
            {"NEO4J_URI": "bolt+s://[::1]:7687", "NEO4J_USER": "bob", "NEO4J_DATABASE": "other"},
            BrowserAddress("http://localhost:17474/browser/", "bolt+s://bob@[::1]:7687", "other"),
        ),
        (
            {},
            {"NEO4J_URI": "neo4j+s://graph.example"},
            BrowserAddress(
                "https://graph.example:7473/browser/", "neo4j+s://neo4j@graph.example:7687", "neo4j"
            ),
        ),
    ],
)
def test_the_address_follows_from_what_names_the_server(
    sections: Sections, environment: dict[str, str], expected: BrowserAddress
) -> None:
    assert find_browser(sections, environment) == expected


@pytest.mark.parametrize("uri", ["nonsense", "bolt://", "bolt://host:port", "bolt://[::1"])
def test_an_address_that_makes_no_sense_gives_no_link(uri: str) -> None:
    assert find_browser({}, {"NEO4J_URI": uri}) is None


def test_an_address_of_browser_is_one_of_the_web() -> None:
    with pytest.raises(ConfigError, match="browser is an address such as"):
        find_browser({"neo4j": {"browser": "javascript:alert(1)"}}, {})


def test_a_link_has_the_question_for_the_ring_and_no_password(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_USERNAME", "NEO4J_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    assert ring_link(shop, "RING-ALPHA") is None
    monkeypatch.setenv("NEO4J_PASSWORD", "correct horse")
    monkeypatch.setenv("NEO4J_URI", "neo4j://localhost:7687")
    link = ring_link(shop, "RING-ALPHA") or ""
    asked = parse_qs(urlsplit(link).query)
    assert asked["cmd"] == ["edit"]
    assert "MATCH (ring:Ring {id: 'RING-ALPHA'})" in asked["arg"][0]
    assert "correct" not in link


def test_a_hostile_name_is_one_literal_in_the_link(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "neo4j://localhost:7687")
    (text,) = parse_qs(urlsplit(ring_link(shop, HOSTILE_RING) or "").query)["arg"]
    plain = parse_qs(urlsplit(ring_link(shop, "X") or "").query)["arg"][0]
    literal = (
        r"'it\'s \u0026 \u00231\u003b \u0024x \u003d\u003e \\u0027\u007d\u0029 DETACH DELETE n // \u202e'"
    )
    assert text == plain.replace("'X'", literal)


def test_a_target_does_not_mind_where_browser_is(shop: Workspace) -> None:
    sections: Sections = {"neo4j": {"browser": "https://graph.example/"}}
    assert (
        find_target(sections, shop.folder, environment={"NEO4J_PASSWORD": "x"}).uri == "bolt://localhost:7687"
    )
