"""What is learned from pairs that nobody has labelled, against worlds whose shares are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graphrisk.graph.trust import Agreement, CandidatePairs, agreement_llr, learn_trust

ACCOUNTS, MATCHES, OTHERS = 4000, 600, 6000
TRUE = np.array([[0.7, 0.2, 0.05, 0.05], [0.5, 0.1, 0.1, 0.3], [0.85, 0.05, 0.02, 0.08]])
CHANCE = np.array([[0.01, 0.02, 0.04], [0.005, 0.01, 0.03], [0.02, 0.03, 0.05]])  # at a level
START = np.array([0.6, 0.15, 0.05, 0.2])


def drawn_pairs(seed: int) -> tuple[list[Agreement], CandidatePairs]:
    """Pairs of accounts of their own each, the first MATCHES of one operator; three kinds."""
    rng = np.random.default_rng(seed)
    agreements = []
    for true, chance in zip(TRUE, CHANCE, strict=True):
        by_chance = np.append(chance, 1 - chance.sum())
        level = np.concatenate((rng.choice(4, MATCHES, p=true), rng.choice(4, OTHERS, p=by_chance)))
        near = np.append(chance, 1.0)[level] * (ACCOUNTS - 1)
        level[rng.random(len(level)) < 0.1] = -1
        agreements.append(
            Agreement(level.astype(np.int8), near, ACCOUNTS - 1, START, by_chance[-1], counts_against=True)
        )
    ends = np.arange(MATCHES + OTHERS, dtype=np.int32)
    return agreements, CandidatePairs(ends, ends, np.full(len(ends), 4.0), len(ends))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_shares_of_the_levels_come_back(seed: int) -> None:
    agreements, pairs = drawn_pairs(seed)
    learned = learn_trust(agreements, pairs, -4.0 - math.log(OTHERS / MATCHES), learns_prior=False)
    for share, true in zip(learned.match_shares, TRUE, strict=True):
        assert share == pytest.approx(true, abs=0.05)
        assert share.sum() == pytest.approx(1.0, abs=1e-3)


def test_the_prior_is_learned_where_it_is_not_given() -> None:
    agreements, pairs = drawn_pairs(3)
    wrong = -4.0
    learned = learn_trust(agreements, pairs, wrong, learns_prior=True)
    believed = 1 / (1 + np.exp(-(pairs.known + sum(learned.llr) + learned.prior)))
    odds = believed.sum() / (pairs.account_count * (pairs.account_count - 1) / 2)
    assert learned.prior == pytest.approx(math.log(odds), abs=0.01)
    assert learn_trust(agreements, pairs, wrong, learns_prior=False).prior == wrong


def test_few_pairs_leave_what_is_usual() -> None:
    one = Agreement(np.array([0], np.int8), np.ones(1), 99, START, 0.9, counts_against=True)
    nobody = CandidatePairs(np.array([0], np.int32), np.array([1], np.int32), np.array([-50.0]), 100)
    assert learn_trust([one], nobody, -5.0, learns_prior=False).match_shares[0] == pytest.approx(START)


def test_without_pairs_or_kinds_nothing_is_learned() -> None:
    empty = np.empty(0, np.int32)
    none = CandidatePairs(empty, empty, np.empty(0), 10)
    agreement = Agreement(np.empty(0, np.int8), np.empty(0), 9, START, 0.9, counts_against=False)
    assert learn_trust([], none, -2.0, learns_prior=False).llr == ()
    assert learn_trust([agreement], none, -2.0, learns_prior=False).match_shares[0] == pytest.approx(START)


def test_those_of_one_operator_do_not_make_a_value_common() -> None:
    # Three accounts of one operator are all that have the value: by chance nobody has it, not two in a
    # hundred.
    pairs = CandidatePairs(
        np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32), np.full(3, 30.0), 101
    )
    agreement = Agreement(np.zeros(3, np.int8), np.full(3, 2.0), 100, START, 0.99, counts_against=False)
    learned = learn_trust([agreement], pairs, -5.0, learns_prior=False)
    assert learned.llr[0] == pytest.approx(np.log(learned.match_shares[0][0] * 100))


@pytest.mark.parametrize(
    ("level", "against", "expected"),
    [
        (0, True, math.log(0.6) + 3),
        (2, True, math.log(0.05) + 3),
        (3, True, math.log(0.2 / 0.9)),
        (3, False, 0.0),
        (-1, True, 0.0),
    ],
)
def test_a_level_says_what_the_formula_says(level: int, against: bool, expected: float) -> None:
    one = Agreement(np.array([level], np.int8), np.ones(1), 99, START, 0.9, counts_against=against)
    assert agreement_llr(one, START, np.array([3.0]))[0] == pytest.approx(expected)


def test_no_agreement_says_less_than_differing() -> None:
    one = Agreement(np.array([2], np.int8), np.ones(1), 99, START, 0.9, counts_against=True)
    assert agreement_llr(one, START, np.array([0.0]))[0] == pytest.approx(math.log(0.2 / 0.9))
    several = Agreement(np.array([2], np.int8), np.ones(1), 99, START, 0.9, counts_against=False)
    assert agreement_llr(several, START, np.array([0.0]))[0] == 0.0
