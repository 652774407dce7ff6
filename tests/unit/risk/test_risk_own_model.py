"""What labels teach, on tables small enough to learn from in a moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from small_worlds import Thing, World, random_world, shared_links, world_of

from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.risk.features import Features
from graphrisk.risk.folds import FOLD_COUNT, VIEW_FOLD_COUNT
from graphrisk.risk.kind_links import split_kinds
from graphrisk.risk.label_views import ViewDeal
from graphrisk.risk.own_model import (
    OwnInput,
    OwnParams,
    Regime,
    choose_regime,
    learn_from_labels,
)
from graphrisk.risk.own_share import measure_auroc

COUNT = 600
PARAMS = OwnParams(seed=0)
TRUTH = np.random.default_rng(0).random(COUNT) < 0.3


def asked(verdict: NDArray[np.int8], base_odds: NDArray[np.float64] | None = None) -> OwnInput:
    """One column that tells half of it and one that tells nothing; things shared by chance, and by five of
    the bad each."""
    rng = np.random.default_rng(1)
    table = np.column_stack((TRUTH + rng.normal(0, 0.7, COUNT), rng.normal(size=COUNT)))
    rings = np.array_split(np.random.default_rng(2).permutation(np.flatnonzero(TRUTH)), TRUTH.sum() // 5)
    shared = [Thing("device", frozenset(ring.tolist())) for ring in rings]
    links = shared_links(World(COUNT, (*random_world(2, COUNT, 200, 20).things, *shared)))
    created = rng.uniform(0, 30, COUNT)
    return OwnInput(
        Features(("telling", "idle"), table.astype(np.float32)),
        list(split_kinds(links, BUILT_IN_KINDS, created))[:2],
        links,
        verdict,
        rng.integers(0, FOLD_COUNT, COUNT),
        ViewDeal(*(rng.integers(0, VIEW_FOLD_COUNT, COUNT) for _ in range(2)), created),
        np.full(COUNT, -1),
        rng.normal(size=COUNT) if base_odds is None else base_odds,
    )


def reviewed(share: float = 0.7) -> NDArray[np.int8]:
    labelled = np.random.default_rng(3).random(COUNT) < share
    return np.where(labelled, np.where(TRUTH, 1, -1), 0).astype(np.int8)


def caught() -> NDArray[np.int8]:
    few = np.random.default_rng(4).random(COUNT) < 0.4
    return np.where(few & TRUTH, 1, 0).astype(np.int8)


@pytest.mark.parametrize(
    ("bad", "good", "regime"),
    [
        (0, 0, Regime.NONE), (1, 0, Regime.SEEDS), (0, 500, Regime.SEEDS), (29, 500, Regime.SEEDS),
        (30, 0, Regime.CAUGHT), (30, 29, Regime.CAUGHT), (30, 30, Regime.REVIEWED), (69, 31, Regime.REVIEWED),
    ],
)  # fmt: skip
def test_how_many_labels_there_are_decides_what_they_are_good_for(
    bad: int, good: int, regime: Regime
) -> None:
    verdict = np.zeros(600, dtype=np.int8)
    verdict[:bad], verdict[bad : bad + good] = 1, -1
    assert choose_regime(verdict, PARAMS) is regime


def test_a_good_part_is_a_tenth_of_all() -> None:
    verdict = np.zeros(1000, dtype=np.int8)
    verdict[:50], verdict[50:99] = 1, -1
    assert choose_regime(verdict, PARAMS) is Regime.CAUGHT
    verdict[99] = -1
    assert choose_regime(verdict, PARAMS) is Regime.REVIEWED


@pytest.mark.parametrize("count", [0, 600])
def test_without_enough_labels_what_was_thought_stays(count: int) -> None:
    given_now = asked(np.zeros(COUNT, dtype=np.int8))
    if count == 0:
        nobody = np.empty(0, dtype=np.int64)
        none = Features(("a",), np.empty((0, 1), dtype=np.float32))
        nothing = shared_links(world_of(0, {}))
        deal = ViewDeal(nobody, nobody, np.empty(0))
        given_now = OwnInput(none, [], nothing, np.empty(0, dtype=np.int8), nobody, deal, nobody, np.empty(0))
    found = learn_from_labels(given_now, PARAMS)
    assert found.regime is Regime.NONE
    assert found.odds.tobytes() == given_now.base_odds.tobytes()
    assert found.mean_share() == 0


@pytest.mark.parametrize("verdict", [reviewed(), caught()], ids=["reviewed", "caught"])
def test_no_score_hears_of_a_label_of_its_own_fold(verdict: NDArray[np.int8]) -> None:
    given_now = asked(verdict)
    before = learn_from_labels(given_now, PARAMS)
    inside = given_now.fold == 1
    bad, good = np.flatnonzero(inside & (verdict == 1)), np.flatnonzero(inside & (verdict == -1))
    many = max(min(len(bad), len(good)), 1)  # as many of each, so that the regime stays
    turned = verdict.copy()
    turned[bad[:many]] = -1
    turned[good[:many]] = 1
    after = learn_from_labels(replace(given_now, verdict=turned), PARAMS)
    assert after.regime is before.regime
    own = (verdict != 0) & inside
    assert after.odds[own].tobytes() == before.odds[own].tobytes()
    assert after.odds[~inside].tobytes() != before.odds[~inside].tobytes()


def test_reviewed_labels_teach_odds_that_mean_what_they_say() -> None:
    verdict = reviewed()
    found = learn_from_labels(asked(verdict), PARAMS)
    assert found.regime is Regime.REVIEWED
    assert found.mean_share() == 1
    for rows in (verdict != 0, verdict == 0):
        assert roc_auc_score(TRUTH[rows], found.odds[rows]) > 0.75
        assert expit(found.odds[rows]).mean() == pytest.approx(TRUTH[rows].mean(), abs=0.08)


def test_boosters_that_are_not_told_hear_nothing_of_what_others_labels_say() -> None:
    alone = replace(asked(reviewed()), by_kind=[])
    params = replace(PARAMS, untold_share=1.0)
    nothing = replace(alone, links=shared_links(world_of(COUNT, {})))
    told, untold = (
        [learn_from_labels(each, asks).odds for each in (alone, nothing)] for asks in (PARAMS, params)
    )
    assert untold[0].tobytes() == untold[1].tobytes()
    assert told[0].tobytes() != told[1].tobytes()


def test_labels_that_say_nothing_order_nothing() -> None:
    verdict = reviewed(0.9)
    labelled = np.flatnonzero(verdict)
    verdict[labelled] = np.random.default_rng(5).permutation(verdict[labelled])
    found = learn_from_labels(asked(verdict), PARAMS)
    bad, good = int((verdict == 1).sum()), int((verdict == -1).sum())
    deviation = np.sqrt((bad + good + 1) / (12 * bad * good))
    auroc = measure_auroc(found.odds[labelled], verdict[labelled] == 1)
    assert abs(auroc - 0.5) < 2.6 * deviation  # 99 % of what chance gives


def half_blind() -> NDArray[np.float64]:
    return TRUTH + np.random.default_rng(7).normal(0, 1.5, COUNT)


def test_the_caught_are_learned_from_by_half_where_that_orders_all_better() -> None:
    thought = half_blind()
    found = learn_from_labels(asked(caught(), thought), PARAMS)
    assert found.regime is Regime.CAUGHT
    assert found.own_share == (PARAMS.most_share,) * FOLD_COUNT
    free = caught() == 0
    assert measure_auroc(found.odds[free], TRUTH[free]) > measure_auroc(thought[free], TRUTH[free]) + 0.05


def test_what_tells_the_caught_and_not_their_company_is_no_lesson() -> None:
    """As where who was caught has done nothing since."""
    verdict = caught()
    stopped = np.where(np.random.default_rng(8).random(COUNT) < 0.05, verdict == 0, verdict == 1)
    idle = np.random.default_rng(9).normal(size=COUNT)
    table = Features(("stopped", "idle"), np.column_stack((stopped, idle)).astype(np.float32))
    found = learn_from_labels(replace(asked(verdict, half_blind()), features=table), PARAMS)
    assert found.own_share == (0.0,) * FOLD_COUNT


def test_the_caught_teach_nothing_where_nobody_shares_anything_with_them() -> None:
    alone = replace(asked(caught(), half_blind()), links=shared_links(world_of(COUNT, {})))
    assert learn_from_labels(alone, PARAMS).own_share == (0.0,) * FOLD_COUNT


def test_what_was_thought_stays_where_the_caught_teach_less() -> None:
    knows = np.where(TRUTH, 3.0, -3.0) + np.random.default_rng(6).normal(size=COUNT)
    found = learn_from_labels(asked(caught(), knows), PARAMS)
    assert found.own_share == (0.0,) * FOLD_COUNT
    assert found.odds.tobytes() == knows.tobytes()


def test_the_same_labels_teach_the_same() -> None:
    one, other = (learn_from_labels(asked(caught(), half_blind()), PARAMS) for _ in range(2))
    assert one.odds.tobytes() == other.odds.tobytes()
