"""All newborn rings of a run against all that were taken down, and both against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from graphrisk.registry.likeness import Floats, Ints, chance_share, find_usual, score_pairs
from graphrisk.registry.manner import Aspect, Groups, Manners
from graphrisk.registry.reincarnation import Match, find_matches

MOST_CHANCE_PAIRS = 4_000  # of unrelated rings, and as many of rings with honest groups
HONEST_SIZES = (3, 4, 5, 6, 8, 11, 15)  # in turn; rings are mostly small


@dataclass(frozen=True, slots=True)
class Comparison:
    """manners: of known rings and of honest groups. rings, honest: int64, positions of the two. newborn,
    former: int64 [P] each, positions of the pairs to be judged, sorted by newborn, no ring with itself. seed:
    of the draw of chance's pairs."""

    manners: Manners
    rings: Ints
    honest: Ints
    newborn: Ints
    former: Ints
    seed: int


def compare_rings(asked: Comparison) -> list[Match]:
    """The most probable former rings of each newborn one; see find_matches."""
    return find_matches(asked.newborn, asked.former, measure_chance(asked))


def measure_chance(asked: Comparison) -> Floats:
    """[P, aspects] how often chance makes two as alike as each pair; see likeness.chance_share."""
    usual = find_usual(asked.manners, asked.honest)
    rng = np.random.default_rng(asked.seed)
    left, right = (asked.rings[at] for at in np.triu_indices(len(asked.rings), k=1))
    judged = set(zip(asked.newborn.tolist(), asked.former.tolist(), strict=True))
    unrelated = np.array(
        [
            (a, b) not in judged and (b, a) not in judged
            for a, b in zip(left.tolist(), right.tolist(), strict=True)
        ],
        dtype=bool,
    )
    chosen = _draw(rng, np.flatnonzero(unrelated))
    crossed = _draw(rng, np.arange(len(asked.rings) * len(asked.honest)))
    width = max(len(asked.honest), 1)
    scored = (
        score_pairs(asked.manners, usual, one, other)
        for one, other in (
            (asked.newborn, asked.former),
            (left[chosen], right[chosen]),
            (asked.rings[crossed // width], asked.honest[crossed % width]),
        )
    )
    return chance_share(*scored)


def _draw(rng: np.random.Generator, rows: Ints) -> Ints:
    """MOST_CHANCE_PAIRS of `rows`, or all, in their order."""
    if len(rows) <= MOST_CHANCE_PAIRS:
        return rows
    return np.sort(rng.choice(rows, size=MOST_CHANCE_PAIRS, replace=False))


def honest_groups(first: int, count: int) -> Groups:
    """Neighbours among `count` accounts from position `first` on, in groups of HONEST_SIZES; a rest too small
    for a group is left out."""
    group: list[int] = []
    while count - len(group) >= HONEST_SIZES[(number := group[-1] + 1 if group else 0) % len(HONEST_SIZES)]:
        group += [number] * HONEST_SIZES[number % len(HONEST_SIZES)]
    names = tuple(f"honest {number}" for number in range(group[-1] + 1 if group else 0))
    return Groups(names, first + np.arange(len(group)), np.array(group, dtype=np.int64))


def join_manners(parts: Sequence[Manners]) -> Manners:
    """One below the other."""
    features: dict[tuple[Aspect, str, str], int] = {}
    columns = [
        np.array([features.setdefault(feature, len(features)) for feature in part.features], np.int64)
        for part in parts
    ]
    stacked = []
    for part, column in zip(parts, columns, strict=True):
        entries = part.weights.tocoo()
        moved = (entries.data, (entries.coords[0], column[entries.coords[1]]))
        stacked.append(sp.csr_array(moved, shape=(len(part.names), len(features))))
    names = tuple(name for part in parts for name in part.names)
    return Manners(names, tuple(features), sp.csr_array(sp.vstack(stacked)))
