"""Whether a ledger's bytes are what was written, and what its end is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphrisk.enforce.chain import GENESIS, BadLine, Link, read_line
from graphrisk.enforce.head import Head, Intent


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

    links: tuple[Link, ...]
    end: int


def read_clean(ledger: bytes, head: Head | None) -> CleanChain | None:
    """None where anything up to the head is not as it was written. Without a head no entry counts."""
    links: list[Link] = []
    prev, offset = GENESIS, 0
    for seq in range(0 if head is None else head.seq + 1):
        end = ledger.find(b"\n", offset) + 1 or len(ledger)
        link = read_line(ledger[offset:end])
        if isinstance(link, BadLine) or link.prev != prev or link.entry.seq != seq:
            return None
        links.append(link)
        prev, offset = link.entry.hash, end
    if head is not None and prev != head.hash:
        return None
    return CleanChain(tuple(links), offset)


def find_remnant(ledger: bytes, chain: CleanChain, intent: Intent | None) -> Remnant | None:
    """What stands after the chain, if it is the beginning of what its next writer intended to write; None
    where it is not, or where nothing stands there."""
    rest = ledger[chain.end :]
    last = chain.links[-1].entry if chain.links else None
    seq, prev = (-1, GENESIS) if last is None else (last.seq, last.hash)
    if not rest or intent is None or (intent.after_seq, intent.after_hash) != (seq, prev):
        return None
    lines = _before_the_unfinished(rest)
    for line in lines:
        link = read_line(line)
        seq += 1
        if isinstance(link, BadLine) or (link.entry.seq, link.prev) != (seq, prev) or seq > intent.seq:
            return None
        prev = link.entry.hash
    is_complete = seq == intent.seq
    if is_complete and (prev != intent.hash or sum(map(len, lines)) < len(rest)):
        return None
    return Remnant(len(chain.links) + 1, chain.end, len(lines), len(rest))


def _before_the_unfinished(rest: bytes) -> Sequence[bytes]:
    """Whole lines. A file system that lost the power may give zeros where nothing was written yet: what
    follows the first is unfinished."""
    written = rest.split(b"\0", 1)[0]
    return [line + b"\n" for line in written.split(b"\n")[:-1]]
