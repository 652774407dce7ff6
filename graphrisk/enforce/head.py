"""The two small records beside the ledger that are signed, so that nobody without the key can add to it or
cut it.

The head names the last entry that counts. The intent names, before a batch of entries is written, the head
that it follows and the entry that it will end with. So of what stands after the head it can be told whether a
write was interrupted there, or somebody else has written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from graphrisk.enforce.bodies import canonical_json, plain_text, read_time, time_text, whole_number


@dataclass(frozen=True, slots=True)
class Head:
    """The entry that counts as the last one, and when it was written."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """What is being written: from after the entry (after_seq, after_hash) to (seq, hash). after_seq is -1
    where the ledger was empty."""

    after_seq: int
    after_hash: str
    seq: int
    hash: str


Signed: TypeAlias = Head | Intent


def signed_message(record: Signed) -> bytes:
    """What is signed: the name of the kind comes first, so that no signature fits another kind of message."""
    kind = "head" if isinstance(record, Head) else "intent"
    return f"graphrisk ledger {kind}\n{canonical_json(_told(record))}".encode("ascii")


def signed_text(record: Signed, signature: bytes) -> bytes:
    """The file's bytes."""
    return (canonical_json({**_told(record), "signature": signature.hex()}) + "\n").encode("ascii")


def read_head(text: bytes) -> tuple[Head, bytes]:
    """The head and its signature, which is not checked. Raises ValueError for anything else, and where the
    bytes are not those of signed_text."""
    told = _read(text, {"at", "hash", "seq", "signature"})
    head = Head(whole_number(told["seq"]), plain_text(told["hash"]), read_time(told["at"]))
    return head, _checked(head, told["signature"], text)


def read_intent(text: bytes) -> tuple[Intent, bytes]:
    """As read_head."""
    told = _read(text, {"after_hash", "after_seq", "hash", "seq", "signature"})
    after_seq, after_hash = whole_number(told["after_seq"]), plain_text(told["after_hash"])
    intent = Intent(after_seq, after_hash, whole_number(told["seq"]), plain_text(told["hash"]))
    return intent, _checked(intent, told["signature"], text)


def _told(record: Signed) -> dict[str, str | int]:
    if isinstance(record, Head):
        return {"at": time_text(record.at), "hash": record.hash, "seq": record.seq}
    return {
        "after_hash": record.after_hash, "after_seq": record.after_seq,
        "hash": record.hash, "seq": record.seq,
    }  # fmt: skip


def _read(text: bytes, names: set[str]) -> dict[str, object]:
    try:
        told = json.loads(text.decode("ascii"))
    except RecursionError:
        raise ValueError("brackets within brackets without end") from None
    if not isinstance(told, dict) or told.keys() != names:
        raise ValueError(f"the fields {', '.join(sorted(names))} are wanted")
    return told


def _checked(record: Signed, signature: object, text: bytes) -> bytes:
    found = bytes.fromhex(plain_text(signature))
    if signed_text(record, found) != text:
        raise ValueError("written with other bytes than such a record is")
    return found
