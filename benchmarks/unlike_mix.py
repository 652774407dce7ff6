"""How many rings there are of which kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of ring. weight: its share of the accounts in rings. size: fewest and most members."""

    typology: str
    weight: float
    size: tuple[int, int]


K = TypeVar("K", bound=Kind)


def allot(rng: np.random.Generator, kinds: Sequence[K], account_count: int) -> Iterator[tuple[K, int]]:
    """Kinds with sizes that sum to the accounts: one of the kind that lacks most of its share, so that
    every kind is there once the world is large enough for it. The last ring may be smaller than its kind
    is."""
    lacking = {kind.typology: kind.weight * account_count for kind in kinds}
    left = account_count
    while left > 0:
        fitting = [kind for kind in kinds if kind.size[0] <= left] or [
            min(kinds, key=lambda kind: kind.size[0])
        ]
        kind = max(fitting, key=lambda kind: lacking[kind.typology])
        size = min(int(rng.integers(kind.size[0], kind.size[1] + 1)), left)
        lacking[kind.typology] -= size
        left -= size
        yield kind, size
