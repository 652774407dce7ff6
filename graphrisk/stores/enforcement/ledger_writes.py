"""How the ledger's files are written, and what is taken back where that fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphrisk.errors import GraphriskError, TamperedError
from graphrisk.stores.durable import disk_is_asked, sync_folder, write_all, write_whole
from graphrisk.stores.enforcement.places import EnforcementPlaces


@dataclass(frozen=True, slots=True)
class LedgerWrites:
    """Only while the ledger is held."""

    places: EnforcementPlaces

    def append(self, size: int, content: bytes, intent: bytes, head: bytes) -> None:
        """content after the size bytes that count so far, announced by intent, and counting by head. Whatever
        interrupts this before the new head has its place, the lines are cut off again. Raises
        GraphriskError."""
        ledger = self.places.ledger
        with disk_is_asked(ledger), _opened(ledger, os.O_APPEND) as handle:
            if os.fstat(handle).st_size != size:
                raise TamperedError(
                    "somebody else wrote to the ledger while it was held", where=str(ledger),
                    remedy="see `graphrisk audit verify`",
                )  # fmt: skip
            self._announce(intent)
            try:
                write_all(handle, content)
                os.fsync(handle)
                if size == 0:
                    sync_folder(ledger.parent)
                write_whole(self.places.head, head)
            except BaseException as stop:
                if _content(self.places.head) != head:
                    _take_back(handle, size, ledger, stop)
                raise

    def cut(self, size: int) -> None:
        """Drop what follows. Raises GraphriskError."""
        with disk_is_asked(self.places.ledger), _opened(self.places.ledger, 0) as handle:
            os.ftruncate(handle, size)
            os.fsync(handle)

    def _announce(self, intent: bytes) -> None:
        """In its old place: half an intent is none, and then nothing else was written either."""
        path = self.places.intent
        is_new = not path.exists()
        with _opened(path, 0) as handle:
            os.ftruncate(handle, len(intent))
            write_all(handle, intent)
            os.fsync(handle)
        if is_new:
            sync_folder(path.parent)


def _take_back(handle: int, size: int, ledger: Path, stop: BaseException) -> None:
    try:
        os.ftruncate(handle, size)
        os.fsync(handle)
    except OSError as error:
        raise GraphriskError(
            f"the disk takes neither what is written ({stop}) nor that it is taken back: {error.strerror}",
            where=str(ledger),
            remedy="mend the disk; nothing is lost, and the next writer cuts off what was begun",
        ) from error


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o666)
    try:
        yield handle
    finally:
        os.close(handle)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
