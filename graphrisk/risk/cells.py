"""Two communities that something ties: cells of one ring, or two of a kind?

A ring works in shifts, changes its phones or its flat, and comes apart into cells that share little with each
other; a community of Leiden's is often one of these. Density does not tell: two cells of fourteen that one
phone ties are a sparse ring, two of three a dense one. What tells is how much of what ties each to anybody
ties it to the other, how many members take part, and what the things are that both hold. Who judges it is in
risk/prior.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import DisjointSet
from scipy.special import expit

from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.risk.features import Features
from graphrisk.risk.holdings import gather_holdings

Longs = NDArray[np.int64]
LEAST_PROBABILITY = 0.5  # that two communities are of one ring, from which they are joined


@dataclass(frozen=True, slots=True)
class CellPairs:
    """P pairs of communities that a pair of accounts ties. first, second: int64 [P], first < second, by their
    labels. tie: [P], the sum of the probabilities of the pairs of accounts across. features: P rows."""

    first: Longs
    second: Longs
    tie: Floats
    features: Features


def describe_cells(
    communities: Partition, links: SharedLinks, graph: AccountGraph, odds: Floats, held: Floats
) -> CellPairs:
    """Of the two, the one with fewer members is the small one, of equals the first.

    tie: log of the sum of the probabilities of the pairs of accounts across; surest_pair: the greatest;
    pairs: log of their number; density: log of the sum over all pairs that there could be. size_*: log of
    members. tied_*: the share of members with a pair across. own_*: of what ties it to anybody outside of it,
    the share that ties it to the other. risk_*: mean probability of the members. inner_*: mean probability of
    the pairs inside of it. things: expected number of identifiers that a ring brought, among those held
    in both; surest_thing: the greatest probability; outside_share: of the holders of those identifiers,
    weighted by that probability, the ones in neither.

    graph: of project_suspects. odds: [N] natural log odds of accounts. held: [M] probability that a ring
    brought an identifier.
    """
    label, size = communities.label.astype(np.int64), communities.sizes()
    risk, inner, outer = _describe_alone(label, size, graph, odds)
    across = _Across.of(label, graph, len(size))
    first, second, tie = across.first, across.second, across.sum(across.weight)
    tied_first, tied_second = across.count_ends()
    is_small_first = size[first] <= size[second]

    def of_both(name: str, of_first: Floats, of_second: Floats) -> dict[str, Floats]:
        return {
            f"{name}_small": np.where(is_small_first, of_first, of_second),
            f"{name}_large": np.where(is_small_first, of_second, of_first),
        }

    columns = {
        "tie": np.log(tie),
        "surest_pair": across.greatest(across.weight),
        "pairs": np.log(across.sum(np.ones(len(across.weight)))),
        "density": np.log(tie / (size[first] * size[second])),
        **of_both("size", np.log(size[first]), np.log(size[second])),
        **of_both("tied", tied_first / size[first], tied_second / size[second]),
        **of_both("own", tie / outer[first], tie / outer[second]),
        **of_both("risk", risk[first], risk[second]),
        **of_both("inner", inner[first], inner[second]),
        **_describe_things(label, across, links, held),
    }
    return CellPairs(first, second, tie, Features.of(columns))


def sum_ties(label: Longs, graph: AccountGraph) -> tuple[Longs, Longs, Floats]:
    """[P] each: first, second, tie of CellPairs. label: [N] the community of each account, -1 for none."""
    across = _Across.of(label, graph, int(label.max(initial=-1)) + 1)
    return across.first, across.second, across.sum(across.weight)


def join_cells(
    communities: Partition, pairs: CellPairs, probability: Floats, max_size: int | None = None
) -> Partition:
    """The communities, those joined that are cells of one ring, also by way of others; the surest first, as
    long as nothing larger than max_size comes of it. probability: [P]."""
    size = communities.sizes().tolist()
    rings = DisjointSet(range(len(size)))
    order = np.lexsort((pairs.second, pairs.first, -probability))
    for at in order[probability[order] >= LEAST_PROBABILITY].tolist():
        first, second = int(pairs.first[at]), int(pairs.second[at])
        one, other = rings[first], rings[second]
        total = size[one] + size[other]
        if one != other and (max_size is None or total <= max_size):
            rings.merge(first, second)
            size[rings[first]] = total
    ring = np.array([rings[each] for each in range(len(size))] + [-1], dtype=np.int64)
    return canonical_partition(ring[communities.label])  # -1, for none, reads the last


@dataclass(frozen=True, slots=True)
class _Across:
    """The X pairs of accounts across two communities, for each of P pairs of these. first, second: [P]. pair:
    [X], positions in these. weight: [X]. low, high: [X], the accounts in the first and the second."""

    first: Longs
    second: Longs
    pair: Longs
    weight: Floats
    low: Longs
    high: Longs

    @classmethod
    def of(cls, label: Longs, graph: AccountGraph, count: int) -> _Across:
        source, target = graph.source.astype(np.int64), graph.target.astype(np.int64)
        across = (label[source] != label[target]) & (label[source] >= 0) & (label[target] >= 0)
        source, target = source[across], target[across]
        turned = label[source] > label[target]
        low, high = np.where(turned, target, source), np.where(turned, source, target)
        key, pair = np.unique(label[low] * max(count, 1) + label[high], return_inverse=True)
        first, second = np.divmod(key, max(count, 1))
        return cls(first, second, pair.astype(np.int64), graph.weight[across], low, high)

    def sum(self, value: Floats) -> Floats:
        return _sum(self.pair, value, len(self.first))

    def greatest(self, value: Floats) -> Floats:
        most = np.zeros(len(self.first))
        np.maximum.at(most, self.pair, value)
        return most

    def count_ends(self) -> tuple[Floats, Floats]:
        """[P] accounts with a pair across, of the first and of the second."""
        low, high = (np.unique(np.stack((self.pair, of)), axis=1)[0] for of in (self.low, self.high))
        return _sum(low, np.ones(len(low)), len(self.first)), _sum(high, np.ones(len(high)), len(self.first))


def _describe_alone(
    label: Longs, size: Longs, graph: AccountGraph, odds: Floats
) -> tuple[Floats, Floats, Floats]:
    """[C] the members' mean probability, that of the pairs inside, and the sum of those out of it."""
    count = len(size)
    grouped = label >= 0
    risk = _sum(label[grouped], np.asarray(expit(odds[grouped])), count) / size
    ends = label[graph.source], label[graph.target]
    inside = (ends[0] == ends[1]) & (ends[0] >= 0)
    inner = _sum(ends[0][inside], graph.weight[inside], count) / np.maximum(size * (size - 1) / 2, 1)
    outer = np.zeros(count)
    for end in ends:
        outward = ~inside & (end >= 0)
        outer += _sum(end[outward], graph.weight[outward], count)
    return risk, inner, outer


