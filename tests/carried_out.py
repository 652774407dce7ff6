"""A plan about two accounts, carried out over a real ledger, delivered, and what is then on the disk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from canary_shop import read_plainly
from plan_grounds import NOW, ground, member, order, thing
from real_ledgers import begin_ledger, make_places

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.plan import Plan
from graphrisk.enforce.scan import KnownValue
from graphrisk.enforce.state import PackageState, replay
from graphrisk.enforce.tokens import account_token
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


class BothKnown:
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
        self.shelf = PackageShelf(PackageStore(places.packages), self.keys, "object here")
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
            self.ledger, self.plans, self.packages, self.state, Elsewhere(), Guard(BothKnown(), "US")
        )
        return erase_account(
            sides, EraseOrder(account_id, why, by, NOW + timedelta(hours=1), self.keys.token_key())
        )

    def erased(self) -> list[Erased]:
        return [entry.body for entry in self.ledger.read() if isinstance(entry.body, Erased)]

    def everything(self) -> bytes:
        return b"".join(read_plainly(path) for path in sorted(self.folder.rglob("*")) if path.is_file())
