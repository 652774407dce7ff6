"""What was one ring before stays one, and what was two stays two, unless that is worse by a margin.

Two small groups that one thing ties lie at the resolution, and a link that is missed for a day joins them or
takes them apart. A partition that is made again and again is therefore chosen for how well it fits now and
for how little it changes (evolutionary clustering: Chakrabarti, Kumar, Tomkins, KDD 2006).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph


def hold_rings(graph: AccountGraph, ring: NDArray[np.int64], margin_share: float) -> AccountGraph:
    """The same pairs, weighted by hold_pairs, with 1 at most. For partitions alone: what a pair says of two
    accounts stays what it was. ring: [N], -1 for none."""
    return replace(graph, weight=np.minimum(graph.weight * hold_pairs(graph, ring, margin_share), 1.0))


def hold_pairs(graph: AccountGraph, ring: NDArray[np.int64], margin_share: float) -> Floats:
    """[E] 1 + margin_share for a pair of one earlier ring, 1 divided by that for one of two earlier rings, 1
    where one of the accounts was in none."""
    source, target = ring[graph.source], ring[graph.target]
    both = (source >= 0) & (target >= 0)
    return np.where(both, np.where(source == target, 1 + margin_share, 1 / (1 + margin_share)), 1.0)
