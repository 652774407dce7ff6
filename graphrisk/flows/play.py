"""Plays one question of the playbook: which is meant, what its parameters are, what the graph says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Protocol

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.model.graph_values import Answer
from graphrisk.model.questions import Question, QuestionParameter, QuestionValue, ValueType, parse_value

SEARCH_INDEX_PARAMETER = "search_index"  # asked of the server where nobody says what it is called
_FLAG = "--param"


class QuestionServer(Protocol):
    """A graph that answers."""

    def search_index_name(self) -> str:
        """What the full-text index over captions is called there."""

    def ask(self, question: Question, values: Mapping[str, QuestionValue]) -> Answer:
        """Read only, within the time that was agreed."""


def choose_question(questions: Sequence[Question], name: str) -> Question:
    """The question of that number, name, name without number, or how one of these starts, if it is the only
    one. Raises NotFoundError, naming the nearest."""
    wanted = name.strip().lower().replace("-", "_").removesuffix(".cypher")
    if wanted.isdecimal():
        found = [each for each in questions if each.number == int(wanted)]
    else:
        found = [each for each in questions if wanted in (each.name, each.short_name)]
        starts = [each for each in questions if each.name.startswith(wanted)]
        starts += [each for each in questions if each.short_name.startswith(wanted)]
        found = found or (starts if wanted else [])
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(each.name for each in found)
        raise NotFoundError("several questions start so", value=name, remedy=f"one of {several}")
    names = {each.short_name: each.name for each in questions}
    near = difflib.get_close_matches(wanted.lstrip("0123456789_"), names, n=1, cutoff=0.4)
    raise NotFoundError(
        "the playbook has no such question",
        value=name,
        remedy=f"did you mean {names[near[0]]}?" if near else "list them with `graphrisk neo4j playbook`",
    )


def split_assignments(assignments: Sequence[str]) -> dict[str, str]:
    """`name=value` as it stands on a command line, the value up to the end whatever is in it. Raises
    ConfigError."""
    given: dict[str, str] = {}
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not sign:
            raise ConfigError(
                "expected NAME=VALUE", where=_FLAG, value=assignment, remedy=f"{_FLAG} ring_id=RING-7K3QX"
            )
        if name in given:
            raise ConfigError("given twice", where=_FLAG, value=name)
        given[name.removeprefix("$")] = value
    return given


def bind_values(question: Question, given: Mapping[str, str]) -> dict[str, QuestionValue]:
    """The value of every parameter, in the question's order. Raises ConfigError for a name that is not the
    question's, a value of the wrong type, and for what has to be given and is not."""
    values = _given_values(question, given)
    for each in question.parameters:
        if each.default is None and each.name not in values:
            raise ConfigError(
                f"`{each.name}` is required: {each.words}",
                where=question.name,
                remedy=f"{_FLAG} {each.name}={each.example}",
            )
    defaults = {each.name: each.example for each in question.parameters}
    return defaults | values


def fill_values(question: Question, given: Mapping[str, str]) -> dict[str, QuestionValue]:
    """As `bind_values`, but with the example for what is not given: for a text that a person will edit."""
    defaults = {each.name: each.example for each in question.parameters}
    return defaults | _given_values(question, given)


def play_question(server: QuestionServer, question: Question, values: Mapping[str, QuestionValue]) -> Answer:
    """values: those of `bind_values`. Raises GraphServerError."""
    told = dict(values)
    index = question.parameter(SEARCH_INDEX_PARAMETER)
    if index is not None and told[index.name] == index.default:
        told[index.name] = server.search_index_name()
    return server.ask(question, told)


def _given_values(question: Question, given: Mapping[str, str]) -> dict[str, QuestionValue]:
    return {name: _value(question, _parameter(question, name), text) for name, text in given.items()}


def _parameter(question: Question, name: str) -> QuestionParameter:
    found = question.parameter(name)
    if found is not None:
        return found
    names = [each.name for each in question.parameters]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    raise ConfigError(
        "the question has no such parameter",
        where=f"{question.name} {_FLAG}",
        value=name,
        remedy=f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names)}",
    )


def _value(question: Question, parameter: QuestionParameter, text: str) -> QuestionValue:
    try:
        value = parse_value(parameter.type, text)
    except ValueError as error:
        raise ConfigError(
            str(error),
            where=f"{question.name} {_FLAG} {parameter.name}",
            value=text,
            remedy=f"for example {_FLAG} {parameter.name}={parameter.example}",
        ) from None
    if parameter.name == "limit" and parameter.type is ValueType.INTEGER and int(value) < 0:
        raise ConfigError("at least 0", where=f"{question.name} {_FLAG} {parameter.name}", value=text)
    return value
