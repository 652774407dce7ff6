"""The style sheet has a rule for whatever the graph has."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet
from graphrisk.report.grass import render_grass

WALLET = replace(BUILT_IN_KINDS.kinds[0], name="wallet", label="Wallet", relationship="USED_WALLET")
WITH_WALLET = KindSet.of((*BUILT_IN_KINDS.kinds, WALLET))


def rules(text: str) -> dict[str, dict[str, str]]:
    """As Neo4j Browser 5.24 reads them: selectors without spaces, properties with exactly one colon."""
    found = {}
    for selector, body in re.findall(r"([^{}]+)\{((?:'[^']*'|[^'{}])*)\}", text):
        pairs = [line.split(":") for line in body.replace("'", "").split(";")]
        found[re.sub(r"\s", "", selector)] = {p[0].strip(): p[1].strip() for p in pairs if len(p) == 2}
    return found


def looks(text: str, *labels: str) -> dict[str, str]:
    """A node's style in Browser: of all rules that fit, the last one counts."""
    style: dict[str, str] = {}
    for selector, properties in rules(text).items():
        if selector == "node" or selector in {f"node.{label}" for label in labels}:
            style |= properties
    return style


@pytest.mark.parametrize("kinds", [BUILT_IN_KINDS, WITH_WALLET])
def test_every_label_has_a_rule_and_shows_its_caption(kinds: KindSet) -> None:
    found = rules(render_grass(kinds))
    labelled = {
        selector.removeprefix("node."): rule for selector, rule in found.items() if "node." in selector
    }
    assert labelled.keys() == graph_schema(kinds).labels()
    assert {rule["caption"] for rule in labelled.values()} == {"{caption}"}


def test_no_rule_is_for_a_relationship_that_the_graph_has_not() -> None:
    styled = {s.removeprefix("relationship.") for s in rules(render_grass(BUILT_IN_KINDS)) if "ship." in s}
    assert styled <= graph_schema(BUILT_IN_KINDS).relationship_types()
    assert {"EVIDENCE", "MEMBER_OF"} <= styled


def test_what_is_known_of_a_node_is_seen_before_what_it_is() -> None:
    text = render_grass(BUILT_IN_KINDS)
    plain = looks(text, "Account")["color"]
    high, bad = (
        looks(text, "Account", "HighRisk")["color"],
        looks(text, "Account", "HighRisk", "KnownBad")["color"],
    )
    assert len({plain, high, bad, looks(text, "Account", "KnownGood")["color"]}) == 4
    assert looks(text, "Identifier", "Device")["color"] != looks(text, "Identifier")["color"]
    assert int(looks(text, "Ring")["diameter"].removesuffix("px")) > 65
