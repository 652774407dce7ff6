"""Which question is meant, and with which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.play import bind_values, choose_question, fill_values, play_question, split_assignments
from graphrisk.model.graph_values import Answer
from graphrisk.model.questions import Question, QuestionValue
from graphrisk.stores.neo4j.playbook import read_playbook

QUESTIONS = read_playbook()
RING = choose_question(QUESTIONS, "ring_with_evidence")
SEARCH = choose_question(QUESTIONS, "search")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1", "01_top_rings"),
        ("01", "01_top_rings"),
        ("15", "15_why_this_account"),
        ("01_top_rings", "01_top_rings"),
        ("top_rings", "01_top_rings"),
        ("top", "01_top_rings"),
        ("09_short", "09_shortest_evidence"),
        ("Ring-With", "02_ring_with_evidence"),
        ("12_search.cypher", "12_search"),
        ("ring_t", "14_ring_timeline"),
    ],
)
def test_a_question_is_found_by_number_name_or_beginning(name: str, found: str) -> None:
    assert choose_question(QUESTIONS, name).name == found


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("toprings", "did you mean 01_top_rings?"),
        ("01_top_ring_s", "did you mean 01_top_rings?"),
        ("shortest_path", "did you mean 09_shortest_evidence?"),
        ("99", "list them with"),
        ("", "list them with"),
        ("qqqq", "list them with"),
        ("ring", "one of 02_ring_with_evidence, 08_rings_like_this_one, 14_ring_timeline"),
    ],
)
def test_a_question_that_is_not_there_names_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        choose_question(QUESTIONS, name)
    assert caught.value.remedy.startswith(remedy)


def test_what_is_not_given_has_its_default() -> None:
    given = {"ring_id": "RING-1", "limit": "3"}
    assert bind_values(RING, given) == {"ring_id": "RING-1", "member_limit": 100, "limit": 3}


@pytest.mark.parametrize(
    ("given", "words", "remedy"),
    [
        ({}, "`ring_id` is required: the ring's name", "--param ring_id=RING-7K3QX"),
        ({"ring_id": "R", "limt": "3"}, "no such parameter", "did you mean `limit`?"),
        ({"ring_id": "R", "zzz": "3"}, "no such parameter", "it has ring_id, member_limit, limit"),
        ({"ring_id": "R", "limit": "many"}, "expected a whole number", "for example --param limit=200"),
        ({"ring_id": "R", "limit": "-1"}, "at least 0", ""),
    ],
)
def test_values_that_do_not_fit_are_refused_before_anybody_is_asked(
    given: dict[str, str], words: str, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        bind_values(RING, given)
    assert caught.value.remedy == remedy


def test_a_text_to_edit_has_examples_for_what_is_not_given() -> None:
    assert fill_values(RING, {"limit": "3"}) == {"ring_id": "RING-7K3QX", "member_limit": 100, "limit": 3}


def test_an_assignment_is_split_at_its_first_equals_sign() -> None:
    assert split_assignments(["a=b=c", "$d=", "e= f "]) == {"a": "b=c", "d": "", "e": " f "}
    for wrong in (["a"], ["a=1", "a=2"]):
        with pytest.raises(ConfigError):
            split_assignments(wrong)


@dataclass
class Graph:
    """Fits QuestionServer: remembers what it was asked."""

    asked: list[dict[str, QuestionValue]] = field(default_factory=list)

    def search_index_name(self) -> str:
        return "theirs"

    def ask(self, question: Question, values: Mapping[str, QuestionValue]) -> Answer:
        self.asked.append(dict(values))
        return Answer((), ())


def test_the_search_index_is_called_what_the_server_calls_it_unless_somebody_says() -> None:
    graph = Graph()
    play_question(graph, SEARCH, bind_values(SEARCH, {"text": "smith"}))
    play_question(graph, SEARCH, bind_values(SEARCH, {"text": "smith", "search_index": "mine"}))
    play_question(graph, RING, bind_values(RING, {"ring_id": "R"}))
    assert [values.get("search_index") for values in graph.asked] == ["theirs", "mine", None]
