"""What else a ring may be: innocent explanations compete with it for the same evidence, in bits.

A group is described by facts (risk/group_facts.py), each of which falls into a range. Ring and explanation
each say how often a group of theirs has a fact in that range (FACTS, counted in simulated marketplaces by
benchmarks/innocents.py), and explanation x fits better than a ring by

    bits(x) = d sum over facts log2( P[range | x] / P[range | ring] ),

d = DEPENDENCE < 1 because facts say part of the same, fitted once so that the bits are honest where all
hypotheses are equally frequent. What is not known says nothing. Neither the ring's score nor any label is in
it: it is a second opinion, of facts that a person can check, and it holds no prior: that a household is the
likelier thing to meet is for the score to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats
from graphrisk.model.rings import Explanation
from graphrisk.risk.features import Features
from graphrisk.risk.innocence_shares import DEPENDENCE, SHARES

EXPLANATIONS = tuple(Explanation)
_TOLD = 2  # facts on either side in a sentence


@dataclass(frozen=True, slots=True)
class Fact:
    """name: of a column of describe_groups. edges: ascending; range r holds values from edges[r - 1] up to,
    without, edges[r]. words: what stands behind a range; of shares in percent."""

    name: str
    edges: tuple[float, ...]
    words: str
    is_share: bool = True

    def ranges(self) -> tuple[str, ...]:
        """Every range in words."""
        ends = [f"{100 * edge:.0f} %" if self.is_share else f"{edge:g}" for edge in self.edges]
        between = (f"{low} to {high}" for low, high in pairwise(ends))
        return tuple(
            f"{each} {self.words}" for each in (f"under {ends[0]}", *between, f"at least {ends[-1]}")
        )


FACTS: tuple[Fact, ...] = (
    Fact("size", (4, 6, 10, 20), "members", is_share=False),
    Fact("device", (0.01, 0.4, 0.7), "hold a device with another member"),
    Fact("instrument", (0.01, 0.4, 0.7), "hold a payment instrument with another member"),
    Fact("place", (0.3, 0.6, 0.9), "ship to a place of another member"),
    Fact("network", (0.3, 0.6, 0.9), "connect from where another member does"),
    Fact("outside", (0.1, 0.25, 0.6), "of those who hold what they share are others"),
    Fact("own", (0.75, 0.9, 1.0, 1.15), "times the usual number of things of their own", is_share=False),
    Fact("losses", (0.8, 1.4, 2.5), "times the usual share of payments lost", is_share=False),
    Fact("signup", (0.4, 0.7), "signed up within a week"),
    Fact("crowd", (1.4, 2.8), "times as many others as usual signed up with them", is_share=False),
    Fact("payee", (0.01, 0.35, 0.55, 0.8), "of those who pay paid the same payee"),
    Fact("paid", (0.2, 0.5), "were paid"),
    Fact("gap", (3, 8, 20), "days before a device or instrument is in the next hands", is_share=False),
    Fact("burst", (0.01, 0.08), "of what they share passed on within two hours"),
)


@dataclass(frozen=True, slots=True)
class Innocence:
    """Of R rings by EXPLANATIONS. bits: [R, X], better than a ring; negative: worse. words: R lists of X."""

    bits: Floats
    words: list[list[str]]

    def best(self) -> NDArray[np.int64]:
        """[R] the position of the explanation that fits best, the first of equals."""
        return np.asarray(self.bits.argmax(axis=1), dtype=np.int64)


def weigh_innocence(groups: Features) -> Innocence:
    """groups: by describe_groups."""
    said = np.stack([_weigh_fact(groups, fact) for fact in FACTS], axis=2)
    ranges = np.stack([find_ranges(groups, fact) for fact in FACTS], axis=1)
    return Innocence(
        said.sum(axis=2),
        [
            [_tell(of_explanation, of_group) for of_explanation in by_explanation]
            for by_explanation, of_group in zip(said.tolist(), ranges.tolist(), strict=True)
        ],
    )


def find_ranges(groups: Features, fact: Fact) -> NDArray[np.int64]:
    """[R] the range of each group, -1 where it is not known."""
    value = groups.column(fact.name)
    found = np.searchsorted(np.array(fact.edges), value, side="right")
    return np.where(np.isnan(value), -1, found).astype(np.int64)


def _weigh_fact(groups: Features, fact: Fact) -> Floats:
    """[R, X] bits."""
    share = np.array(SHARES[fact.name])  # the ring first
    bits = DEPENDENCE * np.log2(share[1:] / share[0])
    found = find_ranges(groups, fact)
    return np.where((found >= 0)[:, None], bits.T[found], 0.0)


_RANGES = tuple(fact.ranges() for fact in FACTS)
_LEAST = 0.1  # bits that are worth a word


def _tell(bits: list[float], ranges: list[int]) -> str:
    order = sorted(range(len(bits)), key=lambda at: (-bits[at], at))
    of_it = [_RANGES[at][ranges[at]] for at in order[:_TOLD] if bits[at] > _LEAST]
    against = [_RANGES[at][ranges[at]] for at in order[::-1][:_TOLD] if bits[at] < -_LEAST]
    sides = (("for it", of_it), ("against it", against))
    return (
        "; ".join(f"{side}: {', '.join(words)}" for side, words in sides if words)
        or "nothing tells them apart"
    )
