"""The constraints and indexes that the graph needs, derived from what it is made of.

Every index is paid for with each row that is written, so each says which question it is for. What one looks
for by `id` goes through the uniqueness constraints. Members of a ring are found along MEMBER_OF, the riskiest
accounts under :HighRisk: a range index on Account.risk would make a write-back of scores three times as slow.
"""

from __future__ import annotations

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
    return (*unique, *ranges, _SEARCH)
