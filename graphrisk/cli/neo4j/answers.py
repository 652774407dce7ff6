"""How an answer of the graph is shown: one readable text a cell in tables, whole objects in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from graphrisk.cli.output import FOLDED_WIDTH, Cell, Column, Json, print_table
from graphrisk.model.graph_values import (
    Answer,
    GraphNode,
    GraphPath,
    GraphRelationship,
    GraphValue,
    value_words,
)


def print_answer(answer: Answer, *, title: str = "") -> None:
    rows = [[_cell(value) for value in row] for row in answer.rows]
    columns = [
        Column(name, fold=any(len(cell) > FOLDED_WIDTH for row in rows if isinstance(cell := row[at], str)))
        for at, name in enumerate(answer.columns)
    ]
    print_table(columns, rows, title=title)


def answer_json(answer: Answer) -> Json:
    """Its rows, each by column."""
    return [dict(zip(answer.columns, map(_json, row), strict=True)) for row in answer.rows]


def _cell(value: GraphValue) -> Cell:
    if isinstance(value, int | float | datetime) and not isinstance(value, bool):
        return value
    return None if value is None else value_words(value)


def _json(value: GraphValue) -> Json:
    """A relationship's start and end are keys of nodes of the same answer."""
    match value:
        case GraphNode():
            shown: Json = {"key": value.key, "labels": value.labels, "properties": _json(value.properties)}
        case GraphRelationship():
            shown = {
                "type": value.type,
                "start": value.start_key,
                "end": value.end_key,
                "properties": _json(value.properties),
            }
        case GraphPath():
            shown = {
                "nodes": [_json(node) for node in value.nodes],
                "relationships": [_json(link) for link in value.relationships],
            }
        case Mapping():
            shown = {name: _json(each) for name, each in value.items()}
        case str() | int() | float() | datetime() | None:
            shown = value
        case Sequence():
            shown = [_json(each) for each in value]
    return shown
