"""Which ring carries which name on: the assignment of greatest weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.graph.links import Floats
from graphrisk.registry.carriers import Longs, RingCarriers
from graphrisk.registry.memory import Memory, NamePast
from graphrisk.registry.params import NameParams

_QUANTA = 1024  # of an account's weight: what differs by less is a tie


@dataclass(frozen=True, slots=True)
class Overlap:
    """[P] pairs of a ring and a name that remembers any of its members, sorted by ring, then name.

    remembered: float64, sum over accounts of the lesser of their weight in the ring and in the name's memory.
    carried: float64, the same with what carried the name at the latest as-of time. ring_share, name_share:
    float64, `remembered` over the weight of the ring and over all that the name remembers.
    """

    ring: Longs
    name: Longs
    remembered: Floats
    carried: Floats
    ring_share: Floats
    name_share: Floats


def measure_overlap(rings: RingCarriers, memory: Memory, account_count: int) -> Overlap:
    """account_count: accounts that the run knew."""
    ring_of = np.full(account_count, -1, dtype=np.int64)
    weight_of = np.zeros(account_count)
    ring_of[rings.account], weight_of[rings.account] = rings.ring, rings.weight
    inside = np.flatnonzero(ring_of[memory.account] >= 0)
    account, name_count = memory.account[inside], len(memory.total)
    code = ring_of[account] * max(name_count, 1) + memory.name[inside]
    pairs, pair = np.unique(code, return_inverse=True)
    ring, name = pairs // max(name_count, 1), pairs % max(name_count, 1)
    remembered = np.bincount(pair, np.minimum(weight_of[account], memory.remembered[inside]), len(pairs))
    carried = np.bincount(pair, np.minimum(weight_of[account], memory.carried[inside]), len(pairs))
    return Overlap(
        ring, name, remembered.astype(np.float64), carried.astype(np.float64),
        remembered / rings.total()[ring], remembered / memory.total[name],
    )  # fmt: skip


def value_pairs(overlap: Overlap, past: NamePast, params: NameParams) -> Longs:
    """[P] what it is worth that the ring carries the name, in quanta; 0 where it may not.

    It may if both have keep_share of the lighter of the two, revive_share for a name that was not given
    lately; a dissolved name never.
    """
    common = np.maximum(overlap.ring_share, overlap.name_share)
    least = np.where(past.is_current()[overlap.name], params.keep_share, params.revive_share)
    allowed = (common >= least - 1e-9) & ~past.dissolved[overlap.name]
    value = (overlap.remembered + params.margin_share * overlap.carried) * _QUANTA
    return np.where(allowed, np.maximum(np.rint(value), 1), 0).astype(np.int64)


def assign_names(rings: RingCarriers, name_count: int, overlap: Overlap, value: Longs) -> Longs:
    """[R] the name that each ring carries on, -1 for none: no name twice, and the greatest sum of values
    among all such assignments; among equals the older names, then the heavier rings. Rings and names that do
    not contend for each other are assigned apart."""
    name_of = np.full(rings.ring_count, -1, dtype=np.int64)
    chosen = np.flatnonzero(value > 0)
    ring, name = overlap.ring[chosen], overlap.name[chosen]
    component = _components(rings.ring_count, name_count, ring, name)
    order = np.argsort(component, kind="stable")
    starts = np.flatnonzero(np.diff(component[order], prepend=-1, append=-1))
    total = rings.total()
    is_alone = np.diff(starts) == 1  # one ring, one name
    alone = order[starts[:-1][is_alone]]
    name_of[ring[alone]] = name[alone]
    for first, after in zip(starts[:-1][~is_alone], starts[1:][~is_alone], strict=True):
        pairs = order[first:after]
        kept = pairs[_assign_contenders(ring[pairs], name[pairs], value[chosen[pairs]], total)]
        name_of[ring[kept]] = name[kept]
    return name_of


def _components(ring_count: int, name_count: int, ring: Longs, name: Longs) -> NDArray[np.int32]:
    """[P] which pairs hang together by rings or names."""
    shape = (ring_count + name_count,) * 2
    links = sparse.coo_array((np.ones(len(ring), dtype=np.int8), (ring, ring_count + name)), shape=shape)
    _, component = csgraph.connected_components(links.tocsr(), directed=False)
    return np.asarray(component[ring], dtype=np.int32)


def _assign_contenders(ring: Longs, name: Longs, value: Longs, total: Floats) -> Longs:
    """Positions of the pairs that are kept. total: [R], the weight of each ring.

    A sparse assignment, in which each ring may also take a column of its own that is worth nothing. Values
    and, beneath them, ranks are whole numbers in one float, so that sums are exact.
    """
    rings, row = np.unique(ring, return_inverse=True)
    names, column = np.unique(name, return_inverse=True)
    heavier_than = np.empty(len(rings), dtype=np.int64)
    heavier_than[np.lexsort((-rings, total[rings]))] = np.arange(len(rings))
    rank = heavier_than[row] + (len(names) - column)  # of the older and the heavier
    most = (len(rings) + len(names)) * min(len(rings), len(names)) + 1  # more than any sum of ranks
    own = np.arange(len(rings))
    weight = np.concatenate((1.0 + value * most + rank, np.ones(len(rings))))
    cells = (np.concatenate((row, own)), np.concatenate((column, len(names) + own)))
    matrix = sparse.csr_array((weight, cells), shape=(len(rings), len(names) + len(rings)))
    rows, columns = csgraph.min_weight_full_bipartite_matching(matrix, maximize=True)
    taken = np.full(len(rings), -1, dtype=np.int64)
    taken[rows] = columns
    return np.flatnonzero(taken[row] == column)


def is_assigned(overlap: Overlap, name_of: Longs) -> NDArray[np.bool_]:
    """[P] whether the pair's ring carries the pair's name on."""
    return np.asarray(name_of[overlap.ring] == overlap.name)
