"""How much of a member's belief each labelled account gave, exactly.

By risk/propagation.py belief is b = G phi, so that account i has G_ij phi_j from the labelled account j. G is
symmetric: what a label on j gives to i, one on i would give to j. So it is spread from whichever are fewer,
the labelled accounts or those who are asked for, each in a world of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.risk.propagation import PropagationParams, propagate_risk

Longs = NDArray[np.int64]

LEAST_TOLD = 1e-3  # of a belief
MOST_TOLD = 10  # labelled accounts of one member, those that gave most
_BLOCK = 16  # worlds at once, for the memory


@dataclass(frozen=True, slots=True)
class SeedShares:
    """account, seed: int64 [R] positions, by account, the largest share first. belief: float64 [R]."""

    account: Longs
    seed: Longs
    belief: Floats


def share_seeds(
    links: SharedLinks,
    verdict: NDArray[np.int8],
    asked: Longs,
    params: PropagationParams,
    most_work: int | None = None,
) -> SeedShares:
    """verdict: int8 [N], +1 known bad, -1 known good, 0 unknown. asked: accounts, of which the first are
    answered where all are more work than that, and none where not even a block is affordable: links times
    worlds, None for any. What an account's own label gives it is not told."""
    seeds = np.flatnonzero(verdict)
    if most_work is not None:
        affordable = max(most_work // max(len(links.account), 1), 1)
        if len(seeds) > affordable:
            asked = asked[: affordable if affordable >= _BLOCK else 0]
    if len(seeds) <= len(asked):
        given = _spread_from(seeds, asked, links, params).T
    else:
        given = _spread_from(asked, seeds, links, params)
    found = _largest(asked, seeds, given * verdict[seeds])
    found.sort(key=lambda row: (row[0], -abs(row[2]), row[1]))
    account, seed, belief = zip(*found, strict=True) if found else ((), (), ())
    return SeedShares(
        np.array(account, dtype=np.int64), np.array(seed, dtype=np.int64), np.array(belief, dtype=np.float64)
    )


def _spread_from(starts: Longs, ends: Longs, links: SharedLinks, params: PropagationParams) -> Floats:
    """[starts, ends] of G."""
    found = np.empty((len(starts), len(ends)))
    for first in range(0, len(starts), _BLOCK):
        block = starts[first : first + _BLOCK]
        worlds = np.zeros((links.account_count, len(block)), dtype=np.int8)
        worlds[block, np.arange(len(block))] = 1
        found[first : first + _BLOCK] = propagate_risk(links, worlds, params).belief[ends].T
    return found


def _largest(asked: Longs, seeds: Longs, given: Floats) -> list[tuple[int, int, float]]:
    found = []
    for account, row in zip(asked.tolist(), given, strict=True):
        order = np.argsort(-np.abs(row), kind="stable")
        told = [at for at in order.tolist() if abs(row[at]) >= LEAST_TOLD and seeds[at] != account]
        found += [(account, int(seeds[at]), float(row[at])) for at in told[:MOST_TOLD]]
    return found
