"""What stands, and what does not, between two entries that are where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graphrisk.enforce.chain import GENESIS, BadLine, Damage, Link, entry_hash
from graphrisk.enforce.chain_lines import Elected, Line
from graphrisk.enforce.faults import Fault, FaultKind

LEDGER = "ledger.jsonl"

_ENTRY_STARTS = b'{"at":"'
_KIND_OF = {
    Damage.UNREADABLE: FaultKind.UNREADABLE,
    Damage.UNFINISHED: FaultKind.UNREADABLE,
    Damage.RESPELT: FaultKind.RESPELT,
    Damage.CHANGED: FaultKind.CHANGED,
}


@dataclass(frozen=True, slots=True)
class Gap:
    """lines: between two entries that stand where they belong. missing: entries that should stand there.
    line_number, offset: of the first byte after the entry before. is_end: nothing comes after."""

    lines: tuple[Line, ...]
    missing: tuple[int, ...]
    line_number: int
    offset: int
    is_end: bool


def find_gaps(lines: Sequence[Line], elected: Elected, last_seq: int | None) -> Iterator[Gap]:
    present = set(elected.by_seq)
    last = max(present, default=-1) if last_seq is None else last_seq
    index, seq, offset = -1, -1, 0
    for line, here in (*elected.spine, (None, last + 1)):
        end = len(lines) if line is None else line.index
        between = tuple(lines[index + 1 : end])
        missing = tuple(each for each in range(seq + 1, here) if each not in present)
        if between or missing:
            yield Gap(between, missing, index + 2, offset, line is None)
        if line is not None:
            index, seq, offset = line.index, here, line.offset + len(line.text)


def judge_gap(gap: Gap, elected: Elected, known: dict[int, str]) -> Iterator[Fault]:
    """known: hashes of entries, by somebody else. Lines that are the entry of another place are told of as
    moved, not here."""
    damaged = [line for line in gap.lines if isinstance(line.read, BadLine)]
    taken = _assign(damaged, gap.missing)
    rest = [seq for seq in gap.missing if seq not in taken.values()]
    told: Line | None = None
    for line in damaged:
        if line.index in taken:
            seqs = [taken[line.index]]
            swallowed = line.text.count(_ENTRY_STARTS) - 1
            if line is damaged[-1] and (swallowed > 0 or _is_cut(line, gap)):
                seqs, rest = seqs + rest, []
            yield _damaged_fault(line, seqs, gap, elected, known)
        elif told is None or line.index != told.index + 1:  # else it is the second half of a line
            yield _fault(FaultKind.INSERTED, line, "no entry, and none is missing here: it was put in")
        told = line
    if rest:
        yield _missing_fault(gap, rest, damaged)


def _assign(damaged: Sequence[Line], missing: Sequence[int]) -> dict[int, int]:
    """Index of a damaged line -> the entry that it most likely was: the one that it says, if that is missing,
    or else the first that is."""
    taken: dict[int, int] = {}
    left = dict.fromkeys(missing)
    for line in damaged:
        said = line.read.link.entry.seq if isinstance(line.read, BadLine) and line.read.link else None
        if said in left:
            taken[line.index] = said
            del left[said]
    for line in damaged:
        if line.index not in taken and left:
            taken[line.index] = next(iter(left))
            del left[taken[line.index]]
    return taken


def _is_cut(line: Line, gap: Gap) -> bool:
    return gap.is_end and isinstance(line.read, BadLine) and line.read.damage is Damage.UNFINISHED


def _damaged_fault(
    line: Line, seqs: Sequence[int], gap: Gap, elected: Elected, known: dict[int, str]
) -> Fault:
    bad = line.read
    if not isinstance(bad, BadLine):
        raise TypeError("a sound line is not damaged")
    seq, words, offset = seqs[0], bad.words, bad.offset
    if _is_cut(line, gap):
        gone = f"; {_entries(seqs[1:])} gone" if seqs[1:] else ""
        words = "the end of its line is gone" if bad.link else f"cut off in the middle of entry {seq}"
        return _fault(FaultKind.CUT, line, words + gone, seq, line.offset + bad.offset)
    if len(seqs) > 1:
        words += f"; {_entries(seqs)} run together here: the end of a line was changed"
    elif bad.damage is Damage.CHANGED and bad.link is not None:
        words, field = _what_changed(bad.link, seq, elected, known)
        offset = max(line.text.find(f'"{field}":'.encode()), 0) if field else 0
    elif bad.damage is Damage.RESPELT:
        words = "blanks, escapes or the order were changed; what it says is what was written"
    else:
        words += f"; a byte of entry {seq} was changed"
    return _fault(_KIND_OF[bad.damage], line, words, seq, line.offset + offset)


def _what_changed(link: Link, seq: int, elected: Elected, known: dict[int, str]) -> tuple[str, str]:
    """In words, and the name of the field if it is one of the three that hold the chain together."""
    before, after = elected.by_seq.get(seq - 1), elected.by_seq.get(seq + 1)
    prev = GENESIS if seq == 0 else before[1].entry.hash if before else link.prev
    right = known.get(seq) or (after[1].prev if after else None)
    if right is not None and entry_hash(link.entry, prev) == right:
        name = "hash" if link.prev == prev else "prev"
        return f"its `{name}` was changed; the entry is as it was", name
    if entry_hash(replace(link.entry, seq=seq), prev) == link.entry.hash:
        return f"its `seq` was changed: it was entry {seq}", "seq"
    return "what it says was changed: its hash is that of another entry", ""


def _missing_fault(gap: Gap, rest: Sequence[int], damaged: Sequence[Line]) -> Fault:
    """Behind the damaged lines of the gap, if there are any."""
    number, offset = gap.line_number, gap.offset
    if damaged:
        number, offset = damaged[-1].number + 1, damaged[-1].offset + len(damaged[-1].text)
    words = f"{_entries(rest)} gone"
    if gap.is_end and not gap.lines:
        return Fault(FaultKind.CUT, LEDGER, f"the end was cut off: {words}", number, offset, rest[0])
    return Fault(FaultKind.REMOVED, LEDGER, words, number, offset, rest[0])


def _entries(seqs: Sequence[int]) -> str:
    if len(seqs) == 1:
        return f"entry {seqs[0]} is"
    if seqs[-1] - seqs[0] == len(seqs) - 1:
        return f"entries {seqs[0]} to {seqs[-1]} are"
    return f"{len(seqs)} entries from {seqs[0]} to {seqs[-1]} are"


def _fault(
    kind: FaultKind, line: Line, words: str, seq: int | None = None, offset: int | None = None
) -> Fault:
    return Fault(kind, LEDGER, words, line.number, line.offset if offset is None else offset, seq)
