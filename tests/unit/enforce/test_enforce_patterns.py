"""What looks like an identifier, and what of our own does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.patterns import find_looks


def seen(text: str, region: str = "US") -> list[tuple[str, str]]:
    return [(looks.kind, text[looks.start : looks.end]) for looks in find_looks(text, region)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail a.b+c@shop.example.", [("email", "a.b+c@shop.example")]),
        ("<Müller@post.example>", [("email", "Müller@post.example")]),
        ("from 203.0.113.9, port 80", [("ip", "203.0.113.9")]),
        ("from 2001:db8::1 on", [("ip", "2001:db8::1")]),
        ("from ::ffff:203.0.113.9", [("ip", "203.0.113.9")]),
        ("card 4111 1111 1111 1111", [("card", "4111 1111 1111 1111")]),
        ("card 4111111111111111!", [("card", "4111111111111111")]),
        ("call +44 20 7946 0958", [("phone", "+44 20 7946 0958")]),
        ("call +442079460958", [("phone", "+442079460958")]),
        ("call (415) 555-2671", [("phone", "(415) 555-2671")]),
    ],
)
def test_what_people_are_reached_by_is_found(text: str, found: list[tuple[str, str]]) -> None:
    assert seen(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-26T17:14:57.123456Z",
        "2026-11-26 17:14 to 2026-11-27 18:00",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "abcdefghijklmnopqrstuv2345",
        "P-4WXQ7K3QX2345671234567 and RING-7K3QX",
        "4,111,111 rows in 12.345678901 s",
        "4111111111111112",  # the check digit is wrong
        "4155552671",  # a row of digits alone
        "version 10.2.3, 1.2.3.4.5",
        "127.0.0.1 and ::1 and 0.0.0.0",
        "999.1.1.1",
        "user@host",
        "@@ :: ::: a::b",
    ],
)
def test_what_we_write_ourselves_looks_like_nobody(text: str) -> None:
    assert seen(text) == []


def test_a_number_without_country_code_is_read_as_in_its_region() -> None:
    assert seen("020 7946 0958", "GB") == [("phone", "020 7946 0958")]
    assert seen("020 7946 0958", "US") == []


@given(st.text(alphabet="0123456789abcf.:@-+ _/()", max_size=40))
def test_finds_stand_in_the_text_and_do_not_overlap(text: str) -> None:
    at = 0
    for looks in find_looks(text, "US"):
        assert at <= looks.start < looks.end <= len(text)
        at = looks.end
