"""deliver: a package goes to a receiver, message by message, until the ledger has each of them as taken.

A message is sent first and recorded then: a crash between the two costs a repeat under the same id, which the
receiver recognises. What could not be delivered is a dead letter, which the next call tries again. So calling
again always goes on from where it stopped, and sends nothing once all was taken.

While the kill switch is on, only what takes something back is delivered. What the ledger has taken back since
the package was made is left out of its messages, whenever they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.answers import Outcome, Verdict
from graphrisk.enforce.deliveries import (
    DeadLetter,
    DeliveryReport,
    find_dead_letters,
    find_package,
    is_gone,
)
from graphrisk.enforce.messages import (
    Heading,
    Message,
    Part,
    RowKey,
    begun_batch_size,
    cut_parts,
    rows_by_key,
    still_holds,
    write_message,
)
from graphrisk.enforce.receivers import Receiver
from graphrisk.enforce.state import EnforcementState, PackageState, replay
from graphrisk.errors import EnforcementRefusedError, TamperedError, WorkspaceBusyError
from graphrisk.model.enforcement import ActionRow, Purpose
from graphrisk.model.ledger import Body, DeadLettered, Delivered, Entry

# Purposes that take something back are never held up
TAKES_BACK = (Purpose.REVERT, Purpose.OVERTURN, Purpose.EXPIRE)
BREAKER_DEAD_COUNT = 3  # dead letters in a row, after which the receiver is left in peace
# A ledger is read and checked as a whole before it is written: that may take so much of the time at most
RECORDING_SHARE = 0.2


class LedgerWriter(Protocol):
    """The ledger, locked by us."""

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]: ...


class Ledger(Protocol):
    def read(self) -> tuple[Entry, ...]: ...

    def writing(self) -> AbstractContextManager[LedgerWriter]: ...


class PackageRows(Protocol):
    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]:
        """subjects: action id -> account token, of the ledger. Raises NotFoundError where it is absent,
        TamperedError where it does not verify, its manifest is another, or it has an action of no
        subject."""
        ...


class MessageSender(Protocol):
    def send(self, message: Message, between_tries: Callable[[], None]) -> Outcome:
        """between_tries: called while nothing is on its way; what it raises ends the sending."""
        ...


class StopSign(Protocol):
    def is_up(self) -> bool:
        """Whether somebody threw the kill switch by hand."""
        ...


class DeliveryDesk(Protocol):
    """What a delivery has in the workspace's folder."""

    def taking_turn(self, receiver: str) -> AbstractContextManager[None]:
        """One delivery to a receiver at a time, so that it never gets a package and what takes it back in
        the wrong order. Raises WorkspaceBusyError."""
        ...

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """All that wait, in the place of those that waited."""
        ...


@dataclass(frozen=True, slots=True)
class DeliverySides:
    """clock: naive UTC. progress: in words, and the share that is done."""

    ledger: Ledger
    packages: PackageRows
    sender: MessageSender
    desk: DeliveryDesk
    stop: StopSign
    clock: Callable[[], datetime]
    progress: Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class DeliveryOrder:
    """package: its name, or how it starts. reopen: send although the receiver said once that it wants nothing
    any more. record_seconds: so often is recorded what was taken; or less often, where that takes long."""

    package: str
    receiver: Receiver
    by: str
    reopen: bool = False
    record_seconds: float = 2.0


def deliver(sides: DeliverySides, order: DeliveryOrder) -> DeliveryReport:
    """Raises EnforcementRefusedError for the kill switch, also when it is thrown midway, for a package that
    the ledger does not know, and for a receiver that is gone; TamperedError; WorkspaceBusyError. A report
    that is not complete raises nothing by itself."""
    with sides.desk.taking_turn(order.receiver.name):
        return _Course(sides, order, sides.ledger.read()).run()


