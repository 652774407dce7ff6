"""Where an account's belief comes from, exactly: what each identifier that it shares adds, and of that the
most that comes from one other holder.

With b = phi + damping X X' b (risk/propagation.py) the belief of account i is its own label and the sum over
what it shares of damping X_ie (X' b)_e; of that, account j gives damping X_ie X_je b_j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.risk.propagation import PropagationParams, link_weights

_LEAST = 1e-6  # of a belief; less is what the iteration leaves over


@dataclass(frozen=True, slots=True)
class BeliefSources:
    """One row for each identifier that brings a chosen account belief, by account, the strongest first.

    account, identifier: int64 [R] positions. belief: float64 [R] what it adds. neighbour: int64 [R] the other
    holder who gives most of it, bad or good. of_neighbour: float64 [R] what that one gives.
    """

    account: NDArray[np.int64]
    identifier: NDArray[np.int64]
    belief: Floats
    neighbour: NDArray[np.int64]
    of_neighbour: Floats


def trace_belief(
    links: SharedLinks, belief: Floats, most_accounts: int, params: PropagationParams
) -> BeliefSources:
    """Of the accounts with most belief, for or against, `most_accounts` at most. belief: [N], as
    propagate_risk gave it with `params`."""
    strength = np.abs(belief)
    order = np.argsort(-strength, kind="stable")[:most_accounts]
    chosen = np.zeros(len(belief), dtype=bool)
    chosen[order[strength[order] > _LEAST]] = True
    weight = link_weights(links)
    given = weight * belief[links.account]
    total = np.bincount(links.identifier, weights=given, minlength=links.identifier_count)
    at = np.flatnonzero(chosen[links.account])
    account, identifier = links.account[at].astype(np.int64), links.identifier[at].astype(np.int64)
    added = params.damping * weight[at] * total[identifier]
    other = _strongest_other(links, given, at)
    of_other = params.damping * weight[at] * given[other]
    kept = np.flatnonzero(np.abs(added) > _LEAST)
    kept = kept[np.lexsort((identifier[kept], -np.abs(added[kept]), account[kept]))]
    return BeliefSources(
        account[kept], identifier[kept], added[kept], links.account[other[kept]].astype(np.int64),
        of_other[kept],
    )  # fmt: skip


def _strongest_other(links: SharedLinks, given: Floats, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """[len(at)] of each link, the link to the same identifier that gives most, its own left out; the one of
    the least account among equals. Every identifier has two or more."""
    asked = np.zeros(links.identifier_count, dtype=bool)
    asked[links.identifier[at]] = True
    near = np.flatnonzero(asked[links.identifier])
    order = near[np.lexsort((links.account[near], -np.abs(given[near]), links.identifier[near]))]
    thing, first = np.unique(links.identifier[order], return_index=True)
    place = np.searchsorted(thing, links.identifier[at])
    strongest, second = order[first][place], order[first + 1][place]
    return np.where(strongest == at, second, strongest)
