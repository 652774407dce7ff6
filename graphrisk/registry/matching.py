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
    among all such assignments; among equals the older names, then the heavier rings.

    One sparse assignment over all rings at once, each of which may also take a column of its own that is
    worth nothing. Values and ranks are whole numbers in one, so that sums are exact.
    """
    if rings.ring_count == 0:
        return np.empty(0, dtype=np.int64)
    chosen = np.flatnonzero(value > 0)
    ring, name = overlap.ring[chosen], overlap.name[chosen]
    rank, most = _ranks(rings, name_count, ring, name)
    own = np.arange(rings.ring_count)
    matrix = sparse.csr_array(
        (
            np.concatenate((1.0 + value[chosen] * most + rank, np.ones(rings.ring_count))),
            (np.concatenate((ring, own)), np.concatenate((name, name_count + own))),
        ),
        shape=(rings.ring_count, name_count + rings.ring_count),
    )
    rows, columns = csgraph.min_weight_full_bipartite_matching(matrix, maximize=True)
    name_of = np.full(rings.ring_count, -1, dtype=np.int64)
    name_of[rows] = np.where(columns < name_count, columns, -1)
    return name_of


def _ranks(rings: RingCarriers, name_count: int, ring: Longs, name: Longs) -> tuple[Longs, int]:
    """([P'], more than any sum of them): the greater, the older the name and the heavier the ring among those
    that contend for each other."""
    shape = (rings.ring_count + name_count,) * 2
    node_of_name = rings.ring_count + name
    links = sparse.coo_array((np.ones(len(ring), dtype=np.int8), (ring, node_of_name)), shape=shape)
    count, component = csgraph.connected_components(links.tocsr(), directed=False)
    heavier = np.argsort(np.lexsort((np.arange(rings.ring_count), -rings.total())))
    seniority = np.concatenate((heavier, np.arange(name_count)))
    is_name = np.arange(len(component)) >= rings.ring_count
    side = component * 2 + is_name
    order = np.lexsort((seniority, side))
    size = np.bincount(side, minlength=2 * count)
    starts = np.cumsum(size) - size
    behind = np.empty(len(component), dtype=np.int64)
    behind[order] = (starts + size)[side[order]] - np.arange(len(component))
    both = size.reshape(count, 2)
    most = int((both.sum(axis=1) * both.min(axis=1)).max(initial=0)) + 1
    return behind[ring] + behind[node_of_name], most


def is_assigned(overlap: Overlap, name_of: Longs) -> NDArray[np.bool_]:
    """[P] whether the pair's ring carries the pair's name on."""
    return np.asarray(name_of[overlap.ring] == overlap.name)
