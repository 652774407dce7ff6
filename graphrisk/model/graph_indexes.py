"""The constraints and indexes that the graph needs, derived from what it is made of.

Every index is paid for with each row that is written, so each says which question it is for. What one looks
for by `id` goes through the uniqueness constraints. Members of a ring are found along MEMBER_OF, the riskiest
accounts under :HighRisk: a range index on Account.risk would make a write-back of scores three times as slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graphrisk.model.graph_schema import ACCOUNT, IDENTIFIER, RING, SEARCH_INDEX, GraphSchema


class IndexKind(StrEnum):
    """UNIQUE is a uniqueness constraint with the range index behind it."""

    UNIQUE = "uniqueness constraint"
    RANGE = "range index"
    SEARCH = "full-text index"


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """name: what graphrisk calls it; one of the same kind, labels and properties under another name does as
    well. labels, properties: several only in a full-text index. words: what it is for."""

    name: str
    kind: IndexKind
    labels: tuple[str, ...]
    properties: tuple[str, ...]
    words: str


class IndexState(StrEnum):
    """In the server's words."""

    ONLINE = "ONLINE"
    POPULATING = "POPULATING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class PresentIndex:
    """An index that a server has. filled_percent: 100 where online. failure: why it failed, or empty."""

    name: str
    kind: IndexKind
    labels: frozenset[str]
    properties: frozenset[str]
    state: IndexState
    filled_percent: float
    failure: str

    def serves(self, wanted: IndexSchema) -> bool:
        """Whatever its name, and whoever made it."""
        return (
            self.kind is wanted.kind
            and self.labels == frozenset(wanted.labels)
            and self.properties == frozenset(wanted.properties)
        )


def find_index(present: Iterable[PresentIndex], wanted: IndexSchema) -> PresentIndex | None:
    """The one of the server that does what `wanted` is for."""
    return next((index for index in present if index.serves(wanted)), None)


def pattern(labels: Iterable[str], properties: Iterable[str]) -> str:
    """(:Account {id})"""
    return f"(:{'|'.join(sorted(labels))} {{{', '.join(sorted(properties))}}})"


_RANGES = ((RING, "score", "the top rings, in order"),)
_SEARCH = IndexSchema(
    SEARCH_INDEX,
    IndexKind.SEARCH,
    (ACCOUNT, IDENTIFIER, RING),
    ("caption", "display_name"),
    "finding a node by words that a person remembers; it lags behind a write by a moment",
)


def graph_indexes(schema: GraphSchema) -> tuple[IndexSchema, ...]:
    """Constraints first, in the order of the schema's labels."""
    unique = tuple(
        IndexSchema(
            f"graphrisk_{node.label}_id",
            IndexKind.UNIQUE,
            (node.label,),
            ("id",),
            "one node an id, found without a scan",
        )
        for node in schema.nodes
    )
    ranges = tuple(
        IndexSchema(f"graphrisk_{label}_{name}", IndexKind.RANGE, (label,), (name,), words)
        for label, name, words in _RANGES
    )
    # Where the accounts are somebody else's, so are their words
    search = (_SEARCH,) if any(node.label == ACCOUNT for node in schema.nodes) else ()
    return (*unique, *ranges, *search)
