"""Communities as they look when a ring is judged: what is thought of the members and of what holds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.risk.features import Features
from graphrisk.risk.holdings import gather_holdings, measure_closeness, measure_surprise


def describe_rings(
    communities: Partition, links: SharedLinks, graph: AccountGraph, odds: Floats, held: Floats
) -> Features:
    """One row for each of the C communities.

    size: log of members. risk, least_odds, most_odds, mean_odds: mean probability of the members, and their
    log odds. sure_share: members of probability one half and more. things: expected number of identifiers
    that a ring brought, among those that two or more members hold; surest_thing: the greatest probability.
    outside_share: of the holders of those identifiers, weighted by that probability, the ones outside.
    closeness, surprise: see risk.holdings. tightness: mean pair probability of the members. graph: of
    project_suspects.

    odds: [N] natural log odds of accounts. held: [M] probability that a ring brought an identifier.
    """
    count, label = communities.group_count, communities.label.astype(np.int64)
    size = communities.sizes()
    members, starts = communities.members()
    group = label[members]
    risk = 1.0 / (1.0 + np.exp(-odds[members]))

    def mean(value: NDArray[np.generic]) -> Floats:
        total = np.bincount(group, weights=value.astype(np.float64), minlength=count)
        return np.asarray(total / size, dtype=np.float64)

    holdings = gather_holdings(links, label, count)
    shared = holdings.member_count >= 2
    of_group, identifier = holdings.group[shared], holdings.identifier[shared]
    inside = holdings.member_count[shared].astype(np.float64)
    probability = held[identifier]
    holders = np.maximum(links.known_holder_count()[identifier], inside)

    def summed(value: Floats) -> Floats:
        return np.bincount(of_group, weights=value, minlength=count).astype(np.float64)

    surest = np.zeros(count)
    np.maximum.at(surest, of_group, probability)
    within = (label[graph.source] == label[graph.target]) & (label[graph.source] >= 0)
    strength = np.bincount(label[graph.source[within]], weights=graph.weight[within], minlength=count)
    surprise = measure_surprise(links, holdings, size)
    return Features.of(
        {
            "size": np.log(size),
            "risk": mean(risk),
            "least_odds": np.minimum.reduceat(odds[members], starts[:-1]) if count else np.empty(0),
            "most_odds": np.maximum.reduceat(odds[members], starts[:-1]) if count else np.empty(0),
            "mean_odds": mean(odds[members]),
            "sure_share": mean(risk >= 0.5),
            "things": summed(probability),
            "surest_thing": surest,
            "outside_share": summed(probability * (holders - inside))
            / np.maximum(summed(probability * holders), 1e-9),
            "closeness": measure_closeness(holdings, size),
            "surprise": surprise / size,
            "tightness": strength / np.maximum(size * (size - 1) / 2, 1),
        }
    )
