"""What was done to a ledger that is not what was written: each deed once, at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graphrisk.enforce.chain import GENESIS, Link
from graphrisk.enforce.chain_gaps import LEDGER, find_gaps, judge_gap
from graphrisk.enforce.chain_lines import Elected, Line, elect, split_lines
from graphrisk.enforce.faults import Anchor, Fault, FaultKind
from graphrisk.model.ledger import Entry, Opened


def diagnose(
    ledger: bytes, anchors: Sequence[Anchor], last_seq: int | None
) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The entries that are still there, each with a hash that fits it, and the faults by line.

    last_seq: of the last entry that counts, by the signed head; None where there is no head to be trusted.
    """
    lines = split_lines(ledger)
    known = {anchor.seq: anchor.hash for anchor in reversed(anchors)}  # the first has the last word
    elected = elect(lines, frozenset((anchor.seq, anchor.hash) for anchor in anchors), last_seq)
    faults = [
        *_order_faults(elected),
        *(fault for gap in find_gaps(lines, elected, last_seq) for fault in judge_gap(gap, elected, known)),
        *_surplus_faults(lines, elected, last_seq),
        *_broken_links(elected, known),
        *_wrong_first(elected.by_seq),
    ]
    faults += anchor_faults(
        {seq: link.entry.hash for seq, (_, link) in elected.by_seq.items()}, anchors, faults
    )
    entries = tuple(link.entry for _, (_, link) in sorted(elected.by_seq.items()))
    return entries, tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.offset or 0)))


def anchor_faults(
    hashes: Mapping[int, str], anchors: Sequence[Anchor], others: Sequence[Fault] = ()
) -> Iterator[Fault]:
    """Where somebody knows another entry than the ledger has, and no other fault explains it. hashes: of its
    entries."""
    good_until = -1
    last = max(hashes, default=-1)
    for anchor in sorted(anchors, key=lambda each: each.seq):
        found = hashes.get(anchor.seq)
        if found == anchor.hash:
            good_until = anchor.seq
            continue
        if any(_explains(fault, good_until, anchor.seq) for fault in others):
            continue
        knows = f"{anchor.told_by} knows"
        if found is not None:
            words = f"{knows} another entry {anchor.seq}: it was written anew"
            if good_until + 1 < anchor.seq:
                words += f", or one before it, from entry {good_until + 1} on"
            yield Fault(FaultKind.REWRITTEN, LEDGER, words, anchor.seq + 1, None, anchor.seq)
        elif anchor.seq > last:
            words = f"{knows} entry {anchor.seq}, and the ledger ends before it"
            words += ": the ledger and its head were put back to an earlier state"
            yield Fault(FaultKind.CUT, LEDGER, words, last + 2, None, last + 1)
        return


def _explains(fault: Fault, good_until: int, seq: int) -> bool:
    if fault.seq is None or fault.seq > seq:
        return False
    return fault.seq > good_until or fault.kind is FaultKind.CUT


def _order_faults(elected: Elected) -> Iterator[Fault]:
    def seq(line: Line) -> int:
        return line.read.entry.seq if isinstance(line.read, Link) else -1

    if elected.swapped:
        first, second = elected.swapped
        words = f"entries {seq(first)} and {seq(second)} stand in each other's places, the other in line"
        yield Fault(
            FaultKind.SWAPPED, LEDGER, f"{words} {second.number}", first.number, first.offset, seq(first)
        )
    for line in elected.moved:
        words = f"entry {seq(line)} does not belong here: its line was moved"
        yield Fault(FaultKind.MOVED, LEDGER, words, line.number, line.offset, seq(line))


def _surplus_faults(lines: Sequence[Line], elected: Elected, last_seq: int | None) -> Iterator[Fault]:
    """Lines that are sound by themselves, and not the line of any entry."""
    for line in lines:
        link = line.read
        if not isinstance(link, Link):
            continue
        seq = link.entry.seq
        chosen = elected.by_seq.get(seq)
        if chosen is not None and chosen[0] is line:
            continue
        kind, words = FaultKind.INSERTED, f"an entry {seq} that belongs nowhere was put in"
        if chosen is not None and chosen[0].text == line.text:
            kind, words = FaultKind.DUPLICATED, f"a copy of line {chosen[0].number}, entry {seq}"
        elif last_seq is not None and seq > last_seq:
            kind = FaultKind.APPENDED
            words = f"entry {seq} comes after the signed head, and no write of ours announced it"
        yield Fault(kind, LEDGER, words, line.number, line.offset, seq)


def _broken_links(elected: Elected, known: Mapping[int, str]) -> Iterator[Fault]:
    """Where two entries stand one after the other and the second follows something else: the one of the two
    was written anew, together with its hash."""
    links = {seq: link for seq, (_, link) in elected.by_seq.items()}
    broken = {
        seq
        for seq, link in links.items()
        if seq > 0 and seq - 1 in links and link.prev != links[seq - 1].entry.hash
    }
    blamed: set[int] = set()
    for seq in sorted(broken):
        if seq in blamed or seq - 1 in blamed:
            continue
        before, here = (links[each].entry.hash for each in (seq - 1, seq))
        is_vouched_for = known.get(seq - 1) == before or known.get(seq, here) != here
        is_alone = seq + 1 in broken and seq - 1 not in broken
        to_blame = seq if is_vouched_for or is_alone else seq - 1
        blamed.add(to_blame)
        line, _ = elected.by_seq[to_blame]
        words = f"entry {to_blame} was written anew with its hash: its neighbour knows another"
        yield Fault(FaultKind.REWRITTEN, LEDGER, words, line.number, line.offset, to_blame)


def _wrong_first(by_seq: Mapping[int, tuple[Line, Link]]) -> Iterator[Fault]:
    if 0 not in by_seq:
        return
    line, link = by_seq[0]
    if not isinstance(link.entry.body, Opened):
        words = "the first entry is not the opening of a ledger"
    elif link.prev != GENESIS:
        words = "the first entry follows another: it was written anew, or what came before was cut off"
    else:
        return
    yield Fault(FaultKind.WRONG_FIRST, LEDGER, words, line.number, line.offset, 0)
