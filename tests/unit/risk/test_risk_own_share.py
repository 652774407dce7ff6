"""Whom the labels of the caught reach, and what an opinion is worth that was learned from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from small_worlds import random_world, shared_links, world_of

from graphrisk.risk.folds import FOLD_COUNT
from graphrisk.risk.own_share import LabelReach, measure_auroc, measure_lead, mix_opinions

PAIRS = shared_links(world_of(40, {"device": [[0, 1], [2, 3], [4, 5]]}))
VERDICT = np.zeros(40, dtype=np.int8)
VERDICT[[0, 2]], VERDICT[4] = 1, -1
FOLD = np.arange(40) // 2 % FOLD_COUNT  # of the pairs: 0, 1, 2


def test_company_is_who_shares_something_with_the_caught_and_has_no_label() -> None:
    reach = LabelReach.of(PAIRS, VERDICT, FOLD, deviations=3.0)
    assert np.flatnonzero(reach.company(())).tolist() == [1, 3]


def test_nobody_is_the_company_of_those_whose_labels_are_hidden() -> None:
    reach = LabelReach.of(PAIRS, VERDICT, FOLD, deviations=3.0)
    assert np.flatnonzero(reach.company((0,))).tolist() == [3]
    assert not reach.company((0, 1)).any()


@pytest.mark.parametrize("hidden", range(FOLD_COUNT))
def test_hidden_labels_change_nobodys_company(hidden: int) -> None:
    rng = np.random.default_rng(hidden)
    links, fold = shared_links(random_world(3, 300, 200, 20)), rng.integers(0, FOLD_COUNT, 300)
    verdict = rng.choice(np.array([-1, 0, 1], dtype=np.int8), 300, p=[0.1, 0.6, 0.3])
    turned = np.where(fold == hidden, -verdict, verdict).astype(np.int8)
    before, after = (LabelReach.of(links, each, fold, 1.0) for each in (verdict, turned))
    assert before.company((hidden,)).any()
    assert (before.company((hidden,)) == after.company((hidden,))).all()
    assert (before.company(()) != after.company(())).any()


def test_without_labels_or_accounts_nobody_is_anybodys_company() -> None:
    assert not LabelReach.of(PAIRS, np.zeros(40, np.int8), FOLD, 3.0).company(()).any()
    nobody = shared_links(world_of(0, {}))
    assert len(LabelReach.of(nobody, np.empty(0, np.int8), np.empty(0, np.int64), 3.0).company(())) == 0


def test_mixed_opinions_keep_the_scale_of_what_was_thought() -> None:
    rng = np.random.default_rng(0)
    thought, learned = rng.normal(-3, 2, 500), rng.normal(10, 7, 500)
    whole = mix_opinions(thought, learned, 1.0)
    assert (mix_opinions(thought, learned, 0.0) == thought).all()
    assert whole.mean() == pytest.approx(thought.mean())
    assert whole.std() == pytest.approx(thought.std())
    assert (np.argsort(whole) == np.argsort(learned)).all()
    assert mix_opinions(thought, np.zeros(500), 1.0) == pytest.approx(np.full(500, thought.mean()))


def test_a_lead_at_the_caught_alone_is_none() -> None:
    caught, company = np.arange(100) < 10, (np.arange(100) >= 10) & (np.arange(100) < 20)
    thought = np.random.default_rng(1).normal(size=100) + (caught | company)
    sign = thought + 9.0 * caught
    assert measure_lead(thought, sign, caught, company) == 0
    assert measure_lead(thought, sign + 9.0 * company, caught, company) > 0.05
    assert measure_lead(thought, thought + 9.0 * company, caught, company) <= 0


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_auroc_is_that_of_scikit_learn_ties_included(drawn: list[tuple[int, bool]]) -> None:
    score, target = np.array([float(at) for at, _ in drawn]), np.array([bad for _, bad in drawn])
    found = measure_auroc(score, target)
    if target.all() or not target.any():
        assert found == 0.5
    else:
        assert found == pytest.approx(roc_auc_score(target, score))


def test_auroc_of_nobody_is_one_half() -> None:
    assert measure_auroc(np.empty(0), np.empty(0, dtype=np.bool_)) == 0.5
