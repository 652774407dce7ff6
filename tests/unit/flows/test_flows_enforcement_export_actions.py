"""An export carries the columns of its purpose, and of whom it is only what that purpose may know."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from carried_out import OTHER, WHO, Room
from plan_grounds import NOW

from graphrisk.enforce.policy import Policy
from graphrisk.enforce.pseudonyms import Domain
from graphrisk.enforce.purposes import ExportPurpose, find_purpose
from graphrisk.errors import ConfigError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.export_actions import (
    ActionExport,
    ActionExportOrder,
    ExportSides,
    export_actions,
)
from graphrisk.flows.enforcement.hand_over import hand_over
from graphrisk.flows.export import form_of
from graphrisk.model.enforcement import Operation, Purpose, Tier
from graphrisk.model.ledger import Planned
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.exports import ExportFiles

LATER = NOW + timedelta(hours=1)
VENDOR = ExportPurpose("vendor-x", ("account_id", "tier"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def export(room: Room, name: str, *, plan: str = "", purpose: str, **given: object) -> ActionExport:
    sides = ExportSides(room.ledger, SignedPackages(room.shelf.store, room.keys), ExportFiles())
    out = room.folder / name
    told = {"pseudonymise": False, "form": form_of(out), "out": out, "at": LATER, **given}
    order = ActionExportOrder(plan, purpose, **told)  # type: ignore[arg-type]
    return export_actions(sides, Policy(purposes=(VENDOR,)), room.keys.token_key(), order)


def rows(room: Room, name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (room.folder / name).read_text().splitlines()]


@pytest.mark.parametrize("purpose", ["execution", "analytics", "audit", "vendor-x"])
def test_a_file_has_the_columns_of_its_purpose_and_no_other(room: Room, purpose: str) -> None:
    told = export(room, "a.jsonl", purpose=purpose)
    columns = find_purpose(purpose, (VENDOR,)).columns
    assert {tuple(row) for row in rows(room, "a.jsonl")} == {columns}
    assert (told.row_count, told.purpose.columns) == (2, columns)
    assert told.is_pseudonymised is (purpose in ("analytics", "vendor-x"))


def test_accounts_are_tokens_unless_the_purpose_may_know_them(room: Room) -> None:
    tokens = Domain(room.keys.token_key(), "vendor-x")
    export(room, "a.jsonl", purpose="vendor-x")
    assert {row["account_id"] for row in rows(room, "a.jsonl")} == {
        tokens.token("account", WHO), tokens.token("account", OTHER),
    }  # fmt: skip
    export(room, "b.jsonl", purpose="execution")
    assert {row["account_id"] for row in rows(room, "b.jsonl")} == {WHO, OTHER}
    assert export(room, "c.jsonl", purpose="execution", pseudonymise=True).is_pseudonymised
    assert not {row["account_id"] for row in rows(room, "c.jsonl")} & {WHO, OTHER}


def test_the_order_of_rows_is_that_of_what_the_file_shows(room: Room) -> None:
    for name, purpose in (("a.jsonl", "analytics"), ("b.jsonl", "audit"), ("c.jsonl", "execution")):
        export(room, name, purpose=purpose)
        shown = [list(row.values()) for row in rows(room, name)]
        assert shown == sorted(shown, key=repr)


def test_a_plan_has_its_actions_whenever_and_the_state_only_what_is_in_force(room: Room) -> None:
    earlier = NOW - timedelta(hours=1)
    assert export(room, "a.csv", plan=room.plan.plan_id[:8], purpose="audit", at=earlier).row_count == 2
    assert export(room, "b.csv", purpose="audit", at=earlier).row_count == 0
    assert (room.folder / "b.csv").read_text().count("\n") == 1


def test_whoever_gets_a_plan_is_told_of_what_was_taken_back(room: Room) -> None:
    lifted = replace(room.order.rows[0], operation=Operation.LIFT, state_before=Tier.BAN, state_after=None)
    back = replace(room.order, purpose=Purpose.REVERT, about=lifted.subject, rows=(lifted,), grounds=())
    with room.ledger.writing() as ledger:
        hand_over(ledger, room.shelf, back)
    assert export(room, "a.jsonl", plan=room.plan.plan_id, purpose="vendor-x").row_count == 3
    export(room, "b.jsonl", plan=room.plan.plan_id, purpose="execution")
    told = [(row["account_id"], row["operation"]) for row in rows(room, "b.jsonl")]
    assert sorted(told) == sorted([(WHO, "impose"), (OTHER, "impose"), (lifted.account_id, "lift")])


def test_an_erased_account_is_in_no_export(room: Room) -> None:
    room.erase()
    assert export(room, "a.jsonl", purpose="execution").row_count == 1
    assert export(room, "b.jsonl", plan=room.plan.plan_id, purpose="audit").row_count == 1
    assert [row["account_id"] for row in rows(room, "a.jsonl")] == [OTHER]


def test_times_are_utc_and_say_so(room: Room) -> None:
    export(room, "a.jsonl", purpose="execution")
    export(room, "a.csv", purpose="analytics")
    export(room, "a.parquet", purpose="execution")
    assert {row["from_at"] for row in rows(room, "a.jsonl")} == {f"{NOW.isoformat()}Z"}
    assert f"{NOW.date().isoformat()}T00:00:00Z" in (room.folder / "a.csv").read_text()
    assert set(pq.read_table(room.folder / "a.parquet")["from_at"].to_pylist()) == {NOW}


def test_what_cannot_be_exported_leaves_no_file(room: Room) -> None:
    plan = "P-" + "B" * 26
    with room.ledger.writing() as ledger:
        ledger.append([Planned(plan, "RUN-1", "policy", "data", "said", 1, NOW)], "ann", NOW)
    with pytest.raises(NotFoundError, match="was not applied"):
        export(room, "a.csv", plan=plan, purpose="audit")
    with pytest.raises(NotFoundError, match="no such plan"):
        export(room, "a.csv", plan="P-NONE", purpose="audit")
    with pytest.raises(ConfigError, match="unknown purpose"):
        export(room, "a.csv", purpose="vendor-y")
    place = room.shelf.store.place(room.package_id) / "actions.csv"
    place.write_bytes(place.read_bytes() + b"\n")
    with pytest.raises(TamperedError):
        export(room, "a.csv", purpose="audit")
    assert not (room.folder / "a.csv").exists()
