"""Accounts judged by the company that they keep, which asks for nothing but links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.detect.isolation import join_isolated
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import gather_rings
from graphrisk.detect.second_look import regroup_accounts
from graphrisk.flows.hear_labels import hear_labels
from graphrisk.flows.suspect import (
    NO_REASONS,
    Marketplace,
    Method,
    Runner,
    SuspectSetting,
    Suspicion,
    confirm_rings,
    describe_market,
)
from graphrisk.graph.apart import keep_apart
from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats
from graphrisk.graph.look_alike_links import join_looks
from graphrisk.graph.look_alikes import LookAlikeParams, LookAlikes, find_look_alikes
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.weights import prior_log_odds
from graphrisk.model.known import BAD
from graphrisk.risk.accounts import AccountRisks, assess_accounts, average_risks
from graphrisk.risk.own_model import (
    OwnOpinion,
    Regime,
    choose_regime,
)
from graphrisk.risk.ring_signals import tell_signals

COARSER = 0.1  # of the resolution, at which communities that keep to themselves stay whole
ISOLATED_SHARE = 0.9  # of the ties of its parts, those to each other, from which a community does


def suspect_by_company(market: Marketplace, setting: SuspectSetting, stages: Runner) -> Suspicion:
    """Pairs, those that look alike among them -> communities, whole where they keep to themselves -> a second
    look at those whom belief reaches -> points of what a group looks like."""
    links, ids, belief = market.observed, market.account_ids(), market.belief
    looks = None
    shared = graph = keep_apart(market.graph, market.apart)
    if setting.widens:
        asked = LookAlikeParams(seed=setting.leiden.seed)
        looks = stages.run("look_alikes", lambda: find_look_alikes(market.accounts, links, asked))
        prior = prior_log_odds(setting.weights, links.account_count)
        joined = join_looks(market.graph, looks, market.links, market.llr, prior)
        graph = keep_apart(joined, market.apart)
    # Weaker pairs hold no community together.
    strong = graph.only(graph.weight >= setting.leiden.resolution / 2)
    first = stages.run("leiden", lambda: _find_company(market, strong, setting))
    whole, kept = first, graph if setting.widens else strong  # kept: pairs that may hold a ring together
    if setting.widens:
        whole = stages.run("whole", lambda: _keep_whole(first, graph, shared, ids, setting.leiden))
    reached = (belief > setting.reach_deviations) | (market.accounts.verdict == BAD)
    communities = stages.run(
        "second_look", lambda: regroup_accounts(whole, reached, kept, ids, setting.leiden)
    )
    risks = stages.run(
        "score",
        lambda: average_risks(
            assess_accounts(links, market.accounts, first, belief, looks),
            assess_accounts(links, market.accounts, communities, belief, looks),
        ),
    )
    rings = gather_rings(communities, risks.points, kept, ids, setting.rings)
    own = stages.run("learn", lambda: _hear_labels_of_company(market, first, looks, risks, setting))
    if own.regime is not Regime.NONE:
        risks = replace(risks, risk=np.asarray(expit(own.odds), dtype=np.float64))
    signals = tell_signals(risks.facts, risks.group[rings.members[rings.starts[:-1]]])

    def find(among: AccountGraph, accounts: NDArray[np.int64]) -> Callable[[LeidenParams], Partition]:
        names = [ids[at] for at in accounts.tolist()]
        weak, strict, near = kept.among(accounts), shared.among(accounts), reached[accounts]

        def find_again(leiden: LeidenParams) -> Partition:
            found = find_communities(among, names, leiden)
            if setting.widens:
                found = _keep_whole(found, weak, strict, names, leiden)
            return regroup_accounts(found, near, weak, names, leiden)

        return find_again

    rings = stages.run("consensus", lambda: confirm_rings(rings, signals, strong, find, setting))
    return Suspicion(
        Method.COMPANY, own, kept, communities, rings, risks, signals, None, NO_REASONS, own.interval, looks
    )


def _keep_whole(
    first: Partition, graph: AccountGraph, shared: AccountGraph, ids: Sequence[str], leiden: LeidenParams
) -> Partition:
    """Looking alike ties nobody to anybody outside, so only what is shared counts as a tie."""
    coarser = replace(leiden, resolution=leiden.resolution * COARSER)
    return join_isolated(first, find_communities(graph, ids, coarser), shared, ISOLATED_SHARE)


def _find_company(market: Marketplace, strong: AccountGraph, setting: SuspectSetting) -> Partition:
    return find_communities(strong, market.account_ids(), setting.leiden, worker_count=setting.worker_count)


def _hear_labels_of_company(
    market: Marketplace,
    company: Partition,
    looks: LookAlikes | None,
    risks: AccountRisks,
    setting: SuspectSetting,
) -> OwnOpinion:
    """The same where company judges. Its risks have heard of labels; what is learned from labels starts from
    what the first partition, `company`, says without any."""
    regime = choose_regime(market.accounts.verdict, setting.own)
    if regime is Regime.NONE:
        return OwnOpinion(regime, _log_odds(risks.risk), ())
    unheard = replace(market.accounts, verdict=np.zeros_like(market.accounts.verdict))
    alone = assess_accounts(market.observed, unheard, company, np.zeros_like(market.belief), looks)
    if regime is Regime.SEEDS:
        # The labels of its company, and what they spread, have heard of a labelled account's own.
        own = _log_odds(alone.risk) + np.arcsinh(market.belief)
        return OwnOpinion(regime, np.where(market.accounts.verdict != 0, own, _log_odds(risks.risk)), ())
    return hear_labels(market, _log_odds(alone.risk), describe_market(market).accounts, setting)


def _log_odds(risk: Floats) -> Floats:
    return np.asarray(logit(np.clip(risk, 1e-12, 1 - 1e-12)), dtype=np.float64)