def _describe_things(
    label: Longs, across: _Across, links: SharedLinks, held: Floats
) -> dict[str, NDArray[np.float64]]:
    count = int(label.max(initial=-1)) + 1
    holdings = gather_holdings(links, label, count)

    def table(value: NDArray[np.generic]) -> sparse.csr_array:
        """[C, M], what is said of each thing that a community holds."""
        rows = (value.astype(np.float64), (holdings.group, holdings.identifier))
        return sparse.coo_array(rows, shape=(count, links.identifier_count)).tocsr()

    members = table(holdings.member_count)
    probability = table(held[holdings.identifier])
    both = members.astype(np.bool_)[across.first].multiply(probability[across.second]).tocsr()
    inside = both.multiply(members[across.first] + members[across.second]).sum(axis=1)
    of_all = both @ links.holder_count.astype(np.float64)
    surest = both.max(axis=1).toarray() if len(across.first) else np.zeros(0)
    return {
        "things": np.asarray(both.sum(axis=1), dtype=np.float64),
        "surest_thing": np.asarray(surest, dtype=np.float64).ravel(),
        "outside_share": 1.0 - np.asarray(inside, dtype=np.float64) / np.maximum(of_all, 1e-9),
    }


def _sum(group: Longs, value: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(group, weights=value, minlength=count), dtype=np.float64)
