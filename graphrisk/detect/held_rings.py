"""What was one ring before stays one, and what was two stays two, unless that is worse by a margin.

Two small groups that one thing ties lie at the resolution, and a link that is missed for a day joins them or
takes them apart. A partition that is made again and again is therefore chosen for how well it fits now and
for how little it changes (evolutionary clustering: Chakrabarti, Kumar, Tomkins, KDD 2006).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph


@dataclass(frozen=True, slots=True)
class HoldParams:
    """margin_share: what a pair that was in one ring counts more. decay: what a run counts less than the one
    after it."""

    margin_share: float
    decay: float


def hold_rings(graph: AccountGraph, rings: NDArray[np.int64], params: HoldParams) -> AccountGraph:
    """The same pairs, times hold_pairs, 1 at most. For partitions alone: what a pair says of two accounts
    stays what it was."""
    return replace(graph, weight=np.minimum(graph.weight * hold_pairs(graph, rings, params), 1.0))


def hold_pairs(graph: AccountGraph, rings: NDArray[np.int64], params: HoldParams) -> Floats:
    """[E] (1 + margin_share)^v, where v is a mean over earlier runs: 1 where the two accounts were in one
    ring, -1 where they were in two, 0 where one of them was in none.

    rings: [K, N] the ring of each account in each of K earlier runs, the latest first, -1 for none.
    """
    vote = np.zeros(graph.edge_count)
    shares = params.decay ** np.arange(len(rings))
    for ring, share in zip(rings, shares / shares.sum(), strict=True):
        source, target = ring[graph.source], ring[graph.target]
        vote += share * np.where((source >= 0) & (target >= 0), np.where(source == target, 1.0, -1.0), 0.0)
    return np.asarray((1 + params.margin_share) ** vote, dtype=np.float64)
