"""Why each member is in its ring: the most probable path to the ring's centre, hop by hop, with what is
shared on each hop.

The path maximises the product of pair probabilities, which is the shortest path on -ln w, found for all
rings at once by Dijkstra's algorithm from every centre. Each member has one hop, towards the next account
on its path; following hops leads to the centre. The centre's own hop leads to the member that it is most
probably one operator with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.weights import bits

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MemberPaths:
    """One hop for each member, in the order of CandidateRings.members.

    via: [S], account position that the hop leads to. probability: [S], the hop's pair probability.
    hop_bits: [S], its evidence in bits.
    path_bits: [S], the least hop_bits on the whole path: the path is as strong as its weakest hop.
    hop, identifier, identifier_bits: [Q], what is shared on each hop (index of the member, identifier,
    bits), by member, most bits first. The identifier_bits of a hop add up to its hop_bits.
    """

    via: Longs
    probability: Floats
    hop_bits: Floats
    path_bits: Floats
    hop: Longs
    identifier: Longs
    identifier_bits: Floats


def trace_members(rings: CandidateRings, graph: AccountGraph, links: SharedLinks, llr: Floats) -> MemberPaths:
    """llr: [M] nats from weights.weigh_identifiers."""
    index = np.full(graph.account_count, -1, dtype=np.int64)
    index[rings.members] = np.arange(len(rings.members))
    weights = _inside_edges(rings, graph, index)
    next_index = _next_on_path(weights, rings)
    probability = _weights_at(weights, next_index)
    via = rings.members[next_index]
    shares = list_shares(rings.members, via, links, llr)
    return MemberPaths(
        via, probability, shares.hop_bits, _least_on_path(shares.hop_bits, next_index, rings.centre),
        shares.hop, shares.identifier, shares.identifier_bits,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HopShares:
    """What is shared on each of H hops from one account to another.

    hop, identifier, identifier_bits: [Q], by hop, most bits first, as in MemberPaths. hop_bits: [H], their
    sums.
    """

    hop: Longs
    identifier: Longs
    identifier_bits: Floats
    hop_bits: Floats


def list_shares(start: Longs, end: Longs, links: SharedLinks, llr: Floats) -> HopShares:
    """start, end: [H] account positions. Identifiers that say nothing are not listed."""
    hop, identifier = _shared_on_hops(start, end, links, llr)
    identifier_bits = bits(llr[identifier])
    order = np.lexsort((identifier, -identifier_bits, hop))
    hop, identifier, identifier_bits = hop[order], identifier[order], identifier_bits[order]
    hop_bits = np.bincount(hop, weights=identifier_bits, minlength=len(start)).astype(np.float64)
    return HopShares(hop, identifier, identifier_bits, hop_bits)


def path_costs(probability: Floats) -> Floats:
    """-ln w: the shortest path by these costs is the most probable one. A probability of 1 costs nothing,
    but a stored zero would be no edge in a sparse graph, hence barely above."""
    return np.asarray(np.maximum(-np.log(probability), 1e-12), dtype=np.float64)


def _inside_edges(rings: CandidateRings, graph: AccountGraph, index: Longs) -> sparse.csr_array:
    """[S, S] symmetric pair probabilities between members of one ring."""
    source, target = index[graph.source], index[graph.target]
    inside = (source >= 0) & (target >= 0)
    inside[inside] = rings.ring[source[inside]] == rings.ring[target[inside]]
    source, target, weight = source[inside], target[inside], graph.weight[inside]
    shape = (len(rings.members), len(rings.members))
    both = (np.concatenate((source, target)), np.concatenate((target, source)))
    found = sparse.csr_array((np.concatenate((weight, weight)), both), shape=shape)
    found.sort_indices()
    return found


def _weights_at(weights: sparse.csr_array, column: Longs) -> Floats:
    """[S] the weight in each row's column."""
    if len(column) == 0:
        return np.empty(0)
    return np.asarray(weights[np.arange(len(column)), column], dtype=np.float64).ravel()


def _next_on_path(weights: sparse.csr_array, rings: CandidateRings) -> Longs:
    """[S] index of the next member on the way to the centre; for the centre, its closest neighbour."""
    if rings.ring_count == 0:
        return np.empty(0, dtype=np.int64)
    cost = weights.copy()
    cost.data = path_costs(weights.data)
    _, predecessor, _ = csgraph.dijkstra(
        cost, directed=True, indices=rings.centre, min_only=True, return_predecessors=True
    )
    following = predecessor.astype(np.int64)
    starts = weights.indptr
    for centre in rings.centre:
        row = slice(starts[centre], starts[centre + 1])
        following[centre] = weights.indices[row][np.argmax(weights.data[row])]
    return following


def _shared_on_hops(members: Longs, via: Longs, links: SharedLinks, llr: Floats) -> tuple[Longs, Longs]:
    """(hop, identifier) of every identifier that both ends of a hop hold and that says something."""
    telling = llr[links.identifier] != 0
    shape = (links.account_count, links.identifier_count)
    held = sparse.csr_array(
        (np.ones(int(telling.sum()), np.int8), (links.account[telling], links.identifier[telling])),
        shape=shape,
    )
    both = held[members].multiply(held[via]).tocoo()
    return both.row.astype(np.int64), both.col.astype(np.int64)


def _least_on_path(hop_bits: Floats, following: Longs, centres: Longs) -> Floats:
    """The least hop_bits from each member to its centre, by doubling: after t rounds 2^t hops are covered."""
    least, ahead = hop_bits.copy(), following.copy()
    centre = np.zeros(len(hop_bits), dtype=bool)
    centre[centres] = True
    at_centre = np.flatnonzero(centre)
    ahead[at_centre] = at_centre
    running = least.copy()
    running[at_centre] = np.inf  # the centre's own hop is no part of anybody else's path
    while True:
        combined = np.minimum(running, running[ahead])
        further = ahead[ahead]
        if np.array_equal(further, ahead) and np.array_equal(combined, running):
            break
        running, ahead = combined, further
    return np.where(centre, least, running)
