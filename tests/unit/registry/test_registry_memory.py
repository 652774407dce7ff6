"""What names remember, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphrisk.detect.rings import CandidateRings
from graphrisk.registry.carriers import RingCarriers, weigh_carriers
from graphrisk.registry.memory import Appearances, Memory, NamePast, remember_names
from graphrisk.registry.params import NameParams

Row = tuple[int, int, int, int, float]  # name, account, age, runs of that time, weight


def past(*missed: int) -> NamePast:
    count = len(missed)
    return NamePast(
        tuple(f"RING-{at}" for at in range(count)),
        np.array(missed, dtype=np.int64),
        np.zeros(count, np.int64),
        np.full(count, -1),
        np.zeros(count, dtype=bool),
    )


def remembered(rows: list[Row], *missed: int) -> Memory:
    name, account, age, runs = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(4))
    weight = np.array([row[4] for row in rows], dtype=np.float64)
    return remember_names(past(*missed), Appearances(name, account, age, runs, weight), NameParams())


def as_dict(memory: Memory) -> dict[tuple[int, int], float]:
    keys = zip(memory.name.tolist(), memory.account.tolist(), strict=True)
    return dict(zip(keys, memory.remembered.tolist(), strict=True))


def test_an_appearance_counts_half_of_the_next_one() -> None:
    # three appearances weigh 1 + 1/2 + 1/4 = 7/4; account 8 was there in the last, 9 in the first two
    memory = remembered([(0, 8, 0, 1, 1.0), (0, 9, 1, 1, 1.0), (0, 9, 2, 1, 1.0)], 0)
    assert as_dict(memory) == pytest.approx({(0, 8): 4 / 7, (0, 9): 3 / 7})
    assert memory.total.tolist() == pytest.approx([1.0])
    assert memory.carried.tolist() == [1.0, 0.0]


def test_a_name_that_is_away_forgets_nothing_and_carries_nothing() -> None:
    rows = [(0, 8, 0, 1, 1.0), (0, 9, 1, 1, 1.0)]
    here, away = remembered(rows, 0), remembered(rows, 5)
    assert as_dict(away) == as_dict(here)
    assert away.carried.tolist() == [0.0, 0.0]


def test_two_runs_of_one_time_count_as_one() -> None:
    memory = remembered([(0, 8, 0, 2, 1.0), (0, 8, 0, 2, 0.5), (0, 9, 0, 2, 1.0)], 0)
    assert as_dict(memory) == {(0, 8): 0.75, (0, 9): 0.5}


def test_accounts_in_no_ring_count_in_the_total_only() -> None:
    memory = remembered([(0, -1, 0, 1, 1.0), (0, -1, 0, 1, 0.5), (0, 3, 0, 1, 0.25)], 0)
    assert as_dict(memory) == {(0, 3): 0.25}
    assert memory.total.tolist() == [1.75]


def test_without_a_past_nothing_is_remembered() -> None:
    memory = remembered([])
    assert (as_dict(memory), memory.total.tolist()) == ({}, [])


def test_order_of_rows_changes_no_bit() -> None:
    random = np.random.default_rng(5)
    rows: list[Row] = [
        (int(name), int(account), int(age), 1, float(random.random()))
        for name, account, age in zip(
            random.integers(0, 4, 300), random.integers(-1, 9, 300), random.integers(0, 5, 300), strict=True
        )
    ]
    first = remembered(rows, 0, 0, 1, 2)
    again = remembered([rows[at] for at in random.permutation(300)], 0, 0, 1, 2)
    for field in ("name", "account", "remembered", "carried", "total"):
        assert getattr(first, field).tobytes() == getattr(again, field).tobytes()


def test_a_carrier_weighs_by_role_confidence_and_closeness() -> None:
    rings = CandidateRings(
        names=("RING-A", "RING-B"), members=np.arange(5), starts=np.array([0, 3, 5]),
        ring=np.array([0, 0, 0, 1, 1]),
        closeness_share=np.array([0.4, 0.2, 0.1, 0.0, 0.0]),
        confidence_share=np.array([1.0, 1.0, 0.5, np.nan, 0.0]),
        core=np.array([True, True, False, True, True]), centre=np.array([0, 3]),
    )  # fmt: skip
    # role 1, 1, .5; confidence 1, 1, .5; (1 + closeness / .4) / 2 = 1, .75, .625. Nobody is close in the
    # second ring: (1 + 0) / 2; one was not asked: .75; one was with nobody in any run: .01 keeps it a carrier
    assert weigh_carriers(rings, NameParams()).tolist() == pytest.approx([1.0, 0.75, 0.15625, 0.375, 0.005])


def test_carriers_have_one_form_whatever_the_order_of_rings() -> None:
    given = RingCarriers.of(
        ("RING-B", "RING-A"), np.array([0, 1, 0]), np.array([7, 6, 5]), np.array([0.1, 0.2, 0.3])
    )
    assert given.names == ("RING-A", "RING-B")
    assert (given.ring.tolist(), given.account.tolist()) == ([0, 1, 1], [6, 5, 7])
    assert given.weight.tolist() == [0.2, 0.3, 0.1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep_share": 0.7},
        {"margin_share": -0.1},
        {"decay": 0.0},
        {"memory_count": 0},
        {"fringe_weight": 1.5},
    ],
)
def test_names_are_not_kept_by_parameters_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NameParams(**wrong)  # type: ignore[arg-type]
