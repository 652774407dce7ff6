"""How alike two manners are, side by side, and how often chance makes two as alike: evidence in bits.

Of each feature, one habit behind both groups is held against a habit of each: a Bayes factor of two
Dirichlet-multinomials around what is usual in the groups' markets. What is rare and common to both says much,
what everybody does nothing, what differs speaks against.

That factor only ranks. What it is worth is asked of the marketplace itself: u is the share of pairs of
unrelated rings, or of rings with honest groups, whichever is larger, that are as alike as this or more. By
chance u is uniform; where the hand is the same it has density a u^(a - 1), a < 1 (the alternatives of Sellke,
Bayarri and Berger, 2001), so that an aspect says log2 a + (a - 1) log2 u bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import gammaln

from graphrisk.registry.manner import Aspect, Manners

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Slot = tuple[Aspect, str]  # a feature of an aspect, whatever its value

ASPECTS = tuple(Aspect)
CONCENTRATION = 3.0  # of habits around what is usual: the smaller, the more one value is expected to prevail
MOST_WEIGHT = 8.0  # of a group in one feature: its members' acts are not independent
USUAL_WEIGHT = 20.0  # of the whole marketplace in what is usual in one market
PAIRS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: weights float64 [K, F] of `markets`, of groups that nobody suspects; features as in the
    manners held against it. overall: float64 [F], of all markets; of_slot: the same of all values of a
    feature."""

    markets: tuple[str, ...]
    weights: Floats
    overall: Floats
    of_slot: Mapping[Slot, float]


def find_usual(manners: Manners, honest: Ints) -> Usual:
    """honest: positions of groups that nobody suspects."""
    shares, markets = _market_shares(manners)
    weights = np.asarray(shares[honest].T @ manners.weights[honest].toarray(), dtype=np.float64)
    overall = weights.sum(axis=0)
    of_slot: dict[Slot, float] = {}
    for (aspect, feature, _), weight in zip(manners.features, overall.tolist(), strict=True):
        of_slot[aspect, feature] = of_slot.get((aspect, feature), 0.0) + weight
    return Usual(markets, weights, overall, of_slot)


