"""Risk that spreads along shared identifiers from labelled accounts.

With B the accounts by identifiers incidence, K the diagonal of holders per identifier and D that of shared
identifiers per account, S = X X' with X = D^-1/2 B K^-1/2 has its spectrum in [0, 1], and

    b = phi + damping * S b

has one solution for every graph as long as damping < 1; phi is +1 on accounts known to be bad, -1 on those
known to be good. S is never built: two sparse products a step, the work linear in links, and a hub spreads
little because K divides it. This is the local and global consistency method (Zhou et al., NIPS 16, 2004) on
the graph that the identifiers induce, an account's echo to itself included.

It is solved by Chebyshev iteration (Saad, Iterative Methods for Sparse Linear Systems, 2003, 12.3), whose
number of steps follows from the damping alone: with kappa = (1 - r) / (1 + r), r = sqrt(1 - damping), the
error after t steps has at most 2 kappa^t damping / (1 - damping) of phi's Euclidean norm. It takes no sum
over accounts, so that what does not reach an account changes no bit of its belief.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graphrisk.graph.links import Floats, SharedLinks


@dataclass(frozen=True, slots=True)
class PropagationParams:
    """damping: in [0, 1), how much of the risk a step passes on. tolerance: of phi's Euclidean norm, the
    greatest error of all beliefs together."""

    damping: float = 0.85
    tolerance: float = 1e-6

    def step_count(self) -> int:
        """20 by default."""
        if self.damping == 0:
            return 0
        root = sqrt(1 - self.damping)
        least = 2 * self.damping / ((1 - self.damping) * self.tolerance)
        return max(ceil(log(least) / log((1 + root) / (1 - root))), 1)


@dataclass(frozen=True, slots=True)
class Propagation:
    """belief: [N], phi included; 0 far from every label."""

    belief: Floats
    step_count: int


def propagate_risk(links: SharedLinks, verdict: NDArray[np.int8], params: PropagationParams) -> Propagation:
    """verdict: int8 [N], +1 known bad, -1 known good, 0 unknown; or [N, C], C worlds that differ in what is
    known, none of which depends on what the others know. The belief has the same shape. Without labels every
    belief is 0."""
    belief = verdict.astype(np.float64)
    step_count = params.step_count()
    if not belief.any() or links.identifier_count == 0 or step_count == 0:
        return Propagation(belief, 0)
    spread = _halved(links)
    gathered = spread.T.tocsr()
    damping = params.damping
    centre, reach = 1 - damping / 2, damping / 2  # the spectrum of 1 - damping S lies in centre +- reach
    residual = damping * (spread @ (gathered @ belief))
    change, ratio = residual / centre, reach / centre
    belief += change
    for _ in range(step_count - 1):
        residual -= change
        residual += damping * (spread @ (gathered @ change))
        following = 1 / (2 * centre / reach - ratio)
        change *= following * ratio
        change += (2 * following / reach) * residual
        belief += change
        ratio = following
    return Propagation(belief, step_count)


def link_weights(links: SharedLinks) -> Floats:
    """[L] X where it is not zero."""
    shared = np.bincount(links.account, minlength=links.account_count)
    holders = links.known_holder_count()[links.identifier].astype(np.float64)
    return np.asarray(1.0 / np.sqrt(shared[links.account] * holders))


def _halved(links: SharedLinks) -> sparse.csr_array:
    """X: [N, M]."""
    return links.incidence(link_weights(links))


def propagate_by_fold(
    links: SharedLinks,
    verdict: NDArray[np.int8],
    fold: NDArray[np.int64],
    fold_count: int,
    params: PropagationParams,
) -> Propagation:
    """belief: [N, fold_count + 1], of the worlds that know no label of each fold, and, last, of the one that
    knows all. What labels spread adds up, so each fold's are spread once; the sums leave out what is hidden,
    rather than take it away, so that no bit of it stays.

    fold: [N], 0..fold_count - 1.
    """
    heard = propagate_risk(links, split_labels(verdict, fold, fold_count), params)
    known = [heard.belief[:, np.arange(fold_count) != hidden] for hidden in range(fold_count + 1)]
    return Propagation(np.column_stack([each.sum(axis=1) for each in known]), heard.step_count)


def split_labels(verdict: NDArray[np.int8], fold: NDArray[np.int64], fold_count: int) -> NDArray[np.int8]:
    """int8 [N, fold_count]: the labels of each fold."""
    return np.where(fold[:, None] == np.arange(fold_count), verdict[:, None], np.int8(0))


def without_own_label(belief: Floats, verdict: NDArray[np.int8], fold: NDArray[np.int64]) -> Floats:
    """[N] in standard deviations over unlabelled accounts: a labelled account's belief is that of the world
    which does not know the labels of its fold, so that its own label cannot come back to it.

    belief: [N, F + 1] of propagate_by_fold. fold: [N], 0..F - 1.
    """
    unlabelled = verdict == 0
    spread = belief[unlabelled].std(axis=0) if unlabelled.any() else np.zeros(belief.shape[1])
    scaled = np.divide(belief, spread, out=np.zeros_like(belief), where=spread > 1e-12)
    column = np.where(unlabelled, belief.shape[1] - 1, fold)
    return np.asarray(scaled[np.arange(len(verdict)), column], dtype=np.float64)
