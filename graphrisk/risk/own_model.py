"""What a marketplace's own labels teach about its accounts.

Two situations, told apart by how many accounts are labelled. Where a good part was reviewed, bad and good,
boosters learn the one from the other, from what accounts do and, but for some, from the labels of those who
share their things. Where only some of the bad were caught, the unlabelled are no innocents, and labels come
in the neighbourhoods that somebody happened to look at: then a booster learns the caught and their company
from the rest without any feature made of labels, and counts only as far as it helps what was thought before
to order both (risk/own_share.py).

An account's score never depends on its own label, bit for bit: accounts are dealt to folds by their ids, and
the score of a labelled account comes from a model, from features and from a calibration that saw no label of
its fold. Only the number of labels of all folds decides which situation it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import BAD
from graphrisk.risk.booster import Bag, BoosterParams, train_bag, train_booster
from graphrisk.risk.calibration import fit_calibration, measure_covariance
from graphrisk.risk.features import Features
from graphrisk.risk.folds import FOLD_COUNT
from graphrisk.risk.kind_links import KindLinks
from graphrisk.risk.label_features import describe_labels, measure_coverage
from graphrisk.risk.label_views import ViewDeal, see_labels
from graphrisk.risk.own_share import LabelReach, measure_lead, mix_opinions
from graphrisk.risk.spread import Interval, interval_of_fit


class Regime(StrEnum):
    """What labels there are to learn from."""

    NONE = "none"
    SEEDS = "seeds"  # a few: they spread along links, and teach nothing
    CAUGHT = "caught"  # some of the bad
    REVIEWED = "reviewed"  # a good part, bad and good


@dataclass(frozen=True, slots=True)
class OwnParams:
    """min_bad_count, min_good_count: labels below which nothing is learned. reviewed_share: of all accounts
    the labelled, from which they count as reviewed. most_rest: unlabelled accounts that a booster of the
    caught is shown, at most, beside their company. reach_deviations: of belief, from which somebody is of
    that. most_share: of that booster's opinion, how much counts at most; better_by: the lead in AUROC
    that it must give for that. bag_size: boosters of the reviewed that are averaged. untold_share: of what is
    said of an account of whose company nobody is labelled, the part of boosters that are not told what labels
    of others say; it falls in proportion, to nothing where told_from of the company is labelled."""

    seed: int
    min_bad_count: int = 30
    min_good_count: int = 30
    reviewed_share: float = 0.1
    most_rest: int = 20_000
    reach_deviations: float = 3.0
    most_share: float = 0.5
    better_by: float = 0.015
    bag_size: int = 3
    untold_share: float = 0.5
    told_from: float = 0.5


@dataclass(frozen=True, slots=True)
class OwnInput:
    """features: [N] rows, free of labels. by_kind, links: of whom rates are taken, and where belief spreads.
    fold: [N], 0..FOLD_COUNT - 1. deal: from which training accounts see each other's labels. company:
    int64 [N], who may be wrong together, negative for nobody. base_odds: [N] what was thought before."""

    features: Features
    by_kind: Sequence[KindLinks]
    links: SharedLinks
    verdict: NDArray[np.int8]
    fold: NDArray[np.int64]
    deal: ViewDeal
    company: NDArray[np.int64]
    base_odds: Floats


@dataclass(frozen=True, slots=True)
class OwnOpinion:
    """odds: [N] natural log odds; calibrated where reviewed. own_share: how much of it is learned here, by
    fold; 0 where it does not help. interval: of the odds, where reviewed. shift: in them, the mean of what
    was added because of how many were caught (risk/positive_unlabelled.py)."""

    regime: Regime
    odds: Floats
    own_share: tuple[float, ...]
    interval: Interval | None = None
    shift: float = 0.0

    def mean_share(self) -> float:
        return sum(self.own_share) / max(len(self.own_share), 1)


def choose_regime(verdict: NDArray[np.int8], params: OwnParams) -> Regime:
    bad, good = int((verdict == BAD).sum()), int((verdict == -BAD).sum())
    if bad + good == 0:
        return Regime.NONE
    if bad < params.min_bad_count:
        return Regime.SEEDS
    is_reviewed = bad + good >= params.reviewed_share * len(verdict) and good >= params.min_good_count
    return Regime.REVIEWED if is_reviewed else Regime.CAUGHT


def learn_from_labels(given: OwnInput, params: OwnParams) -> OwnOpinion:
    """Raises nothing: where there is too little to learn from, what was thought before stays."""
    regime = choose_regime(given.verdict, params)
    if regime is Regime.REVIEWED:
        odds, interval = _learn_reviewed(given, params)
        return OwnOpinion(regime, odds, (1.0,) * FOLD_COUNT, interval)
    if regime is Regime.CAUGHT:
        odds, shares = _learn_caught(given, params)
        return OwnOpinion(regime, odds, shares)
    return OwnOpinion(regime, given.base_odds, (0.0,) * FOLD_COUNT)


def _ask_pairs(
    fold: NDArray[np.int64],
    asked: NDArray[np.bool_],
    predict: Callable[[tuple[int, ...], NDArray[np.bool_]], Floats],
) -> Floats:
    """[FOLD_COUNT, N]: for each fold, what models that know neither its labels nor those of an account's own
    fold say of the accounts of the others; NaN for those who are not asked. predict: (folds that are not
    known, accounts asked) -> log odds of these."""
    told = np.full((FOLD_COUNT, len(fold)), np.nan)
    for pair in combinations(range(FOLD_COUNT), 2):
        rows = asked & np.isin(fold, pair)
        odds = predict(pair, rows)
        for hidden in pair:
            told[hidden, rows] = odds
    return told


# ---- reviewed ----------------------------------------------------------------------------------------------


def _learn_reviewed(given: OwnInput, params: OwnParams) -> tuple[Floats, Interval]:
    booster = BoosterParams(
        params.seed, round_count=120, leaf_count=15, learning_rate=0.1, column_share=0.15, row_share=0.5,
        l2=1.0, bin_count=63,
    )  # fmt: skip
    labelled = given.verdict != 0
    odds = np.zeros(len(given.verdict))

    def predict(hidden: tuple[int, ...], rows: NDArray[np.bool_]) -> Floats:
        """By a model, and from features, that know no label of the hidden folds."""
        seen = np.where(np.isin(given.fold, hidden), 0, given.verdict).astype(np.int8)
        told = _train_told(given, seen, booster, params.bag_size)
        untold = _train_untold(given, seen, booster, params.bag_size)
        heard = told.predict(_table(given, seen, rows))
        unheard = untold.predict(given.features.rows(np.flatnonzero(rows)))
        coverage = measure_coverage(given.by_kind, seen)[rows]
        share = params.untold_share * np.maximum(1.0 - coverage / params.told_from, 0.0)
        return np.asarray((1.0 - share) * heard + share * unheard, dtype=np.float64)

    for hidden in range(FOLD_COUNT):
        rows = labelled & (given.fold == hidden)
        odds[rows] = predict((hidden,), rows)
    if not labelled.all():
        odds[~labelled] = predict((), ~labelled)
    calibrated = _Calibrated(odds, given.company)
    calibrated.fit(~labelled, odds[labelled], given.verdict, labelled)
    # A fold is calibrated by what is said of the others, which must not know its labels either.
    of_pair = _ask_pairs(given.fold, labelled, predict)
    for hidden in range(FOLD_COUNT):
        rows, others = labelled & (given.fold == hidden), labelled & (given.fold != hidden)
        calibrated.fit(rows, of_pair[hidden, others], given.verdict, others)
    return calibrated.odds, Interval(calibrated.low, calibrated.high)


class _Calibrated:
    """Log odds as they become calibrated, part after part, and their interval."""

    def __init__(self, raw: Floats, company: NDArray[np.int64]) -> None:
        self._raw, self._company = raw, company
        self.odds, self.low, self.high = (np.empty_like(raw) for _ in range(3))

    def fit(
        self, rows: NDArray[np.bool_], odds: Floats, verdict: NDArray[np.int8], known: NDArray[np.bool_]
    ) -> None:
        """Fills in `rows`. odds: what is said of the accounts known, whose verdicts count."""
        target = verdict[known] == BAD
        calibration = fit_calibration(odds, target)
        covariance = measure_covariance(calibration, odds, target, self._company[known])
        interval = interval_of_fit(self._raw[rows], calibration, covariance)
        self.odds[rows] = calibration.apply(self._raw[rows])
        self.low[rows], self.high[rows] = interval.low, interval.high


def _train_told(given: OwnInput, seen: NDArray[np.int8], booster: BoosterParams, bag_size: int) -> Bag:
    """From the labels seen, int8 [N]. Each account with one is shown as often as there are views of it."""
    parts: list[tuple[Features, NDArray[np.bool_]]] = []
    for view in see_labels(seen, given.deal):
        if view.rows.any():
            target = seen[view.rows] == BAD
            parts.append((_table(given, view.shown, view.rows), target))
    target = np.concatenate([each for _, each in parts])
    table = Features(parts[0][0].names, np.vstack([each.values for each, _ in parts]))
    return train_bag(table, target, np.ones(len(target)), booster, bag_size)


def _train_untold(given: OwnInput, seen: NDArray[np.int8], booster: BoosterParams, bag_size: int) -> Bag:
    """From what accounts are and do alone. That means the same of accounts to be judged as of those learned
    from, which how far labels reach never does; so these boosters err elsewhere."""
    rows = np.flatnonzero(seen)
    return train_bag(given.features.rows(rows), seen[rows] == BAD, np.ones(len(rows)), booster, bag_size)


def _table(given: OwnInput, shown: NDArray[np.int8], rows: NDArray[np.bool_]) -> Features:
    labels = describe_labels(given.by_kind, given.links, shown)
    return given.features.rows(np.flatnonzero(rows)).beside(labels.rows(np.flatnonzero(rows)))


# ---- caught ------------------------------------------------------------------------------------------------


def _learn_caught(given: OwnInput, params: OwnParams) -> tuple[Floats, tuple[float, ...]]:
    """The company of the caught counts as bad, too: most of what tells the caught from their own company is
    that they were stopped."""
    booster = BoosterParams(params.seed, round_count=100, leaf_count=8, min_leaf_rows=50)
    unlabelled = given.verdict == 0
    reach = LabelReach.of(given.links, given.verdict, given.fold, params.reach_deviations)
    rest = np.flatnonzero(unlabelled)
    step = -(-len(rest) // params.most_rest)
    sampled = ~unlabelled
    sampled[rest[::step]] = True

    def predict(hidden: tuple[int, ...], rows: NDArray[np.bool_]) -> Floats:
        """By a model that knows no label of the hidden folds."""
        company = reach.company(hidden)
        seen = (sampled | company) & ~np.isin(given.fold, hidden)
        target = (given.verdict == BAD) | company
        weight = np.where(unlabelled & ~company, float(step), 1.0)
        table = given.features.rows(np.flatnonzero(seen))
        model = train_booster(table, target[seen], weight[seen], booster)
        return model.predict(given.features.rows(np.flatnonzero(rows)))

    # A fold's share of the own opinion comes from models and labels of the others alone.
    of_pair = _ask_pairs(given.fold, sampled, predict)
    odds, shares = given.base_odds.copy(), []
    for hidden in range(FOLD_COUNT):
        others = sampled & (given.fold != hidden)
        thought = given.base_odds[others]
        mixed = mix_opinions(thought, of_pair[hidden, others], params.most_share)
        company = reach.company((hidden,))[others]
        lead = measure_lead(thought, mixed, given.verdict[others] == BAD, company)
        share = params.most_share * float(np.clip(lead / params.better_by, 0.0, 1.0))
        shares.append(share)
        if share > 0:
            rows = given.fold == hidden
            odds[rows] = mix_opinions(given.base_odds[rows], predict((hidden,), rows), share)
    return odds, tuple(shares)
