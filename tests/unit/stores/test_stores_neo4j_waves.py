"""Two writers share all relationships, and never a node, nor a relationship that joins their nodes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from graphrisk.stores.neo4j.waves import BUCKETS, split_in_waves

Pair = tuple[int, int]


def relationships(pairs: list[Pair], hubs: tuple[int, ...] = ()) -> pa.Table:
    """Ordered by start and end, those of hubs at the end."""
    ordered = sorted(pairs, key=lambda pair: (pair[1] in hubs, pair))
    return pa.table(
        {
            "start": pa.array([start for start, _ in ordered], pa.int64()),
            "end": pa.array([end for _, end in ordered], pa.int64()),
            "is_hub": pa.array([end in hubs for _, end in ordered], pa.bool_()),
        }
    )


def pairs_of(lane: pa.Table) -> list[Pair]:
    return list(zip(lane["start"].to_pylist(), lane["end"].to_pylist(), strict=True))


def random_pairs(starts: range, ends: range) -> list[Pair]:
    generator = np.random.default_rng(7)
    chosen = {(int(generator.choice(starts)), int(generator.choice(ends))) for _ in range(3_000)}
    return sorted(chosen)


LABELS = {
    "accounts and devices": (range(300), range(300, 700), False),
    "accounts": (range(400),) * 2 + (True,),
}


@pytest.mark.parametrize(("starts", "ends", "one_label"), LABELS.values(), ids=LABELS)
def test_two_writers_never_meet(starts: range, ends: range, one_label: bool) -> None:
    """Not at a node, nor at a relationship that joins a node of one with a node of the other."""
    written: set[Pair] = set()
    for lanes in split_in_waves(relationships(random_pairs(starts, ends)), one_label=one_label):
        touched = [{node for pair in pairs_of(lane) for node in pair} for lane in lanes]
        if len(lanes) == 2:
            assert not touched[0] & touched[1]
            joining = {(a, b) for a, b in written if {a in touched[0], b in touched[0]} == {True, False}}
            assert not [pair for pair in joining if touched[1] & {*pair}]
        written |= {pair for lane in lanes for pair in pairs_of(lane)}


@pytest.mark.parametrize(("starts", "ends", "one_label"), LABELS.values(), ids=LABELS)
def test_every_relationship_is_written_once_and_in_order(starts: range, ends: range, one_label: bool) -> None:
    rows = relationships(random_pairs(starts, ends))
    lanes = [lane for wave in split_in_waves(rows, one_label=one_label) for lane in wave]
    assert sorted(pair for lane in lanes for pair in pairs_of(lane)) == pairs_of(rows)
    assert all(pairs_of(lane) == sorted(pairs_of(lane)) for lane in lanes)


def test_most_of_the_time_both_write() -> None:
    """With as many relationships in every cell, and writers who are equally fast."""
    cells = list(product(range(BUCKETS), repeat=2))
    for one_label, seconds in ((False, 0.5625), (True, 0.75)):
        waves = split_in_waves(relationships(cells), one_label=one_label)
        assert sum(max(lane.num_rows for lane in wave) for wave in waves) == seconds * len(cells)


def test_hubs_come_last() -> None:
    hubs = (301, 302)
    rows = relationships(random_pairs(range(300), range(300, 310)), hubs)
    *_, (last,) = split_in_waves(rows, one_label=False)
    ends = last["end"].to_pylist()
    first_hub = next(at for at, end in enumerate(ends) if end in hubs)
    assert all(end in hubs for end in ends[first_hub:])
    assert ends.count(301) == rows["end"].to_pylist().count(301)


def test_nothing_makes_no_wave() -> None:
    assert [lane for wave in split_in_waves(relationships([]), one_label=False) for lane in wave] == []
