"""The vocabulary of the graph, and the ids of its nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.model.graph_schema import LONGEST_ID, graph_schema, node_id
from graphrisk.model.kinds import BUILT_IN_KINDS, KindSet

DEVICE = next(kind for kind in BUILT_IN_KINDS.kinds if kind.name == "device")


def test_every_kind_is_a_label_and_a_relationship() -> None:
    schema = graph_schema(BUILT_IN_KINDS)
    for kind in BUILT_IN_KINDS.kinds:
        assert kind.label in schema.labels()
        assert kind.relationship in schema.relationship_types()


def test_every_node_has_a_key_a_caption_and_a_digest() -> None:
    for node in graph_schema(BUILT_IN_KINDS).nodes:
        names = {each.name for each in node.properties}
        assert {"id", "long_id", "caption", "content_digest"} <= names, node.label


def test_every_relationship_joins_labels_that_exist() -> None:
    schema = graph_schema(BUILT_IN_KINDS)
    for relationship in schema.relationships:
        assert {relationship.start, relationship.end} <= schema.labels()


@pytest.mark.parametrize(
    ("label", "relationship", "complaint"),
    [
        ("Account", "USED_X", "belongs to graphrisk"),
        ("Device", "USED_X", "belongs to kind device"),
        ("Gadget", "PAID", "belongs to graphrisk"),
        ("Gadget", "PAID_WITH", "belongs to kind instrument"),
        ("Gad`get", "USED_X", "no plain name"),
        ("", "USED_X", "no plain name"),
        ("Gadget", "USED X", "no plain name"),
    ],
)
def test_a_kind_that_cannot_be_told_apart_is_refused(label: str, relationship: str, complaint: str) -> None:
    other = replace(DEVICE, name="zzz", label=label, relationship=relationship)
    with pytest.raises(ValueError, match=complaint):
        graph_schema(KindSet.of((*BUILT_IN_KINDS.kinds, other)))


@given(st.text(max_size=300))
def test_an_id_that_fits_an_index_is_the_text_itself(text: str) -> None:
    assert node_id(text) == text or "...sha256:" in text


def test_a_long_text_is_cut_and_told_apart_by_its_digest() -> None:
    one, other = "a" * 10_000, "a" * 10_001
    assert node_id(one) != node_id(other)
    assert node_id(one).startswith("a" * 200 + "...sha256:")
    assert len(node_id(one)) < LONGEST_ID


def test_nobody_can_take_the_id_of_a_long_text_by_writing_it_out() -> None:
    taken = node_id("a" * 10_000)
    assert node_id(taken) != taken
