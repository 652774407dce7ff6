"""Links -> weighted pairs of accounts, without ever listing the pairs of a hub.

Candidate pairs come from a sparse product over identifiers with at most `degree_cap` holders, one block of
accounts at a time; pairs too improbable to matter are dropped at once, so that memory follows what is kept.
An identifier above the cap makes no pair, but adds its evidence to the pairs that exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, logit

from graphrisk.graph.links import Floats, Ints, SharedLinks
from graphrisk.graph.weights import pair_probability

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ProjectionParams:
    """degree_cap: holders up to which an identifier makes pairs; bounds the work (quadratic in it), hardly
    the result.
    keep_probability: pairs below it are dropped. block_pair_count: candidate pairs held in memory at once,
    about 40 bytes each. learns_prior: where kinds are compared for likeness, the prior is learned with them
    (graph/trust.py) and is not kept as it was given.
    """

    degree_cap: int = 300
    keep_probability: float = 0.01
    block_pair_count: int = 8_000_000
    learns_prior: bool = True


@dataclass(frozen=True, slots=True)
class AccountGraph:
    """Edges between account positions, source < target, sorted by source, then target.

    source, target: int32 [E]. llr: float64 [E], nats. weight: float64 [E], the pair probability.
    uncounted_pair_count: pairs that share only identifiers above the cap, at most (each such identifier's
    pairs summed).
    """

    account_count: int
    source: Ints
    target: Ints
    llr: Floats
    weight: Floats
    uncounted_pair_count: int = 0

    @property
    def edge_count(self) -> int:
        return len(self.source)

    def sum_by_account(self, at_source: Floats, at_target: Floats) -> Floats:
        """[N] what its edges give each account. at_source, at_target: [E], to either end."""
        of_source = np.bincount(self.source, weights=at_source, minlength=self.account_count)
        of_target = np.bincount(self.target, weights=at_target, minlength=self.account_count)
        return np.asarray(of_source + of_target, dtype=np.float64)

    def only(self, kept: NDArray[np.bool_]) -> AccountGraph:
        """The chosen edges, [E], between the same accounts."""
        return replace(
            self, source=self.source[kept], target=self.target[kept], llr=self.llr[kept],
            weight=self.weight[kept],
        )  # fmt: skip

    def among(self, accounts: NDArray[np.int64]) -> AccountGraph:
        """The edges between the chosen accounts, [K] positions ascending, which are then 0..K-1."""
        position = np.full(self.account_count, -1, dtype=np.int32)
        position[accounts] = np.arange(len(accounts), dtype=np.int32)
        inside = (position[self.source] >= 0) & (position[self.target] >= 0)
        kept = self.only(inside)
        return replace(
            kept, account_count=len(accounts), source=position[kept.source], target=position[kept.target]
        )


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Values of one kind that are near each other, as factors of the product: left @ right is the evidence
    between accounts. left: [N, V] what each account's values say of each value. right: [V, N] who holds it.
    """

    left: sparse.csr_array
    right: sparse.csr_array


