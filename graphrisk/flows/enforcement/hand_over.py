"""hand over: a package is built whole, and only then the ledger says so.

A crash before the package stands leaves nothing; one between the two leaves a folder that the ledger does not
know, which was never handed over and is replaced or removed by whoever hands over next. A package's name is a
digest of what it does, so doing it again finds it in the ledger and changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from graphrisk.errors import TamperedError
from graphrisk.model.enforcement import ActionRow, PlanRow, Purpose
from graphrisk.model.ledger import Approved, Body, Changed, Entry, Packaged, Planned

_NAME_CHARS = 26  # 130 bits: nobody makes two packages of one name


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a package is made of.

    plan_id: of the one plan that it is about, empty where it is about several. stage, about, note: as in
    ledger.Packaged. rows: at least one, with account ids; sorted here. grounds: what the plans said of these
    accounts, from which their statements are made; at most one for each action. by, at: who does it, and
    when (naive UTC). approvals: of the plan, where it is carried out. package_id: `PKG-` and a digest of
    purpose, plan, stage, about, and which operation is done to which action; not of who does it, when and
    with what note. Made once: each row asks for it.
    """

    purpose: Purpose
    plan_id: str
    stage: str
    about: str
    note: str
    rows: tuple[ActionRow, ...]
    grounds: tuple[PlanRow, ...]
    by: str
    at: datetime
    approvals: tuple[Approved, ...] = ()
    package_id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not self.rows:
            raise ValueError("a package without rows does nothing")
        object.__setattr__(self, "rows", tuple(sorted(self.rows, key=_row_order)))
        object.__setattr__(self, "package_id", self._name())

    def _name(self) -> str:
        done = sorted((row.action_id, row.operation.value) for row in self.rows)
        said = [self.purpose.value, self.plan_id, self.stage, self.about, done]
        digest = hashlib.sha256(json.dumps(said).encode()).digest()
        return "PKG-" + base64.b32encode(digest).decode("ascii")[:_NAME_CHARS]


class LedgerWriter(Protocol):
    """The ledger, locked by us."""

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]:
        """All or none, and lasting once it returns."""
        ...


class AccountNames(Protocol):
    def read_names(self) -> Mapping[str, str]:
        """Subject -> account id, of all that were ever in a plan and are not erased."""
        ...


class PackageShelf(Protocol):
    def write_package(self, order: HandOver, head: tuple[int, str], planned: Planned | None) -> str:
        """The package of the name order.package_id appears whole, in the place of any that has the name, and
        outlasts a crash once this returns. head: seq and hash of the ledger's last entry. planned: the
        ledger's entry of the one plan that it is about. Returns the sha256 of its manifest, hexadecimal."""
        ...

    def read_positions(self, package_ids: Collection[str]) -> Sequence[tuple[str, int, str]]:
        """Of packages of other names: name, and the ledger's last entry when it was made, seq and hash."""
        ...

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        """Packages of other names, and the unfinished, are removed."""
        ...


def _do_not_ask() -> None:
    """Nothing stands against it."""


def hand_over(
    ledger: LedgerWriter,
    packages: PackageShelf,
    order: HandOver,
    last_look: Callable[[], None] = _do_not_ask,
) -> Packaged:
    """ledger: whose lock is held since before the order was made of its entries. last_look: called when the
    package stands and the ledger does not know of it yet; what it raises leaves it so. Returns what stands in
    the ledger: of the first time, where it was done before."""
    package_id = order.package_id
    known = {
        entry.body.package_id: entry.body for entry in ledger.entries if isinstance(entry.body, Packaged)
    }
    if package_id in known:
        return known[package_id]
    _refuse_rolled_back(ledger.entries, packages.read_positions(known))
    packages.remove_all_but(known)
    before = (ledger.entries[-1].seq, ledger.entries[-1].hash) if ledger.entries else (-1, "")
    plans = (entry.body for entry in ledger.entries if isinstance(entry.body, Planned))
    planned = next((body for body in plans if body.plan_id == order.plan_id), None)
    manifest = packages.write_package(order, before, planned)
    last_look()
    packaged = Packaged(
        package_id, order.purpose, order.plan_id, order.stage, order.about, order.note, manifest,
        len(order.rows),
    )  # fmt: skip
    ledger.append([*(_changed(package_id, row) for row in order.rows), packaged], order.by, order.at)
    return packaged


def _refuse_rolled_back(entries: Sequence[Entry], positions: Iterable[tuple[str, int, str]]) -> None:
    """What a crash left was made at the ledger's end, which is still there. A package that was made after
    entries that are there no longer proves that the ledger was put back, and is not removed."""
    for package_id, seq, digest in positions:
        if seq >= len(entries) or (seq >= 0 and entries[seq].hash != digest):
            raise TamperedError(
                "the package was made after entries that the ledger has no longer", where=package_id,
                remedy="`graphrisk audit verify`; bring back the ledger that it belongs to",
            )  # fmt: skip


def with_accounts(rows: Sequence[ActionRow], names: Mapping[str, str]) -> tuple[ActionRow, ...]:
    """With the account ids of these subjects; that of an erased account stays None."""
    return tuple(replace(row, account_id=names.get(row.subject)) for row in rows)


def _row_order(row: ActionRow) -> tuple[str, str, str, str]:
    return row.account_id or "", row.subject, row.action_id, row.operation.value


def _changed(package_id: str, row: ActionRow) -> Changed:
    return Changed(
        package_id, row.action_id, row.operation, row.subject, row.ring_id, row.tier, row.plan_id,
        row.from_at, row.until_at,
    )  # fmt: skip
