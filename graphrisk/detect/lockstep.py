"""Lockstep: accounts that pay the same payees within the same hours, again and again.

A visit is a payee and two hours, in two grids offset by one hour, so that whoever comes within an hour of
another shares a visit with them. Visits are held by payers as identifiers are, and go through the same
projection. Sharing a visit v at a payee j is evidence for one operator with

    llr_v = ln( m (N - 1) / max(k_v - 1, lambda_j) ) / 2   nats, never below 0,

k_v being the payers of the visit, lambda_j the mean number of payers that j has in two hours between its
first and last payment, N the accounts, and m the probability that one operator's accounts come together. The
half is because both grids count. What a pair shares at one payee counts once, by the best visit of either
grid: so a flash sale, however often it is repeated, is one payee, and min_payees of them are asked for.

The idea of time-matched actions is SynchroTrap's (Cao, Yang, Yu, Palow, CCS 2014); the weight is that of
graph/weights.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import logit

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, keep_sizes
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, ProjectionParams, project_links
from graphrisk.graph.weights import pair_probability
from graphrisk.model.known import NO_TIME, Trade
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class LockstepParams:
    """trust_share: m. payer_cap: visits of more payers make no pairs. min_payees: at which a pair must
    meet. keep_probability: pairs below it are dropped. min_size: smaller communities are not told."""

    trust_share: float = 0.1
    payer_cap: int = 60
    min_payees: int = 2
    keep_probability: float = 0.01
    min_size: int = 3


@dataclass(frozen=True, slots=True)
class Visits:
    """links: payers that share a visit, visits as identifiers, numbered in the order of grid, payee and time.
    llr: [M] nats, of sharing a visit. payee: int32 [M]. grid: int8 [M], 0 or 1."""

    links: SharedLinks
    llr: Floats
    payee: NDArray[np.int32]
    grid: NDArray[np.int8]


def find_lockstep(
    trade: Trade, account_ids: pa.Array, leiden: LeidenParams, params: LockstepParams
) -> Candidates:
    """account_ids: string array [N]. Strength: the mean over a community's pairs of their probability."""
    graph = project_visits(gather_visits(trade, account_ids, params), params)
    communities = keep_sizes(find_communities(graph, account_ids.to_pylist(), leiden), params.min_size)
    return Candidates.of_partition(Detector.LOCKSTEP, communities, _mean_probability(communities, graph))