def project_links(
    links: SharedLinks, llr: Floats, prior: float, params: ProjectionParams, near: Sequence[NearPairs] = ()
) -> AccountGraph:
    """Every pair of accounts whose probability of one operator reaches params.keep_probability.

    llr: [M] from weights.weigh_identifiers. prior: natural log odds of a random pair. near: makes pairs as
    well, and adds to what is shared.
    """
    degree = links.known_holder_count().astype(np.int64)
    makes_pairs = (degree <= params.degree_cap) & (llr > 0)
    adds_only = (degree > params.degree_cap) & (llr > 0)
    small = _incidence(links, makes_pairs)
    hubs = _incidence(links, adds_only)
    needed = float(logit(params.keep_probability)) - prior
    weighted = small @ sparse.diags_array(llr[makes_pairs])
    transposed = small.T.tocsr()
    if near:
        weighted = sparse.hstack((weighted, *(each.left for each in near))).tocsr()
        transposed = sparse.vstack((transposed, *(each.right for each in near))).tocsr()
    per_account = _candidate_counts(weighted, transposed)
    ceiling = np.asarray(hubs @ llr[adds_only], dtype=np.float64).ravel()
    block = _Block(weighted, transposed, hubs, llr[adds_only], _mark_hubs(hubs), ceiling, needed)
    parts = [
        _pairs_of_block(block, first, last) for first, last in _blocks(per_account, params.block_pair_count)
    ]
    source, target, total = (np.concatenate(columns) for columns in zip(_no_pairs(), *parts, strict=True))
    hub_degree = degree[adds_only]
    return AccountGraph(
        account_count=links.account_count, source=source, target=target, llr=total,
        weight=pair_probability(total, prior),
        uncounted_pair_count=int((hub_degree * (hub_degree - 1) // 2).sum()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Block:
    """What every block of the product needs. hub_marks: [N] of _mark_hubs. ceiling: [N] what an account's
    hubs add at most. needed: the least sum of llr that keeps a pair."""

    weighted: sparse.csr_array
    transposed: sparse.csr_array
    hubs: sparse.csr_array
    hub_llr: Floats
    hub_marks: NDArray[np.uint64]
    ceiling: Floats
    needed: float


Pairs = tuple[Ints, Ints, Floats]


def _no_pairs() -> Pairs:
    return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64)


def _pairs_of_block(block: _Block, first: int, last: int) -> Pairs:
    """The pairs of the accounts from `first` to before `last` with those behind them."""
    product = block.weighted[first:last] @ block.transposed[:, first:]
    row_length = np.diff(product.indptr)
    target, total = product.indices.astype(np.int32, copy=False) + np.int32(first), product.data
    # The hubs of an account bound what they can add, which spares most pairs the exact sum.
    bound = total
    if block.ceiling.any():
        bound = total + np.minimum(np.repeat(block.ceiling[first:last], row_length), block.ceiling[target])
    source = np.repeat(np.arange(first, last, dtype=np.int32), row_length)
    near = np.flatnonzero((target > source) & (bound >= block.needed))
    source, target, total = source[near], target[near], total[near]
    total += _shared_hubs(block, source, target)
    kept = np.flatnonzero(total >= block.needed)
    kept = kept[np.argsort((source[kept].astype(np.int64) << 32) | target[kept])]
    return source[kept], target[kept], total[kept]


def _shared_hubs(block: _Block, source: Ints, target: Ints) -> Floats:
    """[P] what the hubs that both accounts of a pair hold add."""
    added = np.zeros(len(source))
    may = np.flatnonzero(block.hub_marks[source] & block.hub_marks[target])
    both = block.hubs[source[may]].multiply(block.hubs[target[may]])
    added[may] = np.asarray(both @ block.hub_llr).ravel()
    return added


def _mark_hubs(hubs: sparse.csr_array) -> NDArray[np.uint64]:
    """[N] one of 64 bits for each hub that an account holds: without a common bit no common hub."""
    marks = np.zeros(hubs.shape[0], dtype=np.uint64)
    holder = np.repeat(np.arange(hubs.shape[0]), np.diff(hubs.indptr))
    np.bitwise_or.at(marks, holder, np.uint64(1) << (hubs.indices % 64).astype(np.uint64))
    return marks


def _incidence(links: SharedLinks, chosen: NDArray[np.bool_]) -> sparse.csr_array:
    """[N, number chosen] of ones, accounts by the chosen identifiers."""
    column = np.cumsum(chosen, dtype=np.int64) - 1
    of_link = chosen[links.identifier]
    rows, columns = links.account[of_link], column[links.identifier[of_link]]
    shape = (links.account_count, int(chosen.sum()))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _candidate_counts(weighted: sparse.csr_array, transposed: sparse.csr_array) -> Floats:
    """[N] the terms of each row of the product."""
    terms = np.concatenate(([0], np.cumsum(np.diff(transposed.indptr)[weighted.indices], dtype=np.int64)))
    return (terms[weighted.indptr[1:]] - terms[weighted.indptr[:-1]]).astype(np.float64)


def _blocks(per_account: Floats, block_pair_count: int) -> list[tuple[int, int]]:
    """Consecutive ranges of accounts with at most about block_pair_count candidates each (one account at
    the least)."""
    if len(per_account) == 0:
        return []
    block = (np.cumsum(per_account) // block_pair_count).astype(np.int64)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(per_account)], strict=True))


@dataclass(frozen=True, slots=True)
class SuspectParams:
    """least_risk: accounts below it make no pairs. fellow_count: as many of all accounts as are thought to be
    of a member's ring before anything is known of them. keep_probability: pairs below it are dropped."""

    least_risk: float = 0.2
    fellow_count: float = 20.0
    keep_probability: float = 0.01

    @classmethod
    def at(cls, resolution: float) -> SuspectParams:
        """For communities of that resolution: a pair with a quarter of it holds none together."""
        return cls(keep_probability=resolution / 4)

    def prior_log_odds(self, account_count: int) -> float:
        """Natural log odds that two sure members are of one ring, before anything is known of them."""
        return float(np.log(self.fellow_count / max(account_count, 1)))


def project_suspects(
    links: SharedLinks, llr: Floats, risk: Floats, held: Floats, params: SuspectParams
) -> AccountGraph:
    """The pairs of accounts that may be of one ring, by what is thought of both and of what they share.

    Two of N accounts are of one ring with prior odds risk_i risk_j fellow_count / N, so that two sure members
    who share nothing but what anybody shares are no pair. Sharing an identifier that a
    ring brought multiplies them by e^llr, sharing anybody else's by one; with held_e the probability of the
    former, the evidence of e is ln(1 + held_e (e^llr_e - 1)), which is what the graph's llr adds up. N goes
    out where e^llr has it: k accounts that a ring's device is all of hold together in a shop of any size.

    llr, held: [M]. risk: [N].
    """
    suspect = risk >= params.least_risk
    kept = suspect[links.account]
    among = replace(
        links, account=links.account[kept], identifier=links.identifier[kept],
        first_seen_at=links.first_seen_at[kept], last_seen_at=links.last_seen_at[kept],
        event_count=links.event_count[kept],
    )  # fmt: skip
    evidence = np.log1p(held * np.expm1(llr))
    # No pair is more probable than one of two certain members.
    prior = params.prior_log_odds(links.account_count)
    graph = project_links(among, evidence, prior, ProjectionParams(keep_probability=params.keep_probability))
    odds = prior + np.log(risk[graph.source]) + np.log(risk[graph.target])
    weight = np.asarray(expit(odds + graph.llr), dtype=np.float64)
    return replace(graph, weight=weight).only(weight >= params.keep_probability)
