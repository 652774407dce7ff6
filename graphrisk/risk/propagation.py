"""Risk that spreads along shared identifiers from labelled accounts.

With B the accounts by identifiers incidence, K the diagonal of holders per identifier and D that of shared
identifiers per account, S = D^-1/2 B K^-1 B' D^-1/2 has spectral radius at most 1, and

    b = phi + damping * S b

is solved by iteration; phi is +1 on accounts known to be bad, -1 on those known to be good. It converges
for every graph as long as damping < 1, the error after t steps being at most damping^(t + 1) / (1 - damping)
of phi's Euclidean norm. S is never built: two sparse products a step, the work linear in links, and a hub
spreads little because K divides it. This is the local and global consistency method (Zhou et al., NIPS 16,
2004) on the graph that the identifiers induce, an account's echo to itself included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks


@dataclass(frozen=True, slots=True)
class PropagationParams:
    """damping: in [0, 1), how much of the risk a step passes on. tolerance: stop when no belief changes by
    more. max_iteration_count: a bound that damping .85 and tolerance 1e-7 do not reach (100 to 150 steps)."""

    damping: float = 0.85
    tolerance: float = 1e-7
    max_iteration_count: int = 300


@dataclass(frozen=True, slots=True)
class Propagation:
    """belief: [N], phi included; 0 far from every label. largest_change: of the last step, at most the
    tolerance if converged."""

    belief: Floats
    iteration_count: int
    largest_change: float
    converged: bool


def propagate_risk(links: SharedLinks, verdict: NDArray[np.int8], params: PropagationParams) -> Propagation:
    """verdict: int8 [N], +1 known bad, -1 known good, 0 unknown; or [N, C], C worlds that differ in what is
    known: each stops by itself, so that none depends on what the others know. The belief has the same shape.
    Without labels every belief is 0."""
    phi = verdict.astype(np.float64)
    if not phi.any() or links.identifier_count == 0:
        return Propagation(phi, 0, 0.0, converged=True)
    incidence = links.incidence()
    transposed = incidence.T.tocsr()
    per_identifier = 1.0 / links.known_holder_count()
    shared = np.bincount(links.account, minlength=links.account_count)
    scale = 1.0 / np.sqrt(np.maximum(shared, 1))
    if phi.ndim == 2:
        per_identifier, scale = per_identifier[:, None], scale[:, None]
    belief, moving = phi, np.ones(phi.shape[1:], dtype=bool)
    for step in range(1, params.max_iteration_count + 1):
        spread = scale * (incidence @ (per_identifier * (transposed @ (scale * belief))))
        following = np.where(moving, phi + params.damping * spread, belief)
        changes = np.abs(following - belief).max(axis=0)
        belief, moving = following, changes > params.tolerance
        if not moving.any():
            return Propagation(belief, step, float(changes.max()), converged=True)
    return Propagation(belief, params.max_iteration_count, float(changes.max()), converged=False)


def hide_own_labels(verdict: NDArray[np.int8], fold: NDArray[np.int64], fold_count: int) -> NDArray[np.int8]:
    """int8 [N, fold_count + 1]: what is known without each fold, and, last, what is known."""
    hidden = np.repeat(verdict[:, None], fold_count + 1, axis=1)
    hidden[np.arange(len(verdict)), fold] = 0
    return hidden


def without_own_label(belief: Floats, verdict: NDArray[np.int8], fold: NDArray[np.int64]) -> Floats:
    """[N] in standard deviations over unlabelled accounts: a labelled account's belief is that of the world
    which does not know the labels of its fold, so that its own label cannot come back to it.

    belief: [N, F + 1] of hide_own_labels. fold: [N], 0..F - 1.
    """
    unlabelled = verdict == 0
    spread = belief[unlabelled].std(axis=0) if unlabelled.any() else np.zeros(belief.shape[1])
    scaled = np.divide(belief, spread, out=np.zeros_like(belief), where=spread > 1e-12)
    column = np.where(unlabelled, belief.shape[1] - 1, fold)
    return np.asarray(scaled[np.arange(len(verdict)), column], dtype=np.float64)
