"""What is found in text, what is passed over, and that the one pass finds what a search for each would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.scan import KnownIndex, KnownValue, Match, find_identifiers, mask

VALUES = (
    KnownValue("account", "acc_17x"),
    KnownValue("account", "review"),
    KnownValue("account", "fraud"),
    KnownValue("account", "X17"),
    KnownValue("account", "20261"),
    KnownValue("account", "202611"),
    KnownValue("device", "D9-Ab", Match.EXACT),
    KnownValue("address", "12 Harbour Rd, 90731", Match.WORDS),
    KnownValue("name", "Anna Smith", Match.NAME),
    KnownValue("name", "Annabel", Match.NAME),
    KnownValue("email", "qa.lead@shop.example"),
)
INDEX = KnownIndex.of(VALUES)


def kinds(text: str) -> list[str]:
    return [find.kind for find in find_identifiers(text, INDEX, "US")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("paid by acc_17x", ["account"]),
        ("ACC_17X, again", ["account"]),
        ("acc-17x is another", []),
        ("acc_17xy", []),
        ("subacc_17x", []),
        ("seen on D9-Ab.", ["device"]),
        ("seen on d9-ab.", []),
        ("to 12 HARBOUR RD 90731 twice", ["address"]),
        ("12 harbour 90731", []),
        ("anna   smith", ["name"]),
        ("write to qa.lead@shop.example", ["email"]),
        ("", []),
        ("...", []),
    ],
)
def test_a_value_is_found_where_its_words_stand_whole_and_in_its_spelling(
    text: str, found: list[str]
) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize("text", ["X17", "20261 rows", "Annabel", "a fraud case", "no review yet", "refraud"])
def test_what_tells_nothing_of_anybody_is_passed_over(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fraud", ["account"]),
        (" Fraud ", ["account"]),
        ("it was 'fraud'", ["account"]),
        ("it was 'fraud", []),
    ],
)
def test_an_id_that_is_a_common_word_is_found_only_alone(text: str, found: list[str]) -> None:
    assert kinds(text) == found


def test_a_text_that_is_a_word_of_ours_is_nobody_though_somebody_calls_himself_so() -> None:
    assert kinds("review") == []
    assert kinds("'review'") == ["account"]


def test_digits_are_found_from_six_on() -> None:
    assert kinds("order 202611 and 20261") == ["account"]


def test_a_sample_shows_one_character_and_the_length() -> None:
    (find,) = find_identifiers("so acc_17x did", INDEX, "US")
    assert find.sample == "a*** (7 characters)"
    assert (find.first_word, find.last_word, find.known) == (2, 3, True)
    assert mask("--") == "*** (2 characters)"


def test_what_is_known_is_not_told_again_for_what_it_looks_like() -> None:
    (find,) = find_identifiers("qa.lead@shop.example", INDEX, "US")
    assert (find.kind, find.known) == ("email", True)
    assert [find.known for find in find_identifiers("other@shop.example", INDEX, "US")] == [False]


def test_the_longest_of_several_values_is_told() -> None:
    index = KnownIndex.of([KnownValue("a", "north pier 7"), KnownValue("b", "north pier 7 locker 12 left")])
    found = find_identifiers("at north pier 7 locker 12 left side, north pier 7 locker", index, "US")
    assert [(find.kind, find.first_word, find.last_word) for find in found] == [("b", 2, 7), ("a", 9, 11)]


def test_nothing_known_finds_nothing_known() -> None:
    assert find_identifiers("acc_17x", KnownIndex.of([]), "US") == ()


WORDS = st.sampled_from(["ab12", "cd34", "ef56", "9999999", "xy"])
PHRASES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@given(st.lists(PHRASES, max_size=6), st.lists(WORDS, max_size=12).map(" ".join))
def test_one_pass_finds_something_where_a_search_for_each_value_does(values: list[str], text: str) -> None:
    index = KnownIndex.of([KnownValue("account", value) for value in values])
    told = [value for value in values if len(value.replace(" ", "")) >= 4]
    slow = any(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) for value in told)
    found = find_identifiers(text, index, "US")
    assert bool([find for find in found if find.known]) is slow
    for find in found:
        assert " ".join(text.split()[find.first_word - 1 : find.last_word]) in told
