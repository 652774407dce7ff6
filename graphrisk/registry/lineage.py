"""What became of each ring: born, grown, split, merged, missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.model.rings import RingEvent
from graphrisk.registry.carriers import Longs, RingCarriers
from graphrisk.registry.matching import Overlap, is_assigned
from graphrisk.registry.memory import NamePast
from graphrisk.registry.params import NameParams

_LEAST_CHANGE = 2  # members: one more or less is no news in a ring of five


@dataclass(frozen=True, slots=True)
class Change:
    """One event of one name.

    other_name: what it was born or split off, what was split off it, what it merged into; None for the
    other events, or where it was born of nothing. account_count: members now, 0 where no ring has the name.
    earlier_count: members when the name was given last, 0 for one that was born.
    """

    name: str
    event: RingEvent
    other_name: str | None
    account_count: int
    earlier_count: int


@dataclass(frozen=True, slots=True)
class Carried:
    """names: [R] the lasting name of each ring. name_of: int64 [R], its position in NamePast.names, -1 for a
    newborn."""

    names: tuple[str, ...]
    name_of: Longs


def trace_changes(
    rings: RingCarriers, past: NamePast, overlap: Overlap, given: Carried, params: NameParams
) -> tuple[Change, ...]:
    """Sorted by name, then in the order of RingEvent."""
    changes = _of_rings(rings, past, overlap, given, params)
    changes += _of_absent(past, overlap, given, params)
    events = list(RingEvent)
    return tuple(
        sorted(changes, key=lambda each: (each.name, events.index(each.event), each.other_name or ""))
    )


def _of_rings(
    rings: RingCarriers, past: NamePast, overlap: Overlap, given: Carried, params: NameParams
) -> list[Change]:
    """Of the names that this run gives."""
    changes, sizes = [], rings.sizes().tolist()
    parent = _parents(rings, overlap, given, params)
    ring_of = _rings_of_names(past, given)
    current = past.is_current()
    for ring, (name, size) in enumerate(zip(given.names, sizes, strict=True)):
        old, born_of = int(given.name_of[ring]), int(parent[ring])
        before = int(past.last_count[old]) if old >= 0 else 0
        other = past.names[born_of] if born_of >= 0 else None
        if old < 0 or not current[old]:
            event = RingEvent.BORN if old < 0 else RingEvent.REVIVED
            changes.append(Change(name, event, other, size, before))
            whole = int(ring_of[born_of]) if born_of >= 0 else -1
            if whole >= 0 and current[born_of]:
                was = int(past.last_count[born_of])
                changes.append(Change(past.names[born_of], RingEvent.SPLIT, name, sizes[whole], was))
        elif abs(size - before) >= max(_LEAST_CHANGE, params.change_share * before):
            event = RingEvent.GREW if size > before else RingEvent.SHRANK
            changes.append(Change(name, event, None, size, before))
    return changes


def _of_absent(past: NamePast, overlap: Overlap, given: Carried, params: NameParams) -> list[Change]:
    """Of the names that this run does not give, and that were not given up before."""
    ring_of = _rings_of_names(past, given)
    home = _best(overlap, overlap.name, past.name_count, overlap.name_share >= params.merge_share - 1e-9)
    host_of: dict[int, str] = {
        name: given.names[overlap.ring[home[name]]] for name in np.flatnonzero(home >= 0).tolist()
    }
    changes = []
    for name in np.flatnonzero((ring_of < 0) & ~past.dissolved).tolist():
        host, known = host_of.get(name), int(past.merged_into[name])
        before = int(past.last_count[name])
        if host is not None and host != _leads_to(known, past, ring_of, host_of):
            changes.append(Change(past.names[name], RingEvent.MERGED, host, 0, before))
        elif host is None and known < 0:
            missed = int(past.missed_count[name]) + 1
            if missed >= params.dissolve_after_count:
                changes.append(Change(past.names[name], RingEvent.DISSOLVED, None, 0, before))
            elif missed == 1:
                changes.append(Change(past.names[name], RingEvent.DORMANT, None, 0, before))
    return changes


def _leads_to(known: int, past: NamePast, ring_of: Longs, host_of: dict[int, str]) -> str | None:
    """The ring that a merged name leads to already, by way of the one that it merged into; None for none."""
    if known < 0:
        return None
    return past.names[known] if ring_of[known] >= 0 else host_of.get(known)


def _parents(rings: RingCarriers, overlap: Overlap, given: Carried, params: NameParams) -> Longs:
    """[R] the name of another ring, or of none, that remembers most of each ring, and split_share of it at
    least; -1 for none."""
    from_other = (overlap.ring_share >= params.split_share - 1e-9) & ~is_assigned(overlap, given.name_of)
    best = _best(overlap, overlap.ring, rings.ring_count, from_other)
    return np.where(best >= 0, np.append(overlap.name, -1)[best], -1)


def _best(overlap: Overlap, of: Longs, count: int, allowed: NDArray[np.bool_]) -> Longs:
    """[count] of each the allowed pair with most in common, the first among equals; -1 for none."""
    pairs = np.flatnonzero(allowed)
    order = pairs[np.lexsort((-pairs, overlap.remembered[pairs], of[pairs]))]
    best = np.full(count, -1, dtype=np.int64)
    best[of[order]] = order  # the last one stays
    return best


def _rings_of_names(past: NamePast, given: Carried) -> Longs:
    """[H] the ring that carries each name on, -1 for none."""
    ring_of = np.full(past.name_count, -1, dtype=np.int64)
    kept = np.flatnonzero(given.name_of >= 0)
    ring_of[given.name_of[kept]] = kept
    return ring_of
