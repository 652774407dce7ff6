"""Rings of a run and what is remembered of earlier ones -> lasting names, and what became of the others."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from graphrisk.registry.carriers import Longs, RingCarriers
from graphrisk.registry.lineage import Carried, Change, trace_changes
from graphrisk.registry.matching import Overlap, assign_names, measure_overlap, value_pairs
from graphrisk.registry.memory import Memory, NamePast, Remembered
from graphrisk.registry.params import NameParams

_LONGER_BY = 2  # characters of five bits


@dataclass(frozen=True, slots=True)
class NamedRings:
    """names: the lasting name by the name that content gives. changes: see lineage.trace_changes."""

    names: dict[str, str]
    changes: tuple[Change, ...]


def name_rings(
    rings: RingCarriers,
    past: NamePast,
    memory: Memory,
    account_count: int,
    params: NameParams,
    beside: Remembered | None = None,
) -> NamedRings:
    """account_count: accounts that the run knew. beside: the past once more, with what other runs of this
    run's own time gave as its latest appearance; it decides which ring has which name, the past alone what
    became of them. No order of rings or rows changes a name."""
    overlap = measure_overlap(rings, memory, account_count)
    if beside is None:
        names, name_of = _give_names(rings, past, overlap, params)
    else:
        seen = measure_overlap(rings, beside.memory, account_count)
        names, _ = _give_names(rings, beside.past, seen, params)
        place = {name: at for at, name in enumerate(past.names)}
        name_of = np.array([place.get(name, -1) for name in names], dtype=np.int64)
    changes = trace_changes(rings, past, overlap, Carried(names, name_of), params)
    return NamedRings(dict(zip(rings.names, names, strict=True)), changes)


def _give_names(
    rings: RingCarriers, past: NamePast, overlap: Overlap, params: NameParams
) -> tuple[tuple[str, ...], Longs]:
    """[R] the lasting name of each ring, and its position in the past, -1 for a newborn."""
    value = value_pairs(overlap, past, params)
    name_of = assign_names(rings, past.name_count, overlap, value)
    names, taken = [], set(past.names)
    for content, old in zip(rings.names, name_of.tolist(), strict=True):
        name = past.names[old] if old >= 0 else _newborn(content, taken)
        taken.add(name)
        names.append(name)
    return tuple(names), name_of


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
