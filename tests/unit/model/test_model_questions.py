"""A question's header becomes a record, or a sentence that says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.model.questions import QuestionParameter, ValueType, parse_question, parse_value

GOOD = """// The title
// What it is for,
// over two lines.
//
// $ring_id: text, for example 'RING-7: so': the ring's name
// $share: float, default -0.5: a share
// $only_core: boolean, default true: leave out the fringe
// $limit: integer, default 25: rows at most
CYPHER 5
MATCH (r:Ring {id: $ring_id})  // not a header
WHERE r.share > $share AND $only_core
RETURN r
LIMIT $limit
"""


def test_a_header_becomes_title_purpose_and_parameters() -> None:
    question = parse_question("07_some_rings", GOOD)
    assert (question.name, question.number, question.short_name) == ("07_some_rings", 7, "some_rings")
    assert (question.title, question.purpose) == ("The title", "What it is for, over two lines.")
    assert question.parameters == (
        QuestionParameter("ring_id", ValueType.TEXT, None, "RING-7: so", "the ring's name"),
        QuestionParameter("share", ValueType.FLOAT, -0.5, -0.5, "a share"),
        QuestionParameter("only_core", ValueType.BOOLEAN, True, True, "leave out the fringe"),
        QuestionParameter("limit", ValueType.INTEGER, 25, 25, "rows at most"),
    )
    assert question.statement.startswith("CYPHER 5\nMATCH")
    assert question.statement.endswith("LIMIT $limit")
    assert question.text == GOOD
    assert question.parameter("limit") is question.parameters[3]
    assert question.parameter("else") is None


@pytest.mark.parametrize(
    ("name", "change", "complaint"),
    [
        ("some_rings", ("", ""), "a name is two digits and words"),
        ("07_Some", ("", ""), "a name is two digits and words"),
        ("07_some", ("// The title\n// What it is for,\n// over two lines.\n//\n", ""), "the first line is"),
        ("07_some", ("// The title\n", "//\n"), "the first line is"),
        ("07_some", ("// What it is for,\n// over two lines.\n", ""), "the next ones say what it is for"),
        ("07_some", ("text, for", "word, for"), "line 5: 'word' is no type; one of text, integer, float"),
        ("07_some", ("default 25: rows", "25: rows"), "line 8: a parameter is"),
        ("07_some", ("25: rows at most", "25:"), "line 8: a parameter is"),
        ("07_some", ("default 25", "default 2.5"), "line 8: expected a whole number, not 2.5"),
        ("07_some", ("default true", "default yes"), "line 7: expected true or false, not yes"),
        ("07_some", ("default -0.5", "default nan"), "line 6: expected a number, not nan"),
        ("07_some", ("default 25", "default '25'"), "line 8: '25' is no integer; texts"),
        ("07_some", ("'RING-7: so'", "RING-7"), "line 5: RING-7 is no text; texts"),
        ("07_some", ("$only_core\n", "true\n"), r"\$only_core is explained, but not used"),
        ("07_some", ("RETURN r", "RETURN r, $more"), r"\$more is used, but not explained"),
        ("07_some", ("// $share:", "// $limit:"), "explained twice"),
        ("07_some", ("LIMIT $limit", "SKIP $limit"), r"no line LIMIT \$limit"),
    ],
)
def test_a_header_that_is_wrong_says_where(name: str, change: tuple[str, str], complaint: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(ValueError, match=complaint):
        parse_question(name, GOOD.replace(*change) if change[0] else GOOD)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (ValueType.TEXT, " as 'it' is ", " as 'it' is "),
        (ValueType.TEXT, "", ""),
        (ValueType.INTEGER, "-12", -12),
        (ValueType.FLOAT, "1e3", 1000.0),
        (ValueType.FLOAT, "7", 7.0),
        (ValueType.BOOLEAN, "false", False),
    ],
)
def test_what_a_person_types_becomes_a_value_of_the_type(type_: ValueType, text: str, value: object) -> None:
    parsed = parse_value(type_, text)
    assert parsed == value
    assert type(parsed) is type(value)


@given(st.text(max_size=30).filter(lambda text: not text.strip().lstrip("+-").isdecimal()))
def test_no_text_but_digits_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="expected a whole number"):
        parse_value(ValueType.INTEGER, text)


@pytest.mark.parametrize("text", ["1" * 19, "٣", "1_000", " 1", "0x1", "1.0"])
def test_a_whole_number_has_at_most_18_plain_digits(text: str) -> None:
    with pytest.raises(ValueError, match="expected a whole number"):
        parse_value(ValueType.INTEGER, text)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "one"])
def test_a_number_is_finite(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        parse_value(ValueType.FLOAT, text)
