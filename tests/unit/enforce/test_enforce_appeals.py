"""Which rows of appeals are heard, and what they add; T1 has the account id acc1."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from enforced import DAY, START, Desk, Imposed

from graphrisk.enforce.appeals import AppealRow, appealed_action, hear, read_appeals
from graphrisk.enforce.reversal import one_action, whole_plan
from graphrisk.model.enforcement import Tier
from graphrisk.model.ledger import Appealed, AppealStatus
from graphrisk.registry.judgement_rows import PlacedRow, RowFault

NOW = START + 20 * DAY
UPHELD, OVERTURNED, RECEIVED = AppealStatus.UPHELD, AppealStatus.OVERTURNED, AppealStatus.RECEIVED
ROW = {
    "case_id": "CASE-7", "account_id": "acc1", "status": "overturned", "received_at": "2026-03-02T12:00:00Z",
    "resolved_at": "2026-03-05T14:00:00+02:00", "reason": "shared_device", "reviewer": "eve",
}  # fmt: skip


def read(**changed: str | None) -> AppealRow | RowFault:
    rows, faults = read_appeals([PlacedRow("a.csv:2", ({**ROW, **changed},))], NOW, lambda _: True)
    (only,) = (*rows, *faults)
    return only


def test_a_row_is_read_with_its_times_in_utc() -> None:
    assert read() == AppealRow(
        "a.csv:2", "CASE-7", "acc1", OVERTURNED, START + DAY, START + 4 * DAY, "shared_device", "eve"
    )


@pytest.mark.parametrize(
    ("column", "value", "shown", "words"),
    [
        ("case_id", "", "", "is empty"),
        ("case_id", "ann@example.com", "", "no name of a case"),
        ("case_id", "x" * 65, "", "no name of a case"),
        ("account_id", None, "", "is empty"),
        ("status", "won", "won", "unknown word"),
        ("status", "acc1", "", "unknown word"),
        ("received_at", "acc1", "", "not a time"),
        ("received_at", "+49 30 1234", "", "not a time"),
        ("received_at", "soon", "soon", "not a time"),
        ("received_at", "2027-01-01", "2027-01-01", "in the future"),
        ("resolved_at", "2026-03-01", "2026-03-01", "before it was received"),
        ("resolved_at", "", "", "and not when"),
        ("status", "received", "2026-03-05T14:00:00+02:00", "and has a time"),
        ("reason", "He says that +49 30 1234 is not his", "", "no code"),
        ("reason", "acc1", "", "no code"),
        ("reason", "Shared", "", "no code"),
        ("reviewer", "", "", "is empty"),
        ("reviewer", "eve\x1b[2J", "", "no name"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_shows_nothing_of_anybody(
    column: str, value: str | None, shown: str, words: str
) -> None:
    fault = read(**{column: value})
    assert isinstance(fault, RowFault)
    assert words in fault.what
    assert (fault.place, fault.value) == ("a.csv:2", shown)
    assert fault.remedy


def test_an_undecided_case_needs_no_reviewer() -> None:
    assert isinstance(read(status="received", resolved_at=None, reviewer=None), AppealRow)


def test_of_two_readings_of_a_row_the_one_of_a_known_account_is_taken() -> None:
    row = PlacedRow("a.csv:2", ({**ROW, "account_id": "a\\nb"}, {**ROW, "account_id": "a\nb"}))
    ((found,), _) = read_appeals([row], NOW, lambda name: name == "a\nb")
    assert found.account_id == "a\nb"


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.apply("P1", [Imposed("M1", "T1", Tier.MONITOR)])
    made.apply("P2", [Imposed("X1", "T1", Tier.RESTRICT, until_day=9), Imposed("X2", "T2", Tier.RESTRICT)])
    made.apply("P3", [Imposed("S1", "T1", Tier.STEP_UP)], at=START + 2 * DAY)
    return made


def named(desk: Desk, subject: str, at: datetime) -> str | None:
    found = appealed_action(desk.state(), subject, at)
    return None if found is None else found.action_id


def test_an_appeal_is_about_the_strongest_action_that_was_in_force_when_it_came(desk: Desk) -> None:
    assert named(desk, "T1", START + DAY) == "X1"
    assert named(desk, "T1", START + 3 * DAY) == "X1"
    assert named(desk, "T1", START + 10 * DAY) == "S1"  # X1 is over


def test_an_appeal_is_about_what_was_lifted_only_after_it_came(desk: Desk) -> None:
    desk.take_back(one_action(desk.state().actions["X1"]), about="X1", at=START + 5 * DAY)
    assert named(desk, "T1", START + 4 * DAY) == "X1"
    assert named(desk, "T1", START + 6 * DAY) == "S1"


def test_an_appeal_after_everything_was_lifted_is_about_the_last_that_was_done(desk: Desk) -> None:
    desk.take_back(whole_plan("P2"), about="P2")
    assert named(desk, "T2", START + DAY) == "X2"


def test_a_day_without_an_hour_includes_what_was_done_on_it(desk: Desk) -> None:
    midnight = datetime.combine(START.date(), datetime.min.time())
    assert named(desk, "T2", midnight) == "X2"
    assert named(desk, "T2", midnight + timedelta(hours=1)) is None


def appeal(
    status: AppealStatus, *, received: float = 3, resolved: float | None = None, reason: str = "not_me"
) -> AppealRow:
    at = None if resolved is None else START + resolved * DAY
    return AppealRow("a.csv:2", "C1", "acc1", status, START + received * DAY, at, reason, "eve")


def entry(status: AppealStatus, resolved: float | None = None, reason: str = "not_me") -> Appealed:
    at = None if resolved is None else START + resolved * DAY
    return Appealed("C1", "T1", "X1", status, START + 3 * DAY, at, reason)


def test_a_new_case_is_heard(desk: Desk) -> None:
    assert hear(desk.state(), appeal(RECEIVED), "T1", None) == entry(RECEIVED)
    assert hear(desk.state(), appeal(UPHELD, resolved=5), "T1", None) == entry(UPHELD, 5)


def test_a_received_case_is_decided_whatever_reason_the_decision_has(desk: Desk) -> None:
    told = hear(desk.state(), appeal(OVERTURNED, resolved=5, reason="family"), "T1", entry(RECEIVED))
    assert told == entry(OVERTURNED, 5, "family")


@pytest.mark.parametrize("known", [entry(RECEIVED), entry(UPHELD, 5), entry(OVERTURNED, 6)])
def test_what_is_known_adds_nothing(desk: Desk, known: Appealed) -> None:
    days = None if known.resolved_at is None else (known.resolved_at - START) / DAY
    assert hear(desk.state(), appeal(known.status, resolved=days), "T1", known) is None
    assert hear(desk.state(), appeal(RECEIVED, reason="other"), "T1", entry(UPHELD, 5)) is None


@pytest.mark.parametrize(
    ("known", "told", "subject", "column"),
    [
        (entry(UPHELD, 5), appeal(OVERTURNED, resolved=5), "T1", "status"),
        (entry(OVERTURNED, 5), appeal(UPHELD, resolved=6), "T1", "status"),
        (entry(UPHELD, 5), appeal(UPHELD, resolved=6), "T1", "resolved_at"),
        (entry(UPHELD, 5), appeal(UPHELD, resolved=5, reason="other"), "T1", "reason"),
        (entry(RECEIVED), appeal(RECEIVED, reason="other"), "T1", "reason"),
        (entry(RECEIVED), appeal(UPHELD, received=2, resolved=5), "T1", "received_at"),
        (entry(UPHELD, 5), appeal(RECEIVED, received=2), "T1", "received_at"),
        (entry(RECEIVED), appeal(UPHELD, resolved=5), "T2", "account_id"),
    ],
)
def test_a_contradiction_is_a_fault(
    desk: Desk, known: Appealed, told: AppealRow, subject: str, column: str
) -> None:
    fault = hear(desk.state(), told, subject, known)
    assert isinstance(fault, RowFault)
    assert fault.column == column


def test_an_appeal_of_an_account_to_which_nothing_was_done_is_a_fault(desk: Desk) -> None:
    fault = hear(desk.state(), appeal(RECEIVED), "T9", None)
    assert isinstance(fault, RowFault)
    assert (fault.column, fault.value) == ("account_id", "T9")
