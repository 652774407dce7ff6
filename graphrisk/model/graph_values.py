"""What a question to the graph is answered with: scalars, nodes, relationships, paths, and lists of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from graphrisk.model.graph_schema import (
    ENFORCED,
    HIGH_RISK,
    IDENTIFIER,
    KNOWN_BAD,
    KNOWN_GOOD,
    OUTSIDER,
)

# Times are naive UTC.
GraphValue: TypeAlias = (
    "str | int | float | bool | datetime | GraphNode | GraphRelationship | GraphPath | Sequence[GraphValue]"
    " | Mapping[str, GraphValue] | None"
)

_BESIDE = frozenset((IDENTIFIER, HIGH_RISK, KNOWN_BAD, KNOWN_GOOD, OUTSIDER, ENFORCED))


@dataclass(frozen=True, slots=True)
class GraphNode:
    """key: the server's name for it, good within one answer. labels: sorted."""

    key: str
    labels: tuple[str, ...]
    properties: Mapping[str, GraphValue]

    @property
    def caption(self) -> str:
        """What a person reads on it: graphrisk's caption, or what else names it."""
        named = (self.properties.get(name) for name in ("caption", "name", "display_name", "id"))
        return next((str(value) for value in named if value not in (None, "")), "")

    @property
    def kind(self) -> str:
        """The label that says what it is; empty without labels."""
        return next((label for label in self.labels if label not in _BESIDE), "".join(self.labels[:1]))


@dataclass(frozen=True, slots=True)
class GraphRelationship:
    """start_key, end_key: those of its nodes."""

    type: str
    start_key: str
    end_key: str
    properties: Mapping[str, GraphValue]


@dataclass(frozen=True, slots=True)
class GraphPath:
    """One node more than relationships; each relationship joins its two neighbours, either way round."""

    nodes: tuple[GraphNode, ...]
    relationships: tuple[GraphRelationship, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """rows: as wide as columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[GraphValue, ...], ...]


def value_words(value: GraphValue) -> str:
    """One readable text: `acc1 (Account)`, `PAID_WITH`, `acc1 -[PAID_WITH]-> C1 <-[PAID_WITH]- acc2`."""
    match value:
        case GraphNode():
            words = f"{value.caption} ({value.kind})"
        case GraphRelationship():
            said = value.properties.get("words") or value.properties.get("reasons")
            words = f"{value.type}: {said}" if said else value.type
        case GraphPath():
            words = _path_words(value)
        case Mapping():
            words = ", ".join(f"{name}: {value_words(each)}" for name, each in value.items())
        case str():
            words = value
        case Sequence():
            words = ", ".join(map(value_words, value))
        case bool():
            words = "true" if value else "false"
        case _:
            words = "" if value is None else str(value)
    return words


def _path_words(path: GraphPath) -> str:
    text = path.nodes[0].caption
    for before, link, after in zip(path.nodes, path.relationships, path.nodes[1:], strict=False):
        arrow = f"-[{link.type}]->" if link.start_key == before.key else f"<-[{link.type}]-"
        text += f" {arrow} {after.caption}"
    return text
