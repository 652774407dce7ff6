"""Accounts that came to a busy thing at once: far more of them than its own and its kind's custom send there.

A café's network, a parcel locker, a shared device of a shop say next to nothing, since everybody may use
them. Twelve accounts that first used one within two hours, where half of one was to be expected, say much. A
busy thing therefore gives copies of itself, one for each burst, with the holders of the burst alone.

Expected within a window is the greatest of three: the thing's holders, spread evenly from its first use to
its last; the holders times the share, of all first uses of other things of its kind, that fall into the
window, so that a sale or a bulk import makes no burst; and the thing's own first uses a day before and after,
by their share of the time. Beyond that, first uses are taken to follow Poisson. What brings more than half of
all holders is not a burst, but the thing itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from graphrisk.graph.links import Floats, Longs, SharedLinks
from graphrisk.model.bursts import BURST_HOURS
from graphrisk.model.known import NO_TIME

_SECOND = 1_000_000  # microseconds
_WINDOW = BURST_HOURS * 3600  # seconds
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class BurstParams:
    """busy_holders: a thing with more known holders than that is busy. least_count: accounts in a burst.
    least_lift: their number over what is expected. false_count: bursts that chance may make, of all."""

    busy_holders: int = 60
    least_count: int = 3
    least_lift: float = 4.0
    false_count: float = 0.01


@dataclass(frozen=True, slots=True)
class Bursts:
    """link: int64, positions in SharedLinks, burst after burst; those of burst b are
    link[starts[b]:starts[b + 1]]. began_at: [B] UTC microseconds, of its first use. Ordered by identifier,
    then time; no link is in two."""

    link: Longs
    starts: Longs
    began_at: Longs


def find_bursts(links: SharedLinks, params: BurstParams) -> Bursts:
    busy = links.known_holder_count() > params.busy_holders
    chosen = np.flatnonzero(busy[links.identifier] & (links.first_seen_at != NO_TIME))
    if len(chosen) == 0:
        return Bursts(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64))
    timed = links.first_seen_at != NO_TIME
    earliest = int(links.first_seen_at[timed].min())
    second = (links.first_seen_at[chosen] - earliest) // _SECOND
    thing = np.cumsum(np.diff(links.identifier[chosen], prepend=-1) != 0) - 1
    # Of things one after the other, each with room for a day before and after
    key = thing * (int(second.max()) + 3 * _DAY) + second
    order = np.argsort(key, kind="stable")
    chosen, key, second, thing = chosen[order], key[order], second[order], thing[order]
    first, last = _positions(key, key, key + _WINDOW)
    count = last - first
    before, after = _positions(key, key - _DAY, key + _WINDOW + _DAY)
    holders = links.known_holder_count()[links.identifier[chosen]]
    expected = np.maximum(
        _evenly(thing, second, holders), holders * _share_of_others(links, chosen, count, earliest)
    )
    expected = np.maximum(expected, (after - before - count) * (_WINDOW / (2 * _DAY)))
    telling = (count >= params.least_count) & (count >= params.least_lift * expected)
    telling &= 2 * count <= holders
    chance = np.ones(len(chosen))
    # A window begins with a first use, so that one of the count is no news.
    chance[telling] = poisson.sf(count[telling] - 2, expected[telling])
    telling &= chance <= params.false_count / len(chosen)
    begins, ends = _strongest(first, count, np.flatnonzero(telling), np.asarray(count - expected))
    sizes = ends - begins
    inside = np.repeat(begins - np.append(0, np.cumsum(sizes)[:-1]), sizes) + np.arange(int(sizes.sum()))
    return Bursts(chosen[inside], np.append(0, np.cumsum(sizes)), links.first_seen_at[chosen[begins]])


def _positions(key: Longs, low: Longs, high: Longs) -> tuple[Longs, Longs]:
    """Where in key, ascending, those begin and end that are in low <= key <= high."""
    return np.searchsorted(key, low, side="left"), np.searchsorted(key, high, side="right")


def _evenly(thing: Longs, second: Longs, holders: NDArray[np.integer]) -> Floats:
    """[chosen] in a window, if holders came at one pace. thing, second: ascending."""
    starts = np.flatnonzero(np.diff(thing, prepend=-1))
    ends = np.append(starts[1:], len(thing)) - 1
    span = second[ends] - second[starts] + _WINDOW
    return np.asarray(holders * _WINDOW / span[thing], dtype=np.float64)


def _share_of_others(links: SharedLinks, chosen: Longs, count: Longs, earliest: int) -> Floats:
    """[chosen] of the timed links to other things of each chosen link's kind, those first used within a
    window from it; 0 where there are none. count: the thing's own within the window."""
    share = np.zeros(len(chosen))
    timed = links.first_seen_at != NO_TIME
    own = np.bincount(links.identifier[timed], minlength=links.identifier_count)[links.identifier[chosen]]
    second = (links.first_seen_at - earliest) // _SECOND
    code = links.kind_code[links.identifier]
    for kind in np.unique(code[chosen]):
        moments = np.sort(second[(code == kind) & timed])
        of_kind = code[chosen] == kind
        begin = second[chosen[of_kind]]
        first, last = _positions(moments, begin, begin + _WINDOW)
        share[of_kind] = (last - first - count[of_kind]) / np.maximum(len(moments) - own[of_kind], 1)
    return share


def _strongest(first: Longs, count: Longs, telling: Longs, excess: Floats) -> tuple[Longs, Longs]:
    """Begin and end of windows that do not overlap, ascending: the greatest excess first, of equals the
    earliest."""
    taken = np.zeros(len(first) + 1, dtype=np.bool_)
    kept: list[tuple[int, int]] = []
    for at in telling[np.argsort(-excess[telling], kind="stable")].tolist():
        begin, end = int(first[at]), int(first[at] + count[at])
        if not taken[begin:end].any():
            taken[begin:end] = True
            kept.append((begin, end))
    found: NDArray[np.int64] = np.array(sorted(kept), dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
