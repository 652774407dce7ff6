"""Links and values that are near each other -> weighted pairs of accounts.

Candidates come from what is shared and from values that are near each other, in one sparse product
(graph/projection.py). Then every candidate is compared in all kinds that declare a likeness: a pair takes of
each kind the best of exact and near agreement, never both, and where every account has one value of a kind,
another value speaks against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graphrisk.graph.blocking import combine_keys
from graphrisk.graph.likeness import (
    FULLY_BLOCKED_LEVEL,
    SimilarPairs,
    compare_values,
    find_similar,
    fold_values,
)
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, NearPairs, ProjectionParams, project_links
from graphrisk.graph.trust import Agreement, CandidatePairs, LearnedTrust, learn_trust
from graphrisk.graph.values import KindValues
from graphrisk.graph.weights import pair_probability
from graphrisk.model.kinds import IdentifierKind, KindSet
from graphrisk.model.likeness import levels_of

Longs = NDArray[np.int64]

CANDIDATE_SLACK = 20.0  # a candidate may be so much less probable than a pair that is kept
_MOST_VALUES = 8  # of one account and kind that are compared
_ROWS_AT_ONCE = 1_000_000
_CHANCE_SAMPLE = 300_000


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is near what in one kind.

    folded: [V] the values as they are compared. near: those that are a level apart. reach: [L + 1, V],
    accounts that hold the value itself, or one as near as the level; ascending in the level.
    holder_count: accounts that have a value of the kind.
    """

    kind: IdentifierKind
    values: KindValues
    folded: list[str]
    near: SimilarPairs
    reach: NDArray[np.float64]
    holder_count: int


@dataclass(frozen=True, slots=True)
class AlikePairs:
    """The graph, and for each kind with a likeness what its E edges agree in.

    level: int8 [E], see trust.Agreement. llr: [E] nats. first_value, second_value: int64 [E], the values of
    source and target that are nearest, -1 where one has none. trust: what was learned, over all candidates;
    None without likenesses.
    """

    graph: AccountGraph
    likenesses: tuple[Likeness, ...] = ()
    level: tuple[NDArray[np.int8], ...] = ()
    llr: tuple[Floats, ...] = ()
    first_value: tuple[Longs, ...] = ()
    second_value: tuple[Longs, ...] = ()
    trust: LearnedTrust | None = None


def find_likenesses(kinds: KindSet, values: Sequence[KindValues]) -> tuple[Likeness, ...]:
    """One for each of `values` whose kind declares a likeness."""
    found = []
    for of_kind in values:
        kind = kinds.named(of_kind.kind)
        if kind is not None and levels_of(kind.comparison):
            found.append(_likeness(kind, of_kind))
    return tuple(found)


def _likeness(kind: IdentifierKind, values: KindValues) -> Likeness:
    folded = fold_values(values.texts.to_pylist(), kind.comparison)
    near = find_similar(folded, kind.comparison)
    holders = values.holder_count()
    reach, within = [], holders
    for level in range(len(levels_of(kind.comparison)) + 1):  # 0: other writings of the same
        at = near.level == level
        more = np.bincount(near.first[at], weights=holders[near.second[at]], minlength=len(holders))
        more = more + np.bincount(near.second[at], weights=holders[near.first[at]], minlength=len(holders))
        within = within + more.astype(np.int64)
        reach.append(within)
    holder_count = len(np.unique(values.account))
    by_chance = _chance_shares(folded, values, kind) * holder_count
    # Blocking finds every slip, but not all that is farther: there chance says how many there are.
    reach = [np.maximum(of_level, floor) for of_level, floor in zip(reach, by_chance, strict=True)]
    return Likeness(kind, values, folded, near, np.stack(reach), holder_count)


