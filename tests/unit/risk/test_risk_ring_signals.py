"""Points and sentences of rings: they add up, by the prior and by the table of signals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import logit
from small_worlds import known_accounts, random_world, shared_links

from graphrisk.graph.components import Partition
from graphrisk.risk.accounts import assess_accounts
from graphrisk.risk.features import Features
from graphrisk.risk.ring_signals import judge_rings, tell_signals
from graphrisk.risk.signals import BASE_POINTS
from graphrisk.workspace.prior_files import read_prior


def described() -> Features:
    """A tight ring of three, and a couple that might be one by chance; then forty drawn by chance."""
    names = read_prior().rings.names
    told = [
        [math.log(3), 0.8, 0.5, 3, 1.4, 1, 2.5, 0.99, 0, 1.2, 4, 0.9],
        [math.log(2), 0.2, -3, -1, -2, 0, 0.1, 0.1, 0.5, 0.5, -1, 0.1],
    ]
    drawn = np.random.default_rng(0).uniform(0, 2, (40, len(names)))
    return Features(names, np.vstack((told, drawn)).astype(np.float32))


def test_points_are_contributions_that_add_up_to_the_score() -> None:
    found = judge_rings(read_prior(), described())
    assert found.names[-1] == "base"
    assert found.points.sum(axis=1) == pytest.approx(logit(found.score), abs=1e-6)
    assert found.points.sum(axis=1) == pytest.approx(read_prior().rings.predict(described()), abs=1e-6)
    assert found.values[:, :-1] == pytest.approx(described().values)
    assert {len(each) for each in found.sentences} == {len(found.names)}
    assert found.sentences[0][0] == "3 accounts"
    assert found.sentences[0][8] == "0 % of those who hold these things are others"
    assert found.sentences[1][10] == "sharing this much could be chance"
    assert found.score[0] > found.score[1]


def test_the_table_of_signals_adds_up_to_the_score() -> None:
    links = shared_links(world := random_world(1, 60, 40, 10))
    groups = Partition(np.repeat(np.arange(20, dtype=np.int32), 3))
    belief = np.random.default_rng(1).normal(size=60)
    risks = assess_accounts(links, known_accounts(world, {0: 1, 4: -1}), groups, belief)
    found = tell_signals(risks.facts, np.arange(20))
    assert found.points.sum(axis=1) - BASE_POINTS == pytest.approx(logit(found.score), abs=1e-6)


def test_chosen_rings_keep_their_order_and_their_words() -> None:
    found = judge_rings(read_prior(), described())
    turned = found.of(np.array([1, 0]))
    assert turned.score.tolist() == found.score[[1, 0]].tolist()
    assert turned.sentences == found.sentences[1::-1]
    assert turned.points.tobytes() == found.points[[1, 0]].tobytes()
