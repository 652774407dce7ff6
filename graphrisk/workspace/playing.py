"""Wires a Neo4j server and the playbook to the flow that plays a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphrisk.flows.play import play_question
from graphrisk.model.graph_values import Answer
from graphrisk.model.questions import Question, QuestionValue
from graphrisk.stores.neo4j.answers import Neo4jQuestions
from graphrisk.stores.neo4j.connection import open_neo4j
from graphrisk.workspace.graph_server import GraphServerFlags, find_target, read_declared
from graphrisk.workspace.pushing import declared_schema


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """values: of every parameter. seconds: after which the server ends the question."""

    question: Question
    values: Mapping[str, QuestionValue]
    seconds: float


def play_in_graph(folder: Path, flags: GraphServerFlags, order: PlayOrder) -> Answer:
    """Ask the server that a workspace speaks to. folder: where graphrisk.toml is; without one the built-in
    kinds count. Raises ConfigError, GraphServerError."""
    kinds, sections = read_declared(folder)
    target = find_target(sections, folder, flags)
    with open_neo4j(target) as connection:
        server = Neo4jQuestions(connection, declared_schema(kinds), order.seconds)
        return play_question(server, order.question, order.values)
