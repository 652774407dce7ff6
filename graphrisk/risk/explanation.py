"""Why an account is where it is: its evidence in order of relevance, and its way to accounts that matter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.graph.links import Floats
from graphrisk.graph.neighbourhood import Neighbourhood
from graphrisk.graph.projection import ProjectionParams, project_links
from graphrisk.graph.weights import bits, pair_probability
from graphrisk.risk.evidence import HopShares, list_shares, path_costs
from graphrisk.risk.relevance import EvidenceGraph, RelevanceParams, rank_evidence

Longs = NDArray[np.int64]

_LEAST_PROBABILITY = 1e-12  # of a pair that a path may use: any that shares something telling


@dataclass(frozen=True, slots=True)
class AccountEvidence:
    """# (:Account)-[:USED_DEVICE|...]->(identifier), in an order in which they explain one account.

    account, identifier: [Q], positions in the whole; by rank, then account, then identifier. rank: [Q], 0 for
    the most relevant, equal where nothing tells two apart. identifier_bits: [Q], what sharing it says.
    relevance: [Q], how often a walk from the account takes the link; given risks, what it meets from there on
    (risk/relevance.py). hop_count: [Q], links between the account and this one: 0 for its own.
    """

    account: Longs
    identifier: Longs
    rank: Longs
    identifier_bits: Floats
    relevance: Floats
    hop_count: Longs

    def name_identifiers(self, count: int) -> Longs:
        """Up to `count` different identifiers, in the order in which they first come up."""
        distinct, first = np.unique(self.identifier, return_index=True)
        return distinct[np.argsort(first)][:count]


def rank_account_evidence(
    near: Neighbourhood, llr: Floats, params: RelevanceParams, account_risk: Floats | None = None
) -> AccountEvidence:
    """Links that cannot be reached from the account are left out.

    llr: [M]. A link weighs what its identifier says, in nats. account_risk: [N], at least 0, what is known or
    believed of each account of the whole: given it, what leads to risk is relevant; the account's own does
    not count.
    """
    account_count, llr_here = len(near.accounts), llr[near.identifiers]
    prior = None
    if account_risk is not None:
        prior = np.concatenate((account_risk[near.accounts], np.zeros(len(near.identifiers))))
        prior[near.account] = 0.0
    graph = _bipartite(near, llr_here)
    found = rank_evidence(graph, np.array([near.account]), params, prior)
    hop_count = np.minimum(found.hop_count[graph.left], found.hop_count[graph.right])
    account, identifier = graph.left, graph.right - account_count
    order = np.lexsort((identifier, account, found.edge_rank))
    order = order[found.edge_flow[order] > 0]
    return AccountEvidence(
        account=near.accounts[account[order]], identifier=near.identifiers[identifier[order]],
        rank=found.edge_rank[order], identifier_bits=bits(llr_here[identifier[order]]),
        relevance=found.edge_flow[order], hop_count=hop_count[order],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class EvidencePath:
    """The most probable way from an account to another, over accounts that share something.

    accounts: [H + 1], positions in the whole, from the one end to the other. probability: [H], of one
    operator, of each hop's pair. shares: what is shared on each hop, identifiers as positions in the whole.
    """

    accounts: Longs
    probability: Floats
    shares: HopShares

    @property
    def path_bits(self) -> float:
        """The bits of the weakest hop: a path is no stronger."""
        return float(self.shares.hop_bits.min())

    def strongest_identifiers(self) -> Longs:
        """[H], the identifier with most bits on each hop: account, identifier, account, ... when dealt with
        `accounts` alternately."""
        return self.shares.identifier[np.searchsorted(self.shares.hop, np.arange(len(self.probability)))]


def trace_to_anchors(near: Neighbourhood, llr: Floats, prior: float, anchors: Longs) -> EvidencePath | None:
    """The path that maximises the product of pair probabilities to whichever anchor is closest by it.

    anchors: positions in the whole, say known-bad accounts or the core of a ring; those that are not in the
    neighbourhood, and the account itself, are left out. None where none of them can be reached.
    """
    links, llr_here = near.links, llr[near.identifiers]
    ends = np.flatnonzero(np.isin(near.accounts, anchors))
    ends = ends[ends != near.account]
    # Everybody here may make a pair: the neighbourhood is small.
    params = ProjectionParams(degree_cap=max(links.account_count, 2), keep_probability=_LEAST_PROBABILITY)
    graph = project_links(links, llr_here, prior, params)
    if len(ends) == 0 or graph.edge_count == 0:
        return None
    shape = (links.account_count, links.account_count)
    cost = sparse.coo_array((path_costs(graph.weight), (graph.source, graph.target)), shape=shape).tocsr()
    distance, onward, _ = csgraph.dijkstra(
        cost, directed=False, indices=ends, min_only=True, return_predecessors=True
    )
    if not np.isfinite(distance[near.account]):
        return None
    path = [near.account]
    while onward[path[-1]] >= 0:
        path.append(int(onward[path[-1]]))
    hops = np.array(path, dtype=np.int64)
    shares = list_shares(hops[:-1], hops[1:], links, llr_here)
    hop_llr = np.bincount(shares.hop, weights=llr_here[shares.identifier]).astype(np.float64)
    return EvidencePath(
        near.accounts[hops], pair_probability(hop_llr, prior),
        replace(shares, identifier=near.identifiers[shares.identifier]),
    )  # fmt: skip


def _bipartite(near: Neighbourhood, llr_here: Floats) -> EvidenceGraph:
    """Accounts first, then identifiers."""
    account_count, links = len(near.accounts), near.links
    return EvidenceGraph(
        account_count + len(near.identifiers), links.account.astype(np.int64),
        account_count + links.identifier.astype(np.int64), llr_here[links.identifier],
    )  # fmt: skip
