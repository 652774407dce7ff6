"""Draws that are heavy-tailed, and groups of drawn sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sizes:
    """A Pareto law cut at both ends: P(size >= x) falls as x ** -exponent between `low` and `high`."""

    low: int
    high: int
    exponent: float

    def draw(self, rng: np.random.Generator, count: int) -> Ints:
        edge = (self.low / (self.high + 1)) ** self.exponent
        u = rng.uniform(edge, 1.0, count)
        return np.minimum(np.floor(self.low * u ** (-1.0 / self.exponent)), self.high).astype(np.int64)

    def mean(self) -> float:
        """By the midpoint rule over the law's quantiles; right to about one in a thousand."""
        edge = (self.low / (self.high + 1)) ** self.exponent
        u = edge + (1.0 - edge) * (np.arange(2000) + 0.5) / 2000
        return float(np.floor(self.low * u ** (-1.0 / self.exponent)).mean())


def chop(rng: np.random.Generator, total: int, sizes: Sizes) -> Ints:
    """Cut `total` places into consecutive groups of drawn sizes; gives the group of each place, (total,)
    from 0.

    The last group takes what is left, so it may be smaller than `sizes.low`.
    """
    if total == 0:
        return np.zeros(0, dtype=np.int64)
    drawn = sizes.draw(rng, max(1, int(total / sizes.mean() * 1.3) + 50))
    while drawn.sum() < total:
        drawn = np.concatenate([drawn, sizes.draw(rng, len(drawn))])
    ends = np.cumsum(drawn)
    return np.searchsorted(ends, np.arange(total), side="right").astype(np.int64)


def chance(rng: np.random.Generator, count: int, share: float) -> Bools:
    return rng.random(count) < share


def zipf_weights(count: int, exponent: float) -> Floats:
    """Shares of `count` ranks, falling as rank ** -exponent; they sum to 1 (empty for 0)."""
    weights = np.power(np.arange(1, count + 1, dtype=np.float64), -exponent)
    if count:
        weights /= weights.sum()
    return weights


def pick(rng: np.random.Generator, cumulative: Floats, count: int) -> Ints:
    """`count` positions drawn with the probabilities whose running sum is `cumulative`."""
    positions: Ints = np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right").astype(
        np.int64
    )
    return np.minimum(positions, len(cumulative) - 1)


def draw_like(seen: Ints, share: Floats, below: Ints) -> Ints:
    """Under each of `below` a number that is distributed as those of `seen` that are, in a straight line
    between one and the next; evenly where there are none. share: uniform on [0, 1), by which it is drawn.
    """
    quantiles, ranks = np.append(0, np.sort(seen)), np.arange(len(seen) + 1)
    possible = np.interp(below, quantiles, ranks)
    drawn = np.interp(share * possible, ranks, quantiles) if len(seen) else share * below
    return np.minimum(drawn.astype(np.int64), below - 1)


def fold_back(at: Ints, last: int) -> Ints:
    """What would come after `last` comes as long before it, so that nothing heaps up there."""
    return last - np.abs(at - last)
