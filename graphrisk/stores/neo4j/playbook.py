"""The playbook: its questions from cypher/playbook/, and what a server answers to one."""

from __future__ import annotations

from functools import cache

from graphrisk.model.questions import Question, parse_question
from graphrisk.stores.neo4j.statements import cypher_folder

FOLDER = "playbook"


@cache
def read_playbook() -> tuple[Question, ...]:
    """In the order of their numbers."""
    files = sorted((cypher_folder() / FOLDER).iterdir(), key=lambda file: file.name)
    return tuple(
        parse_question(file.name.removesuffix(".cypher"), file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".cypher")
    )
