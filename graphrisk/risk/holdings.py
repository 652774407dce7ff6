"""What the members of each group hold in common: the raw material of ring signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from graphrisk.graph.links import Floats, Ints, SharedLinks

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupHoldings:
    """Every (group, identifier) with at least one member holding it, among shared identifiers.

    group, identifier: [H]. member_count: [H], c, members that hold it. distinct_count: [G], distinct
    identifiers that the members hold, private ones included.
    """

    group: Longs
    identifier: Longs
    member_count: Longs
    distinct_count: Longs


def gather_holdings(links: SharedLinks, label: Longs, group_count: int) -> GroupHoldings:
    """label: [N], 0..group_count-1, or negative for accounts in no group."""
    of_link = label[links.account].astype(np.int64)
    inside = of_link >= 0
    key = of_link[inside] * max(links.identifier_count, 1) + links.identifier[inside]
    distinct, count = np.unique(key, return_counts=True)
    group, identifier = np.divmod(distinct, max(links.identifier_count, 1))
    grouped = label >= 0
    private = np.bincount(label[grouped], weights=links.private_count[grouped], minlength=group_count)
    shared = np.bincount(group, minlength=group_count)
    return GroupHoldings(group, identifier, count.astype(np.int64), (private + shared).astype(np.int64))


def measure_surprise(links: SharedLinks, holdings: GroupHoldings, size: Longs) -> Floats:
    """[G] decimal digits of surprise at what each group shares, less the digits spent on choosing the group.

    sum over identifiers held by c >= 2 members of count_digits - count_search_digits. Negative: a group of
    this size that shares so much would be found by chance.
    """
    together = holdings.member_count >= 2
    group = holdings.group[together]
    holders = links.holder_count[holdings.identifier[together]]
    digits = count_digits(links.account_count, size[group], holders, holdings.member_count[together])
    total = np.bincount(group, weights=digits, minlength=len(size)).astype(np.float64)
    return total - count_search_digits(links.account_count, size)


def count_digits(accounts: int, size: Longs, holders: Ints, together: Longs) -> Floats:
    """-log10 of a bound on the chance that c or more of s accounts hold an identifier of k: elementwise.

    size: s; holders: k; together: c. The bound is C(s, c) C(k, c) / C(N, c), the union bound on
    P[Hypergeom(N, k, s) >= c]: never below that tail, tight where sharing is rare, and cheap. 0 where it is
    above 1.
    """
    k = np.minimum(holders, accounts)
    log_bound = _log_choose(size, together) + _log_choose(k, together) - _log_choose(accounts, together)
    return np.asarray(np.maximum(-log_bound / np.log(10.0), 0.0), dtype=np.float64)


def count_search_digits(accounts: int, size: Longs) -> Floats:
    """log10 C(N, s): what choosing a group of s accounts costs."""
    return np.asarray(_log_choose(accounts, size) / np.log(10.0), dtype=np.float64)


def measure_closeness(holdings: GroupHoldings, size: Longs) -> Floats:
    """[G] members per square root of distinct identifiers, s / sqrt(D + 10).

    A ring runs many accounts on few things; people bring things of their own. Ten is a prior that keeps
    small groups from extremes. For a single account of few things about 0.3.
    """
    return np.asarray(size / np.sqrt(holdings.distinct_count + 10.0), dtype=np.float64)


def _log_choose(n: Longs | Ints | int, k: Longs) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)
