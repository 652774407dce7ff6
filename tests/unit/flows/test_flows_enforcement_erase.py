"""An erased account is gone from what enforcement keeps, and everything else stays what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from carried_out import OTHER, WHO, PowerCut, Room

from graphrisk.enforce.plan import find_changed
from graphrisk.errors import ConfigError, EnforcementRefusedError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.erase import Holding
from graphrisk.model.enforcement import Tier
from graphrisk.model.ledger import Erased


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_an_erased_account_is_nowhere_and_the_plan_keeps_its_name(room: Room) -> None:
    assert all(canary.encode() in room.everything() for canary in (WHO, "canary-device-33"))
    told = room.erase()
    plan = room.plans.read_plan(room.plan.plan_id)
    assert find_changed(plan, room.keys.token_key()) is None
    (stub,) = [row for row in plan.rows if row.subject == room.token(WHO)]
    assert (stub.account_id, stub.evidence, stub.money, stub.reasons) == (None, (), (), "")
    assert [row for row in plan.rows if row != stub] == [
        row for row in room.plan.rows if row.subject != stub.subject
    ]
    assert [canary for canary in (WHO, "canary-device-33") if canary.encode() in room.everything()] == []
    assert room.state.read_names() == {room.token(OTHER): OTHER}
    assert (told.plans, told.packages, told.was_done) == ((plan.plan_id,), (room.package_id,), False)
    assert room.package_accounts() == [OTHER]


def test_the_ledger_says_what_was_erased_and_why_and_nothing_of_whom(room: Room) -> None:
    before = room.manifest()
    room.erase()
    told = (f"{room.package_id} {before} {room.manifest()}",)
    assert room.erased() == [Erased(room.token(WHO), (room.plan.plan_id,), told, "asked for, case C-1")]
    assert before != room.manifest()


def test_the_answer_says_what_is_left_elsewhere(room: Room) -> None:
    told = room.erase()
    assert (told.tier, told.receivers) == (Tier.BAN, ("shop",))
    assert told.holdings == (Holding("a table", "erase it there"),)


def test_erasing_twice_changes_nothing(room: Room) -> None:
    room.erase()
    before = room.ledger.read()
    again = room.erase()
    assert (again.was_done, again.plans, again.packages) == (True, (), ())
    assert room.ledger.read() == before


def test_two_erased_accounts_are_both_gone_from_what_was_packaged(room: Room) -> None:
    room.erase()
    room.erase(OTHER)
    assert room.package_accounts() == []
    plan = room.plans.read_plan(room.plan.plan_id)
    assert [row.account_id for row in plan.rows] == [None, None]
    assert find_changed(plan, room.keys.token_key()) is None
    assert OTHER.encode() not in room.everything()


def test_an_interrupted_erasure_is_finished_by_calling_it_again(room: Room) -> None:
    before, room.packages.cut = room.manifest(), True
    with pytest.raises(PowerCut):
        room.erase()
    assert room.erased() == []
    told = room.erase()
    assert (told.was_done, told.plans, told.packages) == (False, (), (room.package_id,))
    assert room.erased()[0].packages == (f"{room.package_id} {before} {room.manifest()}",)
    assert room.package_accounts() == [OTHER]
    assert WHO.encode() not in room.everything()


def test_another_erasure_waits_until_the_interrupted_one_is_finished(room: Room) -> None:
    room.packages.cut = True
    with pytest.raises(PowerCut):
        room.erase()
    with pytest.raises(EnforcementRefusedError) as refusal:
        room.erase(OTHER)
    assert room.token(WHO) in str(refusal.value)
    room.erase()
    room.erase(OTHER)
    assert room.package_accounts() == []


def test_a_state_that_was_not_written_after_the_ledger_is_written_by_the_next_call(room: Room) -> None:
    before = (room.folder / "shop" / "enforcement.duckdb").read_bytes()
    room.erase()
    (room.folder / "shop" / "enforcement.duckdb").write_bytes(before)
    assert room.erase().was_done
    assert room.state.read_names() == {room.token(OTHER): OTHER}


def test_a_package_that_somebody_removed_holds_nothing_up(room: Room) -> None:
    room.shelf.store.remove(room.package_id)
    told = room.erase()
    assert (told.plans, told.packages) == ((room.plan.plan_id,), ())
    assert WHO.encode() not in room.everything()


def test_a_package_that_somebody_changed_is_left_as_evidence(room: Room) -> None:
    place = room.shelf.store.place(room.package_id) / "statements.jsonl"
    place.write_bytes(place.read_bytes() + b"{}\n")
    with pytest.raises(TamperedError):
        room.erase()
    assert room.erased() == []
    assert place.read_bytes().endswith(b"{}\n")


@pytest.mark.parametrize(
    ("given", "where"), [({"why": " "}, "--why"), ({"why": f"{OTHER} asked"}, "--why"), ({"by": WHO}, "--by")]
)
def test_who_erases_and_why_names_nobody(room: Room, given: dict[str, str], where: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        room.erase(**given)
    assert str(refusal.value).startswith(where)
    assert WHO not in str(refusal.value)
    assert OTHER not in str(refusal.value)
    assert room.plans.read_plan(room.plan.plan_id) == room.plan


def test_an_account_that_enforcement_does_not_know_is_told_by_its_token(room: Room) -> None:
    with pytest.raises(NotFoundError) as refusal:
        room.erase("canary-stranger-34")
    assert "canary-stranger-34" not in str(refusal.value)
    assert room.token("canary-stranger-34") in str(refusal.value)


def test_a_plan_that_somebody_changed_is_left_as_evidence(room: Room) -> None:
    rows = tuple(replace(row, proposed=Tier.MONITOR) for row in room.plan.rows)
    room.plans.write_plan(replace(room.plan, rows=rows))
    with pytest.raises(TamperedError, match="was changed since"):
        room.erase()
    assert room.erased() == []
    assert room.plans.read_plan(room.plan.plan_id).rows == rows
