"""What a text shows of the hand that wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.registry.hand import read_address, read_mailbox, read_name


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("anna.kow12@wp.pl", {"separator": ".", "digits": "2", "tag": "no", "domain": "wp.pl"}),
        ("ANNA_K+shop@WP.pl", {"separator": "_", "digits": "0", "tag": "yes", "domain": "wp.pl"}),
        ("x123456789@a.b", {"separator": "none", "digits": "6", "tag": "no", "domain": "a.b"}),
        ("5f4dcc3b5aa765d61d8327deb882cf99", {}),
        ("@a.b", {}),
        ("", {}),
    ],
)
def test_a_mailbox_shows_its_pattern_and_a_hash_shows_nothing(text: str, features: dict[str, str]) -> None:
    assert dict(read_mailbox(text)) == features


def test_two_doors_in_one_hand_have_one_shape_and_the_words_that_are_habit() -> None:
    one, other = set(read_address("12 ELM STREET APT 4, REAR")), set(read_address("7 OAK ROAD APT 31, REAR"))
    assert {("shape", "9 A 9 , A"), ("word", "apt"), ("word", "rear")} <= one & other
    assert ("word", "elm") in one - other


def test_case_is_part_of_the_shape() -> None:
    shapes = [dict(read_address(text))["shape"] for text in ("Elm Street 4", "ELM STREET 4", "elm street 4")]
    assert shapes == ["Aa 9", "A 9", "a 9"]


def test_a_hashed_address_shows_nothing() -> None:
    assert list(read_address("5f4dcc3b5aa765d61d8327deb882cf99")) == []


def test_names_agree_in_what_families_and_lists_agree_in() -> None:
    assert dict(read_name("Anna KOWALSKA")) == {"words": "2", "case": "Aa", "last": "kowalska"}
    assert dict(read_name("anna")) == {"words": "1", "case": "a"}
    assert dict(read_name("山田 太郎"))["case"] == "x"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for read in (read_mailbox, read_name, read_address):
        assert all(isinstance(value, str) for _, value in read(text))
