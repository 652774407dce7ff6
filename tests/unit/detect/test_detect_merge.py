"""Candidates of all detectors into rings, by the rule that merge.py states."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.merge import JointCandidate, MergedRings, MergeParams, merge_candidates
from graphrisk.graph.components import Partition
from graphrisk.model.rings import Detector

IDENTITY, LOCKSTEP, DENSE, CASH_OUT, CIRCULAR = Detector


def found(detector: Detector, *groups: set[int]) -> Candidates:
    return Candidates.of(detector, ((group, 1.0) for group in groups))


def merged(*candidates: Candidates, params: MergeParams | None = None) -> list[tuple[set[int], str]]:
    """Members and the detectors' names of each ring. The first candidates are the identity detector's."""
    rings = merge_candidates(candidates[0], candidates[1:], params or MergeParams())
    return told(rings)


def told(rings: MergedRings) -> list[tuple[set[int], str]]:
    return [
        (set(group.tolist()), " ".join(names))
        for group, names in zip(rings.communities(), rings.detectors, strict=True)
    ]


def test_a_candidate_supports_the_ring_that_it_shares_half_of_the_smaller_with() -> None:
    ring, half, less = {0, 1, 2, 3}, {2, 3, 8, 9, 10}, {3, 11, 12}
    assert merged(found(IDENTITY, ring), found(CASH_OUT, half)) == [(ring, "identity cash_out")]
    assert merged(found(IDENTITY, ring), found(CASH_OUT, less)) == [(ring, "identity")]


def test_two_detectors_stand_without_identity_and_one_does_not() -> None:
    lockstep, cash = found(LOCKSTEP, {1, 2, 3, 4}), found(CASH_OUT, {2, 3, 4, 5, 6})
    assert merged(found(IDENTITY), lockstep, cash) == [({2, 3, 4}, "lockstep cash_out")]
    assert merged(found(IDENTITY), lockstep) == []
    trusting = MergeParams(alone=frozenset({LOCKSTEP}))
    assert merged(found(IDENTITY), lockstep, params=trusting) == [({1, 2, 3, 4}, "lockstep")]


def test_two_candidates_of_one_detector_do_not_support_each_other() -> None:
    assert merged(found(IDENTITY), found(CASH_OUT, {1, 2, 3}, {1, 2, 3, 4})) == []


def test_two_cells_that_one_candidate_covers_stay_two_and_are_told_together() -> None:
    cells = found(IDENTITY, {0, 1, 2}, {5, 6, 7})
    rings = merge_candidates(cells, [found(CASH_OUT, {1, 2, 5, 6})], MergeParams())
    assert told(rings) == [({0, 1, 2}, "identity cash_out"), ({5, 6, 7}, "identity cash_out")]
    assert rings.joint == (JointCandidate(CASH_OUT, (0, 1), (1, 2, 5, 6)),)


def test_a_widening_detector_brings_accounts_without_a_ring_into_the_one_that_it_supports() -> None:
    cells = found(IDENTITY, {0, 1, 2}, {5, 6, 7})
    cash = found(CASH_OUT, {1, 2, 5, 9})
    wide = MergeParams(widening=frozenset({CASH_OUT}))
    assert merged(cells, cash, params=wide)[0] == ({0, 1, 2, 9}, "identity cash_out")
    both = found(CASH_OUT, {1, 2, 5, 6, 9})
    assert merged(cells, both, params=wide)[0] == ({0, 1, 2}, "identity cash_out")


def test_what_stands_by_itself_takes_nobody_out_of_an_identity_ring() -> None:
    ring = {0, 1, 2, 3, 4, 5, 6}
    lockstep, cash = found(LOCKSTEP, {6, 10, 11, 12}), found(CASH_OUT, {6, 10, 11, 12, 13})
    assert merged(found(IDENTITY, ring), lockstep, cash)[1] == ({10, 11, 12}, "lockstep cash_out")
    small = found(LOCKSTEP, {5, 6, 10, 11, 12}), found(CASH_OUT, {5, 6, 10, 11})
    assert len(merged(found(IDENTITY, ring | {14, 15}), small[0])) == 1


def test_nothing_merges_into_nothing() -> None:
    rings = merge_candidates(found(IDENTITY), [], MergeParams())
    assert told(rings) == []
    assert rings.rings.starts.tolist() == [0]


GROUPS = st.lists(st.frozensets(st.integers(0, 15), min_size=2, max_size=6), max_size=5)


@given(
    GROUPS, GROUPS, GROUPS, st.frozensets(st.sampled_from(list(Detector))), st.randoms(use_true_random=False)
)
def test_rings_are_disjoint_keep_the_identity_rings_and_do_not_depend_on_the_order(
    cells, first, second, alone, random
) -> None:  # type: ignore[no-untyped-def]
    label = np.full(16, -1, dtype=np.int32)
    for number, cell in enumerate(cells):
        label[[account for account in cell if label[account] < 0]] = number
    groups = [set(np.flatnonzero(label == number).tolist()) for number in range(len(cells))]
    identity = found(IDENTITY, *(group for group in groups if group))
    others = [found(LOCKSTEP, *first), found(CASH_OUT, *second)]
    params = MergeParams(alone=alone)
    rings = merge_candidates(identity, others, params)
    assert len(set(rings.rings.members.tolist())) == len(rings.rings.members)
    kept = [set(group.tolist()) for group in rings.communities()][: identity.community_count]
    assert kept == [set(group.tolist()) for group in identity.communities()]
    assert all(len(group) >= 3 for group in rings.communities()[identity.community_count :])
    assert told(merge_candidates(identity, others[::-1], params)) == told(rings)
    shuffled = [found(LOCKSTEP, *random.sample(first, len(first))), others[1]]
    assert told(merge_candidates(identity, shuffled, params)) == told(rings)


def test_candidates_are_sorted_and_of_equal_ones_the_strongest_is_kept() -> None:
    candidates = Candidates.of(CASH_OUT, [([5, 4], 1.0), ([2, 1, 1], 3.0), ([4, 5], 2.0)])
    assert candidates.members.tolist() == [1, 2, 4, 5]
    assert candidates.starts.tolist() == [0, 2, 4]
    assert candidates.strength.tolist() == [3.0, 2.0]
    assert candidates.only(np.array([False, True])).members.tolist() == [4, 5]


def test_the_groups_of_a_partition_are_candidates() -> None:
    partition = Partition(np.array([0, -1, 0, 1, 1], dtype=np.int32))
    candidates = Candidates.of_partition(LOCKSTEP, partition, np.array([0.5, 0.7]))
    assert [group.tolist() for group in candidates.communities()] == [[0, 2], [3, 4]]


def test_the_identity_detector_has_one_name() -> None:
    assert Detector.IDENTITY.value == "identity"
