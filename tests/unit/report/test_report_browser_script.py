"""What is put into Browser's editor says what was meant, whatever the data holds."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from handmade_shop import HOSTILE, SCREEN_WIPE
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.flows.play import fill_values
from graphrisk.report.browser_script import (
    BrowserAddress,
    cypher_literal,
    edit_link,
    filled_statement,
    param_lines,
)
from graphrisk.stores.neo4j.playbook import read_playbook

PLAYBOOK = read_playbook()
RING = PLAYBOOK[1]
ADDRESS = BrowserAddress("http://localhost:7474/browser/", "neo4j://ann@localhost:7687", "neo4j")
NASTY = [
    *HOSTILE,
    SCREEN_WIPE,
    "it's",
    "\\",
    "\\'",
    "\\u0027",
    "a'}) DETACH DELETE n //",
    "& # ? arg= ; $x => %26",
    "😀\r\n",
]


def in_cypher(literal: str) -> str:
    """What Cypher 5 reads: first \\uXXXX anywhere but after a backslash, then the escapes of a text. Fails
    where the text ends before the literal does."""
    units = re.sub(r"\\\\|\\u([0-9a-fA-F]{4})", lambda f: chr(int(f[1], 16)) if f[1] else f[0], literal)
    body = re.fullmatch(r"'((?:[^'\\]|\\['\\])*)'", units, re.DOTALL)
    assert body is not None, literal
    text = re.sub(r"\\(['\\])", r"\1", body[1])
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def in_browser(link: str) -> list[str]:
    """What Neo4j Browser 5.24 finds as `arg` in its address: it decodes first, and takes it apart then."""
    return re.findall(r"[?&]arg=([^&#]*)", unquote(link.replace("+", " ")))


@pytest.mark.parametrize("text", NASTY)
def test_a_hostile_text_is_the_same_text_in_cypher(text: str) -> None:
    literal = cypher_literal(text)
    assert in_cypher(literal) == text
    assert re.fullmatch(r"[ -~]+", literal)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_any_text_is_the_same_text_in_cypher(text: str) -> None:
    literal = cypher_literal(text)
    assert in_cypher(literal) == text
    assert not set(literal) & set("&#$;=>%?+")


@pytest.mark.parametrize(("value", "literal"), [(5, "5"), (-1.5, "-1.5"), (True, "true"), (1e-7, "1e-07")])
def test_numbers_and_truths_are_written_as_cypher_writes_them(
    value: int | float | bool, literal: str
) -> None:
    assert cypher_literal(value) == literal


@pytest.mark.parametrize("ring_id", NASTY)
def test_browser_finds_in_a_link_the_text_that_was_put_there(ring_id: str) -> None:
    text = filled_statement(RING, fill_values(RING, {"ring_id": ring_id}))
    assert in_browser(edit_link(ADDRESS, text)) == [text]
    assert cypher_literal(ring_id) in text


def test_a_link_names_server_and_database_and_no_password() -> None:
    link = edit_link(ADDRESS, "RETURN 1")
    assert link == (
        "http://localhost:7474/browser/?dbms=neo4j%3A%2F%2Fann%40localhost%3A7687&db=neo4j&cmd=edit&arg=RETURN%201"
    )


@pytest.mark.parametrize("sign", ["&", "#"])
def test_a_text_that_browser_would_cut_off_gets_no_link(sign: str) -> None:
    with pytest.raises(ValueError, match=f"cut the text off at {sign}"):
        edit_link(ADDRESS, f"RETURN 1 {sign} 2")


@pytest.mark.parametrize("question", PLAYBOOK, ids=lambda question: question.name)
def test_every_question_fits_a_link_and_has_no_parameter_left(question) -> None:
    text = filled_statement(question, fill_values(question, {}))
    assert in_browser(edit_link(ADDRESS, text)) == [text]
    assert text.startswith(f"// {question.title}\n")
    assert "$" not in text
    assert ";" not in text  # several statements show no picture


def test_parameters_are_set_line_by_line() -> None:
    assert param_lines(RING, fill_values(RING, {"ring_id": "it's"})) == (
        ":param ring_id => 'it\\'s';\n:param member_limit => 100;\n:param limit => 200;"
    )
