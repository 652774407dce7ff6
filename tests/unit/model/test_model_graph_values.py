"""What a person reads for a node, a relationship, a path."""

from __future__ import annotations

import pytest

from graphrisk.model.graph_values import GraphNode, GraphPath, GraphRelationship, GraphValue, value_words

ACCOUNT = GraphNode("1", ("Account", "HighRisk", "KnownBad"), {"id": "acc1", "caption": "acc1"})
DEVICE = GraphNode("2", ("Device", "Identifier"), {"id": "D1", "caption": "D1 ×3"})
THEIRS = GraphNode("3", (), {"name": "a note"})
USED = GraphRelationship("USED_DEVICE", "1", "2", {})
NOTED = GraphRelationship("NOTED", "3", "2", {})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ACCOUNT, "acc1 (Account)"),
        (DEVICE, "D1 ×3 (Device)"),
        (THEIRS, "a note ()"),
        (GraphNode("4", ("Identifier",), {"id": "x", "caption": ""}), "x (Identifier)"),
        (USED, "USED_DEVICE"),
        (GraphRelationship("EVIDENCE", "1", "2", {"words": "same device"}), "EVIDENCE: same device"),
        (GraphRelationship("MEMBER_OF", "1", "2", {"reasons": "why"}), "MEMBER_OF: why"),
        (GraphPath((ACCOUNT,), ()), "acc1"),
        (
            GraphPath((ACCOUNT, DEVICE, THEIRS), (USED, NOTED)),
            "acc1 -[USED_DEVICE]-> D1 ×3 <-[NOTED]- a note",
        ),
        ([ACCOUNT, 1, None, True], "acc1 (Account), 1, , true"),
        ({"a": 1, "b": [2.5]}, "a: 1, b: 2.5"),
        (None, ""),
        (False, "false"),
        ("as it is", "as it is"),
    ],
)
def test_a_value_reads_as_one_text(value: GraphValue, words: str) -> None:
    assert value_words(value) == words
