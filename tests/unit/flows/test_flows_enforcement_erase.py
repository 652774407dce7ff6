"""An erased account is gone from what enforcement keeps, and everything else stays what it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from canary_shop import read_plainly
from plan_grounds import NOW, ground, member, order, thing
from real_ledgers import begin_ledger, make_places

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.plan import Plan, find_changed
from graphrisk.enforce.scan import KnownValue
from graphrisk.enforce.state import PackageState, replay
from graphrisk.enforce.tokens import account_token
from graphrisk.errors import ConfigError, EnforcementRefusedError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.erase import EraseOrder, EraseSides, Erasure, Holding, erase_account
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over
from graphrisk.flows.enforcement.refuse import Guard
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier
from graphrisk.model.ledger import Delivered, Erased, Planned
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.ledger_file import Ledger
from graphrisk.stores.enforcement.package_eraser import PackageEraser
from graphrisk.stores.enforcement.package_shelf import PackageShelf
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.plan_files import PlanFiles
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.enforcement.state_database import StateDatabase

WHO, OTHER = "canary-who-31", "canary-other-32"


class PowerCut(Exception):  # noqa: N818 - what happens to a process, no error of it
    pass


@dataclass(slots=True)
class Packages:
    """Real ones. cut: the power goes after the next was written."""

    eraser: PackageEraser
    cut: bool = False

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.eraser.remove_all_but(package_ids)

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        manifest = self.eraser.write_without(package, subjects)
        if self.cut:
            self.cut = False
            raise PowerCut
        return manifest


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
    """A plan about two accounts, carried out and delivered."""

    folder: Path
    ledger: Ledger = field(init=False)
    keys: KeyFolder = field(init=False)
    plans: PlanFiles = field(init=False)
    state: StateDatabase = field(init=False)
    shelf: PackageShelf = field(init=False)
    packages: Packages = field(init=False)
    plan: Plan = field(init=False)
    order: HandOver = field(init=False)

    def __post_init__(self) -> None:
        places = make_places(self.folder)
        self.ledger, self.keys = begin_ledger(places), KeyFolder.open(places.keys)
        self.plans, self.state = PlanFiles(places.plans), StateDatabase(places.state)
        self.shelf = PackageShelf(PackageStore(places.packages), self.plans, self.keys, "object here")
        self.packages = Packages(PackageEraser(self.shelf))
        own = thing("device", "canary-device-33", holders=2, in_ring=2)
        members = [member(WHO, things=(own, thing("address"), thing("ip"))), member(OTHER)]
        made_on = replace(ground(), token_of=self.token, key=self.keys.token_key())
        self.plan = make_plan(members, made_on, order())
        self.plans.write_plan(self.plan)
        header = self.plan.header
        actions = [
            ActionRow(f"A-{row.subject.upper()}", Operation.IMPOSE, row.subject, row.account_id, "RING-A",
                      Tier.BAN, None, Tier.BAN, NOW, None, "closed", self.plan.plan_id, by_hand=False)
            for row in self.plan.rows
        ]  # fmt: skip
        self.order = HandOver(
            Purpose.APPLY, self.plan.plan_id, "all", self.plan.plan_id, "", tuple(actions), self.plan.rows,
            "ann", NOW,
        )  # fmt: skip
        planned = Planned(self.plan.plan_id, "RUN-1", "policy", "data", "said", 2, header.expires_at)
        with self.ledger.writing() as ledger:
            ledger.append([planned], "ann", NOW)
            hand_over(ledger, self.shelf, self.order)
            ledger.append([Delivered(self.package_id, "MSG-1", "shop", 200, 1)], "ann", NOW)
        self.state.write_state(replay(self.ledger.read()), {self.token(each): each for each in (WHO, OTHER)})

    @property
    def package_id(self) -> str:
        return self.order.package_id

    def token(self, account_id: str) -> str:
        return account_token(self.keys.token_key(), account_id)

    def manifest(self) -> str:
        return self.shelf.store.read_manifest(self.package_id)[1]

    def package_accounts(self) -> list[str | None]:
        """Of a package that verifies and is the one that the ledger knows."""
        known = replay(self.ledger.read()).packages[self.package_id]
        subjects = {change.action_id: change.subject for change in known.changes}
        signed = SignedPackages(self.shelf.store, self.keys)
        rows = signed.read_verified(self.package_id, known.manifest_sha256, subjects)
        return [row.account_id for row in rows]

    def erase(self, account_id: str = WHO, why: str = "asked for, case C-1", by: str = "eve") -> Erasure:
        sides = EraseSides(
            self.ledger, self.plans, self.packages, self.state, Elsewhere(), Guard(NobodyKnown(), "US")
        )
        return erase_account(
            sides, EraseOrder(account_id, why, by, NOW + timedelta(hours=1), self.keys.token_key())
        )

    def erased(self) -> list[Erased]:
        return [entry.body for entry in self.ledger.read() if isinstance(entry.body, Erased)]

    def everything(self) -> bytes:
        return b"".join(read_plainly(path) for path in sorted(self.folder.rglob("*")) if path.is_file())


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
