"""A ledger that does not check, line by line: which line is which entry, and which stand where they were
written."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from graphrisk.enforce.chain import GENESIS, BadLine, Link, read_line


@dataclass(frozen=True, slots=True)
class Line:
    """index: from 0. text: its bytes, the end included where it has one."""

    index: int
    offset: int
    text: bytes
    read: Link | BadLine

    @property
    def number(self) -> int:
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Elected:
    """by_seq: for each entry the line that has it. spine: lines in the order of the file, each with the entry
    that belongs there; swapped: two that stand in each other's places; moved: lines of entries that belong
    elsewhere."""

    by_seq: dict[int, tuple[Line, Link]]
    spine: tuple[tuple[Line, int], ...]
    swapped: tuple[Line, ...]
    moved: tuple[Line, ...]


def split_lines(ledger: bytes) -> tuple[Line, ...]:
    lines: list[Line] = []
    offset = 0
    while offset < len(ledger):
        end = ledger.find(b"\n", offset) + 1 or len(ledger)
        text = ledger[offset:end]
        lines.append(Line(len(lines), offset, text, read_line(text)))
        offset = end
    return tuple(lines)


def elect(lines: Sequence[Line], known: frozenset[tuple[int, str]], last_seq: int | None) -> Elected:
    """known: (seq, hash) that somebody else knows. last_seq: of the last entry that there should be, None if
    nobody knows. Of several lines with one seq the one counts that somebody knows, or else that follows and
    is followed, wherever, or else by the lines beside it; of equals the first."""
    sound = [(line, line.read) for line in lines if isinstance(line.read, Link)]
    hashes = {(link.entry.seq, link.entry.hash) for _, link in sound} | {(-1, GENESIS)}
    followed = {(link.entry.seq - 1, link.prev) for _, link in sound}

    def bonds(link: Link) -> tuple[bool, bool, bool]:
        seq, own = link.entry.seq, link.entry.hash
        return (seq, own) in known, (seq - 1, link.prev) in hashes, (seq, own) in followed

    def rank(each: tuple[Line, Link]) -> tuple[tuple[bool, bool, bool], int]:
        return bonds(each[1]), _fitting_neighbours(lines, *each)

    limit = last_seq
    if limit is None:
        limit = max((link.entry.seq for _, link in sound if any(bonds(link))), default=-1)
    candidates: dict[int, list[tuple[Line, Link]]] = defaultdict(list)
    for line, link in sound:
        if 0 <= link.entry.seq <= limit:
            candidates[link.entry.seq].append((line, link))
    return _in_order({seq: max(those, key=rank) for seq, those in candidates.items()})


def _fitting_neighbours(lines: Sequence[Line], line: Line, link: Link) -> int:
    before = lines[line.index - 1].read if line.index else None
    after = lines[line.index + 1].read if line.index + 1 < len(lines) else None
    before_hash = before.entry.hash if isinstance(before, Link) else GENESIS if before is None else ""
    fits_before = before_hash == link.prev
    return fits_before + (isinstance(after, Link) and after.prev == link.entry.hash)


def _in_order(by_seq: dict[int, tuple[Line, Link]]) -> Elected:
    standing = sorted((line.index, seq) for seq, (line, _) in by_seq.items())
    lines = [by_seq[seq][0] for _, seq in standing]
    found, right = [seq for _, seq in standing], sorted(by_seq)
    displaced = [place for place, seq in enumerate(found) if seq != right[place]]
    if len(displaced) == 2:
        swapped = tuple(lines[place] for place in displaced)
        return Elected(by_seq, tuple(zip(lines, right, strict=True)), swapped, ())
    staying = _longest_rising(found)
    spine = tuple((lines[place], found[place]) for place in staying)
    moved = tuple(lines[place] for place in sorted(set(range(len(found))) - set(staying)))
    return Elected(by_seq, spine, (), moved)


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Places of a longest rising subsequence: what has to move for the rest to stand is least."""
    ends: list[int] = []  # the least last number of a rising subsequence of each length
    at: list[int] = []  # its place
    before: list[int | None] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else None)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [place]
    chain: list[int] = []
    step = at[-1] if at else None
    while step is not None:
        chain.append(step)
        step = before[step]
    return chain[::-1]
