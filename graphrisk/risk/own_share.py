"""How much of what the caught teach is to count.

Who is caught is stopped: he does nothing any more, and may lose what led to him. A model of the caught
against the rest learns that too; it orders held-out caught ones very well, and nobody who is still to be
found. So others are asked as well: the company of the caught, accounts without a label that labels reach by
what they share with the labelled. They are bad more often than the rest, and nobody stopped them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.risk.folds import FOLD_COUNT
from graphrisk.risk.propagation import PropagationParams, propagate_risk, split_labels

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LabelReach:
    """belief: [N, FOLD_COUNT], what the labels of each fold alone spread. unlabelled: [N]. deviations: of the
    unlabelled, beyond which somebody is of the company of the caught."""

    belief: Floats
    unlabelled: Bools
    deviations: float

    @classmethod
    def of(
        cls, links: SharedLinks, verdict: NDArray[np.int8], fold: NDArray[np.int64], deviations: float
    ) -> LabelReach:
        labels = split_labels(verdict, fold, FOLD_COUNT)
        return cls(propagate_risk(links, labels, PropagationParams()).belief, verdict == 0, deviations)

    def company(self, hidden: Sequence[int]) -> Bools:
        """[N] unlabelled accounts that the labels of the other folds reach. What is hidden is left out of
        the sum, so that no bit of it stays."""
        known = [fold for fold in range(FOLD_COUNT) if fold not in hidden]
        belief = self.belief[:, known].sum(axis=1)
        spread = belief[self.unlabelled].std() if self.unlabelled.any() else 0.0
        return np.asarray(self.unlabelled & (belief > self.deviations * spread))


def mix_opinions(thought: Floats, learned: Floats, share: float) -> Floats:
    """The learned log odds have the mean and spread of what was thought before, so that neither drowns the
    other; a booster of the caught against all others does not know how many were not caught."""
    return (1 - share) * thought + share * _on_the_scale_of(thought, learned)


def _on_the_scale_of(thought: Floats, learned: Floats) -> Floats:
    spread = float(learned.std())
    if spread == 0:
        return np.full_like(learned, thought.mean())
    return np.asarray((learned - learned.mean()) / spread * thought.std() + thought.mean())


def measure_lead(thought: Floats, mixed: Floats, is_caught: Bools, is_company: Bools) -> float:
    """What mixed opinions are ahead in AUROC at the caught among all, or at their company among the others
    without a label, whichever is less. 0 at most where either is missing."""
    others = ~is_caught
    return min(
        measure_auroc(mixed, is_caught) - measure_auroc(thought, is_caught),
        measure_auroc(mixed[others], is_company[others]) - measure_auroc(thought[others], is_company[others]),
    )


def measure_auroc(score: Floats, target: Bools) -> float:
    """The probability that a bad one stands above another, ties by half; one half where either is missing."""
    bad = int(target.sum())
    good = len(target) - bad
    if bad == 0 or good == 0:
        return 0.5
    return float((rankdata(score)[target].sum() - bad * (bad + 1) / 2) / (bad * good))
