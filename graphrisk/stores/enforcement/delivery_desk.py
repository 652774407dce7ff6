"""What a delivery has in the folder `enforce`: its file of dead letters, and one turn at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from filelock import FileLock, Timeout

from graphrisk.enforce.deliveries import DeadLetter
from graphrisk.errors import WorkspaceBusyError
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.file_set import write_files

TURN_SECONDS = 5.0


class DeliveryFiles:
    """Fits flows.enforcement.deliver.DeliveryDesk."""

    def __init__(self, places: EnforcementPlaces, turn_seconds: float = TURN_SECONDS) -> None:
        """turn_seconds: how long another delivery to the same receiver is waited for."""
        self._places = places
        self._turn_seconds = turn_seconds

    @contextmanager
    def taking_turn(self, receiver: str) -> Iterator[None]:
        """receiver: a checked name, so that it can name a file."""
        lock = FileLock(self._places.folder / f".delivering-{receiver}.lock")
        try:
            lock.acquire(timeout=self._turn_seconds)
        except Timeout:
            raise WorkspaceBusyError(
                "another delivery to this receiver is under way", where=receiver,
                remedy="wait for it; what takes something back gets its turn at once if you stop it with"
                " `graphrisk enforce stop`",
            ) from None  # fmt: skip
        try:
            yield
        finally:
            lock.release()

    def ledger_mark(self) -> bytes:
        """Its head, which names the last entry."""
        place = self._places.head
        return place.read_bytes() if place.exists() else b""

    def write_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """One JSON object a line. The ledger knows them, too: the file is for whatever watches it."""
        place = self._places.dead_letters
        lines = (json.dumps(asdict(letter), default=_time, sort_keys=True) + "\n" for letter in letters)
        content = "".join(lines).encode()
        if content != (place.read_bytes() if place.exists() else b""):
            write_files(place.parent, {place.name: content})


def _time(at: datetime) -> str:
    return at.isoformat() + "Z"
