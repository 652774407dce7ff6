"""Measures against their definitions, written out slowly, and against scikit-learn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from graphrisk.evaluate.membership import NO_RING, Membership, find_best_jaccards
from graphrisk.evaluate.metrics import (
    Ranking,
    count_into,
    divide,
    harmonic_mean,
    measure_ranking,
    sum_over_rings,
    take_top,
)


def partition(labels: list[int]) -> tuple[np.ndarray, int]:
    """Rings renumbered 0..r-1, so that each has a member."""
    values = np.array(labels, dtype=np.int64)
    there = np.unique(values[values != NO_RING])
    return np.where(values == NO_RING, NO_RING, np.searchsorted(there, values)), there.size


PARTITIONS = st.integers(0, 14).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-1, 4), min_size=n, max_size=n)] * 2)
)


@given(PARTITIONS)
def test_bcubed_equals_its_definition_account_by_account(labels: tuple[list[int], list[int]]) -> None:
    (true, true_count), (found, found_count) = partition(labels[0]), partition(labels[1])
    precisions, recalls = [], []
    for a in np.flatnonzero(true != NO_RING):
        truth = {b for b in range(true.size) if true[b] == true[a]}
        claim = {b for b in range(true.size) if found[b] == found[a]} if found[a] != NO_RING else {a}
        precisions.append(len(truth & claim) / len(claim))
        recalls.append(len(truth & claim) / len(truth))
    sums = sum_over_rings(true, found, true_count, found_count)
    assert sums.bcubed_precision.sum() == pytest.approx(sum(precisions))
    assert sums.bcubed_recall.sum() == pytest.approx(sum(recalls))
    assert sums.true_sizes.sum() == len(precisions)


@given(PARTITIONS)
def test_pairs_equal_a_count_over_all_pairs(labels: tuple[list[int], list[int]]) -> None:
    (true, true_count), (found, found_count) = partition(labels[0]), partition(labels[1])
    pairs = list(combinations(range(true.size), 2))
    in_true = {(a, b) for a, b in pairs if true[a] == true[b] != NO_RING}
    in_found = {(a, b) for a, b in pairs if found[a] == found[b] != NO_RING}
    sums = sum_over_rings(true, found, true_count, found_count)
    assert sums.true_pairs.sum() == len(in_true)
    assert sums.found_pairs.sum() == len(in_found)
    assert sums.true_pairs_in_both.sum() == sums.found_pairs_in_both.sum() == len(in_true & in_found)


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=14))
def test_finding_the_truth_itself_is_perfect(labels: list[int]) -> None:
    true, count = partition(labels)
    sums = sum_over_rings(true, true, count, count)
    np.testing.assert_allclose(sums.bcubed_precision, sums.true_sizes)
    np.testing.assert_allclose(sums.bcubed_recall, sums.true_sizes)


def test_an_innocent_in_the_ring_lowers_bcubed_precision_but_not_recall() -> None:
    true = np.array([0, 0, 0, NO_RING])
    found = np.array([0, 0, 0, 0])
    sums = sum_over_rings(true, found, 1, 1)
    assert sums.bcubed_precision[0] / sums.true_sizes[0] == pytest.approx(3 / 4)
    assert sums.bcubed_recall[0] / sums.true_sizes[0] == 1


def test_finding_nothing_has_full_bcubed_precision_and_the_recall_of_singletons() -> None:
    true = np.array([0, 0, 0, 0])
    sums = sum_over_rings(true, np.full(4, NO_RING), 1, 0)
    assert sums.bcubed_precision[0] == 4
    assert sums.bcubed_recall[0] == pytest.approx(1.0)  # 4 accounts, a quarter each


SETS = st.lists(st.sets(st.integers(0, 8), min_size=1), max_size=5)


def membership(rings: list[set[int]]) -> Membership:
    rows = np.array([(r, a) for r, ring in enumerate(rings) for a in ring], dtype=np.int64).reshape(-1, 2)
    return Membership.of(rows[:, 0], rows[:, 1], len(rings))


@given(SETS, SETS)
def test_best_jaccards_equal_a_search_over_all_pairs_of_rings(
    true: list[set[int]], found: list[set[int]]
) -> None:
    best_true, best_found = find_best_jaccards(membership(true), membership(found))
    slow_true = [max((len(t & f) / len(t | f) for f in found), default=0.0) for t in true]
    slow_found = [max((len(t & f) / len(t | f) for t in true), default=0.0) for f in found]
    np.testing.assert_allclose(best_true, slow_true)
    np.testing.assert_allclose(best_found, slow_found)


@given(SETS)
def test_an_account_in_several_rings_counts_in_the_first(rings: list[set[int]]) -> None:
    first = membership(rings).first_rings(9)
    slow = [next((r for r, ring in enumerate(rings) if a in ring), NO_RING) for a in range(9)]
    assert first.tolist() == slow


def test_a_ring_without_a_member_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a member"):
        Membership.of(np.array([1]), np.array([0]), 2)


def ranking(bad: list[float], innocent: list[float]) -> tuple[float, float]:
    levels = Ranking.of(np.array(bad), np.array(innocent))
    ap, auroc = measure_ranking(
        count_into(levels.level_of_bad, levels.level_count)[None, :],
        count_into(levels.bucket_of_innocent, 2 * levels.level_count + 1)[None, :],
    )
    return float(ap[0]), float(auroc[0])


TIED_SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30)


@given(TIED_SCORES, TIED_SCORES)
def test_ap_and_auroc_equal_those_of_scikit_learn_with_ties(bad: list[float], innocent: list[float]) -> None:
    y = np.array([1] * len(bad) + [0] * len(innocent))
    scores = np.array(bad + innocent)
    ap, auroc = ranking(bad, innocent)
    assert ap == pytest.approx(average_precision_score(y, scores))
    assert auroc == pytest.approx(roc_auc_score(y, scores))


@settings(max_examples=50)
@given(st.data())
def test_weighted_ap_and_auroc_equal_those_of_scikit_learn(data: st.DataObject) -> None:
    bad, innocent = data.draw(TIED_SCORES), data.draw(TIED_SCORES)
    counts = st.integers(1, 4)
    bad_weight = np.array(data.draw(st.lists(counts, min_size=len(bad), max_size=len(bad))), dtype=float)
    innocent_weight = np.array(
        data.draw(st.lists(counts, min_size=len(innocent), max_size=len(innocent))), dtype=float
    )
    levels = Ranking.of(np.array(bad), np.array(innocent))
    by_level = np.bincount(levels.level_of_bad, weights=bad_weight, minlength=levels.level_count)
    by_bucket = np.bincount(
        levels.bucket_of_innocent, weights=innocent_weight, minlength=2 * levels.level_count + 1
    )
    ap, auroc = measure_ranking(by_level[None, :], by_bucket[None, :])
    y = np.array([1] * len(bad) + [0] * len(innocent))
    scores, weight = np.array(bad + innocent), np.concatenate([bad_weight, innocent_weight])
    assert ap[0] == pytest.approx(average_precision_score(y, scores, sample_weight=weight))
    assert auroc[0] == pytest.approx(roc_auc_score(y, scores, sample_weight=weight))


@pytest.mark.parametrize(("bad", "innocent"), [([], []), ([], [0.3]), ([0.3], [])])
def test_auroc_without_both_kinds_is_nan(bad: list[float], innocent: list[float]) -> None:
    assert np.isnan(ranking(bad, innocent)[1])


def test_ap_is_nan_without_bad_accounts_and_one_without_innocents() -> None:
    assert np.isnan(ranking([], [0.1, 0.2])[0])
    assert ranking([0.1, 0.2], [])[0] == 1


@given(
    st.lists(st.tuples(st.sampled_from([1.0, 2.0, 3.0]), st.booleans()), min_size=1, max_size=7),
    st.integers(1, 9),
)
def test_top_k_equals_the_mean_over_all_orders_of_ties(rings: list[tuple[float, bool]], k: int) -> None:
    """Expectation over random orders inside ties = mean over groups, taken group by group from the top."""
    scores = np.array([s for s, _ in rings])
    right = np.array([r for _, r in rings])
    remaining, hits, taken = k, 0.0, 0
    for score in sorted(set(scores), reverse=True):
        group = right[scores == score]
        take = min(remaining, group.size)
        hits += take * group.mean()
        taken += take
        remaining -= take
    assert take_top(scores, right, np.ones((1, scores.size)), k)[0] == pytest.approx(hits / taken)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=8))
def test_a_ring_of_weight_w_counts_like_w_rings(rings: list[tuple[int, bool, int]]) -> None:
    scores = np.array([float(s) for s, _, _ in rings])
    right = np.array([r for _, r, _ in rings])
    weights = np.array([float(w) for _, _, w in rings])
    copies = np.repeat(np.arange(scores.size), weights.astype(int))
    weighted = take_top(scores, right, weights[None, :], 3)
    copied = take_top(scores[copies], right[copies], np.ones((1, copies.size)), 3)
    np.testing.assert_allclose(weighted, copied)


def test_top_k_of_no_rings_is_nan() -> None:
    assert np.isnan(take_top(np.zeros(0), np.zeros(0, dtype=bool), np.ones((2, 0)), 5)).all()


def test_division_by_zero_is_nan_and_f1_of_nothing_claimed_is_zero() -> None:
    nothing, zero = divide(np.zeros(1), np.zeros(1)), np.zeros(1)
    assert np.isnan(nothing[0])
    assert harmonic_mean(nothing, zero)[0] == 0
    assert np.isnan(harmonic_mean(zero, nothing)[0])
    assert harmonic_mean(np.array([0.5]), np.array([1.0]))[0] == pytest.approx(2 / 3)