@dataclass(slots=True)
class _Course:
    """One call: what is known by now, and what is taken and not yet recorded."""

    sides: DeliverySides
    order: DeliveryOrder
    entries: tuple[Entry, ...]
    state: EnforcementState = field(init=False)
    package: PackageState = field(init=False)
    report: DeliveryReport = field(init=False)
    pending: list[Body] = field(default_factory=list)
    heard_at: datetime = field(init=False)
    patience_seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.heard_at = self.sides.clock()
        self.state = replay(self.entries)
        self.package = find_package(self.state, self.order.package)
        self.report = DeliveryReport(self.package.body.package_id, self.order.receiver.name)
        self.patience_seconds = self.order.record_seconds

    def check_switch(self) -> None:
        if self.package.body.purpose in TAKES_BACK:
            return
        if self.state.is_stopped or self.sides.stop.is_up():
            raise EnforcementRefusedError(
                "the kill switch is on: only what takes something back is delivered",
                where=self.report.package_id, remedy="`graphrisk enforce restart --why TEXT`",
            )  # fmt: skip

    def check_gone(self) -> None:
        name = self.order.receiver.name
        if not self.order.reopen and is_gone(self.entries, name):
            raise EnforcementRefusedError(
                "the receiver said that it wants no more messages (410)", where=name,
                remedy="give another url, then deliver with --reopen",
            )  # fmt: skip

    def run(self) -> DeliveryReport:
        self.check_switch()
        self.check_gone()
        rows = self._read_rows()
        parts = self._cut()
        self.report = replace(self.report, message_count=len(parts))
        self._tell_dead_letters()  # a call before may have recorded some, and ended there
        try:
            self._send_all(parts, rows)
        finally:
            # Also when the switch was thrown, or Ctrl-C was pressed: what is taken is not sent again
            self.record(insist=True)
        return self.report

    def _read_rows(self) -> dict[RowKey, ActionRow]:
        body = self.package.body
        subjects = {change.action_id: change.subject for change in self.package.changes}
        read = self.sides.packages.read_verified(body.package_id, self.package.manifest_sha256, subjects)
        rows = {key: row for key, row in rows_by_key(read).items() if row.subject not in self.state.erased}
        known = {
            (change.action_id, change.operation): change.subject
            for change in self.package.changes
            if change.subject not in self.state.erased
        }
        if {key: row.subject for key, row in rows.items()} != known:
            raise TamperedError(
                "the package does not hold the rows that the ledger has of it", where=body.package_id,
                remedy="`graphrisk audit verify` tells which of the two was changed",
            )  # fmt: skip
        return rows

    def _cut(self) -> tuple[Part, ...]:
        package_id, to = self.report.package_id, self.report.to
        told = [*self.state.delivered, *self.state.dead]
        begun = begun_batch_size(each for of, whom, each in told if (of, whom) == (package_id, to))
        return cut_parts(package_id, self.package.changes, begun or self.order.receiver.batch_size)

    def _send_all(self, parts: Sequence[Part], rows: dict[RowKey, ActionRow]) -> None:
        dead_in_row, held_subjects = 0, set[str]()
        for place, part in enumerate(parts):
            self._tell_progress(place, len(parts))
            if self._is_taken(part):
                self._count(before_count=1)
                continue
            if part.subjects & held_subjects:
                held_subjects |= part.subjects
                self._count(held_count=1)
                continue
            self.check_switch()
            outcome = self._send(part, len(parts), rows)
            if outcome is None:
                continue
            self._note(part, outcome)
            if outcome.verdict is Verdict.TAKEN:
                dead_in_row = 0
            else:
                dead_in_row += 1
                held_subjects |= part.subjects
            self.hear_now_and_then()
            if outcome.verdict is Verdict.GONE or dead_in_row >= BREAKER_DEAD_COUNT:
                left = sum(1 for each in parts[place + 1 :] if not self._is_taken(each))
                before = len(parts) - place - 1 - left
                self._count(unsent_count=left, before_count=before)
                return
        self._tell_progress(len(parts), len(parts))

    def _send(self, part: Part, part_count: int, rows: dict[RowKey, ActionRow]) -> Outcome | None:
        """None: there is nothing left to send."""
        changes = [change for change in part.changes if change.subject not in self.state.erased]
        holding = [change for change in changes if still_holds(self.state, change)]
        self._count(
            erased_count=len(part.changes) - len(changes), overtaken_count=len(changes) - len(holding)
        )
        if not holding:
            self._count(empty_count=1)
            return None
        body = self.package.body
        number = list(self.state.packages).index(body.package_id) + 1
        heading = Heading(
            body.package_id, number, body.plan_id, body.purpose, self.package.manifest_sha256, part_count
        )
        chosen = [rows[change.action_id, change.operation] for change in holding]
        return self.sides.sender.send(write_message(heading, part, chosen), self._between_tries)

    def _tell_progress(self, done: int, count: int) -> None:
        dead = f", {self.report.dead_count:,} dead" if self.report.dead_count else ""
        self.sides.progress(f"{done:,} of {count:,} messages{dead}", done / max(count, 1))

    def _between_tries(self) -> None:
        self.hear_now_and_then()
        self.check_switch()

    def _is_taken(self, part: Part) -> bool:
        return (self.report.package_id, self.report.to, part.message_id) in self.state.delivered

    def _note(self, part: Part, outcome: Outcome) -> None:
        package_id, to = self.report.package_id, self.report.to
        if outcome.verdict is Verdict.TAKEN:
            self.pending.append(Delivered(package_id, part.message_id, to, outcome.status, outcome.tries))
            self._count(taken_count=1)
            return
        self.pending.append(DeadLettered(package_id, part.message_id, to, outcome.why, outcome.tries))
        self._count(dead_count=1)
        self.report = replace(self.report, why=outcome.why, is_gone=outcome.verdict is Verdict.GONE)

    def _count(self, **more: int) -> None:
        told = {name: getattr(self.report, name) + count for name, count in more.items()}
        self.report = replace(self.report, **told)

    def hear_now_and_then(self) -> None:
        """Tells the ledger what was taken, and hears what others wrote there."""
        began = self.sides.clock()
        if abs((began - self.heard_at).total_seconds()) < self.patience_seconds:
            return
        if self.pending:
            self.record(insist=False)
        else:
            self._hear(self.sides.ledger.read())
        took = abs((self.sides.clock() - began).total_seconds())
        self.patience_seconds = max(self.order.record_seconds, took / RECORDING_SHARE)

    def record(self, *, insist: bool) -> None:
        """insist: raise WorkspaceBusyError where the ledger is not free; else it is tried again later."""
        if not self.pending:
            return
        try:
            with self.sides.ledger.writing() as ledger:
                before = ledger.entries
                added = ledger.append(self.pending, self.order.by, self.sides.clock())
        except WorkspaceBusyError:
            if insist:
                raise
            return
        self.pending.clear()
        self._hear((*before, *added))
        self._tell_dead_letters()

    def _tell_dead_letters(self) -> None:
        self.sides.desk.write_dead_letters(find_dead_letters(self.entries))

    def _hear(self, entries: tuple[Entry, ...]) -> None:
        self.heard_at = self.sides.clock()
        self.entries, self.state = entries, replay(entries)
        self.package = self.state.packages[self.report.package_id]
