"""deliver: a package goes to a receiver, message by message, until the ledger has each of them as taken.

A message is sent first and recorded then: a crash between the two costs a repeat under the same id, which the
receiver recognises. What could not be delivered is a dead letter, which the next call tries again. So calling
again always goes on from where it stopped, and sends nothing once all was taken.

While the kill switch is on, only what takes something back is delivered. What the ledger has taken back since
the package was made is left out of its messages, whenever they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.answers import Outcome, Verdict
from graphrisk.enforce.deliveries import DeliveryReport, find_ledger_seq, find_package, is_gone
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
from graphrisk.enforce.state import PackageState
from graphrisk.errors import EnforcementRefusedError, TamperedError
from graphrisk.flows.enforcement.delivery_record import DeliveryDesk, DeliveryRecord, Ledger
from graphrisk.flows.enforcement.switch import StopSign
from graphrisk.model.enforcement import ActionRow, Purpose
from graphrisk.model.ledger import DeadLettered, Delivered

# Purposes that take something back are never held up
TAKES_BACK = (Purpose.REVERT, Purpose.OVERTURN, Purpose.EXPIRE)
BREAKER_DEAD_COUNT = 3  # dead letters in a row, after which the receiver is left in peace


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
    any more. record_seconds: so often is recorded what was taken; less often, where that takes long."""

    package: str
    receiver: Receiver
    by: str
    reopen: bool = False
    record_seconds: float = 2.0


def deliver(sides: DeliverySides, order: DeliveryOrder) -> DeliveryReport:
    """Raises EnforcementRefusedError for the kill switch, also when it is thrown midway, and for a receiver
    that is gone; NotFoundError for a package that the ledger does not know; TamperedError;
    WorkspaceBusyError. A report that is not complete raises nothing by itself."""
    with sides.desk.taking_turn(order.receiver.name):
        record = DeliveryRecord(sides.ledger, sides.desk, sides.clock, order.by, order.record_seconds)
        return _Course(sides, order, record).run()


