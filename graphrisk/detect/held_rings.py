"""What was one ring before stays one, and what was two stays two, unless that is worse by a margin.

Two small groups that one thing ties lie at the resolution, and a link that is missed for a day joins them or
takes them apart. A partition that is made again and again is therefore chosen for how well it fits now and
for how little it changes (evolutionary clustering: Chakrabarti, Kumar, Tomkins, KDD 2006).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.projection import AccountGraph


def hold_rings(graph: AccountGraph, ring: NDArray[np.int64], margin_share: float) -> AccountGraph:
    """The same pairs: of one earlier ring times 1 + margin_share, at most 1; of two earlier rings divided by
    it; of an account that was in none as they are. ring: [N], -1 for none. For partitions alone: what a pair
    says of two accounts stays what it was."""
    source, target = ring[graph.source], ring[graph.target]
    both = (source >= 0) & (target >= 0)
    factor = np.where(both, np.where(source == target, 1 + margin_share, 1 / (1 + margin_share)), 1.0)
    return replace(graph, weight=np.minimum(graph.weight * factor, 1.0))
