"""How far each level of agreement can be trusted, learned from pairs that nobody has labelled.

Fellegi and Sunter's model (JASA 64, 1969, 1183-1210): a pair of one operator agrees in a kind on level l with
probability m_l. By chance it agrees with a probability that follows from how rare the value is, so that
agreement on a rare value says more (term frequencies; Winkler 1988):

    llr = ln m_l - ln( c / (N - 1) ),

c being how many others, of the N accounts with a value, have one as near, less those believed to have the
same operator; at least 1. The m_l, and the odds that two random accounts have one operator, maximise the
likelihood of all candidate pairs, by expectation and maximisation (Winkler 1988): what is believed of each
pair gives the m_l, and they give what is believed. A few pairs' worth of what is usual (model/likeness.py)
keeps the m_l where there is little to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, Ints
from graphrisk.graph.weights import pair_probability

ITERATION_COUNT = 40
USUAL_PAIR_COUNT = 20.0
_LEAST_SHARE = 1e-4
_NEGLIGIBLE = 1e-3  # of a belief
_SETTLED = 1e-4  # greatest change of a share, or of the prior's log odds, at which learning ends


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near E pairs of accounts are in one kind.

    level: int8 [E], 0 equal, then the levels of model/likeness.py, then one more for differing; -1 where
    either account has no value. near_count: [E], accounts beside one of the pair that have a value as near,
    at least 1.
    other_count: N - 1. match_share: [L + 2], m_l to begin with; they sum to 1. chance_differs: probability
    that the values of two random accounts differ. counts_against: differing speaks against one operator.
    """

    level: NDArray[np.int8]
    near_count: Floats
    other_count: int
    match_share: Floats
    chance_differs: float
    counts_against: bool


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """source, target: int32 [E], accounts. known: [E] nats from all that is not learned. account_count: all
    pairs of so many accounts are what the prior is about."""

    source: Ints
    target: Ints
    known: Floats
    account_count: int


@dataclass(frozen=True, slots=True)
class LearnedTrust:
    """match_shares: m_l of each kind. llr: [E] nats of each kind. prior: natural log odds that two random
    accounts have one operator."""

    match_shares: tuple[Floats, ...]
    llr: tuple[Floats, ...]
    prior: float


def learn_trust(
    agreements: Sequence[Agreement], pairs: CandidatePairs, prior: float, *, learns_prior: bool
) -> LearnedTrust:
    """prior: log odds, to begin with or to keep."""
    pair_count = pairs.account_count * (pairs.account_count - 1) / 2
    believed = np.zeros(len(pairs.known))
    shares = tuple(agreement.match_share for agreement in agreements)
    for _ in range(ITERATION_COUNT):
        llr = _llr_of_all(agreements, shares, pairs, believed)
        believed = pair_probability(pairs.known + sum(llr, np.zeros(len(pairs.known))), prior)
        matches, before = float(believed.sum()), (*shares, np.array([prior]))
        shares = tuple(_shares_of(agreement, believed) for agreement in agreements)
        if learns_prior:
            prior = float(np.log((matches + 1.0) / max(pair_count - matches, 1.0)))
        after = (*shares, np.array([prior]))
        if max(np.abs(new - old).max() for new, old in zip(after, before, strict=True)) < _SETTLED:
            break
    return LearnedTrust(shares, _llr_of_all(agreements, shares, pairs, believed), prior)


def _llr_of_all(
    agreements: Sequence[Agreement], shares: Sequence[Floats], pairs: CandidatePairs, believed: Floats
) -> tuple[Floats, ...]:
    return tuple(
        agreement_llr(agreement, share, _rarity(agreement, pairs, believed))
        for agreement, share in zip(agreements, shares, strict=True)
    )


def _shares_of(agreement: Agreement, believed: Floats) -> Floats:
    told = agreement.level >= 0
    seen = np.bincount(
        agreement.level[told], weights=believed[told], minlength=len(agreement.match_share)
    ).astype(np.float64)
    share = seen + USUAL_PAIR_COUNT * agreement.match_share
    return np.asarray(np.maximum(share / share.sum(), _LEAST_SHARE))


def _rarity(agreement: Agreement, pairs: CandidatePairs, believed: Floats) -> Floats:
    """[E] nats, ln((N - 1) / c): the others that are as near, less those of one operator, in the mean of both
    accounts."""
    levels = len(agreement.match_share) - 1
    likely = np.flatnonzero((believed > _NEGLIGIBLE) & (agreement.level >= 0) & (agreement.level < levels))
    own = np.zeros((levels + 1, pairs.account_count))
    for ends in (pairs.source, pairs.target):
        np.add.at(own, (agreement.level[likely], ends[likely]), believed[likely])
    own = np.cumsum(own, axis=0)  # nearer levels are as near
    level = np.clip(agreement.level, 0, levels)
    chance_count = agreement.near_count - (own[level, pairs.source] + own[level, pairs.target]) / 2
    return np.asarray(np.log(agreement.other_count / np.clip(chance_count, 1.0, agreement.other_count)))


def agreement_llr(agreement: Agreement, match_share: Floats, rarity: Floats) -> Floats:
    """[E] nats. rarity: [E] nats of agreements. Differing says nothing where accounts may have several
    values, and no agreement says less than differing would."""
    least = 0.0
    if agreement.counts_against:
        least = min(float(np.log(match_share[-1] / max(agreement.chance_differs, _LEAST_SHARE))), 0.0)
    of_level = np.log(match_share)[np.maximum(agreement.level, 0)] + rarity
    differs = agreement.level == len(match_share) - 1
    return np.where(agreement.level < 0, 0.0, np.where(differs, least, np.maximum(of_level, least)))
