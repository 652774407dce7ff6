"""How much it says that two accounts share something: the weight of a link, and of a pair.

For an identifier e of kind t, held by k_e of N known accounts, sharing it is evidence for one operator with
the log likelihood ratio

    llr_e = ln( m_e (N - 1) / (k_e - 1) ),    bits_e = llr_e / ln 2,    never below 0,

because a pair of one operator shares e with probability m_e where a random other account holds it with
probability (k_e - 1) / (N - 1). Independent evidence adds up, and a pair that shares S has the probability
of one operator

    w = sigmoid( prior + sum over e in S of llr_e ),    prior = -ln N by default,

so that sharing one fully trusted identifier of k_e accounts and nothing else gives about 1 / k_e.

m_e starts as the trust declared for the kind (model/kinds.py). Where outsiders hold e too (wallets that are
no accounts of ours, say), e serves the public: k_e counts them, and the trust falls with the share of
holders that we know, cubed. The cube is from measurement, docs/results.md. The likelihood-ratio form is
Fellegi and Sunter's (JASA 64, 1969, 1183-1210).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.kinds import KindSet

OUTSIDER_EXPONENT = 3


@dataclass(frozen=True, slots=True)
class WeightParams:
    """prior_log_odds: natural log odds that two random accounts have one operator; None for -ln N, which is
    right where all accounts are loaded and wrong where they are a sample (then say ln of the odds in the
    whole)."""

    prior_log_odds: float | None = None


def weigh_identifiers(
    links: SharedLinks, kinds: KindSet, own_things: frozenset[tuple[str, str]] = frozenset()
) -> Floats:
    """llr_e [M] in nats, each >= 0. Zero: everybody may share it, it says nothing. own_things: kind and
    identifier of what somebody confirmed to be a ring's own; outsiders who hold it make it more public, and
    take none of its trust."""
    trust = np.array([kind.trust_share for kind in kinds.kinds])[links.kind_code]
    known_share = links.known_holder_count() / np.maximum(links.holder_count, 1)
    known_share[links.places_of(own_things)] = 1.0
    rarity = (links.account_count - 1) / np.maximum(links.holder_count - 1, 1)
    odds = trust * known_share**OUTSIDER_EXPONENT * rarity
    return np.log(np.maximum(odds, 1.0))


def prior_log_odds(params: WeightParams, account_count: int) -> float:
    """The natural log odds that two random accounts have one operator."""
    if params.prior_log_odds is not None:
        return params.prior_log_odds
    return -float(np.log(max(account_count, 2)))


def pair_probability(llr_sum: Floats, prior: float) -> Floats:
    """sigmoid(prior + llr_sum), elementwise, in (0, 1)."""
    return np.asarray(expit(prior + llr_sum), dtype=np.float64)


def bits(llr: Floats) -> Floats:
    """Nats to bits."""
    return np.asarray(llr / np.log(2.0), dtype=np.float64)
