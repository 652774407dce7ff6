"""Lines of the ledger, small enough for paper."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from graphrisk.enforce.bodies import KINDS, body_text, read_body, read_time
from graphrisk.enforce.chain import GENESIS, BadLine, Damage, link_line, read_line, seal
from graphrisk.model.enforcement import Operation, Tier
from graphrisk.model.ledger import (
    BODIES,
    Appealed,
    AppealStatus,
    Approved,
    Body,
    Changed,
    Delivered,
    Planned,
    Stopped,
)

KIND = ',"kind":"stopped"'
AT = datetime.fromisoformat("2026-03-01T12:00:00.25")


def test_a_line_is_what_the_page_says() -> None:
    """Written by hand: sorted names, no blanks, ASCII; hashed is the hash before, and the entry without its
    two."""
    first, second = seal([Stopped("früh"), Stopped('"')], "ann", AT, None)
    bare = '{"at":"2026-03-01T12:00:00.250000Z","body":{"why":"fr\\u00fch"},"by":"ann"' + KIND + ',"seq":0}'
    own = hashlib.sha256(("0" * 64 + bare).encode()).hexdigest()
    line = (
        '{"at":"2026-03-01T12:00:00.250000Z","body":{"why":"fr\\u00fch"},"by":"ann","hash":"'
        + own
        + '"'
        + KIND
        + ',"prev":"'
        + "0" * 64
        + '","seq":0}\n'
    )
    assert link_line(first) == line.encode()
    assert (first.prev, first.entry.hash) == (GENESIS, own)
    assert (second.prev, second.entry.seq) == (own, 1)


def test_every_kind_of_entry_has_a_name_of_its_own() -> None:
    assert {kind: body for body, kind in KINDS.items()} == BODIES


WRONG: list[tuple[Callable[[], Body], str]] = [
    (lambda: Stopped(1), "`why` of Stopped: a text"),  # type: ignore[arg-type]
    (lambda: Stopped("\ud800"), "surrogates not allowed"),
    (lambda: Delivered("PKG-1", "m", "shop", 200.0, 1), "`status` of Delivered: a whole number"),  # type: ignore[arg-type]
    (lambda: Delivered("PKG-1", "m", "shop", True, 1), "`status` of Delivered: a whole number"),
    (lambda: Approved("P-1", "", ["R-1"], (), ""), "a tuple of texts"),  # type: ignore[arg-type]
    (lambda: Approved("P-1", "", (1,), (), ""), "a text"),  # type: ignore[arg-type]
    (
        lambda: Planned("P-1", "", "", "", "", 1, datetime.now(UTC)),
        "`expires_at` of Planned: a time in UTC without a zone",
    ),
    (
        lambda: Changed("", "", Operation.LIFT, "", "", "cross", "", AT, None),  # type: ignore[arg-type]
        "`tier` of Changed: one of monitor, ",
    ),
]


@pytest.mark.parametrize(("body", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_could_not_be_read_back_is_not_written(body: Callable[[], Body], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        seal([body()], "ann", AT, None)


def test_neither_who_nor_when_is_taken_for_granted() -> None:
    with pytest.raises(ValueError, match="a text"):
        seal([Stopped("")], None, AT, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without a zone"):
        seal([Stopped("")], "ann", AT.replace(tzinfo=UTC), None)


def test_none_is_told_from_an_empty_text_and_a_word_from_its_text() -> None:
    body = Appealed("C-1", "token", "A-1", AppealStatus.RECEIVED, AT, None, "")
    text = body_text(body)
    assert '"resolved_at":null' in text
    told = {"action_id": "A-1", "case_id": "C-1", "reason_code": "", "status": "received", "subject": "token"}
    times = {"received_at": "2026-03-01T12:00:00.250000Z", "resolved_at": None}
    back = read_body("appealed", told | times)
    assert back == body
    assert isinstance(back, Appealed)
    assert back.status is AppealStatus.RECEIVED


def test_a_body_of_other_fields_is_none() -> None:
    assert [each.name for each in fields(Stopped)] == ["why"]
    for told in ({}, {"why": "x", "more": 1}, {"who": "x"}, {"why": None}, ["x"], None):
        with pytest.raises(ValueError, match=r"."):
            read_body("stopped", told)
    with pytest.raises(ValueError, match="a kind that no entry has"):
        read_body("promised", {})
    with pytest.raises(ValueError, match="a kind that no entry has"):
        read_body(["stopped"], {"why": ""})


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.250000", "2026-03-01 12:00:00.250000Z",
        "2026-W09-7T12:00:00.250000Z", "2026-03-01T12:00:00,250000Z", "2026-03-01T12:00:00.25+0000Z",
        "2026-02-30T12:00:00.250000Z", 1, None,
    ],
)  # fmt: skip
def test_a_time_has_one_spelling(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text)
    assert read_time("2026-03-01T12:00:00.250000Z") == AT


@pytest.mark.parametrize(
    ("line", "damage", "offset"),
    [
        (b"", Damage.UNFINISHED, 0),
        (b"\n", Damage.UNREADABLE, 0),
        (b'{"at":}\n', Damage.UNREADABLE, 6),
        (b'{"at":"\xff"}\n', Damage.UNREADABLE, 7),
        (b"[]\n", Damage.UNREADABLE, 0),
        (b"[" * 100_000 + b"\n", Damage.UNREADABLE, 0),
    ],
)
def test_what_is_no_line_says_where_it_stops_being_one(line: bytes, damage: Damage, offset: int) -> None:
    found = read_line(line)
    assert isinstance(found, BadLine)
    assert (found.damage, found.offset, found.link) == (damage, offset, None)


def test_a_line_without_its_end_still_says_what_it_says() -> None:
    (link,) = seal([Stopped("")], "ann", AT, None)
    line = link_line(link)
    found = read_line(line[:-1])
    assert found == BadLine(Damage.UNFINISHED, len(line) - 1, "the line has no end", link)


def test_an_entry_of_a_tier_is_read_as_that_tier() -> None:
    body = Changed("PKG-1", "A-1", Operation.IMPOSE, "token", "RING-1", Tier.BAN, "P-1", AT, None)
    (link,) = seal([body], "ann", AT, None)
    assert read_line(link_line(link)) == link
