"""Judgements <-> rows: nothing is lost on the way, and a bad row says what is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from judged import HOSTILE, HOUR, NOON, judgement_sets, ring_state, said, said_of_ring, thing

from graphrisk.model.judgements import Judgement, RingState, Ruling, as_row, ring_from_text, ring_text
from graphrisk.registry.judgement_rows import PlacedRow, judgement_of, judgement_table, read_rows

NOW = NOON + 100 * HOUR
GOOD = {
    "subject": "identifier", "verdict": "reject", "kind": "address", "identifier": "12 harbour rd",
    "judged_by": "eve", "judged_at": "2026-03-01T12:00:00Z", "reason": "parcel locker",
}  # fmt: skip


def as_texts(judgement: Judgement) -> dict[str, str | None]:
    return {
        name: value if value is None or isinstance(value, str) else f"{value.isoformat()}Z"
        for name, value in as_row(judgement).items()
    }


def test_a_row_by_hand_needs_no_name() -> None:
    found, faults = read_rows([PlacedRow("a.csv:2", (GOOD,))], NOW)
    assert (found, faults) == (
        (said(thing("address", "12 harbour rd"), Ruling.REJECT, why="parcel locker"),),
        (),
    )


@given(judgement_sets())
def test_what_is_written_is_read_again(judgements) -> None:
    table = judgement_table(judgements)
    assert [judgement_of(row) for row in table.to_pylist()] == judgements
    found, faults = read_rows([PlacedRow("a:1", (as_texts(each),)) for each in judgements], NOW)
    assert (list(found), faults) == (judgements, ())


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_is_changed_on_the_way(who: str, why: str, what: str) -> None:
    assume(who.strip() and why.strip())
    judgement = said(thing("device", what), Ruling.REJECT, by=who, why=why)
    found, _ = read_rows([PlacedRow("a:1", (as_texts(judgement),))], NOW)
    assert found == (judgement,)


@given(st.lists(HOSTILE, min_size=1, max_size=3, unique=True), st.floats(-50, 50))
def test_a_rings_state_is_one_line_of_ascii_without_semicolons(core: list[str], odds: float) -> None:
    state = RingState("RUN;1", NOON, "company", odds, tuple(sorted(core)), ())
    text = ring_text(state)
    assert text.isascii()
    assert text.isprintable()
    assert ";" not in text
    assert ring_from_text(text) == state


BAD = [
    ({"subject": "acount"}, "subject", "acount", "unknown word"),
    ({"verdict": "maybe"}, "verdict", "maybe", "unknown word"),
    ({"judged_at": "soon"}, "judged_at", "soon", "not a time"),
    ({"judged_at": "2026-03-09T12:00:00Z"}, "judged_at", "2026-03-09T12:00:00Z", "lies in the future"),
    ({"expires_at": "2026-02-30"}, "expires_at", "2026-02-30", "not a time"),
    ({"expires_at": "2026-02-01"}, "", "", "expires after it was passed"),
    ({"judged_by": " "}, "judged_by", "", "`judged_by` is empty"),
    ({"reason": None}, "reason", "", "`reason` is empty"),
    ({"kind": ""}, "", "", "needs kind"),
    ({"account_id": "ann"}, "", "", "has no account_id"),
    ({"verdict": "withdraw"}, "", "", "judgements are withdrawn"),
    ({"subject": "ring", "kind": "", "identifier": "", "ring_id": "RING-A"}, "", "", "needs ring_state"),
    ({"ring_state": "{"}, "ring_state", "{", "no state of a ring"),
    ({"ring_state": "[" * 100_000}, "ring_state", "[" * 100_000, "no state of a ring"),
    ({"judged_by": "\udcff"}, "", "", "surrogates not allowed"),
    ({"judgement_id": "J-" + "A" * 26}, "judgement_id", "J-" + "A" * 26, "does not say what it said"),
]


@pytest.mark.parametrize(("change", "column", "value", "what"), BAD)
def test_a_bad_row_is_told_with_its_place_and_a_remedy(change, column, value, what) -> None:
    found, (fault,) = read_rows([PlacedRow("theirs.csv:7", (GOOD | change,))], NOW)
    assert found == ()
    assert (fault.place, fault.column, fault.value) == ("theirs.csv:7", column, value)
    assert what in fault.what
    assert fault.remedy


def test_good_rows_beside_bad_ones_are_read() -> None:
    rows = [PlacedRow(f"a:{line}", (GOOD | change,)) for line, (change, *_) in enumerate(BAD)]
    found, faults = read_rows([*rows, PlacedRow("a:99", (GOOD,))], NOW)
    assert len(found) == 1
    assert [each.place for each in faults] == [f"a:{line}" for line in range(len(BAD))]


def test_of_several_readings_the_one_that_its_name_confirms_is_taken() -> None:
    judgement = said(thing("device", "d\n1"), Ruling.REJECT)
    texts = as_texts(judgement)
    escaped = texts | {"identifier": "d\\n1"}
    found, _ = read_rows([PlacedRow("a:1", (escaped, texts))], NOW)
    assert found == (judgement,)


@pytest.mark.parametrize(
    "change",
    [
        {"core": []}, {"core": ["a"], "fringe": ["a"]}, {"core": "a"}, {"core": [1]}, {"core": ["\ud800"]},
        {"odds": "1"}, {"odds": True}, {"odds": 1e9}, {"odds": float("nan")}, {"more": 1},
        {"as_of": "2026-03-01T12:00:00+01:00"},
    ],
)  # fmt: skip
def test_a_rings_state_that_makes_no_sense_is_refused(change) -> None:
    told = json.loads(ring_text(ring_state(("ann",), ("bob",))))
    with pytest.raises(ValueError, match=r"\S"):
        ring_from_text(json.dumps(told | change))


def test_a_ring_that_is_judged_keeps_its_members() -> None:
    judgement = said_of_ring("RING-A", Ruling.CONFIRM, ring_state(("ann",), ("bob",), odds=1.5))
    found, _ = read_rows([PlacedRow("a:1", (as_texts(judgement),))], NOW)
    assert found[0].ring == ring_state(("ann",), ("bob",), odds=1.5)
