"""What a ring rests on: its evidence without some identifiers, those that explain it beside random ones.

An explanation that names the right things names those without which the ring would not have been found. So
the ring is looked at again without them, and again without as many drawn at random among all that two or
more of its members share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.neighbourhood import cut_links
from graphrisk.graph.weights import pair_probability
from graphrisk.risk.holdings import count_digits, count_search_digits
from graphrisk.risk.relevance import EvidenceGraph, RelevanceParams, rank_evidence

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RingEvidence:
    """Everything telling that two or more of a ring's s members share.

    identifiers: [I], positions in the whole, rising. held: bool [s, I]. llr: [I], nats. digits: [I], decimal
    digits of surprise that so many of the members hold it. search_digits: what choosing the ring costs.
    prior: natural log odds of a random pair.
    """

    identifiers: Longs
    held: Bools
    llr: Floats
    digits: Floats
    search_digits: float
    prior: float


@dataclass(frozen=True, slots=True)
class RingHold:
    """How well evidence holds a ring together. surprise_digits: as in risk/holdings.py. pair_probability: its
    mean over the pairs of members, which Leiden holds against the resolution."""

    surprise_digits: float
    pair_probability: float


@dataclass(frozen=True, slots=True)
class DeletionParams:
    """named_count: identifiers taken away. draw_count: random sets of as many that they are held against.
    seed: of those."""

    named_count: int
    draw_count: int
    seed: int


@dataclass(frozen=True, slots=True)
class DeletionTest:
    """named: identifiers taken away, positions in the whole. whole, without_named: the ring before and after.
    without_random: draw_count times, after taking away as many random ones."""

    named: Longs
    whole: RingHold
    without_named: RingHold
    without_random: tuple[RingHold, ...]


def gather_ring_evidence(links: SharedLinks, llr: Floats, prior: float, members: Longs) -> RingEvidence:
    """members: [s], distinct account positions, in any order."""
    here = np.zeros(links.account_count, dtype=bool)
    here[members] = True
    inside = here[links.account]
    count = np.bincount(links.identifier[inside], minlength=links.identifier_count)
    shared = (count >= 2) & (llr > 0)
    ring = cut_links(links, here, shared)
    held = np.zeros((len(members), ring.identifier_count), dtype=bool)
    held[ring.account, ring.identifier] = True
    size = np.array([len(members)], dtype=np.int64)
    return RingEvidence(
        identifiers=np.flatnonzero(shared), held=held, llr=llr[shared],
        digits=count_digits(links.account_count, size, ring.holder_count, count[shared]),
        search_digits=float(count_search_digits(links.account_count, size)[0]), prior=prior,
    )  # fmt: skip


def rank_ring_identifiers(ring: RingEvidence, params: RelevanceParams) -> Longs:
    """[I] positions in ring.identifiers, the most relevant to the ring first: where a walk from any member
    arrives most often (risk/relevance.py); equals in their order."""
    member, identifier = np.nonzero(ring.held)
    size, count = ring.held.shape
    graph = EvidenceGraph(size + count, member, size + identifier, ring.llr[identifier])
    found = rank_evidence(graph, np.arange(size), params)
    return np.argsort(found.node_rank[size:], kind="stable").astype(np.int64)


def measure_hold(ring: RingEvidence, removed: Longs) -> RingHold:
    """removed: positions in ring.identifiers."""
    kept = np.ones(len(ring.identifiers), dtype=bool)
    kept[removed] = False
    held = ring.held[:, kept].astype(np.float64)
    pairs = np.triu_indices(len(held), k=1)
    probability = pair_probability((held * ring.llr[kept]) @ held.T, ring.prior)[pairs]
    return RingHold(
        surprise_digits=float(ring.digits[kept].sum()) - ring.search_digits,
        pair_probability=float(probability.mean()) if len(probability) else 0.0,
    )


def compare_deletion(ring: RingEvidence, ranked: Longs, params: DeletionParams) -> DeletionTest:
    """Without the first named_count of `ranked`, and without as many drawn from all, those included.

    ranked: positions in ring.identifiers, say from rank_ring_identifiers. Where a ring has no more
    identifiers than are named, every draw is the same set."""
    named = ranked[: params.named_count]
    rng = np.random.default_rng(params.seed)
    drawn = [
        rng.choice(len(ring.identifiers), size=len(named), replace=False) for _ in range(params.draw_count)
    ]
    return DeletionTest(
        named=ring.identifiers[named],
        whole=measure_hold(ring, named[:0]),
        without_named=measure_hold(ring, named),
        without_random=tuple(measure_hold(ring, removed) for removed in drawn),
    )
