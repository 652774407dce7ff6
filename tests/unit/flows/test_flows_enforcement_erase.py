"""An erased account is gone from what enforcement keeps, and everything else stays what it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from plan_grounds import KEY, NOW, ground, member, order, thing
from real_ledgers import begin_ledger, make_places

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.plan import Plan, find_changed
from graphrisk.enforce.scan import KnownValue
from graphrisk.enforce.state import PackageState, replay
from graphrisk.enforce.tokens import account_token
from graphrisk.errors import ConfigError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.erase import EraseOrder, EraseSides, Erasure, Holding, erase_account
from graphrisk.flows.enforcement.refuse import Guard
from graphrisk.model.enforcement import Operation, Purpose, Tier
from graphrisk.model.ledger import Changed, Delivered, Erased, Packaged, Planned
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.plan_files import PlanFiles
from graphrisk.stores.enforcement.state_database import StateDatabase

WHO, OTHER = "canary-who-31", "canary-other-32"
SUBJECT, OTHER_SUBJECT = account_token(KEY, WHO), account_token(KEY, OTHER)


class PowerCut(Exception):  # noqa: N818 - what happens to a process, no error of it
    pass


@dataclass(slots=True)
class Packages:
    """Fits flows.enforcement.erase.PackageShelf: package -> subjects that it is rid of. cut: of the next
    rewriting, after it was done."""

    rid_of: dict[str, frozenset[str]] = field(default_factory=dict)
    kept: Collection[str] = ()
    cut: bool = False

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.kept = tuple(package_ids)

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        named = {change.subject for change in package.changes}
        self.rid_of[package.body.package_id] = frozenset(named & set(subjects))
        if self.cut:
            raise PowerCut
        return f"without-{'-'.join(sorted(named & set(subjects)))}"


class NobodyKnown:
    """Fits flows.enforcement.refuse.KnownValues."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:
        return [KnownValue("account", WHO), KnownValue("account", OTHER)]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Fits flows.enforcement.erase.OtherPlaces."""

    def find_account(self, account_id: str) -> Sequence[Holding]:
        return [Holding("a table", "erase it there")] if account_id == WHO else []


@dataclass(slots=True)
class Room:
    folder: Path
    ledger: Ledger = field(init=False)
    plans: PlanFiles = field(init=False)
    state: StateDatabase = field(init=False)
    packages: Packages = field(default_factory=Packages)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        places = make_places(self.folder)
        self.ledger = begin_ledger(places)
        self.plans, self.state = PlanFiles(places.plans), StateDatabase(places.state)
        own = thing("device", "canary-device-33", holders=2, in_ring=2)
        members = [member(WHO, things=(own, thing("address"), thing("ip"))), member(OTHER)]
        self.plan = make_plan(members, replace(ground(), token_of=partial(account_token, KEY)), order())
        self.plans.write_plan(self.plan)
        done = [
            Changed("PKG-1", f"A-{subject}", Operation.IMPOSE, subject, "RING-A", Tier.BAN, self.plan.plan_id,
                    NOW, None)
            for subject in (SUBJECT, OTHER_SUBJECT)
        ]  # fmt: skip
        header = self.plan.header
        with self.ledger.writing() as ledger:
            ledger.append(
                [
                    Planned(self.plan.plan_id, "RUN-1", "policy", "data", "said", 2, header.expires_at),
                    *done,
                    Packaged("PKG-1", Purpose.APPLY, self.plan.plan_id, "all", "", "", "first", 2),
                    Delivered("PKG-1", "MSG-1", "shop", 200, 1),
                ],
                "ann", NOW,
            )  # fmt: skip
        self.state.write_state(replay(self.ledger.read()), {SUBJECT: WHO, OTHER_SUBJECT: OTHER})

    def erase(self, account_id: str = WHO, why: str = "asked for, case C-1", by: str = "eve") -> Erasure:
        sides = EraseSides(
            self.ledger, self.plans, self.packages, self.state, Elsewhere(), Guard(NobodyKnown(), "US")
        )
        return erase_account(sides, EraseOrder(account_id, why, by, NOW + timedelta(hours=1), KEY))

    def erased(self) -> list[Erased]:
        return [entry.body for entry in self.ledger.read() if isinstance(entry.body, Erased)]

    def everything(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_an_erased_account_is_nowhere_and_the_plan_keeps_its_name(room: Room) -> None:
    told = room.erase()
    plan = room.plans.read_plan(room.plan.plan_id)
    assert find_changed(plan, KEY) is None
    (stub,) = [row for row in plan.rows if row.subject == SUBJECT]
    assert (stub.account_id, stub.evidence, stub.money, stub.reasons) == (None, (), (), "")
    assert [row for row in plan.rows if row.subject != SUBJECT] == [
        row for row in room.plan.rows if row.subject != SUBJECT
    ]
    for canary in (WHO, "canary-device-33"):
        assert canary.encode() not in room.everything()
    assert room.state.read_names() == {OTHER_SUBJECT: OTHER}
    assert (told.plans, told.packages, told.was_done) == ((plan.plan_id,), ("PKG-1",), False)
    assert room.packages.rid_of == {"PKG-1": {SUBJECT}}
    assert list(room.packages.kept) == ["PKG-1"]


def test_the_ledger_says_what_was_erased_and_why_and_nothing_of_whom(room: Room) -> None:
    room.erase()
    (erased,) = room.erased()
    assert erased == Erased(
        SUBJECT, (room.plan.plan_id,), (f"PKG-1 first without-{SUBJECT}",), "asked for, case C-1"
    )
    assert replay(room.ledger.read()).packages["PKG-1"].manifest_sha256 == f"without-{SUBJECT}"


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
    assert room.packages.rid_of == {"PKG-1": {SUBJECT, OTHER_SUBJECT}}
    assert [row.account_id for row in room.plans.read_plan(room.plan.plan_id).rows] == [None, None]
    assert find_changed(room.plans.read_plan(room.plan.plan_id), KEY) is None


def test_an_interrupted_erasure_is_finished_by_calling_it_again(room: Room) -> None:
    room.packages.cut = True
    with pytest.raises(PowerCut):
        room.erase()
    assert room.erased() == []
    room.packages.cut = False
    told = room.erase()
    assert (told.was_done, told.packages) == (False, ("PKG-1",))
    assert room.erased()[0].packages == (f"PKG-1 first without-{SUBJECT}",)
    assert WHO.encode() not in room.everything()


def test_a_state_that_was_not_written_after_the_ledger_is_written_by_the_next_call(room: Room) -> None:
    before = (room.folder / "shop" / "enforcement.duckdb").read_bytes()
    room.erase()
    (room.folder / "shop" / "enforcement.duckdb").write_bytes(before)
    assert room.erase().was_done
    assert room.state.read_names() == {OTHER_SUBJECT: OTHER}


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
    assert account_token(KEY, "canary-stranger-34") in str(refusal.value)


def test_a_plan_that_somebody_changed_is_left_as_evidence(room: Room) -> None:
    rows = tuple(replace(row, proposed=Tier.MONITOR) for row in room.plan.rows)
    room.plans.write_plan(replace(room.plan, rows=rows))
    with pytest.raises(TamperedError, match="was changed since"):
        room.erase()
    assert room.erased() == []
    assert room.plans.read_plan(room.plan.plan_id).rows == rows
