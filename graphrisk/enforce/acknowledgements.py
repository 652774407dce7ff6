"""Who has what of which package: of each action, whether a receiver took the message that it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from graphrisk.enforce.messages import Part, begun_batch_size, cut_parts, is_over, still_holds
from graphrisk.enforce.state import EnforcementState, PackageState, replay
from graphrisk.model.enforcement import Operation, Purpose
from graphrisk.model.ledger import Changed, DeadLettered, Delivered, Entry, Erased, Packaged


class Status(StrEnum):
    TAKEN = "taken"
    DEAD = "dead"  # given up for now
    WAITING = "waiting"
    OVER = "over"  # its time was over before it was taken
    OVERTAKEN = "overtaken"  # a later package changed it before it was taken; what holds no more is not sent
    ERASED = "erased"  # with its account, before it was taken


@dataclass(frozen=True, slots=True)
class ActionDelivery:
    """at: when the message was taken or given up; None: neither. message_id: of the message that it is in."""

    action_id: str
    operation: Operation
    subject: str
    message_id: str
    status: Status
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PackageDelivery:
    """What one receiver has of one package. to: empty where it went to nobody yet; then it has no messages
    and no actions are told. taken_count, dead_count: of messages. last_at: of the last of them."""

    package_id: str
    purpose: Purpose
    made_at: datetime
    action_count: int
    to: str
    message_count: int
    taken_count: int
    dead_count: int
    last_at: datetime | None
    actions: tuple[ActionDelivery, ...]

    def count(self, status: Status) -> int:
        return sum(action.status is status for action in self.actions)


def tell_deliveries(
    entries: Sequence[Entry], package_id: str | None, at: datetime
) -> tuple[PackageDelivery, ...]:
    """By package in the ledger's order, then receiver. package_id: only this one. at: now."""
    state, told = replay(entries), _Told.of(entries, at)
    found = []
    for package in state.packages.values():
        name = package.body.package_id
        if package_id in (None, name):
            receivers = sorted({to for of, to in told.about if of == name})
            found += [_tell(state, told, package, to) for to in receivers or [""]]
    return tuple(found)


@dataclass(slots=True)
class _Told:
    """now: for what waits. about: package and receiver -> the latest entry about each message. packaged_at,
    erased_at: seq of the entries that say it."""

    now: datetime
    about: dict[tuple[str, str], dict[str, Entry]] = field(default_factory=dict)
    packaged_at: dict[str, int] = field(default_factory=dict)
    erased_at: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Entry], now: datetime) -> _Told:
        told = cls(now)
        for entry in entries:
            body = entry.body
            if isinstance(body, Delivered | DeadLettered):
                told.about.setdefault((body.package_id, body.to), {})[body.message_id] = entry
            elif isinstance(body, Packaged):
                told.packaged_at[body.package_id] = entry.seq
            elif isinstance(body, Erased):
                told.erased_at.setdefault(body.subject, entry.seq)
        return told


def _tell(state: EnforcementState, told: _Told, package: PackageState, to: str) -> PackageDelivery:
    body = package.body
    about = told.about.get((body.package_id, to), {})
    size = begun_batch_size(about)
    parts = cut_parts(body.package_id, package.changes, size) if size else ()
    later = _changed_later(state, told, package)
    actions = [action for part in parts for action in _tell_part(state, told, part, about, later)]
    taken = sum(isinstance(entry.body, Delivered) for entry in about.values())
    return PackageDelivery(
        body.package_id, body.purpose, package.at, body.action_count, to, len(parts), taken,
        len(about) - taken, max((entry.at for entry in about.values()), default=None), tuple(actions),
    )  # fmt: skip


def _changed_later(state: EnforcementState, told: _Told, package: PackageState) -> dict[str, int]:
    """Action -> seq of the first later package that changes it, too."""
    made = told.packaged_at[package.body.package_id]
    mine = {change.action_id for change in package.changes}
    found: dict[str, int] = {}
    for other in state.packages.values():
        seq = told.packaged_at[other.body.package_id]
        if seq > made:
            for change in other.changes:
                if change.action_id in mine:
                    found.setdefault(change.action_id, seq)
    return found


def _tell_part(
    state: EnforcementState, told: _Told, part: Part, about: dict[str, Entry], later: dict[str, int]
) -> list[ActionDelivery]:
    entry = about.get(part.message_id)
    at = None if entry is None else entry.at
    found = []
    for change in part.changes:
        if entry is not None and isinstance(entry.body, Delivered):
            status = _status_when_taken(told, change, entry, later)
        else:
            status = _status_when_waiting(state, told, change, is_dead=entry is not None)
        found.append(
            ActionDelivery(change.action_id, change.operation, change.subject, part.message_id, status, at)
        )
    return found


def _status_when_taken(told: _Told, change: Changed, entry: Entry, later: dict[str, int]) -> Status:
    if told.erased_at.get(change.subject, entry.seq) < entry.seq:
        return Status.ERASED
    if later.get(change.action_id, entry.seq) < entry.seq:
        return Status.OVERTAKEN
    return Status.OVER if is_over(change, entry.at) else Status.TAKEN


def _status_when_waiting(state: EnforcementState, told: _Told, change: Changed, *, is_dead: bool) -> Status:
    if change.subject in state.erased:
        return Status.ERASED
    if is_over(change, told.now):
        return Status.OVER
    if not still_holds(state, change, told.now):
        return Status.OVERTAKEN
    return Status.DEAD if is_dead else Status.WAITING