def gather_visits(trade: Trade, account_ids: pa.Array, params: LockstepParams) -> Visits:
    """Payments without payee or time say nothing here. Only visits of 2 to params.payer_cap payers."""
    told = (trade.payee >= 0) & (trade.paid_at != NO_TIME)
    payer, payee = trade.payer[told].astype(np.int64), trade.payee[told].astype(np.int64)
    paid_at = trade.paid_at[told]
    grids = [
        _visits_of_grid(payer, payee, (paid_at + grid * _HOUR) // (2 * _HOUR), params.payer_cap)
        for grid in (0, 1)
    ]
    counts = [len(visited) for _, _, visited, _ in grids]
    account = np.concatenate([payers for payers, _, _, _ in grids])
    identifier = np.concatenate([grids[0][1], grids[1][1] + counts[0]])
    visited = np.concatenate([payees for _, _, payees, _ in grids])
    rate = np.concatenate([rates for _, _, _, rates in grids])
    size = np.bincount(identifier, minlength=len(visited))
    odds = params.trust_share * (len(account_ids) - 1) / np.maximum(size - 1, rate)
    return Visits(
        links=_as_links(account_ids, account, identifier, size),
        llr=np.log(np.maximum(odds, 1.0)) / 2,
        payee=visited.astype(np.int32),
        grid=np.repeat(np.array([0, 1], dtype=np.int8), counts),
    )


def _visits_of_grid(
    payer: Longs, payee: Longs, hours: Longs, payer_cap: int
) -> tuple[Longs, Longs, Longs, Floats]:
    """(payer and visit of each link, by visit, then payer; payee and payee's rate of each visit)."""
    order = np.lexsort((payer, hours, payee))
    payer, payee, hours = payer[order], payee[order], hours[order]
    new_visit = (np.diff(payee, prepend=-1) != 0) | (np.diff(hours, prepend=-1) != 0)
    distinct = new_visit | (np.diff(payer, prepend=-1) != 0)
    payer, payee, hours = payer[distinct], payee[distinct], hours[distinct]
    visit = np.cumsum(new_visit[distinct]) - 1
    first_link = np.flatnonzero(new_visit[distinct])
    size = np.bincount(visit, minlength=len(first_link))
    rate = _rates(payee[first_link], hours[first_link], size)
    kept = (size >= 2) & (size <= payer_cap)
    number = np.cumsum(kept) - 1
    of_kept = kept[visit]
    return payer[of_kept], number[visit[of_kept]], payee[first_link][kept], rate[kept]


def _rates(payee: Longs, hours: Longs, size: NDArray[np.int64]) -> Floats:
    """lambda of each visit's payee. All [visits], sorted by payee, then hours."""
    if len(payee) == 0:
        return np.empty(0)
    starts = np.flatnonzero(np.diff(payee, prepend=-1))
    ends = np.append(starts[1:], len(payee)) - 1
    span = hours[ends] - hours[starts] + 1
    return np.repeat(np.add.reduceat(size, starts) / span, ends - starts + 1)


def _as_links(account_ids: pa.Array, account: Longs, identifier: Longs, size: Longs) -> SharedLinks:
    unknown = np.full(len(account), NO_TIME, dtype=np.int64)
    names = pa.array(np.arange(len(size))).cast(pa.string())
    kinds = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(size), np.int8)), pa.array(["visit"]))
    return SharedLinks(
        account_ids=account_ids, identifiers=pa.table({"kind": kinds, "identifier": names}),
        account=account.astype(np.int32), identifier=identifier.astype(np.int32),
        kind_code=np.zeros(len(size), np.int32), holder_count=size.astype(np.int32),
        private_count=np.zeros(len(account_ids), np.int32), first_seen_at=unknown, last_seen_at=unknown,
        event_count=np.ones(len(account), np.int64),
    )  # fmt: skip


def project_visits(visits: Visits, params: LockstepParams) -> AccountGraph:
    """The pairs that met at params.min_payees payees, weighed by what they share at each of them once."""
    prior = -float(np.log(max(visits.links.account_count, 2)))
    kept = ProjectionParams(params.payer_cap, params.keep_probability)
    graph = project_links(visits.links, visits.llr, prior, kept)
    # The sum over all visits is at least the sum of the best, so that no pair was lost.
    llr, payee_count = _once_at_each_payee(visits, graph)
    counted = replace(graph, llr=llr, weight=pair_probability(llr, prior))
    return counted.only(
        (payee_count >= params.min_payees) & (llr >= float(logit(params.keep_probability)) - prior)
    )


def _once_at_each_payee(visits: Visits, graph: AccountGraph) -> tuple[Floats, Longs]:
    """[E] evidence, by the best visit of each grid at each payee; [E] payees at which a pair met."""
    held = visits.links.incidence()
    both = held[graph.source].multiply(held[graph.target]).tocoo()
    edge, visit = both.row.astype(np.int64), both.col.astype(np.int64)
    payee, grid, llr = visits.payee[visit], visits.grid[visit], visits.llr[visit]
    order = np.lexsort((-llr, grid, payee, edge))
    edge, payee, grid, llr = edge[order], payee[order], grid[order], llr[order]
    new_payee = (np.diff(edge, prepend=-1) != 0) | (np.diff(payee, prepend=-1) != 0)
    best = new_payee | (np.diff(grid, prepend=-1) != 0)
    total = np.bincount(edge[best], weights=llr[best], minlength=graph.edge_count).astype(np.float64)
    return total, np.bincount(edge[new_payee], minlength=graph.edge_count).astype(np.int64)


def _mean_probability(communities: Partition, graph: AccountGraph) -> Floats:
    label = communities.label[graph.source]
    inside = (label == communities.label[graph.target]) & (label >= 0)
    total = np.bincount(label[inside], weights=graph.weight[inside], minlength=communities.group_count)
    size = communities.sizes()
    return np.asarray(total / np.maximum(size * (size - 1) / 2, 1), dtype=np.float64)
