"""What would have to go for a ring to be another one, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Search(StrEnum):
    """How a set of identifiers was come by."""

    EXACT = "exact"  # no smaller one does it, what is thought of accounts being left as it was
    CUT = "cut"  # a minimum cut, and what was still missing
    GREEDY = "greedy"  # one after the other


@dataclass(frozen=True, slots=True)
class RemovedThing:
    """A declared identifier, or a family: then all that is in it is removed. account_count: that ever held
    it, known at as-of."""

    kind: str
    identifier: str
    account_count: int


@dataclass(frozen=True, slots=True)
class RingPart:
    """Members of a ring who stay together. is_ring: whether what they are in is still called a ring."""

    size: int
    is_ring: bool


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A removal, and what it does to a ring, as a detection without the things found.

    account_id: who leaves; None: the ring falls apart. things: empty where no set that was tried does it.
    search: None then. detection_count: detections made. most_removed: no larger set was looked for. parts:
    what becomes of the members, the largest first.
    """

    account_id: str | None
    things: tuple[RemovedThing, ...]
    search: Search | None
    detection_count: int
    most_removed: int
    parts: tuple[RingPart, ...]
