"""Whether the three files of a ledger fit each other and the key that signs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from graphrisk.enforce.chain import Link, read_line
from graphrisk.enforce.chain_check import CleanChain, Remnant, check_chain, find_remnant
from graphrisk.enforce.chain_gaps import LEDGER
from graphrisk.enforce.faults import Anchor, Fault, FaultKind
from graphrisk.enforce.head import Head, Intent, read_head, read_intent, signed_message
from graphrisk.model.ledger import Entry, Opened

HEAD = "ledger.head"

_EMPTY = CleanChain((), 0)

# (message, signature) -> whether our key made it
Verify: TypeAlias = Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class LedgerBytes:
    """The three files as they stand; None: absent."""

    lines: bytes | None
    head: bytes | None
    intent: bytes | None

    @property
    def is_absent(self) -> bool:
        return not self.lines and self.head is None


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """entries, remnant: as in ChainReport. head: None where there is none that our key signed."""

    entries: tuple[Entry, ...]
    head: Head | None
    remnant: Remnant | None
    faults: tuple[Fault, ...]


def check_ledger(
    files: LedgerBytes, verify: Verify, signing_key: str, anchors: Sequence[Anchor] = ()
) -> LedgerReport:
    """signing_key: the fingerprint of our key. anchors: entries that others know."""
    lines, intent = files.lines or b"", trusted_intent(files, verify)
    head = trusted_head(files, verify)
    faults: list[Fault] = []
    opened = read_opening(lines)
    if opened is not None and opened.signing_key != signing_key:
        words = f"the ledger was opened with the signing key {opened.signing_key}, and ours is {signing_key}"
        faults.append(Fault(FaultKind.KEY, LEDGER, words, 1, 0, 0))
    if isinstance(head, Fault):
        faults.append(head)
        head = None
    elif head is None and lines:
        remnant = find_remnant(lines, _EMPTY, intent)
        if remnant is not None:
            return LedgerReport((), None, remnant, ())
        faults.append(Fault(FaultKind.HEAD, HEAD, "the signed head of the ledger is gone"))
    report = check_chain(lines, head, intent, anchors)
    return LedgerReport(report.entries, head, report.remnant, (*faults, *report.faults))


def trusted_head(files: LedgerBytes, verify: Verify) -> Head | Fault | None:
    """None where there is none."""
    if files.head is None:
        return None
    try:
        head, signature = read_head(files.head)
    except ValueError as error:
        return Fault(FaultKind.HEAD, HEAD, f"no signed head: {error}")
    if verify(signed_message(head), signature):
        return head
    return Fault(FaultKind.HEAD, HEAD, "it was changed, or signed by another key than ours")


def trusted_intent(files: LedgerBytes, verify: Verify) -> Intent | None:
    """None also for half an intent: then its write had not begun."""
    try:
        intent, signature = read_intent(files.intent or b"")
    except ValueError:
        return None
    return intent if verify(signed_message(intent), signature) else None


def read_opening(lines: bytes) -> Opened | None:
    """What the first line says, if it is an opening."""
    first = read_line(lines[: lines.find(b"\n") + 1])
    return first.entry.body if isinstance(first, Link) and isinstance(first.entry.body, Opened) else None
