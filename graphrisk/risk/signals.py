"""The ring score as a table of signals.

Each signal has a value in its own unit, the points that it gives, and a sentence. The points of a ring add
up to the logit of its
score: score = sigmoid(points - BASE_POINTS). It ranks; it is no probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from graphrisk.graph.links import Floats

BASE_POINTS = 2.0


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What is known of G groups of accounts, one value each.

    size. closeness: risk.holdings.measure_closeness. surprise: measure_surprise, digits. identifier_count:
    distinct identifiers of the members. alike_count: members that look like another of them
    (graph/look_alikes.py).
    bad_count, good_count: members labelled so by as-of. belief: mean propagated belief of the members, in
    standard deviations over unlabelled accounts. payment_count, loss_count: payments by members, and those
    charged back or refunded. base_loss_share: of all payments.
    """

    size: Floats
    closeness: Floats
    surprise: Floats
    identifier_count: Floats
    alike_count: Floats
    bad_count: Floats
    good_count: Floats
    belief: Floats
    payment_count: Floats
    loss_count: Floats
    base_loss_share: float


@dataclass(frozen=True, slots=True)
class Signal:
    """measure, points: [G] from the facts. words: one group's sentence from the facts, its
    position in them, and its value."""

    name: str
    measure: Callable[[GroupFacts], Floats]
    points: Callable[[GroupFacts], Floats]
    words: Callable[[GroupFacts, int, float], str]


def loss_ratio(facts: GroupFacts) -> Floats:
    """Losses per payment, as a multiple of the marketplace's, drawn towards 1 by five payments of prior."""
    if facts.base_loss_share <= 0:
        return np.ones_like(facts.size)
    share = (facts.loss_count + 5 * facts.base_loss_share) / (facts.payment_count + 5)
    return np.asarray(share / facts.base_loss_share, dtype=np.float64)


def bad_share_bound(facts: GroupFacts) -> Floats:
    """Lower 95 % bound (Wilson, JASA 22, 1927, 209-212) on the share of bad among the labelled members; 0
    without any."""
    n = facts.bad_count + facts.good_count
    z, safe = 1.96, np.maximum(n, 1)
    p = facts.bad_count / safe
    margin = z * np.sqrt(p * (1 - p) / safe + z**2 / (4 * safe**2))
    bound = (p + z**2 / (2 * safe) - margin) / (1 + z**2 / safe)
    return np.asarray(np.where(facts.bad_count > 0, np.maximum(bound, 0.0), 0.0), dtype=np.float64)


SIGNALS: tuple[Signal, ...] = (
    Signal(
        "closeness", lambda facts: facts.closeness,
        lambda facts: 1.2 * np.log(np.maximum(facts.closeness, 1e-9)),
        lambda facts, g, _: (
            f"{facts.size[g]:.0f} accounts live on {facts.identifier_count[g]:.0f} identifiers"
        ),
    ),
    Signal(
        "surprise", lambda facts: facts.surprise, lambda facts: 0.5 * np.tanh(facts.surprise / 50),
        lambda _, __, value: (
            f"sharing this much by chance: 1 in 10^{value:.0f}" if value >= 1
            else "sharing this much could be chance"
        ),
    ),
    Signal(
        "look_alikes", lambda facts: facts.alike_count / facts.size,
        lambda facts: 0.8 * facts.alike_count / facts.size,
        lambda facts, g, value: (
            f"{facts.alike_count[g]:.0f} of {facts.size[g]:.0f} members were made together and are used alike"
            if value > 0
            else "no two members were made together and are used alike"
        ),
    ),
    Signal(
        "belief", lambda facts: facts.belief, lambda facts: 0.5 * np.arcsinh(facts.belief),
        lambda _, __, value: (
            f"risk reaches it from known-bad accounts, {value:.1f} standard deviations"
            if value > 0.05
            else f"near cleared accounts, {-value:.1f} standard deviations"
            if value < -0.05
            else "no labelled account within reach"
        ),
    ),
    Signal(
        "bad_labels", bad_share_bound, lambda facts: 3 * bad_share_bound(facts),
        lambda facts, g, _: (
            f"{facts.bad_count[g]:.0f} known bad, {facts.good_count[g]:.0f} cleared, "
            f"of {facts.size[g]:.0f} members"
        ),
    ),
    Signal(
        "losses", loss_ratio, lambda facts: 0.5 * np.log(loss_ratio(facts)),
        lambda facts, g, value: (
            f"{facts.loss_count[g]:.0f} of {facts.payment_count[g]:.0f} payments charged back or refunded, "
            f"{value:.1f} times the usual"
        ),
    ),
)  # fmt: skip


def total_points(facts: GroupFacts) -> Floats:
    """[G] sum of all signals' points."""
    points = [signal.points(facts) for signal in SIGNALS]
    return np.asarray(sum(points, np.zeros_like(facts.size)), dtype=np.float64)


def score_from_points(points: Floats) -> Floats:
    """sigmoid(points - BASE_POINTS), in (0, 1)."""
    return np.asarray(expit(points - BASE_POINTS), dtype=np.float64)
