"""What a detector returns: communities that may overlap, in canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """C communities that one detector found, sorted by their members.

    members: int64 [S], account positions, by community, then position; no account twice in one, perhaps in
    several. starts: int64 [C + 1] into members. strength: float64 [C], in the detector's own unit, the more
    the stronger; detectors cannot be compared by it.
    """

    detector: Detector
    members: Longs
    starts: Longs
    strength: Floats

    @classmethod
    def of(cls, detector: Detector, found: Iterable[tuple[Iterable[int], float]]) -> Candidates:
        """found: members and strength of each, in any order. Of equal communities the strongest is kept."""
        strongest: dict[tuple[int, ...], float] = {}
        for accounts, strength in found:
            key = tuple(sorted({int(account) for account in accounts}))
            strongest[key] = max(strength, strongest.get(key, strength))
        groups = sorted(strongest)
        starts = np.zeros(len(groups) + 1, dtype=np.int64)
        np.cumsum([len(group) for group in groups], out=starts[1:], dtype=np.int64)
        return cls(
            detector,
            members=np.array([account for group in groups for account in group], dtype=np.int64),
            starts=starts,
            strength=np.array([strongest[group] for group in groups], dtype=np.float64),
        )

    @classmethod
    def of_partition(cls, detector: Detector, partition: Partition, strength: Floats) -> Candidates:
        """strength: [C], of each group."""
        members, starts = partition.members()
        return cls(detector, members, starts, strength)

    @property
    def community_count(self) -> int:
        return len(self.strength)

    def communities(self) -> list[Longs]:
        """The members of each."""
        return [self.members[a:b] for a, b in pairwise(self.starts)]

    def only(self, kept: NDArray[np.bool_]) -> Candidates:
        """kept: bool [C]."""
        size = np.diff(self.starts)
        starts = np.zeros(int(kept.sum()) + 1, dtype=np.int64)
        np.cumsum(size[kept], out=starts[1:])
        return Candidates(self.detector, self.members[np.repeat(kept, size)], starts, self.strength[kept])
