"""The investigator's playbook as values: a question is a Cypher statement under a header that explains it.

    // A ring with its evidence
    // A picture: the ring, its members, and what ties them together.
    //
    // $ring_id: text, for example 'RING-7K3QX': the ring's name
    // $limit: integer, default 200: rows at most
    CYPHER 5
    MATCH ...

First the title, by which Neo4j Browser names a favourite; then what it is for; then a line for each
parameter. One without a default has to be given.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

QuestionValue: TypeAlias = "str | int | float | bool"


class ValueType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class QuestionParameter:
    """default: None for a parameter that has to be given. example: what it may look like, the default if
    there is one."""

    name: str
    type: ValueType
    default: QuestionValue | None
    example: QuestionValue
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """name: `02_ring_with_evidence`, the file's. statement: without the header. text: the file as it is."""

    name: str
    title: str
    purpose: str
    parameters: tuple[QuestionParameter, ...]
    statement: str
    text: str

    @property
    def number(self) -> int:
        return int(self.name.partition("_")[0])

    @property
    def short_name(self) -> str:
        """Without the number."""
        return self.name.partition("_")[2]

    def parameter(self, name: str) -> QuestionParameter | None:
        return next((each for each in self.parameters if each.name == name), None)


_NAME = re.compile(r"\d{2}(?:_[a-z]+)+")
_PARAMETER = re.compile(
    r"\$(?P<name>[a-z_]+): (?P<type>[a-z]+), (?P<role>default|for example) "
    r"(?P<literal>'[^'\\]*'|[^\s':]+): (?P<words>\S.*)"
)
_USED = re.compile(r"\$([A-Za-z_]\w*)")
_LIMIT = re.compile(r"^LIMIT \$limit$", re.MULTILINE)


def parse_question(name: str, text: str) -> Question:
    """Raises ValueError, with the file and the line, for a header that is not as above, for a parameter that
    the statement does not use or the header does not explain, and for a statement without LIMIT $limit."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name}.cypher: a name is two digits and words, such as 01_top_rings")
    lines = text.splitlines()
    header_length = next((at for at, line in enumerate(lines) if not line.startswith("//")), len(lines))
    header = [line[2:].strip() for line in lines[:header_length]]
    statement = "\n".join(lines[header_length:]).strip()
    described = [line for line in header if line and not line.startswith("$")]
    if len(described) < 2 or not header[0] or header[0].startswith("$"):
        raise ValueError(f"{name}.cypher: the first line is `// title`, the next ones say what it is for")
    parameters = tuple(
        _parse_parameter(line, f"{name}.cypher line {at}")
        for at, line in enumerate(header, start=1)
        if line.startswith("$")
    )
    _check_statement(name, statement, [each.name for each in parameters])
    return Question(name, described[0], " ".join(described[1:]), parameters, statement, text)


def parse_value(type_: ValueType, text: str) -> QuestionValue:
    """What a person typed, as a value of the type. Raises ValueError, saying what was expected."""
    match type_:
        case ValueType.TEXT:
            return text
        case ValueType.INTEGER:
            if re.fullmatch(r"[+-]?[0-9]{1,18}", text):
                return int(text)
            raise ValueError("expected a whole number")
        case ValueType.FLOAT:
            try:
                number = float(text)
            except ValueError:
                number = math.nan
            if math.isfinite(number):
                return number
            raise ValueError("expected a number")
        case ValueType.BOOLEAN:
            if text in {"true", "false"}:
                return text == "true"
            raise ValueError("expected true or false")


def _parse_parameter(line: str, where: str) -> QuestionParameter:
    found = _PARAMETER.fullmatch(line)
    if found is None:
        raise ValueError(
            f"{where}: a parameter is `// $name: type, default VALUE: words`, "
            f"or `for example` where it has to be given, not {line!r}"
        )
    try:
        type_ = ValueType(found["type"])
    except ValueError:
        known = ", ".join(ValueType)
        raise ValueError(f"{where}: {found['type']!r} is no type; one of {known}") from None
    literal = found["literal"]
    if literal.startswith("'") != (type_ is ValueType.TEXT):
        raise ValueError(f"{where}: {literal} is no {type_}; texts, and only they, stand in quotes")
    try:
        value = parse_value(type_, literal.strip("'"))
    except ValueError as error:
        raise ValueError(f"{where}: {error}, not {literal}") from None
    default = value if found["role"] == "default" else None
    return QuestionParameter(found["name"], type_, default, value, found["words"])


def _check_statement(name: str, statement: str, declared: list[str]) -> None:
    used = dict.fromkeys(_USED.findall(statement))
    if len(set(declared)) < len(declared):
        raise ValueError(f"{name}.cypher: a parameter is explained twice")
    if unexplained := [each for each in used if each not in declared]:
        raise ValueError(f"{name}.cypher: ${unexplained[0]} is used, but not explained in the header")
    if unused := [each for each in declared if each not in used]:
        raise ValueError(f"{name}.cypher: ${unused[0]} is explained, but not used")
    if _LIMIT.search(statement) is None:
        raise ValueError(f"{name}.cypher: there is no line LIMIT $limit")
