"""The figures of linked records, counted by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import addresses
import records

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("GRAPHRISK_DATA", ROOT.parent / "shared" / "data")) / "person_records"


def test_pairs_are_counted_by_person_and_a_false_one_half_for_each() -> None:
    # persons 0: records 0, 1, 2; 1: record 3; found 0 with 1, and 2 with 3
    true, right, said = records.pair_counts(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    assert (true.tolist(), right.tolist(), said.tolist()) == ([3, 0], [1, 0], [1.5, 0.5])
    assert [float(value) for value in records.scores(true.sum(), right.sum(), said.sum())] == [
        pytest.approx(1 / 2), pytest.approx(1 / 3), pytest.approx(2 / 5)
    ]  # fmt: skip


def test_pairs_of_texts_without_a_group_are_not_found() -> None:
    assert addresses.count_pairs(np.array([0, 0, -1, -1]), np.array([5, 5, 5, 6])) == (1, 1, 3)


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize(("name", "least_f1"), [("FEBRL 3", 0.95), ("fake_1000", 0.9), ("RLdata10000", 0.9)])
def test_records_of_a_person_are_found_by_configuration_alone(
    name: str, least_f1: float, tmp_path: Path
) -> None:
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here; GRAPHRISK_DATA says where the data is")
    (chosen,) = (each for each in records.SETS if each.name == name)
    ours, *others = records.measure(chosen, DATA, tmp_path)
    assert ours.f1[0] >= least_f1
    assert ours.f1[1] > max(other.f1[2] for other in others)