def score_pairs(manners: Manners, usual: Usual, left: Ints, right: Ints) -> Floats:
    """float64 [P, aspects], in nats, positive where alike; NaN where one of the two shows nothing of the
    aspect. left, right: int64 [P], positions of groups."""
    shares, _ = _market_shares(manners)
    scores = np.full((len(left), len(ASPECTS)), np.nan)
    held = np.asarray((manners.weights > 0).sum(axis=0)).reshape(-1)
    slots: dict[tuple[Aspect, str], list[int]] = {}
    for column, (aspect, feature, _) in enumerate(manners.features):
        slots.setdefault((aspect, feature), []).append(column)
    columnar = sp.csc_array(manners.weights)
    for (aspect, _), listed in slots.items():
        columns = np.array(listed, dtype=np.int64)
        of_slot = columnar[:, columns]
        total = np.asarray(of_slot.sum(axis=1), dtype=np.float64).reshape(-1)
        common = held[columns] > 1  # of no other value can two groups have some
        scale = np.minimum(1.0, MOST_WEIGHT / np.maximum(total, MOST_WEIGHT))
        weight = of_slot[:, common].toarray() * scale[:, None]
        expected = _expect(usual.weights[:, columns], common)
        both = (total[left] > 0) & (total[right] > 0)
        at = ASPECTS.index(aspect)
        for rows in np.array_split(np.flatnonzero(both), max(1, int(both.sum()) // PAIRS_AT_ONCE)):
            pair = (left[rows], right[rows])
            of_both = np.asarray((shares[pair[0]] + shares[pair[1]]) @ expected / 2, dtype=np.float64)
            factor = _factor(weight, total * scale, of_both, pair)
            scores[rows, at] = np.nan_to_num(scores[rows, at]) + factor
    return scores


def _market_shares(manners: Manners) -> tuple[Floats, tuple[str, ...]]:
    """[G, K] how a group's members are spread over the markets, which come with it; the last is for none
    told."""
    listed = [
        (at, value) for at, (aspect, _, value) in enumerate(manners.features) if aspect is Aspect.MARKETS
    ]
    weights = manners.weights[:, np.array([at for at, _ in listed], dtype=np.int64)].toarray()
    total = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    untold = (total == 0).astype(np.float64)
    return np.concatenate([shares, untold], axis=1), (*(value for _, value in listed), "")


def _expect(usual: Floats, common: NDArray[np.bool_]) -> Floats:
    """[K, common] the share of each value in each market; what one market has little of is taken from all."""
    overall = usual.sum(axis=0)
    share = (overall[common] + 0.5) / (overall.sum() + 1.0)
    in_market = usual.sum(axis=1, keepdims=True)
    return np.asarray((usual[:, common] + USUAL_WEIGHT * share) / (in_market + USUAL_WEIGHT))


def _factor(weight: Floats, total: Floats, expected: Floats, pair: tuple[Ints, Ints]) -> Floats:
    """[P] the log of the Bayes factor. weight: [G, V]; total: [G], of all values; expected: [P, V]."""
    one, other = weight[pair[0]], weight[pair[1]]
    row, value = np.nonzero((one > 0) & (other > 0))
    prior, first, second = CONCENTRATION * expected[row, value], one[row, value], other[row, value]
    agree = (
        gammaln(prior + first + second) + gammaln(prior) - gammaln(prior + first) - gammaln(prior + second)
    )
    each = gammaln(CONCENTRATION + total)
    together = gammaln(CONCENTRATION + total[pair[0]] + total[pair[1]])
    apart = each[pair[0]] + each[pair[1]] - gammaln(CONCENTRATION) - together
    return np.asarray(apart + np.bincount(row, weights=agree, minlength=len(one)))


def chance_share(scores: Floats, rings: Floats, honest: Floats) -> Floats:
    """[P, aspects] u of each pair, in (0, 1]; NaN where its score is. rings, honest: [Q, aspects], scores of
    unrelated rings with each other and of rings with honest groups. NaN also where there is neither."""
    return np.fmax(_tail(scores, rings), _tail(scores, honest))


def _tail(scores: Floats, chance: Floats) -> Floats:
    """The share of chance's scores that are as high or higher, ties by half, one more among them."""
    tails = np.full_like(scores, np.nan)
    for at in range(scores.shape[1]):
        known = np.sort(chance[~np.isnan(chance[:, at]), at])
        told = ~np.isnan(scores[:, at])
        if len(known) == 0:
            continue
        below = np.searchsorted(known, scores[told, at], side="left")
        upto = np.searchsorted(known, scores[told, at], side="right")
        tails[told, at] = (len(known) - (below + upto) / 2 + 1.0) / (len(known) + 1.0)
    return tails


def shared_values(manners: Manners, usual: Usual, pair: tuple[int, int], aspect: Aspect) -> list[str]:
    """What both groups show of an aspect beyond what is usual, 'feature value', what says most first."""
    weights = manners.weights[np.array(pair)].toarray()
    columns: dict[str, list[int]] = {}
    for at in np.flatnonzero(weights.any(axis=0)).tolist():
        of, feature, _ = manners.features[at]
        if of is aspect:
            columns.setdefault(feature, []).append(at)
    told: list[tuple[float, str]] = []
    for feature, listed in columns.items():
        total = weights[:, listed].sum(axis=1)
        for at in listed:
            if not weights[:, at].all():
                continue
            share = float((weights[:, at] / total).min())
            expected = (float(usual.overall[at]) + 0.5) / (usual.of_slot[aspect, feature] + 1.0)
            gain = share * float(np.log2(share / expected))
            if gain > 0:
                told.append((-gain, f"{feature} {manners.features[at][2]}"))
    return [words for _, words in sorted(told)]
