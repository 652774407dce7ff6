"""Whom to suspect, and whom with whom: a marketplace's accounts, identifiers and communities, judged.

By the prior where it applies; otherwise by the company that accounts keep, which asks for nothing but links.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.detect.consensus import ConsensusParams, Finder, confirm_members
from graphrisk.detect.isolation import join_isolated
from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.link_communities import find_link_communities
from graphrisk.detect.rings import CandidateRings, RingParams, gather_rings
from graphrisk.detect.second_look import regroup_accounts
from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.look_alike_links import join_looks
from graphrisk.graph.look_alikes import LookAlikeParams, LookAlikes, find_look_alikes
from graphrisk.graph.projection import AccountGraph, SuspectParams, project_suspects
from graphrisk.graph.weights import WeightParams, prior_log_odds
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import BAD, GOOD, KnownAccounts
from graphrisk.risk.account_features import describe_accounts_by_links
from graphrisk.risk.accounts import AccountRisks, assess_accounts, average_risks
from graphrisk.risk.behaviour import in_days, observe_behaviour
from graphrisk.risk.feature_words import tell_contributions
from graphrisk.risk.features import Features
from graphrisk.risk.folds import VIEW_FOLD_COUNT, assign_folds, deal_groups
from graphrisk.risk.identifier_features import describe_identifiers
from graphrisk.risk.identifier_uses import explain_uses
from graphrisk.risk.kind_links import as_kind, split_kinds
from graphrisk.risk.label_views import ViewDeal
from graphrisk.risk.look_features import describe_looks
from graphrisk.risk.order_features import (
    describe_clock,
    describe_measures,
    describe_order,
    measure_period,
)
from graphrisk.risk.own_model import (
    OwnInput,
    OwnOpinion,
    OwnParams,
    Regime,
    choose_regime,
    learn_from_labels,
)
from graphrisk.risk.prior import Described, Opinion, Prior, form_opinion
from graphrisk.risk.ring_features import describe_rings
from graphrisk.risk.ring_signals import RingSignals, judge_rings, tell_signals
from graphrisk.risk.spread import Interval
from graphrisk.risk.use_features import average_users, average_uses, describe_uses, measure_ties

Result = TypeVar("Result")

# Beside an opinion in log odds, of the arcsinh of a belief in standard deviations: what is next to a seed
# stands out by far, and should not silence all else.
BELIEF_WEIGHT = 0.5
# CPM on the links themselves, from the close to the wide; the wide are what a view of labels hides whole.
COMPANY_RESOLUTIONS = {"close_company": 0.01, "wide_company": 0.001}
COARSER = 0.1  # of the resolution, at which communities that keep to themselves stay whole
ISOLATED_SHARE = 0.9  # of the ties of its parts, those to each other, from which a community does
TRUSTED_LABEL = 0.9  # of labels, the share that is taken to be right


class Method(StrEnum):
    """By what accounts were judged."""

    PRIOR = "prior"
    COMPANY = "company"


class Runner(Protocol):
    def run(self, name: str, work: Callable[[], Result]) -> Result:
        """The result of a stage, timed and told by its name."""
        ...


@dataclass(frozen=True, slots=True)
class Marketplace:
    """What there is to judge. observed: what accounts hold. links, kinds: with families of values beside.
    graph: pairs by their evidence. llr: [M] nats. belief: [N] from labels, the account's own excluded, in
    standard deviations. fold: [N], see risk.folds."""

    accounts: KnownAccounts
    observed: SharedLinks
    links: SharedLinks
    kinds: KindSet
    graph: AccountGraph
    llr: Floats
    belief: Floats
    fold: NDArray[np.int64]

    def account_ids(self) -> list[str]:
        found: list[str] = self.links.account_ids.to_pylist()
        return found


@dataclass(frozen=True, slots=True)
class Reasons:
    """In words, what raised the opinion of accounts and identifiers most, for those that it made anything of:
    accounts from a probability of being in a ring on, identifiers from one of having been brought by one.

    account, identifier: int64 positions. uses: IdentifierUse of each of `identifier`.
    """

    account: NDArray[np.int64]
    of_accounts: list[str]
    identifier: NDArray[np.int64]
    of_identifiers: list[str]
    uses: list[str]


NO_REASONS = Reasons(np.empty(0, np.int64), [], np.empty(0, np.int64), [], [])
TOLD_RISK = 0.1  # of accounts, and of identifiers, from which their reasons are told
MOST_TOLD = 50_000  # of each, the riskiest


@dataclass(frozen=True, slots=True)
class Suspicion:
    """own: what the marketplace's labels taught. graph: the pairs that hold rings together. signals: of the
    rings, in their order. held: [M] probability that a ring brought an identifier, None where unknown.
    interval: of the accounts' log odds, None where their risks are no probabilities. looks: which accounts
    look alike, None where nobody asked."""

    method: Method
    own: OwnOpinion
    graph: AccountGraph
    communities: Partition
    rings: CandidateRings
    risks: AccountRisks
    signals: RingSignals
    held: Floats | None
    reasons: Reasons
    interval: Interval | None
    looks: LookAlikes | None = None


@dataclass(frozen=True, slots=True)
class SuspectSetting:
    """leiden: of every partition. rings: which communities are rings, by points where company judges, by
    min_ring_score where the prior does. reach_deviations: belief beyond which an account is grouped again
    (detect/second_look.py). weights: of the pairs. widens: whether, where company judges, who
    looks alike counts and communities that keep to themselves stay whole."""

    leiden: LeidenParams
    rings: RingParams
    min_ring_score: float
    reach_deviations: float
    own: OwnParams
    consensus: ConsensusParams
    worker_count: int
    weights: WeightParams
    widens: bool


def suspect_by_prior(market: Marketplace, prior: Prior, setting: SuspectSetting, stages: Runner) -> Suspicion:
    """Features -> opinion of accounts and identifiers -> pairs among suspects -> communities -> rings."""
    links, ids = market.links, market.account_ids()
    described = stages.run("describe", lambda: describe_market(market))
    opinion = stages.run("judge", lambda: form_opinion(prior, described, links, market.graph, market.kinds))
    own = stages.run("learn", lambda: _hear_labels(market, opinion.account_odds, opinion.together, setting))
    held = np.asarray(expit(opinion.identifier_odds), dtype=np.float64)
    odds = own.odds
    known = with_own_labels(odds, market.accounts.verdict)
    suspects = SuspectParams.at(setting.leiden.resolution)
    graph = stages.run(
        "project_suspects",
        lambda: project_suspects(links, market.llr, np.asarray(expit(known)), held, suspects),
    )
    communities = stages.run(
        "leiden", lambda: find_communities(graph, ids, setting.leiden, worker_count=setting.worker_count)
    )
    told = stages.run(
        "score", lambda: judge_rings(prior, describe_rings(communities, links, graph, known, held))
    )
    risks = replace(
        assess_accounts(market.observed, market.accounts, communities, market.belief),
        risk=np.asarray(expit(odds), dtype=np.float64),
    )
    chosen = replace(setting.rings, min_points=setting.min_ring_score)
    rings = gather_rings(communities, told.score, graph, ids, chosen)
    signals = told.of(communities.label[rings.members[rings.starts[:-1]]])

    def find(among: AccountGraph, accounts: NDArray[np.int64]) -> Callable[[LeidenParams], Partition]:
        names = [ids[at] for at in accounts.tolist()]
        return lambda leiden: find_communities(among, names, leiden)

    rings = stages.run("consensus", lambda: _confirm(rings, signals, graph, find, setting))
    reasons = stages.run("reasons", lambda: _tell_reasons(prior, opinion, links, risks.risk, held))
    interval = own.interval
    if interval is None:
        thought = opinion.account_odds
        interval = prior.spread.interval(thought).moved(odds - thought)
    return Suspicion(Method.PRIOR, own, graph, communities, rings, risks, signals, held, reasons, interval)


def _confirm(
    rings: CandidateRings, signals: RingSignals, graph: AccountGraph, find: Finder, setting: SuspectSetting
) -> CandidateRings:
    found = confirm_members(rings, signals.score, graph, find, setting.leiden, setting.consensus)
    return rings.confirmed(found)


def _strong_pairs(market: Marketplace, setting: SuspectSetting) -> AccountGraph:
    """Weaker ones hold no community together."""
    return market.graph.only(market.graph.weight >= setting.leiden.resolution / 2)


def _find_company(market: Marketplace, strong: AccountGraph, setting: SuspectSetting) -> Partition:
    return find_communities(strong, market.account_ids(), setting.leiden, worker_count=setting.worker_count)


def _hear_labels(
    market: Marketplace,
    thought: Floats,
    features: Features,
    setting: SuspectSetting,
) -> OwnOpinion:
    """What is thought of accounts once labels are heard. thought: [N] log odds before. Where accounts were
    reviewed, the booster has heard all that labels say; otherwise belief from labels is added."""
    verdict = market.accounts.verdict
    created_at = in_days(market.accounts.created_at)
    by_kind = list(split_kinds(market.links, market.kinds, created_at))
    view_fold = assign_folds(market.account_ids(), setting.own.seed + 1, VIEW_FOLD_COUNT)
    group_fold, group = view_fold, np.full(len(verdict), -1, dtype=np.int64)
    is_reviewed = choose_regime(verdict, setting.own) is Regime.REVIEWED
    if is_reviewed:
        for name, resolution in COMPANY_RESOLUTIONS.items():
            company = find_link_communities(
                market.observed, market.account_ids(), resolution, seed=setting.own.seed
            )
            group = company.label.astype(np.int64)
            by_kind.append(as_kind(name, group, created_at))
        group_fold = deal_groups(group, view_fold)
    measures = describe_measures(market.accounts, by_kind)
    if measures is not None:
        features = features.beside(measures)
    if is_reviewed:
        period = measure_period(created_at)
        features = (
            features.beside(describe_order(by_kind, period))
            .beside(describe_clock(market.accounts))
            .beside(Features.of({"thought": thought}))
        )
        alike = describe_looks(market.accounts, created_at, by_kind, period)
        features = features if alike is None else features.beside(alike)
    things = [links for links in by_kind if not links.is_category]
    deal = ViewDeal(view_fold, group_fold, created_at)
    own = learn_from_labels(
        OwnInput(features, things, market.observed, verdict, market.fold, deal, group, thought), setting.own
    )
    if own.regime in (Regime.SEEDS, Regime.CAUGHT):
        return replace(own, odds=own.odds + BELIEF_WEIGHT * np.arcsinh(market.belief))
    return own


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
    return _hear_labels(market, _log_odds(alone.risk), describe_market(market).accounts, setting)


def _log_odds(risk: Floats) -> Floats:
    return np.asarray(logit(np.clip(risk, 1e-12, 1 - 1e-12)), dtype=np.float64)


def with_own_labels(odds: Floats, verdict: NDArray[np.int8]) -> Floats:
    """[N] log odds as they count when rings are put together: a known-bad account is at least as suspicious
    as labels are right, a cleared one at most as suspicious as they are wrong."""
    bad = np.where(verdict == BAD, np.maximum(odds, logit(TRUSTED_LABEL)), odds)
    return np.asarray(np.where(verdict == GOOD, np.minimum(bad, logit(1 - TRUSTED_LABEL)), bad))


def _tell_reasons(prior: Prior, opinion: Opinion, links: SharedLinks, risk: Floats, held: Floats) -> Reasons:
    account, identifier = _riskiest(risk), _riskiest(held)
    uses = explain_uses(links, opinion.things, held)
    together, things = opinion.together.rows(account), opinion.things.rows(identifier)
    return Reasons(
        account,
        tell_contributions(together.names, prior.together.attributions(together)),
        identifier,
        tell_contributions(things.names, prior.identifiers.attributions(things)),
        uses[identifier].tolist(),
    )


def _riskiest(risk: Floats) -> NDArray[np.int64]:
    """The positions from TOLD_RISK on, ascending, the MOST_TOLD riskiest of them at most."""
    order = np.argsort(-risk, kind="stable")[:MOST_TOLD]
    return np.sort(order[risk[order] >= TOLD_RISK])


def describe_market(market: Marketplace) -> Described:
    links, graph, llr, kinds = market.links, market.graph, market.llr, market.kinds
    behaviour = observe_behaviour(links, market.accounts)
    ties = measure_ties(links, graph, llr)
    things = describe_identifiers(links, behaviour, ties, kinds)
    uses = describe_uses(links, behaviour, market.accounts, ties)
    accounts = describe_accounts_by_links(links, behaviour, graph, llr, things, kinds)
    return Described(
        accounts.beside(average_uses(links, uses, llr)), things.beside(average_users(links, uses)), uses
    )


def suspect_by_company(market: Marketplace, setting: SuspectSetting, stages: Runner) -> Suspicion:
    """Pairs, those that look alike among them -> communities, whole where they keep to themselves -> a second
    look at those whom belief reaches -> points of what a group looks like."""
    links, ids, belief = market.observed, market.account_ids(), market.belief
    looks = None
    graph = market.graph
    if setting.widens:
        asked = LookAlikeParams(seed=setting.leiden.seed)
        looks = stages.run("look_alikes", lambda: find_look_alikes(market.accounts, links, asked))
        prior = prior_log_odds(setting.weights, links.account_count)
        graph = join_looks(market.graph, looks, market.links, market.llr, prior)
    strong = graph.only(graph.weight >= setting.leiden.resolution / 2)
    first = stages.run("leiden", lambda: _find_company(market, strong, setting))
    whole, kept = first, graph if setting.widens else strong  # kept: pairs that may hold a ring together
    if setting.widens:
        whole = stages.run("whole", lambda: _keep_whole(first, graph, market.graph, ids, setting.leiden))
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
        weak, shared, near = kept.among(accounts), market.graph.among(accounts), reached[accounts]

        def find_again(leiden: LeidenParams) -> Partition:
            found = find_communities(among, names, leiden)
            if setting.widens:
                found = _keep_whole(found, weak, shared, names, leiden)
            return regroup_accounts(found, near, weak, names, leiden)

        return find_again

    rings = stages.run("consensus", lambda: _confirm(rings, signals, strong, find, setting))
    return Suspicion(
        Method.COMPANY, own, kept, communities, rings, risks, signals, None, NO_REASONS, own.interval, looks
    )


def _keep_whole(
    first: Partition, graph: AccountGraph, shared: AccountGraph, ids: Sequence[str], leiden: LeidenParams
) -> Partition:
    """Looking alike ties nobody to anybody outside, so only what is shared counts as a tie."""
    coarser = replace(leiden, resolution=leiden.resolution * COARSER)
    return join_isolated(first, find_communities(graph, ids, coarser), shared, ISOLATED_SHARE)
