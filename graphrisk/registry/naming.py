"""Rings of a run and what is remembered of earlier ones -> lasting names, and what became of the others."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from graphrisk.registry.carriers import RingCarriers
from graphrisk.registry.lineage import Carried, Change, trace_changes
from graphrisk.registry.matching import assign_names, measure_overlap, value_pairs
from graphrisk.registry.memory import Memory, NamePast
from graphrisk.registry.params import NameParams

_LONGER_BY = 2  # characters of five bits


@dataclass(frozen=True, slots=True)
class NamedRings:
    """names: the lasting name by the name that content gives. changes: see lineage.trace_changes."""

    names: dict[str, str]
    changes: tuple[Change, ...]


def name_rings(
    rings: RingCarriers, past: NamePast, memory: Memory, account_count: int, params: NameParams
) -> NamedRings:
    """account_count: accounts that the run knew. No order of rings or rows changes a name."""
    overlap = measure_overlap(rings, memory, account_count)
    value = value_pairs(overlap, past, params)
    name_of = assign_names(rings, past.name_count, overlap, value)
    names, taken = [], set(past.names)
    for content, old in zip(rings.names, name_of.tolist(), strict=True):
        name = past.names[old] if old >= 0 else _newborn(content, taken)
        taken.add(name)
        names.append(name)
    given = Carried(tuple(names), name_of)
    changes = trace_changes(rings, past, overlap, given, params)
    return NamedRings(dict(zip(rings.names, names, strict=True)), changes)


def _newborn(content: str, taken: Collection[str]) -> str:
    """The name that content gives, made longer until no ring ever had it.

    Equal content may be born twice: after its name was given up, or while it went with another part.
    """
    name, attempt = content, 0
    while name in taken:
        attempt += 1
        digest = base64.b32encode(hashlib.blake2b(f"{content} {attempt}".encode()).digest()).decode("ascii")
        prefix, _, rest = content.rpartition("-")
        name = f"{prefix}-{digest[: len(rest) + _LONGER_BY * attempt]}"
    return name
