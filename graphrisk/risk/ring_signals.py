"""What speaks for and against a ring, as numbers, points and sentences: the points add up to the logit of its
score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from graphrisk.graph.links import Floats
from graphrisk.risk.features import Features
from graphrisk.risk.prior import Prior
from graphrisk.risk.signals import SIGNALS, GroupFacts, score_from_points


@dataclass(frozen=True, slots=True)
class RingSignals:
    """Of R rings by S signals. names: S. values, points: [R, S]. sentences: R lists of S.
    score: [R] in (0, 1)."""

    names: tuple[str, ...]
    values: Floats
    points: Floats
    sentences: list[list[str]]
    score: Floats

    def of(self, rows: NDArray[np.integer]) -> RingSignals:
        """The chosen rings, in that order."""
        return RingSignals(
            self.names, self.values[rows], self.points[rows],
            [self.sentences[row] for row in rows.tolist()], self.score[rows],
        )  # fmt: skip


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


# Features of ring_features.describe_rings, in words.
_RING_WORDS: dict[str, Callable[[float], str]] = {
    "size": lambda value: f"{np.exp(value):.0f} accounts",
    "risk": lambda value: f"the members' probability of being in a ring is {_share(value)} on average",
    "least_odds": lambda value: f"the least suspicious member: {_share(1 / (1 + np.exp(-value)))}",
    "most_odds": lambda value: f"the most suspicious member: {_share(1 / (1 + np.exp(-value)))}",
    "mean_odds": lambda value: f"the member in the middle: {_share(1 / (1 + np.exp(-value)))}",
    "sure_share": lambda value: f"{_share(value)} of the members are more likely in a ring than not",
    "things": lambda value: f"they share {value:.1f} identifiers that a ring brought, as far as can be told",
    "surest_thing": lambda value: f"one of what they share was brought by a ring with {_share(value)}",
    "outside_share": lambda value: f"{_share(value)} of those who hold these things are others",
    "closeness": lambda value: f"members over the root of their identifiers: {value:.1f}",
    "surprise": lambda value: (
        f"sharing this much by chance: 1 in 10^{value:.0f} for each member" if value >= 1
        else "sharing this much could be chance"
    ),
    "tightness": lambda value: f"two members are of one ring with {_share(value)}",
}  # fmt: skip
BASE_NAME = "base"


def judge_rings(prior: Prior, features: Features) -> RingSignals:
    """By the prior's booster; the points are its exact contributions, the base among them."""
    if len(features.values) == 0:
        empty = np.empty((0, len(features.names) + 1))
        return RingSignals((*features.names, BASE_NAME), empty, empty, [], np.empty(0))
    points = prior.rings.contributions(features)
    values = np.column_stack((features.values.astype(np.float64), np.ones(len(points))))
    sentences = [
        [
            *(_RING_WORDS[name](value) for name, value in zip(features.names, of_ring[:-1], strict=True)),
            "before anything is known of it",
        ]
        for of_ring in values.tolist()
    ]
    score = np.asarray(expit(points.sum(axis=1)), dtype=np.float64)
    return RingSignals((*features.names, BASE_NAME), values, points, sentences, score)


def tell_signals(facts: GroupFacts, groups: NDArray[np.integer]) -> RingSignals:
    """By the table of signals, for the chosen groups of `facts`."""
    values = np.stack([signal.measure(facts)[groups] for signal in SIGNALS], axis=1)
    points = np.stack([signal.points(facts)[groups] for signal in SIGNALS], axis=1)
    sentences = [
        [signal.words(facts, group, value) for signal, value in zip(SIGNALS, of_group, strict=True)]
        for group, of_group in zip(groups.tolist(), values.tolist(), strict=True)
    ]
    names = tuple(signal.name for signal in SIGNALS)
    return RingSignals(names, values, points, sentences, score_from_points(points.sum(axis=1)))
