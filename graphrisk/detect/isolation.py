"""Parts of a community that are tied to nobody else are one ring.

One resolution does not fit all. A ring far from everything may hang together by thin things only, and a fine
resolution cuts it; in a crowd, where everything hangs together thinly, a coarse one joins rings that have
nothing to do with each other. What tells the two apart is what else the parts are tied to: a coarse community
stays whole where nearly all that ties its parts to anybody ties them to each other.
"""

from __future__ import annotations

import numpy as np

from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.projection import AccountGraph


def join_isolated(fine: Partition, coarse: Partition, graph: AccountGraph, least_share: float) -> Partition:
    """Communities of `coarse` that keep to themselves, whole, and the fine ones of the accounts in others.

    Of a coarse community the ties between its parts, members of no part each being one, and those to accounts
    outside it are summed, as probabilities; it keeps to itself where the former are at least `least_share` of
    both, or where there are no ties at all.
    """
    inside = coarse.label >= 0
    alone = coarse.group_count + fine.group_count + np.arange(len(fine.label))
    part = np.where(fine.label >= 0, coarse.group_count + fine.label, alone)
    source, target = graph.source, graph.target
    within = (coarse.label[source] == coarse.label[target]) & inside[source]
    between = _sum_by_community(coarse, graph.only(within & (part[source] != part[target])))
    outside = _sum_by_community(coarse, graph.only(~within))
    whole = between >= least_share * (between + outside)
    kept = inside & np.append(whole, False)[coarse.label]  # -1, for none, reads the last
    return canonical_partition(np.where(kept, coarse.label, part).astype(np.int64))


def _sum_by_community(communities: Partition, graph: AccountGraph) -> np.ndarray:
    """[C] the probabilities of the pairs, at either end."""
    ends = np.concatenate((communities.label[graph.source], communities.label[graph.target]))
    weight = np.concatenate((graph.weight, graph.weight))
    grouped = ends >= 0
    return np.bincount(ends[grouped], weights=weight[grouped], minlength=communities.group_count)
