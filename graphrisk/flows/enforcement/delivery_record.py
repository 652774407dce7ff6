"""What a delivery knows of the ledger, and tells it: what was taken, what is dead, and what others wrote
meanwhile. The ledger is held only while something is written, never while a message is on its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.deliveries import DeadLetter, find_dead_letters
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.errors import WorkspaceBusyError
from graphrisk.flows.enforcement.hand_over import LedgerWriter
from graphrisk.model.ledger import Body, Entry

# A ledger is read and checked as a whole before it is written: that may take so much of the time at most
RECORDING_SHARE = 0.2


class Ledger(Protocol):
    def read(self) -> tuple[Entry, ...]: ...

    def writing(self) -> AbstractContextManager[LedgerWriter]: ...


class DeliveryDesk(Protocol):
    """What a delivery has in the workspace's folder."""

    def taking_turn(self, receiver: str) -> AbstractContextManager[None]:
        """One delivery to a receiver at a time, so that it never gets a package and what takes it back in
        the wrong order. Raises WorkspaceBusyError."""
        ...

    def ledger_mark(self) -> bytes:
        """Another one whenever somebody has written to the ledger; cheap to ask for."""
        ...

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """All that wait, in the place of those that waited."""
        ...


class DeliveryRecord:
    """state: of the ledger, as far as it is known. What is put here is written now and then, so a crash costs
    repeats of a few messages."""

    def __init__(
        self,
        ledger: Ledger,
        desk: DeliveryDesk,
        clock: Callable[[], datetime],
        by: str,
        record_seconds: float,
    ) -> None:
        self._ledger, self._desk, self._clock, self._by = ledger, desk, clock, by
        self._least_seconds = self._wait_seconds = record_seconds
        self._recorded_at = clock()
        self._pending: list[Body] = []
        # The mark first: what is written between the two is heard of later
        self._mark = desk.ledger_mark()
        self._entries = ledger.read()
        self._state = replay(self._entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    @property
    def state(self) -> EnforcementState:
        return self._state

    def put(self, body: Body) -> None:
        self._pending.append(body)

    def catch_up(self) -> None:
        """With what others wrote: that they threw the kill switch, or took something back."""
        mark = self._desk.ledger_mark()
        if mark != self._mark:
            self._hear(mark, self._ledger.read())

    def write_now_and_then(self) -> None:
        began = self._clock()
        if abs((began - self._recorded_at).total_seconds()) < self._wait_seconds:
            return
        self.write(insist=False)
        self._recorded_at = self._clock()
        took = abs((self._recorded_at - began).total_seconds())
        self._wait_seconds = max(self._least_seconds, took / RECORDING_SHARE)

    def write(self, *, insist: bool) -> None:
        """What was put here. insist: raise WorkspaceBusyError where the ledger is not free; else it is tried
        again later."""
        if not self._pending:
            return
        try:
            with self._ledger.writing() as ledger:
                before = ledger.entries
                added = ledger.append(self._pending, self._by, self._clock())
                mark = self._desk.ledger_mark()
        except WorkspaceBusyError:
            if insist:
                raise
            return
        self._pending.clear()
        self._hear(mark, (*before, *added))
        self.tell_dead_letters()

    def tell_dead_letters(self) -> None:
        self._desk.write_dead_letters(find_dead_letters(self._entries))

    def _hear(self, mark: bytes, entries: tuple[Entry, ...]) -> None:
        self._mark, self._entries, self._state = mark, entries, replay(entries)
