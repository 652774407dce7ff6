"""Ties: what two rings have in common without being one.

Ring A holds identifier e with k_e of N accounts. That ring B of b members holds it too happens by chance with
about b (k_e - 1) / (N - 1), and with m_e where one operator runs both, so that it is evidence of

    llr_e - ln( max(a, b) )   nats, never below 0,

llr_e from graph/weights.py, the larger ring because neither comes first. For a payee m is payee_trust_share
and k its payers. The evidence of a tie is the sum. Among R rings a ring has R - 1 chances of a tie, so that
one is told from min_nats + ln(R - 1) on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import Trade

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TieParams:
    """payee_trust_share: m of a payee. holder_cap: what more accounts hold, or more payers paid, ties nobody.
    min_nats: weaker ties are not told; 3 is odds of 20. most_rings: ties are told among so many of the best
    rings, because the honest groups at the end of a long list have a hundred weak ties each."""

    payee_trust_share: float = 0.1
    holder_cap: int = 300
    min_nats: float = 3.0
    most_rings: int = 1_000


@dataclass(frozen=True, slots=True)
class RingTie:
    """ring < other_ring. evidence_nats: over 0. identifiers: positions in the links; payees: as in the
    trade; each the most telling first."""

    ring: int
    other_ring: int
    evidence_nats: float
    identifiers: tuple[int, ...]
    payees: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RingMembers:
    """Disjoint rings. members: int64 [S], account positions, by ring. starts: int64 [R + 1]."""

    members: Longs
    starts: Longs

    def sizes(self) -> Longs:
        return np.diff(self.starts)

    def of_accounts(self, account_count: int) -> Longs:
        """int64 [N], the ring of each account, -1 for none."""
        ring = np.full(account_count, -1, dtype=np.int64)
        ring[self.members] = np.repeat(np.arange(len(self.starts) - 1), self.sizes())
        return ring


def find_ties(
    rings: RingMembers, score: Floats, links: SharedLinks, llr: Floats, trade: Trade, params: TieParams
) -> tuple[RingTie, ...]:
    """score: [R]. llr: [M] nats. Sorted by ring, then other ring."""
    asked = np.zeros(len(score) + 1, dtype=bool)  # -1, for no ring, reads the last
    asked[np.argsort(-score, kind="stable")[: params.most_rings]] = True
    ring_of = rings.of_accounts(links.account_count)
    ring_of[~asked[ring_of]] = -1
    least = params.min_nats + float(np.log(max(int(asked.sum()) - 1, 1)))
    told = links.known_holder_count() <= params.holder_cap
    things = _shared(ring_of, links.account, links.identifier, np.where(told, llr, 0.0))
    payer, payee, payee_llr = _weigh_payees(trade, links.account_count, params)
    payees = _shared(ring_of, payer, payee, payee_llr)
    size = rings.sizes()
    ties = []
    for pair in sorted(things.keys() | payees.keys()):
        chance = float(np.log(size[list(pair)].max()))
        held, paid = (_telling(found.get(pair, []), chance) for found in (things, payees))
        nats = sum(value for value, _ in (*held, *paid))
        if nats >= least:
            identifiers, paid_to = (tuple(number for _, number in side) for side in (held, paid))
            ties.append(RingTie(*pair, nats, identifiers, paid_to))
    return tuple(ties)


def _telling(shared: list[tuple[float, int]], chance: float) -> list[tuple[float, int]]:
    """(nats left, number), the most telling first."""
    left = ((value - chance, number) for value, number in shared)
    return sorted((one for one in left if one[0] > 0), key=lambda one: (-one[0], one[1]))


def _weigh_payees(trade: Trade, account_count: int, params: TieParams) -> tuple[Longs, Longs, Floats]:
    """(payer and payee of each pair that traded; the weight of every payee, 0 where it ties nobody)."""
    named = trade.payee >= 0
    payee_count = int(trade.payee.max(initial=-1)) + 1
    rows = np.unique(trade.payer[named].astype(np.int64) * max(payee_count, 1) + trade.payee[named])
    payer, payee = rows // max(payee_count, 1), rows % max(payee_count, 1)
    payers = np.bincount(payee, minlength=payee_count)
    odds = params.payee_trust_share * (account_count - 1) / np.maximum(payers - 1, 1)
    told = payers <= params.holder_cap
    return payer, payee, np.where(told, np.log(np.maximum(odds, 1.0)), 0.0)


def _shared(
    ring_of: Longs, account: NDArray[np.integer], thing: NDArray[np.integer], weight: Floats
) -> dict[tuple[int, int], list[tuple[float, int]]]:
    """For each two rings, (weight, number) of what accounts of both have, by number."""
    kept = (ring_of[account] >= 0) & (weight[thing] > 0)
    width = int(ring_of.max(initial=0)) + 1
    rows = np.unique(thing[kept].astype(np.int64) * width + ring_of[account[kept]])
    things, rings = rows // width, rows % width
    number, inverse, ring_count = np.unique(things, return_inverse=True, return_counts=True)
    between = ring_count[inverse] > 1
    starts = np.cumsum(ring_count[ring_count > 1])
    of_things = zip(number[ring_count > 1].tolist(), np.split(rings[between], starts[:-1]), strict=False)
    found: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for at, here in of_things:
        for pair in combinations(here.tolist(), 2):
            found.setdefault(pair, []).append((float(weight[at]), at))
    return found
