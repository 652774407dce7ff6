"""Which ring carries which name on, held against every assignment there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.registry.carriers import RingCarriers
from graphrisk.registry.matching import Overlap, assign_names, measure_overlap, value_pairs
from graphrisk.registry.memory import Memory, NamePast
from graphrisk.registry.params import NameParams

PARAMS = NameParams()


def carriers(*rings: dict[int, float]) -> RingCarriers:
    rows = [(at, account, weight) for at, ring in enumerate(rings) for account, weight in ring.items()]
    ring, account, weight = ([row[k] for row in rows] for k in range(3))
    names = tuple(f"RING-{at}" for at in range(len(rings)))
    return RingCarriers.of(
        names,
        np.array(ring, dtype=np.int64),
        np.array(account, dtype=np.int64),
        np.array(weight, dtype=float),
    )


def names_past(*missed: int, dissolved: tuple[int, ...] = ()) -> NamePast:
    count = len(missed)
    gone = np.isin(np.arange(count), dissolved)
    names = tuple(f"RING-N{at}" for at in range(count))
    return NamePast(names, np.array(missed, dtype=np.int64), np.full(count, 3), np.full(count, -1), gone)


def remembering(*names: dict[int, float], carried: bool = True, elsewhere: float = 0.0) -> Memory:
    """elsewhere: what each name remembers of accounts that are in no ring now."""
    rows = [
        (at, account, weight) for at, name in enumerate(names) for account, weight in sorted(name.items())
    ]
    name, account = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(2))
    weight = np.array([row[2] for row in rows], dtype=np.float64)
    total = np.bincount(name, weight, len(names)) + elsewhere
    return Memory(name, account, weight, weight if carried else np.zeros_like(weight), total)


def pairs_of(value: dict[tuple[int, int], int]) -> tuple[Overlap, np.ndarray]:
    """Only what assign_names reads."""
    keys = sorted(value)
    ring, name = (np.array([key[k] for key in keys], dtype=np.int64) for k in range(2))
    nothing = np.zeros(len(keys))
    return Overlap(ring, name, nothing, nothing, nothing, nothing), np.array(
        [value[key] for key in keys], dtype=np.int64
    )


def ones(*accounts: int) -> dict[int, float]:
    return dict.fromkeys(accounts, 1.0)


def assigned(rings: RingCarriers, name_count: int, value: dict[tuple[int, int], int]) -> list[int]:
    overlap, worth = pairs_of(value)
    return assign_names(rings, name_count, overlap, worth).tolist()


WORTH = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)), st.sampled_from([1, 2, 2, 3, 1000, 300_000]), max_size=12
)


@given(WORTH)
def test_no_assignment_is_worth_more(value: dict[tuple[int, int], int]) -> None:
    rings = carriers(*(ones(at) for at in range(4)))
    found = assigned(rings, 4, value)
    chosen = [(ring, name) for ring, name in enumerate(found) if name >= 0]
    assert set(chosen) <= set(value)
    assert len({name for _, name in chosen}) == len(chosen)
    every = (
        [(ring, name) for ring, name in enumerate(names) if name >= 0]
        for names in product((-1, 0, 1, 2, 3), repeat=4)
        if len({n for n in names if n >= 0}) == sum(n >= 0 for n in names)
    )
    best = max(sum(value[pair] for pair in pairs) for pairs in every if set(pairs) <= set(value))
    assert sum(value[pair] for pair in chosen) == best


def test_the_older_of_two_names_worth_the_same_stays() -> None:
    assert assigned(carriers(ones(1, 2)), 3, {(0, 1): 7, (0, 2): 7}) == [1]


def test_of_two_rings_worth_the_same_the_heavier_gets_the_name() -> None:
    assert assigned(carriers(ones(1, 2), ones(3, 4, 5)), 1, {(0, 0): 7, (1, 0): 7}) == [-1, 0]


def test_age_outweighs_no_quantum_of_worth() -> None:
    # eight rings and eight names contend, so that ranks add up to as much as they can
    value = {(ring, name): 100 for ring in range(8) for name in range(8)} | {(7, 8): 101}
    found = assigned(carriers(*(ones(at) for at in range(8))), 9, value)
    assert found[7] == 8


def test_two_names_are_swapped_where_that_keeps_more_accounts() -> None:
    # greedily name 0 would go to ring 0, and name 1 to nothing: 6; the other way round it is 5 + 5
    assert assigned(carriers(ones(0), ones(1)), 2, {(0, 0): 6, (0, 1): 5, (1, 0): 5}) == [1, 0]


def test_without_rings_or_names_nothing_is_assigned() -> None:
    assert assigned(carriers(), 3, {}) == []
    assert assigned(carriers(ones(1)), 0, {}) == [-1]


def test_the_overlap_is_the_lesser_of_both_weights() -> None:
    rings = carriers({0: 1.0, 1: 0.5, 2: 0.25}, {3: 1.0})
    memory = remembering({0: 0.5, 1: 1.0, 3: 0.25}, elsewhere=0.25)
    overlap = measure_overlap(rings, memory, 10)
    assert list(zip(overlap.ring.tolist(), overlap.name.tolist(), strict=True)) == [(0, 0), (1, 0)]
    assert overlap.remembered.tolist() == [0.5 + 0.5, 0.25]
    assert overlap.ring_share.tolist() == [1 / 1.75, 0.25]
    assert overlap.name_share.tolist() == [1 / 2.0, 0.125]


@pytest.mark.parametrize(
    ("missed", "common_count", "kept"), [(0, 2, True), (0, 1, False), (1, 2, False), (1, 3, True)]
)
def test_a_name_is_kept_for_two_of_five_and_given_back_for_three(
    missed: int, common_count: int, kept: bool
) -> None:
    rings = carriers(ones(*range(5)))
    memory = remembering(ones(*range(common_count)), elsewhere=5 - common_count)
    overlap = measure_overlap(rings, memory, 10)
    assert bool(value_pairs(overlap, names_past(missed), PARAMS)[0]) is kept


def test_a_ring_that_grew_tenfold_is_known_by_its_first_members() -> None:
    overlap = measure_overlap(carriers(ones(*range(50))), remembering(ones(*range(5))), 50)
    assert value_pairs(overlap, names_past(0), PARAMS)[0] > 0


def test_a_dissolved_name_is_never_given_again() -> None:
    overlap = measure_overlap(carriers(ones(0, 1)), remembering(ones(0, 1)), 10)
    assert value_pairs(overlap, names_past(12, dissolved=(0,)), PARAMS).tolist() == [0]


@pytest.mark.parametrize(("challenger_weight", "stays"), [(0.6, True), (0.625, True), (0.63, False)])
def test_a_challenger_must_remember_a_quarter_more_than_what_carries_the_name(
    challenger_weight: float, stays: bool
) -> None:
    # the incumbent remembers half of each of four accounts and was carried by as much: 2 + .25 * 2 = 2.5
    rings = carriers(ones(0, 1, 2, 3))
    name = np.repeat([0, 1], 4)
    remembered = np.repeat([0.5, challenger_weight], 4)
    memory = Memory(
        name, np.tile(np.arange(4), 2), remembered, np.repeat([0.5, 0.0], 4), np.bincount(name, remembered)
    )
    overlap = measure_overlap(rings, memory, 10)
    value = value_pairs(overlap, names_past(0, 3), PARAMS)
    assert assign_names(rings, 2, overlap, value).tolist() == [0 if stays else 1]
