"""Is a newborn ring one that was taken down? The evidence of all aspects, and its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.registry.likeness import ASPECTS
from graphrisk.registry.manner import Aspect

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# How a kept habit shows: the a of a u^(a - 1) for each aspect (likeness.py); 1 would say nothing. Fitted
# together, so that what two aspects say in common counts once, on simulated marketplaces by
# benchmarks/reincarnation.py --learn; none is below .2, for no simulation knows how steady a real hand is
SHOWS: dict[Aspect, float] = {
    Aspect.KINDS: 0.96,
    Aspect.HOURS: 0.82,
    Aspect.TEMPO: 0.95,
    Aspect.ADDRESSES: 0.75,
    Aspect.MAILBOXES: 0.2,
    Aspect.NAMES: 0.39,
    Aspect.PAYEES: 0.3,
    Aspect.ITEMS: 0.2,
    Aspect.AMOUNTS: 0.92,
    Aspect.OUTCOMES: 0.92,
    Aspect.MARKETS: 0.21,
}
# What is the same where an aspect speaks for it
ASPECT_WORDS: dict[Aspect, str] = {
    Aspect.KINDS: "mix of shared things",
    Aspect.HOURS: "hours of day",
    Aspect.TEMPO: "tempo",
    Aspect.ADDRESSES: "address template",
    Aspect.MAILBOXES: "mailbox pattern",
    Aspect.NAMES: "name pattern",
    Aspect.PAYEES: "payees",
    Aspect.ITEMS: "categories",
    Aspect.AMOUNTS: "amounts",
    Aspect.OUTCOMES: "outcomes of payments",
    Aspect.MARKETS: "markets",
}
RETURN_SHARE = 0.2  # of newborn rings that are one of the taken-down rings come back, before anything is seen
MOST_SHOWN = 3
REASON_BITS = 0.5  # from which an aspect is named as a reason


@dataclass(frozen=True, slots=True)
class Match:
    """newborn, former: positions. probability: that the newborn ring is that former ring. bits: float64
    [aspects], they add up to the evidence; chance: u of each, NaN where nothing is known."""

    newborn: int
    former: int
    probability: float
    bits: Floats
    chance: Floats


def weigh(chance: Floats) -> Floats:
    """[P, aspects] bits, from u; 0 where it is NaN."""
    shows = np.array([SHOWS[aspect] for aspect in ASPECTS])
    with np.errstate(invalid="ignore"):
        bits = np.log2(shows) + (shows - 1.0) * np.log2(chance)
    return np.asarray(np.nan_to_num(bits))


def find_matches(newborn: Ints, former: Ints, chance: Floats) -> list[Match]:
    """The MOST_SHOWN most probable for each newborn ring, the best first. newborn, former: int64 [P] of each
    pair, sorted by newborn.

    A newborn ring is at most one of the D former ones that it is held against, each as likely beforehand; and
    of the N newborn rings at most one is a given former one. So a pair has prior RETURN_SHARE / max(D, N).
    """
    matches: list[Match] = []
    bits = weigh(chance)
    total = bits.sum(axis=1)
    born = np.unique(newborn).tolist()
    for ring in born:
        rows = np.flatnonzero(newborn == ring)
        prior = RETURN_SHARE / max(len(rows), len(born))
        odds = np.exp2(total[rows]) * prior / (1.0 - prior * len(rows))
        probability = odds / (1.0 + odds.sum())
        for at in np.lexsort((former[rows], -probability))[:MOST_SHOWN].tolist():
            row = int(rows[at])
            matches.append(Match(ring, int(former[row]), float(probability[at]), bits[row], chance[row]))
    return matches