def _chance_shares(folded: list[str], values: KindValues, kind: IdentifierKind) -> NDArray[np.float64]:
    """[L + 1] the share of random pairs of accounts that are as near as each level, or nearer: of a sample,
    drawn by hashing. 0 for the levels that blocking finds in full."""
    order = np.argsort(combine_keys(np.arange(len(values.value))), kind="stable")
    drawn = values.value[order].astype(np.int64)
    shifts = range(1, min(_CHANCE_SAMPLE // max(len(drawn), 1) + 2, len(drawn)))
    first = np.concatenate([np.empty(0, np.int64), *(drawn for _ in shifts)])[:_CHANCE_SAMPLE]
    second = np.concatenate([np.empty(0, np.int64), *(np.roll(drawn, by) for by in shifts)])[:_CHANCE_SAMPLE]
    level = compare_values(folded, first, second, kind.comparison)
    count = len(levels_of(kind.comparison))
    shares = np.cumsum(np.bincount(level, minlength=count + 2)[: count + 1]) / max(len(first), 1)
    shares[: FULLY_BLOCKED_LEVEL + 1] = 0.0
    return shares


def project_alike(
    links: SharedLinks, llr: Floats, prior: float, params: ProjectionParams, likenesses: Sequence[Likeness]
) -> AlikePairs:
    """Every pair of accounts whose probability of one operator reaches params.keep_probability, as far as it
    shares anything or has values near each other. llr, prior: as for projection.project_links."""
    if not likenesses:
        return AlikePairs(project_links(links, llr, prior, params))
    near = tuple(_near_pairs(links, likeness, params.degree_cap) for likeness in likenesses)
    loose = replace(params, keep_probability=params.keep_probability / CANDIDATE_SLACK)
    candidates = project_links(links, llr, prior, loose, near)
    source, target = candidates.source, candidates.target
    compared = [_compare_accounts(likeness, source, target) for likeness in likenesses]
    known = shared_evidence(links, _without_kinds(links, llr, likenesses), source, target)
    pairs = CandidatePairs(source, target, known, links.account_count)
    trust = learn_trust([each.agreement for each in compared], pairs, prior, learns_prior=params.learns_prior)
    total = known + sum(trust.llr, np.zeros(len(known)))
    weight = pair_probability(total, trust.prior)
    kept = weight >= params.keep_probability
    return AlikePairs(
        replace(candidates, source=source[kept], target=target[kept], llr=total[kept], weight=weight[kept]),
        tuple(likenesses),
        level=tuple(each.agreement.level[kept] for each in compared),
        llr=tuple(llr_of_kind[kept] for llr_of_kind in trust.llr),
        first_value=tuple(each.first[kept] for each in compared),
        second_value=tuple(each.second[kept] for each in compared),
        trust=trust,
    )


def _near_pairs(links: SharedLinks, likeness: Likeness, degree_cap: int) -> NearPairs:
    """The near values that few enough accounts reach to make candidates, with what their nearness says at the
    start of learning."""
    near, values = likeness.near, likeness.values
    first, second = near.first.astype(np.int64), near.second.astype(np.int64)
    llr = _start_shares(likeness.kind)[near.level]
    others = max(likeness.holder_count - 1, 1)
    llr = np.log(llr * others / _near_count(likeness, near.level, first, second))
    few = np.maximum(likeness.reach[near.level, first], likeness.reach[near.level, second]) <= degree_cap
    made = few & (llr > 0)
    first, second, llr = first[made], second[made], llr[made]
    count = values.value_count
    ends = (np.concatenate((first, second)), np.concatenate((second, first)))
    likes = sparse.csr_array((np.concatenate((llr, llr)), ends), shape=(count, count))
    of_account = sparse.csr_array(
        (np.ones(len(values.account)), (values.account, values.value)), shape=(links.account_count, count)
    )
    return NearPairs((of_account @ likes).tocsr(), of_account.T.tocsr())


def _start_shares(kind: IdentifierKind) -> Floats:
    """[L + 2] m_l before anything is learned; the last is the share of pairs that differ."""
    levels = np.array([level.match_share for level in levels_of(kind.comparison)])
    shares = np.concatenate(([kind.trust_share * (1.0 - levels.sum())], kind.trust_share * levels))
    return np.append(shares, max(1.0 - shares.sum(), 0.01))


def _near_count(
    likeness: Likeness, level: NDArray[np.int8], first: Longs, second: Longs
) -> NDArray[np.float64]:
    """[P] the others that have a value as near, for pairs of values on a level of agreement; at least 1."""
    within = np.maximum(likeness.reach[level, first], likeness.reach[level, second])
    return np.asarray(np.clip(within - 1, 1, max(likeness.holder_count - 1, 1)))


@dataclass(frozen=True, slots=True)
class _Compared:
    """first, second: int64 [E], the values that each pair agrees in best, -1 where it has none to compare."""

    agreement: Agreement
    first: Longs
    second: Longs


def _compare_accounts(likeness: Likeness, source: NDArray[np.int32], target: NDArray[np.int32]) -> _Compared:
    """Each pair by its nearest values; among equally near ones the rarest."""
    pair, first, second = _value_pairs(likeness.values, source, target)
    level = _levels(likeness, first, second)
    differing = len(levels_of(likeness.kind.comparison)) + 1
    near_count = _near_count(likeness, np.minimum(level, differing - 1), first, second)
    order = np.lexsort((second, first, near_count, level, pair))
    best = order[np.diff(pair[order], prepend=-1) != 0]
    count = len(source)
    found = _Compared(
        Agreement(
            np.full(count, -1, dtype=np.int8), np.ones(count), max(likeness.holder_count - 1, 1),
            _start_shares(likeness.kind), _chance_differs(likeness), likeness.kind.single_valued,
        ),
        np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64),
    )  # fmt: skip
    at = pair[best]
    found.agreement.level[at], found.agreement.near_count[at] = level[best], near_count[best]
    found.first[at], found.second[at] = first[best], second[best]
    return found


def _value_pairs(
    values: KindValues, source: NDArray[np.int32], target: NDArray[np.int32]
) -> tuple[Longs, Longs, Longs]:
    """(pair, value of its source, value of its target), for every combination of the first few values of
    both."""
    order = np.argsort(values.account, kind="stable")
    held = values.value[order].astype(np.int64)
    last = max(int(source.max(initial=0)), int(target.max(initial=0)), int(values.account.max(initial=0)))
    count = np.bincount(values.account, minlength=last + 1)
    start = np.cumsum(count) - count
    count = np.minimum(count, _MOST_VALUES)
    ways = count[source] * count[target]
    pair = np.repeat(np.arange(len(source)), ways)
    way = np.arange(len(pair)) - np.repeat(np.cumsum(ways) - ways, ways)
    of_target = count[target][pair]
    return (
        pair,
        held[start[source][pair] + way // np.maximum(of_target, 1)],
        held[start[target][pair] + way % np.maximum(of_target, 1)],
    )


def _levels(likeness: Likeness, first: Longs, second: Longs) -> NDArray[np.int8]:
    """[P]; each pair of values is compared once."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    packed, inverse = np.unique(low * likeness.values.value_count + high, return_inverse=True)
    count = max(likeness.values.value_count, 1)
    level = compare_values(likeness.folded, packed // count, packed % count, likeness.kind.comparison)
    return level[inverse]


def _chance_differs(likeness: Likeness) -> float:
    """The probability that two random accounts with a value have values that differ."""
    holders, reach = likeness.values.holder_count(), likeness.reach[-1]
    total = max(likeness.holder_count, 1)
    return max(1.0 - float((holders * np.maximum(reach - 1, 0)).sum()) / total / max(total - 1, 1), 0.0)


def _without_kinds(links: SharedLinks, llr: Floats, likenesses: Sequence[Likeness]) -> Floats:
    """llr without the identifiers of kinds that are compared for likeness."""
    names = [likeness.kind.name for likeness in likenesses]
    compared = np.isin(np.array(links.identifiers["kind"].to_pylist(), dtype=object), names)
    return np.where(compared, 0.0, llr)


def shared_evidence(
    links: SharedLinks, llr: Floats, source: NDArray[np.int32], target: NDArray[np.int32]
) -> Floats:
    """[E] the sum of llr over what both accounts of each pair hold."""
    telling = llr[links.identifier] > 0
    rows, columns = links.account[telling], links.identifier[telling]
    shape = (links.account_count, links.identifier_count)
    held = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    found = [np.empty(0)]
    for at in range(0, len(source), _ROWS_AT_ONCE):
        both = held[source[at : at + _ROWS_AT_ONCE]].multiply(held[target[at : at + _ROWS_AT_ONCE]])
        found.append(np.asarray(both.tocsr() @ llr, dtype=np.float64).ravel())
    return np.concatenate(found)
