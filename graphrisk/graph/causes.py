"""Kinds that tell of one cause, so that it does not count twice: a device and its advertising id.

Two such kinds are told from two that are shared by the same operators, or by the same households, by pairs
that hardly anything else ties. For kinds A and B, over pairs that share something of A,

    d(B | A) = sum w (1 - p) x / (sum w (1 - p) + DOUBTFUL_PAIRS),

x: whether the pair shares something of B too; p: the probability that it has one operator, by all that it
shares but B; w = 1 / (k - 1), so that each holder of a thing of A counts once. Where one operator alone
brings the two together d is low, because pairs of others count. The pairs in doubt keep two kinds apart until
some fifty say otherwise.

Two kinds tell of one cause where one d is ONE_CAUSE_SHARE or more, and the other BACK_SHARE or more: a log
may miss one of the two, but what nearly all share who share anything, such as a country, is no other name for
what they share. Then of two things, one of each, the one that is held by nobody without the other lies in the
other, as a door lies in a building (graph/family_links.py): it adds what it says beyond it, and bits go on
adding up. Of two with the same holders the one of the less trusted kind lies in the other, and what is
declared in what it is declared of. Nothing else changes: where some hold each without the other, both keep
all their bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from graphrisk.graph.family_links import FamilyLinks, nest_weights
from graphrisk.graph.links import Floats, Longs, SharedLinks
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.model.derived_kinds import base_codes
from graphrisk.model.kinds import KindSet
from graphrisk.model.likeness import levels_of

ONE_CAUSE_SHARE = 0.9
BACK_SHARE = 0.25
DOUBTFUL_PAIRS = 5.0  # taken to share nothing of the other kind, beside those that are seen
MOST_HOLDERS = 20  # of a thing whose pairs are asked
MOST_PAIRS = 50_000  # that are asked of a kind, of every n-th thing

Bools = NDArray[np.bool_]


def nest_causes(wide: FamilyLinks) -> FamilyLinks:
    """The same, with things of kinds that tell of one cause, declared or measured, lying in one another."""
    share = measure_dependence(wide)
    of_one = declared_causes(wide.kinds) | ((share >= ONE_CAUSE_SHARE) & (share.T >= BACK_SHARE))
    of_one = (of_one | of_one.T) & _comparable(wide.kinds)
    if not of_one.any():
        return wide
    inner, outer = find_containers(wide, of_one)
    parent = wide.parent.copy()
    parent[inner] = outer
    return replace(wide, parent=parent)


def other_names(wide: FamilyLinks, things: Longs) -> Longs:
    """[things and more], rising: with the identifiers of other declared kinds that lie in them. Without these
    the things are not gone, but only called otherwise."""
    base = base_codes(wide.kinds)[wide.links.kind_code]
    asked = np.zeros(wide.links.identifier_count, dtype=np.bool_)
    asked[things] = True
    found, ahead = asked.copy(), wide.parent.astype(np.int64)
    while (ahead >= 0).any():
        found |= (ahead >= 0) & asked[ahead] & (base != base[ahead]) & (base == wide.links.kind_code)
        ahead = np.where(ahead >= 0, wide.parent[ahead], -1)
    return np.flatnonzero(found)


def declared_causes(kinds: KindSet) -> Bools:
    """[K, K] whether a kind (row), or the one that it is derived from, is declared to be of one cause with
    another (column)."""
    names = kinds.names()
    base = base_codes(kinds)
    told = [kinds.kinds[code].one_cause_with for code in base.tolist()]
    return np.array([[names[of] == name for of in base.tolist()] for name in told], dtype=np.bool_).reshape(
        len(names), len(names)
    )


def measure_dependence(wide: FamilyLinks) -> Floats:
    """d [K, K]: row, the kind B that is asked for; column, the kind A that pairs share. Evidence and prior as
    by default: -ln N, nothing confirmed."""
    links, kinds = wide.links, wide.kinds
    count = len(kinds.kinds)
    llr = nest_weights(weigh_identifiers(links, kinds), wide.parent)
    prior = prior_log_odds(WeightParams(), links.account_count)
    held = links.incidence().tocsr()
    of_kind = sparse.csr_array(
        (np.ones(links.identifier_count), (np.arange(links.identifier_count), links.kind_code)),
        shape=(links.identifier_count, count),
    )
    said = sparse.csr_array(sparse.diags_array(llr) @ of_kind)
    base = base_codes(kinds)
    related = (base[:, None] == base[None, :]).astype(np.float64)
    found = np.zeros((count, count))
    for code in np.unique(links.kind_code).tolist():
        pairs = sample_pairs(links, code)
        both = held[pairs.first].multiply(held[pairs.second]).tocsr()
        evidence, shares = (both @ said).toarray(), (both @ of_kind).toarray() > 0
        other = evidence.sum(axis=1)[:, None] - evidence @ related
        doubt = pairs.weight[:, None] * expit(-(prior + other))
        found[:, code] = (doubt * shares).sum(axis=0) / (doubt.sum(axis=0) + DOUBTFUL_PAIRS)
    return found


@dataclass(frozen=True, slots=True)
class SampledPairs:
    """first, second: int64 [P], accounts that share a thing. weight: [P], 1 / (its holders - 1)."""

    first: Longs
    second: Longs
    weight: Floats


def sample_pairs(links: SharedLinks, code: int) -> SampledPairs:
    """All pairs that share a thing of the kind with at most MOST_HOLDERS, or those of every n-th such thing,
    about MOST_PAIRS of them at most. Who shares two is there twice."""
    holders = links.known_holder_count().astype(np.int64)
    things = np.flatnonzero((links.kind_code == code) & (holders <= MOST_HOLDERS))
    pair_count = int((holders[things] * (holders[things] - 1) // 2).sum())
    things = things[:: max(-(-pair_count // MOST_PAIRS), 1)]
    size = holders[things]
    start = np.repeat(links.holder_starts()[things], size)
    end = start + np.repeat(size, size)
    at = start + _count_up(size)
    behind = end - at - 1
    second = np.repeat(at, behind) + 1 + _count_up(behind)
    return SampledPairs(
        links.account[np.repeat(at, behind)].astype(np.int64), links.account[second].astype(np.int64),
        np.repeat(1.0 / np.repeat(size - 1, size), behind),
    )  # fmt: skip


def find_containers(wide: FamilyLinks, of_one: Bools) -> tuple[Longs, Longs]:
    """(things, the thing that each lies in), by thing: of those of a kind of one cause that all its holders
    hold, the one with the fewest holders, of the most trusted kind.

    of_one: [K, K] whether two kinds tell of one cause; symmetric.
    """
    links, kinds = wide.links, wide.kinds
    size = links.known_holder_count().astype(np.int64)
    rank = _trust_rank(kinds)[base_codes(kinds)]
    inner, outer = _candidates(links, of_one)
    code, container = links.kind_code[inner], links.kind_code[outer]
    kept = (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (rank[container] < rank[code]))
    inner, outer = inner[kept], outer[kept]
    kept = _contained(links, inner, outer)
    inner, outer = inner[kept], outer[kept]
    order = np.lexsort((outer, rank[links.kind_code[outer]], size[outer], inner))
    inner, outer = inner[order], outer[order]
    first = np.flatnonzero(np.diff(inner, prepend=-1))
    return inner[first], outer[first]


def _candidates(links: SharedLinks, near: Bools) -> tuple[Longs, Longs]:
    """(thing, another of a near kind) that share the first two holders of the former."""
    starts = links.holder_starts()[:-1]
    asked: Bools = np.isin(links.kind_code, np.flatnonzero(near.any(axis=1)))  # near is symmetric
    inner, telling = np.flatnonzero(asked), asked[links.identifier]
    held = sparse.csr_array(
        (np.ones(int(telling.sum()), np.int8), (links.account[telling], links.identifier[telling])),
        shape=(links.account_count, links.identifier_count),
    )
    first, second = links.account[starts[inner]], links.account[starts[inner] + 1]
    both = held[first].multiply(held[second]).tocoo()
    thing, other = inner[both.row.astype(np.int64)], both.col.astype(np.int64)
    kept = near[links.kind_code[thing], links.kind_code[other]]
    return thing[kept], other[kept]


def _contained(links: SharedLinks, inner: Longs, outer: Longs) -> Bools:
    """[P] whether all known holders of one hold the other."""
    size = links.known_holder_count().astype(np.int64)[inner]
    link = np.repeat(links.holder_starts()[inner], size) + _count_up(size)
    held = (links.identifier.astype(np.int64) << 32) | links.account
    asked = (np.repeat(outer, size) << 32) | links.account[link]
    place = np.minimum(np.searchsorted(held, asked), max(len(held) - 1, 0))
    missing = np.bincount(np.repeat(np.arange(len(inner)), size)[held[place] != asked], minlength=len(inner))
    return np.asarray(missing == 0)


def _comparable(kinds: KindSet) -> Bools:
    """[K, K] pairs of kinds that are not derived from one, and neither of which is compared value by value:
    of those graph/alike.py learns what they say."""
    base = base_codes(kinds)
    exact = np.array([not levels_of(kinds.kinds[code].comparison) for code in base], dtype=np.bool_)
    apart: Bools = base[:, None] != base[None, :]
    return apart & np.logical_and.outer(exact, exact)


def _trust_rank(kinds: KindSet) -> Longs:
    """[K] the place of each kind, the most trusted first; last those that are declared to be other names."""
    told = [(kind.one_cause_with is not None, -kind.trust_share) for kind in kinds.kinds]
    order = sorted(range(len(told)), key=lambda code: (*told[code], code))
    return np.argsort(order).astype(np.int64)


def _count_up(sizes: Longs) -> Longs:
    """0, 1, ... anew for each of the sizes."""
    return np.asarray(np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes), dtype=np.int64)
