"""Accounts, identifiers and communities judged by what was learned from simulated marketplaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.detect.rings import gather_rings
from graphrisk.flows.hear_labels import hear_labels
from graphrisk.flows.suspect import (
    Marketplace,
    Method,
    Reasons,
    Runner,
    SuspectSetting,
    Suspicion,
    confirm_rings,
    describe_market,
    hold_earlier_rings,
)
from graphrisk.graph.apart import keep_apart
from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import AccountGraph, SuspectParams, project_suspects
from graphrisk.model.known import BAD, GOOD
from graphrisk.risk.accounts import assess_accounts
from graphrisk.risk.booster import Booster
from graphrisk.risk.cells import describe_cells, join_cells, sum_ties
from graphrisk.risk.feature_words import tell_contributions
from graphrisk.risk.holders import hear_holders
from graphrisk.risk.identifier_uses import explain_uses
from graphrisk.risk.own_model import OwnOpinion, Regime
from graphrisk.risk.positive_unlabelled import shift_by_fold
from graphrisk.risk.prior import Opinion, Prior, form_opinion
from graphrisk.risk.ring_features import describe_rings
from graphrisk.risk.ring_signals import judge_rings

TOLD_RISK = 0.1  # of accounts, and of identifiers, from which their reasons are told
# Where a link in fifty is missing a tie changes by a fifth, and the odds that two cells are of one ring by
# nearly a factor of two in one case of four: so what holds ties by a margin holds these by its cube.
WAVERING = 3.0
MOST_TOLD = 50_000  # of each, the riskiest
TRUSTED_LABEL = 0.9  # of labels, the share that is taken to be right


def suspect_by_prior(market: Marketplace, prior: Prior, setting: SuspectSetting, stages: Runner) -> Suspicion:
    """Features -> opinion of accounts and identifiers -> pairs among suspects -> communities -> rings."""
    links, ids = market.links, market.account_ids()
    opinion = _judge(market, prior, stages)
    own = stages.run("learn", lambda: _learn(market, opinion, setting))
    held = np.asarray(expit(opinion.identifier_odds), dtype=np.float64)
    odds = own.odds
    known = with_own_labels(odds, market.accounts.verdict)
    brought = find_brought(held, known, market)
    suspects = SuspectParams.at(setting.leiden.resolution)
    graph = stages.run(
        "project_suspects",
        lambda: project_suspects(links, market.llr, np.asarray(expit(known)), brought, suspects),
    )
    graph = keep_apart(graph, market.apart)
    firm = hold_earlier_rings(graph, market, setting)
    cells = stages.run(
        "leiden", lambda: find_communities(firm, ids, setting.leiden, worker_count=setting.worker_count)
    )
    joining = _Joining(prior.cells, setting.leiden.max_size, brought)
    communities = stages.run("join", lambda: joining.join(cells, links, graph, known, firm))
    told = stages.run(
        "score", lambda: judge_rings(prior, describe_rings(communities, links, graph, known, brought))
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
        around = links.among(accounts)

        def regroup(leiden: LeidenParams) -> Partition:
            found = find_communities(among, names, leiden)
            return joining.join(found, around, among, known[accounts], among)

        return regroup

    rings = stages.run("consensus", lambda: confirm_rings(rings, signals, graph, find, setting))
    reasons = stages.run("reasons", lambda: _tell_reasons(prior, opinion, links, risks.risk, held))
    interval = own.interval
    if interval is None:
        thought = opinion.account_odds
        interval = prior.spread.interval(thought).moved(odds - thought)
    return Suspicion(Method.PRIOR, own, graph, communities, rings, risks, signals, held, reasons, interval)


@dataclass(frozen=True, slots=True)
class _Joining:
    """judge: of pairs of communities. held: [M] probability that a ring brought an identifier."""

    judge: Booster
    max_size: int
    held: Floats

    def join(
        self,
        communities: Partition,
        links: SharedLinks,
        graph: AccountGraph,
        odds: Floats,
        firm: AccountGraph,
    ) -> Partition:
        """The communities, those joined that are cells of one ring. odds: of the accounts of the graph. firm:
        the graph as earlier rings hold it; by what a tie changes, the odds of one ring do, and more."""
        pairs = describe_cells(communities, links, graph, odds, self.held)
        _, _, held = sum_ties(communities.label.astype(np.int64), firm)
        margin = WAVERING * np.log(held / pairs.tie)
        probability = np.asarray(expit(self.judge.predict(pairs.features) + margin), dtype=np.float64)
        return join_cells(communities, pairs, probability, self.max_size)


def _judge(market: Marketplace, prior: Prior, stages: Runner) -> Opinion:
    """What was described of single uses is let go of here; it is the largest table of all."""
    described = stages.run("describe", lambda: describe_market(market))
    return stages.run(
        "judge", lambda: form_opinion(prior, described, market.links, market.graph, market.kinds)
    )


def _learn(market: Marketplace, opinion: Opinion, setting: SuspectSetting) -> OwnOpinion:
    """What labels teach; and where some of the bad were caught, all log odds are shifted by what is caught of
    them at each risk."""
    own = hear_labels(market, opinion.account_odds, opinion.together, setting)
    if own.regime is not Regime.CAUGHT:
        return own
    shift = shift_by_fold(opinion.account_odds, market.accounts.verdict, market.fold)
    return replace(own, odds=own.odds + shift, shift=float(shift.mean()))


def with_own_labels(odds: Floats, verdict: NDArray[np.int8]) -> Floats:
    """[N] log odds as they count when rings are put together: a known-bad account is at least as suspicious
    as labels are right, a cleared one at most as suspicious as they are wrong."""
    bad = np.where(verdict == BAD, np.maximum(odds, logit(TRUSTED_LABEL)), odds)
    return np.asarray(np.where(verdict == GOOD, np.minimum(bad, logit(1 - TRUSTED_LABEL)), bad))


def find_brought(held: Floats, known: Floats, market: Marketplace) -> Floats:
    """[M] probabilities that a ring brought each identifier, as they count when rings are put together. held:
    [M] by what the identifier is like. known: [N] log odds, labels heard."""
    risk = np.asarray(expit(known), dtype=np.float64)
    return with_own_things(hear_holders(held, market.links, risk), market.own)


def with_own_things(held: Floats, own: NDArray[np.int64]) -> Floats:
    """[M] probabilities as they count when rings are put together: what somebody confirmed to be a ring's own
    was brought by one at least as probably as labels are right. own: positions."""
    brought = held.copy()
    brought[own] = np.maximum(brought[own], TRUSTED_LABEL)
    return brought


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
