"""Who carries a ring's name, and how much each of them counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.links import Floats
from graphrisk.registry.params import NameParams

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RingCarriers:
    """R rings of one run in canonical form; no account is in two.

    names: the names that content gives, sorted. ring, account: int64 [S], positions in `names` and among the
    run's accounts, sorted by ring, then account. weight: float64 [S], in (0, 1], of a member.
    """

    names: tuple[str, ...]
    ring: Longs
    account: Longs
    weight: Floats

    @classmethod
    def of(cls, names: tuple[str, ...], ring: Longs, account: Longs, weight: Floats) -> RingCarriers:
        """From rings and members in any order."""
        rank = np.empty(len(names), dtype=np.int64)
        rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        order = np.lexsort((account, rank[ring]))
        return cls(tuple(sorted(names)), rank[ring][order], account[order], weight[order])

    @property
    def ring_count(self) -> int:
        return len(self.names)

    def sizes(self) -> Longs:
        """[R] members."""
        return np.bincount(self.ring, minlength=self.ring_count).astype(np.int64)

    def total(self) -> Floats:
        """[R] the weight of all members."""
        return np.bincount(self.ring, self.weight, self.ring_count).astype(np.float64)


def weigh_carriers(rings: CandidateRings, params: NameParams) -> Floats:
    """[S], in (0, 1]: role x confidence x (1 + closeness / the ring's greatest) / 2.

    Closeness is relative, because what is close among wallets is far among devices; it counts by half,
    because role already says whether a member is close.
    """
    role = np.where(rings.core, 1.0, params.fringe_weight)
    known = np.nan_to_num(rings.confidence_share, nan=params.unasked_confidence)
    greatest = np.zeros(rings.ring_count)
    np.maximum.at(greatest, rings.ring, rings.closeness_share)
    relative = rings.closeness_share / np.where(greatest > 0, greatest, 1.0)[rings.ring]
    return np.asarray(role * np.clip(known, 0.01, 1) * (1 + relative) / 2, dtype=np.float64)
