"""Do rings stay what they are from one date to the next, whatever they are called?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from graphrisk.evaluate.backtest.drawing import Cases, Rows
from graphrisk.evaluate.backtest.standings import Standing
from graphrisk.evaluate.intervals import Estimate
from graphrisk.evaluate.membership import NO_RING, IntArray, Membership, count_common


@dataclass(frozen=True, slots=True)
class Stability:
    """account_count: accounts that stood in a ring at `earlier`. stayed: of them, those who stand in the ring
    that theirs became. baseline: what that would be had the members of the later rings been dealt anew among
    all accounts. still_in_ring: of them, those who stand in any ring."""

    earlier: datetime
    later: datetime
    account_count: int
    stayed: Estimate
    baseline: float
    still_in_ring: Estimate


def match_rings(earlier: Membership, later: Membership) -> IntArray:
    """(earlier.ring_count,) which ring each became, NO_RING for none: one to one, so that as many accounts as
    possible stay together; no ring becomes one with which it shares nobody."""
    became = np.full(earlier.ring_count, NO_RING, dtype=np.int64)
    old, new, common = count_common(earlier, later)
    shape = (earlier.ring_count + later.ring_count,) * 2
    graph = sparse.coo_array((common, (old, earlier.ring_count + new)), shape=shape)
    _, component = connected_components(graph, directed=False)
    order = np.argsort(component[old], kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(component[old][order])) + 1):
        olds, at_old = np.unique(old[rows], return_inverse=True)
        news, at_new = np.unique(new[rows], return_inverse=True)
        overlap = np.zeros((olds.size, news.size), dtype=np.int64)
        overlap[at_old, at_new] = common[rows]
        chosen_old, chosen_new = linear_sum_assignment(overlap, maximize=True)
        shares = overlap[chosen_old, chosen_new] > 0
        became[olds[chosen_old[shares]]] = news[chosen_new[shares]]
    return became


def measure_stability(standings: Sequence[Standing], cases: Cases) -> tuple[Stability, ...]:
    """Of each date and the next."""
    return tuple(_compare(earlier, later, cases) for earlier, later in pairwise(standings))


def _compare(earlier: Standing, later: Standing, cases: Cases) -> Stability:
    became = match_rings(earlier.rings, later.rings)
    stood = np.flatnonzero(earlier.ring_of != NO_RING)
    expected, found = became[earlier.ring_of[stood]], later.ring_of[stood]
    stayed = (expected == found) & (expected != NO_RING)
    every = np.ones(stood.size)
    dealt = np.where(expected == NO_RING, 0, np.append(later.rings.sizes(), 0)[expected])
    return Stability(
        earlier=earlier.as_of, later=later.as_of, account_count=stood.size,
        stayed=cases.share(Rows(stood, stayed.astype(np.float64), every)),
        baseline=Rows(stood, dealt / max(int(later.is_known.sum()), 1), every).value(),
        still_in_ring=cases.share(Rows(stood, (found != NO_RING).astype(np.float64), every)),
    )  # fmt: skip
