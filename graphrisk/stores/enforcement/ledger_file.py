"""The ledger as three files: its lines, the signed head, and the signed intent of the last write.

A write goes: intent, lines, head; each is on the disk before the next begins. An entry counts once the head
names it or one after it, and only then its writer is told so. What an interrupted write left after the head
is cut off by the next writer, who finds it to be the beginning of what the intent announced; anything else
there, or before, is somebody's tampering, and nobody appends to that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from graphrisk.enforce.chain import GENESIS, seal_lines
from graphrisk.enforce.chain_check import CleanChain, Remnant, find_remnant, read_clean
from graphrisk.enforce.faults import Fault
from graphrisk.enforce.head import Head, Intent, Signed, signed_message, signed_text
from graphrisk.enforce.ledger_check import (
    LedgerBytes,
    check_ledger,
    read_opening,
    trusted_head,
    trusted_intent,
)
from graphrisk.errors import GraphriskError, NotFoundError, TamperedError, WorkspaceBusyError
from graphrisk.model.ledger import Body, Entry, Opened
from graphrisk.stores.enforcement.keys import PSEUDONYM_KEY, KeyFolder, Sign
from graphrisk.stores.enforcement.ledger_writes import LedgerWrites
from graphrisk.stores.enforcement.places import EnforcementPlaces

LOCK_SECONDS = 5.0


def tell_nobody(words: str) -> None:
    """Say nothing."""


class Ledger:
    """tell: is told when the rest of an interrupted write was cut off."""

    def __init__(
        self,
        places: EnforcementPlaces,
        keys: KeyFolder,
        *,
        tell: Callable[[str], None] = tell_nobody,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._places, self._keys, self._tell, self._lock_seconds = places, keys, tell, lock_seconds

    def read(self) -> tuple[Entry, ...]:
        """Every entry that counts, each checked. Raises NotFoundError where there is no ledger, TamperedError
        where it is not what was written, or was opened with other keys."""
        found = self.read_bytes()
        if found.is_absent:
            raise _absent(self._places.ledger)
        return self._clean(found).entries

    def read_files(self) -> LedgerBytes:
        """All of one moment. Raises WorkspaceBusyError."""
        if not os.access(self._places.folder, os.W_OK):  # a copy on a medium on which nobody writes
            return self.read_bytes()
        with self.held():
            return self.read_bytes()

    def read_bytes(self) -> LedgerBytes:
        """The head first: whatever it names is in the lines by then."""
        places = self._places
        head = _read_or_none(places.head)
        return LedgerBytes(_read_or_none(places.ledger), head, _read_or_none(places.intent))

    @contextmanager
    def writing(self) -> Iterator[LedgerWriter]:
        """The ledger, ours alone. Raises as `read`, and WorkspaceBusyError while somebody else writes."""
        with self.held():
            found = self.read_bytes()
            if found.is_absent:
                raise _absent(self._places.ledger)
            with self._writer(found) as writer:
                yield writer

    @contextmanager
    def beginning(self) -> Iterator[LedgerWriter]:
        """As `writing`, where there may be no ledger yet: its first entry has to be `Opened`."""
        self._places.folder.mkdir(parents=True, exist_ok=True)
        with self.held(), self._writer(self.read_bytes()) as writer:
            yield writer

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        lock = FileLock(self._places.lock, timeout=self._lock_seconds)
        try:
            lock.acquire()
        except Timeout as error:
            raise WorkspaceBusyError(
                f"somebody else has been writing to the ledger for {self._lock_seconds:g} seconds",
                where=str(self._places.ledger), remedy="try again",
            ) from error  # fmt: skip
        except FileNotFoundError:
            raise _absent(self._places.ledger) from None
        except OSError as error:
            raise GraphriskError(
                f"the ledger cannot be locked: {error.strerror}", where=str(self._places.lock)
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _writer(self, found: LedgerBytes) -> LedgerWriter:
        chain = self._clean(found)
        writes = LedgerWrites(self._places)
        lines = found.lines or b""
        if len(lines) > chain.end:
            remnant = find_remnant(lines, chain, trusted_intent(found, self._keys.verify))
            if remnant is None:
                raise self._tampered(found)
            writes.cut(chain.end)
            self._tell(cut_words(remnant))
        return LedgerWriter(writes, self._keys, chain)

    def _clean(self, found: LedgerBytes) -> CleanChain:
        """The way by which a ledger is read that is as it should be."""
        lines = found.lines or b""
        self._refuse_other_keys(lines)
        head = trusted_head(found, self._keys.verify)
        chain = None if isinstance(head, Fault) else read_clean(lines, head)
        if chain is None or (head is None and lines and self._is_tampered(found)):
            raise self._tampered(found)
        return chain

    def _is_tampered(self, found: LedgerBytes) -> bool:
        return bool(check_ledger(found, self._keys.verify, self._keys.signing_fingerprint).faults)

    def _tampered(self, found: LedgerBytes) -> TamperedError:
        """The first fault, in words."""
        faults = check_ledger(found, self._keys.verify, self._keys.signing_fingerprint).faults
        first, line = faults[0], "" if faults[0].line is None else f":{faults[0].line}"
        return TamperedError(
            first.words, where=f"{self._places.folder / first.place}{line}",
            remedy="nothing may be done on its ground; `graphrisk audit verify` says all that is wrong",
        )  # fmt: skip

    def _refuse_other_keys(self, lines: bytes) -> None:
        first = read_opening(lines)
        if first is None:
            return
        ours = [(first.signing_key, self._keys.signing_fingerprint, "signing")]
        if (self._keys.folder / PSEUDONYM_KEY).exists():  # whoever only checks may lack it
            ours.append((first.pseudonym_key, self._keys.pseudonym_fingerprint, "pseudonym"))
        for known, here, name in ours:
            if known != here:
                raise TamperedError(
                    f"the ledger was opened with another {name} key: {known}", where=str(self._keys.folder),
                    value=here, remedy="name the folder of its keys with --keys or GRAPHRISK_KEYS",
                )  # fmt: skip


class LedgerWriter:
    """Only while the ledger is held, and until a write of ours fails: what stands there then, the next one
    has to see for himself."""

    def __init__(self, writes: LedgerWrites, keys: KeyFolder, chain: CleanChain) -> None:
        self._writes, self._keys = writes, keys
        self._entries, self._size = list(chain.entries), chain.end
        self._sign: Sign | None = None
        self._is_done = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._is_done = True

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]:
        """All or none of them, durable when this returns. at: naive UTC. Raises ValueError for what the
        ledger cannot hold, GraphriskError where the disk does not take it; then the ledger is as before."""
        if self._is_done:
            raise ValueError("the ledger is held no longer, or a write to it failed")
        last = self._entries[-1] if self._entries else None
        if last is None and (len(bodies) != 1 or not isinstance(bodies[0], Opened)):
            raise ValueError("the first entry of a ledger says that it was opened")
        links, content = seal_lines(bodies, by, at, last)
        if not links:
            return ()
        added = tuple(link.entry for link in links)
        after = (-1, GENESIS) if last is None else (last.seq, last.hash)
        intent = Intent(*after, added[-1].seq, added[-1].hash)
        head = Head(added[-1].seq, added[-1].hash, added[-1].at)
        try:
            self._writes.append(self._size, content, self._signed(intent), self._signed(head))
        except BaseException:
            self._is_done = True
            raise
        self._size += len(content)
        self._entries += added
        return added

    def _signed(self, record: Signed) -> bytes:
        if self._sign is None:
            self._sign = self._keys.signer()
        return signed_text(record, self._sign(signed_message(record)))


def cut_words(remnant: Remnant) -> str:
    return (
        f"a write to the ledger was interrupted: {remnant.byte_count:,} bytes after line {remnant.line - 1}"
        " that nobody was told of were cut off"
    )


def _read_or_none(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GraphriskError(f"it cannot be read: {error.strerror}", where=str(path)) from error


def _absent(ledger: Path) -> NotFoundError:
    return NotFoundError(
        "there is no ledger", where=str(ledger), remedy="`graphrisk enforce init` begins one"
    )
