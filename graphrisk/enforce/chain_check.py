"""Whether a ledger's bytes are what was written, and what its end is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graphrisk.enforce.chain import GENESIS, BadLine, read_line
from graphrisk.enforce.chain_faults import anchor_faults, diagnose
from graphrisk.enforce.chain_reading import read_following
from graphrisk.enforce.faults import Anchor, Fault
from graphrisk.enforce.head import Head, Intent
from graphrisk.model.ledger import Entry, Opened


@dataclass(frozen=True, slots=True)
class Remnant:
    """What an interrupted write left after the last entry that counts. Nobody was told that it is there."""

    line: int
    offset: int
    entry_count: int
    byte_count: int


@dataclass(frozen=True, slots=True)
class CleanChain:
    """The entries up to the head, one after the other, and the offset where they end."""

    entries: tuple[Entry, ...]
    end: int


@dataclass(frozen=True, slots=True)
class ChainReport:
    """entries: those that count; where there are faults, those of them that can still be read and whose
    hashes fit them. remnant: of an interrupted write, which is no fault."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    remnant: Remnant | None


def read_clean(ledger: bytes, head: Head | None) -> CleanChain | None:
    """None where anything up to the head is not as it was written. Without a head no entry counts."""
    entries: list[Entry] = []
    prev, offset = GENESIS, 0
    for seq in range(0 if head is None else head.seq + 1):
        end = ledger.find(b"\n", offset) + 1 or len(ledger)
        entry = read_following(ledger[offset:end], seq, prev)
        if entry is None:
            return None
        entries.append(entry)
        prev, offset = entry.hash, end
    if head is not None and prev != head.hash:
        return None
    return CleanChain(tuple(entries), offset)


def check_chain(
    ledger: bytes, head: Head | None, intent: Intent | None, anchors: Sequence[Anchor] = ()
) -> ChainReport:
    """head, intent: whose signatures are ours; None: absent, or not to be trusted. anchors: of others."""
    chain = read_clean(ledger, head)
    if chain is not None:
        rest = find_remnant(ledger, chain, intent)
        first = chain.entries[0].body if chain.entries else None
        if (rest is not None or chain.end == len(ledger)) and (first is None or isinstance(first, Opened)):
            hashes = {entry.seq: entry.hash for entry in chain.entries}
            return ChainReport(chain.entries, _located(ledger, anchor_faults(hashes, anchors)), rest)
    rest = None if head is None else _remnant_behind(ledger, head, intent)
    lines = ledger if rest is None else ledger[: rest.offset]
    told = anchors if head is None else (Anchor(head.seq, head.hash, "the signed head"), *anchors)
    entries, faults = diagnose(lines, told, None if head is None else head.seq)
    return ChainReport(entries, _located(ledger, faults), rest)


def _located(ledger: bytes, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """With the offset of the line, where only that is known."""
    return tuple(
        replace(fault, offset=_line_offset(ledger, fault.line))
        if fault.offset is None and fault.line is not None
        else fault
        for fault in faults
    )


def _line_offset(ledger: bytes, number: int) -> int:
    offset = 0
    for _ in range(number - 1):
        offset = ledger.find(b"\n", offset) + 1 or len(ledger)
    return offset


def find_remnant(ledger: bytes, chain: CleanChain, intent: Intent | None) -> Remnant | None:
    """What stands after the chain, if it is the beginning of what its next writer intended to write; None
    where it is not, or where nothing stands there."""
    last = chain.entries[-1] if chain.entries else None
    seq, prev = (-1, GENESIS) if last is None else (last.seq, last.hash)
    return _remnant(ledger, (seq, prev), (len(chain.entries) + 1, chain.end), intent)


def _remnant_behind(ledger: bytes, head: Head, intent: Intent | None) -> Remnant | None:
    """Behind the line of the head, wherever that stands."""
    written = f'"hash":"{head.hash}"'.encode()
    end = ledger.find(b"\n", found) + 1 if (found := ledger.find(written)) >= 0 else 0
    if not end:
        return None
    return _remnant(ledger, (head.seq, head.hash), (ledger.count(b"\n", 0, end) + 1, end), intent)


def _remnant(
    ledger: bytes, last: tuple[int, str], place: tuple[int, int], intent: Intent | None
) -> Remnant | None:
    """last: seq and hash of the last entry that counts. place: line and offset of what follows it."""
    rest = ledger[place[1] :]
    if not rest or intent is None or (intent.after_seq, intent.after_hash) != last:
        return None
    seq, prev = last
    lines = _before_the_unfinished(rest)
    for line in lines:
        link = read_line(line)
        seq += 1
        if isinstance(link, BadLine) or (link.entry.seq, link.prev) != (seq, prev) or seq > intent.seq:
            return None
        prev = link.entry.hash
    if seq == intent.seq and (prev != intent.hash or sum(map(len, lines)) < len(rest)):
        return None
    return Remnant(*place, len(lines), len(rest))


def _before_the_unfinished(rest: bytes) -> Sequence[bytes]:
    """Whole lines. A file system that lost the power may give zeros where nothing was written yet: what
    follows the first is unfinished."""
    written = rest.split(b"\0", 1)[0]
    return [line + b"\n" for line in written.split(b"\n")[:-1]]
