"""Doors and buildings, as small as can be told by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.address_families import AddressFamilies, group_addresses

# One house with flats, written in many ways, and its neighbours.
FOUR = (
    "12 Oak Street Apt 4, Austin, 78701",
    "12 OAK ST UNIT 4, Austin, 78701",
    "Flat 4, 12 Oka Street, Austin, 78701",
    "12 Oak Street Apt 4, rear, Austin, 78701",
    "Oak Street 12/4, 78701 Austin",
)
NINE = ("12 Oak Street Apt 9, Austin, 78701", "# 9, 12 Oak St, Austin, 78701")
ELSEWHERE = (
    "14 Oak Street Apt 4, Austin, 78701",
    "12 Maple Street Apt 4, Austin, 78701",
    "12 Oak Street Apt 4, Reno, 89501",
)


def grouped(*texts: str) -> AddressFamilies:
    return group_addresses(pa.array(texts, pa.string()), np.ones(len(texts), dtype=np.int64))


def test_a_flat_is_one_door_however_it_is_written() -> None:
    found = grouped(*FOUR, *NINE, *ELSEWHERE)
    four, nine = found.door[: len(FOUR)], found.door[len(FOUR) : len(FOUR) + len(NINE)]
    assert set(four.tolist()) == {four[0]}
    assert set(nine.tolist()) == {nine[0]}
    assert len({four[0], nine[0], *found.door[-3:].tolist()}) == 5


def test_the_flats_of_one_house_are_one_building_and_the_neighbours_are_not() -> None:
    building = grouped(*FOUR, *NINE, *ELSEWHERE).building
    inside = building[: len(FOUR) + len(NINE)]
    assert set(inside.tolist()) == {inside[0]}
    assert len({inside[0], *building[-3:].tolist()}) == 4


def test_without_a_flat_the_door_is_known_only_where_there_is_one() -> None:
    alone = grouped("12 Oak Street Apt 4, Austin, 78701", "12 Oak Street, Austin, 78701")
    assert alone.door[0] == alone.door[1] >= 0
    among = grouped(*FOUR, *NINE, "12 Oak Street, Austin, 78701")
    assert among.door[-1] == -1
    assert among.building[-1] == among.building[0]


@pytest.mark.parametrize(
    "other",
    [
        "12 Oak Street, Austin",  # no postcode
        "12 Oak Street, 78701",  # no town
        "12 Oak Sreet, Asutin, 78701",
        "12a Oak Street, Austin, 78701",
        "12 Oak, Austin, 78701",
    ],
)
def test_one_part_may_be_missing_or_mistyped(other: str) -> None:
    building = grouped("12 Oak Street, Austin, 78701", other).building
    assert building[0] == building[1] >= 0


def test_a_text_without_a_postcode_that_fits_two_places_is_of_neither() -> None:
    building = grouped(
        "12 Oak Street, Austin, 78701", "12 Oak Street, Austin, 78999", "12 Oak Street, Austin"
    )
    assert len(set(building.building.tolist())) == 3


def test_a_slip_in_the_postcode_is_forgiven_only_where_slips_are_seen() -> None:
    # Ten towns with a dozen places each, whose postcodes are far apart; in each one is written with a slip.
    rng = np.random.default_rng(0)
    texts, letters = [], "abcdefghijkl"
    for town in range(10):
        name = 3 * letters[town]
        codes = [f"{town}{number:04d}" for number in rng.choice(10_000, size=12, replace=False)]
        texts += [f"{5 + at} {5 * letters[at]} Road, {name}, {code}" for at, code in enumerate(codes)]
        texts.append(f"5 aaaaa Road, {name}, {codes[0][:-1]}{(int(codes[0][-1]) + 1) % 10}")
    building = grouped(*texts).building.reshape(10, 13)
    assert (building[:, 0] == building[:, 12]).all()
    assert len(set(building[:, :12].ravel().tolist())) == 120


def test_likeness_does_not_chain() -> None:
    # Each name is a slip from the next; the ends have nothing in common.
    names = ["abcdef", "abcdeg", "abcdhg", "abcihg", "abjihg", "akjihg", "lkjihg"]
    building = grouped(*(f"12 {name} Road, Austin, 78701" for name in names)).building
    assert building[0] != building[-1]
    assert building[0] == building[1]


@pytest.mark.parametrize("count", [0, 1])
def test_few_texts_make_no_families_but_their_own(count: int) -> None:
    found = grouped(*["12 Oak Street"][:count])
    assert found.door.tolist() == found.building.tolist() == [0][:count]
    assert found.door.dtype == found.building.dtype == np.int32


hostile = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\u202e12 Oak", "x" * 5000, "12 " * 3000, "#" * 50, "１２号室", "1-2-3-", "1/2/3", ",,", "🏠"]
)  # fmt: skip
written = st.lists(st.sampled_from(FOUR + NINE + ELSEWHERE) | hostile, unique=True, max_size=12)


@given(written, st.randoms(use_true_random=False))
def test_the_order_of_texts_changes_no_group(texts: list[str], random: st.DataObject) -> None:
    one = grouped(*texts)
    shuffled = list(range(len(texts)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = grouped(*(texts[at] for at in shuffled))
    for name in ("door", "building"):
        was, now = getattr(one, name)[shuffled], getattr(other, name)
        pairs = set(zip(was.tolist(), now.tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
        assert ((was < 0) == (now < 0)).all()


@given(written)
def test_a_door_lies_in_one_building(texts: list[str]) -> None:
    found = grouped(*texts)
    of_door: dict[int, int] = {}
    for door, building in zip(found.door.tolist(), found.building.tolist(), strict=True):
        if door >= 0:
            assert of_door.setdefault(door, building) == building >= 0
