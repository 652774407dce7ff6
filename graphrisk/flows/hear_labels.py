"""What is thought of accounts once labels are heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.link_communities import find_link_communities
from graphrisk.flows.suspect import Marketplace, SuspectSetting
from graphrisk.graph.links import Floats
from graphrisk.risk.behaviour import in_days
from graphrisk.risk.features import Features
from graphrisk.risk.folds import FOLD_COUNT, VIEW_FOLD_COUNT, assign_folds, deal_groups
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
    Regime,
    choose_regime,
    learn_from_labels,
)

# Beside an opinion in log odds, of the arcsinh of a belief in standard deviations: what is next to a seed
# stands out by far, and should not silence all else.
BELIEF_WEIGHT = 0.5
# CPM on the links themselves, from the close to the wide; the wide are what a view of labels hides whole.
COMPANY_RESOLUTIONS = {"close_company": 0.01, "wide_company": 0.001}


def hear_labels(
    market: Marketplace,
    thought: Floats,
    features: Features,
    setting: SuspectSetting,
) -> OwnOpinion:
    """What is thought of accounts once labels are heard. thought: [N] log odds before. Where accounts were
    reviewed, the booster has heard all that labels say; otherwise belief from labels is added."""
    regime = choose_regime(market.accounts.verdict, setting.own)
    if regime in (Regime.NONE, Regime.SEEDS):  # nothing is learned, so that nothing need be described
        own = OwnOpinion(regime, thought, (0.0,) * FOLD_COUNT)
    else:
        own = learn_from_labels(_describe(market, thought, features, setting, regime), setting.own)
    if regime in (Regime.SEEDS, Regime.CAUGHT):
        return replace(own, odds=own.odds + BELIEF_WEIGHT * np.arcsinh(market.belief))
    return own


def _describe(
    market: Marketplace, thought: Floats, features: Features, setting: SuspectSetting, regime: Regime
) -> OwnInput:
    verdict, created_at = market.accounts.verdict, in_days(market.accounts.created_at)
    by_kind = list(split_kinds(market.links, market.kinds, created_at))
    fold = company = np.full(len(verdict), -1, dtype=np.int64)
    if regime is Regime.REVIEWED:
        fold = assign_folds(market.account_ids(), setting.own.seed + 1, VIEW_FOLD_COUNT)
        for name, resolution in COMPANY_RESOLUTIONS.items():
            company = _find_company(market, resolution, setting.own.seed)
            by_kind.append(as_kind(name, company, created_at))
    features = features.beside_any(describe_measures(market.accounts, by_kind))
    if regime is Regime.REVIEWED:
        period = measure_period(created_at)
        features = (
            features.beside(describe_order(by_kind, period))
            .beside(describe_clock(market.accounts))
            .beside(Features.of({"thought": thought}))
            .beside_any(describe_looks(market.accounts, created_at, by_kind, period))
        )
    things = [links for links in by_kind if not links.is_category]
    deal = ViewDeal(fold, deal_groups(company, fold), created_at)
    return OwnInput(features, things, market.observed, verdict, market.fold, deal, company, thought)


def _find_company(market: Marketplace, resolution: float, seed: int) -> NDArray[np.int64]:
    found = find_link_communities(market.observed, market.account_ids(), resolution, seed=seed)
    return found.label.astype(np.int64)
