from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.answers import Verdict, judge_answer, read_retry_after

NAME = "MSG-ABC-1-100"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        (200, "", Verdict.TAKEN),
        (202, "error: not taken", Verdict.TAKEN),
        (299, "", Verdict.TAKEN),
        (409, f'{{"id": "{NAME}"}}', Verdict.TAKEN),
        (409, "Already processed", Verdict.TAKEN),
        (409, "version conflict", Verdict.REFUSED),
        (400, "already", Verdict.REFUSED),
        (101, "", Verdict.REFUSED),
        (301, "", Verdict.REFUSED),
        (304, "", Verdict.REFUSED),
        (401, "", Verdict.REFUSED),
        (404, NAME, Verdict.REFUSED),
        (413, "", Verdict.REFUSED),
        (410, "", Verdict.GONE),
        (408, "", Verdict.AGAIN),
        (425, "", Verdict.AGAIN),
        (429, "", Verdict.AGAIN),
        (500, "", Verdict.AGAIN),
        (503, "", Verdict.AGAIN),
        (599, "", Verdict.AGAIN),
        (999, "", Verdict.AGAIN),
    ],
)
def test_what_a_status_means(status: int, text: str, verdict: Verdict) -> None:
    assert judge_answer(status, text, NAME)[0] is verdict


@given(st.integers(100, 999), st.text())
def test_nothing_of_what_was_answered_is_told_but_the_status(status: int, text: str) -> None:
    assert judge_answer(status, text, NAME) in [
        judge_answer(status, other, NAME) for other in ("", "already")
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", 999_999_999.0),
        ("9" * 5000, None),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("٣", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 0.0),
        ("Sun, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_when_a_receiver_asks_to_be_asked_again(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, NOW) == seconds


@given(st.text())
def test_any_header_can_be_read(text: str) -> None:
    found = read_retry_after(text, NOW)
    assert found is None or found >= 0
