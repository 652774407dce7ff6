"""The playbook as a whole: twenty-one questions that speak the graph's vocabulary and only read."""

from __future__ import annotations

import re

import pytest

from graphrisk.model.graph_schema import graph_schema
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.questions import Question, ValueType
from graphrisk.stores.neo4j.playbook import read_playbook

PLAYBOOK = read_playbook()
SCHEMA = graph_schema(BUILT_IN_KINDS)
# Keys of the maps that a question makes itself
OWN_KEYS = {"kind", "number"}
KEYWORDS_THAT_WRITE = r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP|LOAD|FOREACH)\b"


def code(question: Question) -> str:
    """The statement without its texts and comments."""
    return re.sub(r"'[^']*'|//.*", "''", question.statement)


def test_there_are_twenty_one_in_order() -> None:
    assert [question.number for question in PLAYBOOK] == list(range(1, 22))
    assert len({question.title for question in PLAYBOOK}) == 21
    assert len({question.short_name for question in PLAYBOOK}) == 21


@pytest.mark.parametrize("question", PLAYBOOK, ids=lambda question: question.name)
class TestEveryQuestion:
    def test_it_only_reads(self, question: Question) -> None:
        assert re.search(KEYWORDS_THAT_WRITE, code(question), re.IGNORECASE) is None
        procedures = re.findall(r"\bCALL\s+([a-z][\w.]*)", code(question))
        assert set(procedures) <= {"db.index.fulltext.queryNodes"}

    def test_it_names_only_labels_types_and_properties_of_the_vocabulary(self, question: Question) -> None:
        text = code(question)
        known = SCHEMA.labels() | SCHEMA.relationship_types()
        assert set(re.findall(r"(?<=[\w(\[]):([A-Z]\w*)", text)) <= known
        assert set(re.findall(r"[(\[]:([A-Z]\w*)", text)) <= known
        in_quotes = set(re.findall(r"type\(\w+\) (?:<>|=) '(\w+)'", question.statement))
        assert in_quotes <= SCHEMA.relationship_types()
        properties = set(re.findall(r"\b[a-z]\w*\.([a-z_]+)\b(?!\()", text)) - {"index", "fulltext"}
        properties |= set(re.findall(r"\{(\w+): \$", text)) - {"limit"}
        assert properties <= SCHEMA.property_names() | OWN_KEYS

    def test_it_has_a_limit_that_may_be_left_out(self, question: Question) -> None:
        limit = question.parameter("limit")
        assert limit is not None
        assert limit.type is ValueType.INTEGER
        assert isinstance(limit.default, int)
        assert 1 <= limit.default <= 200

    def test_it_says_what_it_is_for_in_whole_sentences(self, question: Question) -> None:
        assert question.purpose.endswith(".")
        assert not question.title.endswith(".")
        assert all(not parameter.words.endswith(".") for parameter in question.parameters)
