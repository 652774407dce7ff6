"""When two street names are alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.street_names import ALIKE_SHARE, StreetNames, slips_apart, written_alike

# Streets enough for 'street', 'road' and 'rua' to name none.
MANY = [
    f"{name}{at} {kind}" for at in range(20) for name in ("alder", "birch") for kind in ("street", "road")
]


def alike(one: str, other: str) -> bool:
    names = StreetNames.of([one, other, *MANY])
    shorter, _ = names.likeness(np.array([0]), np.array([1]))
    return bool(shorter[0] >= ALIKE_SHARE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oak street", "oak st"),
        ("oak street", "oak"),
        ("oak street", "oka street"),
        ("oak street", "ok street"),
        ("sonnenstrasse", "sonenstr"),
        ("linden strasse", "lindenstrasse"),
        ("calle mayor", "c mayor"),
        ("boulevard balzac", "bd balzac"),
        ("gandhi nagar", "gandhi ngr"),
        ("king george road", "george king road"),
        ("oak street", "oak street behind the red church"),
    ],
)
def test_slips_short_forms_and_missing_words_keep_a_street(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oak street", "maple street"),
        ("street", "maple street"),  # what is left of it names none
        ("oak street", ""),
        ("5th street", "6th street"),  # another number is another street
        ("alder7 road", "alder8 road"),
    ],
)
def test_another_name_is_another_street(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_likeness_of_words_is_symmetric_and_holds_of_a_word_and_itself(one: str, other: str) -> None:
    assert written_alike(one, other) == written_alike(other, one) if one and other else True
    assert slips_apart(one, other) == slips_apart(other, one)
    assert slips_apart(one, one) == (len(one) >= 3)


@given(st.lists(st.text("ab ", max_size=12), min_size=1, max_size=6))
def test_likeness_is_a_share_and_one_of_a_name_with_itself(names: list[str]) -> None:
    table = StreetNames.of([" ".join(name.split()) for name in names])
    first, second = (side.ravel() for side in np.meshgrid(np.arange(len(names)), np.arange(len(names))))
    shorter, longer = table.likeness(first, second)
    back_shorter, back_longer = table.likeness(second, first)
    assert ((longer >= 0) & (shorter >= longer) & (shorter <= 1)).all()
    assert (shorter == back_shorter).all()
    assert (longer == back_longer).all()
    assert (shorter[first == second] == 1).all()
