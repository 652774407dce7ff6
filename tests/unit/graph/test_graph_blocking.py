"""Candidate pairs against a brute-force twin that looks at every pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.blocking import combine_keys, pair_by_keys

rows = st.lists(st.tuples(st.integers(0, 8), st.integers(-3, 3)), max_size=30)


def paired(rows: list[tuple[int, int]], cap: int) -> tuple[set[tuple[int, int]], int]:
    item, key = (np.array([row[side] for row in rows], dtype=np.int64) for side in (0, 1))
    found = pair_by_keys(item, key, block_cap=cap)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return set(pairs), found.skipped_block_count


@given(rows, st.integers(2, 6))
def test_items_are_paired_where_they_agree_in_a_key_of_few(rows: list[tuple[int, int]], cap: int) -> None:
    blocks = [{item for item, key in rows if key == of} for of in {key for _, key in rows}]
    wanted = {pair for block in blocks if len(block) <= cap for pair in combinations(sorted(block), 2)}
    assert paired(rows, cap) == (wanted, sum(len(block) > cap for block in blocks))


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(rows: list[tuple[int, int]], random: st.DataObject) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert paired(rows, 4) == paired(shuffled, 4)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_combined_keys_are_equal_only_where_all_parts_are(parts: int) -> None:
    grid = np.stack(np.meshgrid(*([np.arange(20)] * parts)), axis=-1).reshape(-1, parts)
    keys = combine_keys(*grid.T)
    assert len(np.unique(keys)) == len(grid)
    assert (combine_keys(*grid.T) == keys).all()


def test_combined_keys_tell_which_part_is_which() -> None:
    one, two = np.array([1]), np.array([2])
    assert combine_keys(one, two)[0] != combine_keys(two, one)[0]
