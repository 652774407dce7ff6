"""Statements come from files; names are escaped, values are parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.stores.neo4j.statements import Statement, cypher_folder, escaped, read_statement


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith(".cypher"):
            yield entry


def test_every_file_holds_one_statement() -> None:
    files = list(_files(cypher_folder()))
    assert len(files) > 15
    for file in files:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("//")]
        assert ";" not in "\n".join(lines).strip().removesuffix(";"), file.name


def test_a_statement_loses_its_comments() -> None:
    assert read_statement("write/merge_rings").text.startswith("CYPHER 5")


def test_placeholders_become_escaped_names() -> None:
    statement = Statement("x", "MATCH (n:`{label}`)-[:`{type}`]->() RETURN n")
    assert statement.fill(label="Order", type="A`B").text == "MATCH (n:`Order`)-[:`A``B`]->() RETURN n"


@pytest.mark.parametrize("names", [{}, {"label": "A", "other": "B"}, {"other": "B"}])
def test_placeholders_and_names_must_match(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="wants"):
        Statement("x", "MATCH (n:`{label}`) RETURN n").fill(**names)


@pytest.mark.parametrize("name", ["", "a\nb", "a\\u0060b", "a\x00", "a\u202eb"])
def test_what_no_name_needs_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        escaped(name)


@given(st.text(min_size=1, max_size=30))
def test_no_name_gets_out_of_its_backticks(name: str) -> None:
    try:
        text = escaped(name)
    except ValueError:
        return
    assert re.fullmatch(r"`(?:[^`]|``)*`", text)
    assert text[1:-1].replace("``", "`") == name
