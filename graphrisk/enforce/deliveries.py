"""What the ledger says of deliveries: dead letters that wait, what each receiver has of each package, and
which actions it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.answers import GONE
from graphrisk.enforce.messages import part_number
from graphrisk.enforce.state import EnforcementState, PackageState
from graphrisk.errors import DeliveryError, NotFoundError
from graphrisk.model.ledger import DeadLettered, Delivered, Entry


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """at: when it was given up for the last time. part: from 1 on."""

    at: datetime
    message_id: str
    package_id: str
    part: int
    to: str
    why: str
    tries: int


def find_dead_letters(entries: Iterable[Entry]) -> tuple[DeadLetter, ...]:
    """Those that were not taken since, in the order in which they were first given up."""
    found: dict[tuple[str, str, str], DeadLetter] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, DeadLettered):
            found[body.package_id, body.to, body.message_id] = DeadLetter(
                entry.at, body.message_id, body.package_id, part_number(body.message_id), body.to, body.why,
                body.tries,
            )  # fmt: skip
        elif isinstance(body, Delivered):
            found.pop((body.package_id, body.to, body.message_id), None)
    return tuple(found.values())


def is_gone(entries: Iterable[Entry], receiver: str) -> bool:
    """Whether the last that is known of the receiver is that it is gone for good."""
    gone = False
    for entry in entries:
        body = entry.body
        if isinstance(body, Delivered | DeadLettered) and body.to == receiver:
            gone = isinstance(body, DeadLettered) and body.why == GONE
    return gone


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one call came to; counts are of messages.

    before_count: taken by earlier calls. empty_count: with nothing left to send, because accounts were erased
    or everything was taken back. held_count: not sent, because an earlier message with the same account is
    dead. unsent_count: not reached, because the receiver was left in peace. overtaken_count, erased_count:
    rows left out of what was sent; overtaken is also what was over. why: of the last dead letter.
    """

    package_id: str
    to: str
    message_count: int = 0
    before_count: int = 0
    taken_count: int = 0
    empty_count: int = 0
    dead_count: int = 0
    held_count: int = 0
    unsent_count: int = 0
    overtaken_count: int = 0
    erased_count: int = 0
    why: str = ""
    is_gone: bool = False

    @property
    def is_complete(self) -> bool:
        return self.dead_count + self.held_count + self.unsent_count == 0

    def raise_unless_complete(self) -> None:
        """Raises DeliveryError with the counts."""
        if self.is_complete:
            return
        done = self.before_count + self.taken_count + self.empty_count
        raise DeliveryError(
            f"{done:,} of {self.message_count:,} messages are delivered; dead letters: {self.dead_count:,};"
            f" not sent: {self.held_count + self.unsent_count:,}; the last dead letter: {self.why}",
            where=f"{self.package_id} to {self.to}",
            remedy="it wants no more messages: give another url, then deliver with --reopen"
            if self.is_gone
            else "once the receiver works, the same call goes on from there",
        )


def find_package(state: EnforcementState, name: str) -> PackageState:
    """The one of that name, or the only one whose name starts so. Raises NotFoundError where the ledger
    knows none, or several."""
    fitting = [each for each in state.packages if name and each.startswith(name.upper())]
    if len(fitting) > 1:
        raise NotFoundError(
            "more than one package is called so", value=name, remedy=f"did you mean {', '.join(fitting[:5])}?"
        )
    if not fitting:
        raise NotFoundError(
            "the ledger knows no such package, so it was never handed over", value=name,
            remedy="`graphrisk enforce deliveries` lists those that it knows",
        )  # fmt: skip
    return state.packages[fitting[0]]


def find_ledger_seq(entries: Iterable[Entry], package: PackageState) -> int:
    """Of the last entry before those of the package, which were written at once: as its manifest says it."""
    packaged = next(entry.seq for entry in entries if entry.body == package.body)
    return packaged - len(package.changes) - 1