class _Course:
    """One call."""

    def __init__(self, sides: DeliverySides, order: DeliveryOrder, record: DeliveryRecord) -> None:
        self._sides, self._order, self._record = sides, order, record
        package = find_package(record.state, order.package)
        self._ledger_seq = find_ledger_seq(record.entries, package)
        self._report = DeliveryReport(package.body.package_id, order.receiver.name)

    @property
    def _package(self) -> PackageState:
        """As the ledger has it by now: an erasure writes its manifest anew."""
        return self._record.state.packages[self._report.package_id]

    def run(self) -> DeliveryReport:
        self._check_switch()
        self._check_gone()
        rows = self._read_rows()
        parts = self._cut()
        self._report = replace(self._report, message_count=len(parts))
        self._record.tell_dead_letters()  # a call before may have recorded some, and ended there
        try:
            self._send_all(parts, rows)
        finally:
            # Also when the switch was thrown, or Ctrl-C was pressed: what is taken is not sent again
            self._record.write(insist=True)
        return self._report

    def _check_switch(self) -> None:
        if self._package.body.purpose in TAKES_BACK:
            return
        if self._record.state.is_stopped or self._sides.stop.is_up():
            raise EnforcementRefusedError(
                "the kill switch is on: only what takes something back is delivered",
                where=self._report.package_id, remedy="`graphrisk enforce restart --why TEXT`",
            )  # fmt: skip

    def _check_gone(self) -> None:
        if not self._order.reopen and is_gone(self._record.entries, self._report.to):
            raise EnforcementRefusedError(
                "the receiver said that it wants no more messages (410)", where=self._report.to,
                remedy="give another url, then deliver with --reopen",
            )  # fmt: skip

    def _read_rows(self) -> dict[RowKey, ActionRow]:
        """Of accounts that are not erased; the same as the ledger's."""
        package, erased = self._package, self._record.state.erased
        subjects = {change.action_id: change.subject for change in package.changes}
        read = self._sides.packages.read_verified(self._report.package_id, package.manifest_sha256, subjects)
        rows = {key: row for key, row in rows_by_key(read).items() if row.subject not in erased}
        known = {
            (change.action_id, change.operation): change.subject
            for change in package.changes
            if change.subject not in erased
        }
        if {key: row.subject for key, row in rows.items()} != known:
            raise TamperedError(
                "the package does not hold the rows that the ledger has of it", where=self._report.package_id,
                remedy="`graphrisk audit verify` tells which of the two was changed",
            )  # fmt: skip
        return rows

    def _cut(self) -> tuple[Part, ...]:
        about, state = (self._report.package_id, self._report.to), self._record.state
        begun = begun_batch_size(
            message_id
            for package_id, to, message_id in (*state.delivered, *state.dead)
            if (package_id, to) == about
        )
        size = begun or self._order.receiver.batch_size
        return cut_parts(self._report.package_id, self._package.changes, size)

    def _send_all(self, parts: Sequence[Part], rows: Mapping[RowKey, ActionRow]) -> None:
        dead_in_row, held = 0, set[str]()
        for place, part in enumerate(parts):
            self._tell_progress(place, len(parts))
            if self._is_taken(part):
                self._count(before_count=1)
                continue
            if part.subjects & held:
                held |= part.subjects
                self._count(held_count=1)
                continue
            outcome = self._send(part, len(parts), rows)
            if outcome is None:
                continue
            self._put_down(part, outcome)
            if outcome.verdict is Verdict.TAKEN:
                dead_in_row = 0
            else:
                dead_in_row += 1
                held |= part.subjects
            if outcome.verdict is Verdict.GONE or dead_in_row == BREAKER_DEAD_COUNT:
                rest = [self._is_taken(each) for each in parts[place + 1 :]]
                self._count(before_count=sum(rest), unsent_count=len(rest) - sum(rest))
                return
        self._tell_progress(len(parts), len(parts))

    def _send(self, part: Part, part_count: int, rows: Mapping[RowKey, ActionRow]) -> Outcome | None:
        """None: there is nothing left to send."""
        self._record.catch_up()
        self._check_switch()
        state, package = self._record.state, self._package
        changes = [change for change in part.changes if change.subject not in state.erased]
        now = self._sides.clock()
        holding = [change for change in changes if still_holds(state, change, now)]
        self._count(
            erased_count=len(part.changes) - len(changes), overtaken_count=len(changes) - len(holding)
        )
        if not holding:
            self._count(empty_count=1)
            return None
        body = package.body
        heading = Heading(
            body.package_id, self._ledger_seq, body.plan_id, body.purpose, package.manifest_sha256, part_count
        )
        chosen = [rows[change.action_id, change.operation] for change in holding]
        return self._sides.sender.send(write_message(heading, part, chosen), self._between_tries)

    def _between_tries(self) -> None:
        self._record.write_now_and_then()
        self._record.catch_up()
        self._check_switch()

    def _put_down(self, part: Part, outcome: Outcome) -> None:
        package_id, to = self._report.package_id, self._report.to
        if outcome.verdict is Verdict.TAKEN:
            self._record.put(Delivered(package_id, part.message_id, to, outcome.status, outcome.tries))
            self._count(taken_count=1)
        else:
            self._record.put(DeadLettered(package_id, part.message_id, to, outcome.why, outcome.tries))
            self._count(dead_count=1)
            self._report = replace(self._report, why=outcome.why, is_gone=outcome.verdict is Verdict.GONE)
        self._record.write_now_and_then()

    def _is_taken(self, part: Part) -> bool:
        return (self._report.package_id, self._report.to, part.message_id) in self._record.state.delivered

    def _count(self, **more: int) -> None:
        told = {name: getattr(self._report, name) + count for name, count in more.items()}
        self._report = replace(self._report, **told)

    def _tell_progress(self, done: int, count: int) -> None:
        dead = f", {self._report.dead_count:,} dead" if self._report.dead_count else ""
        self._sides.progress(f"{done:,} of {count:,} messages{dead}", done / max(count, 1))
