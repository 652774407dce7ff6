"""The ledger's lines: each is an entry, the hash of the entry before, and its own.

hash = SHA-256(hash before, canonical JSON of the entry without its hashes). The first entry follows GENESIS.
A line is the canonical bytes of what it says: another spelling of the same is no line. Because it carries
the hash before as well as its own, a line shows by itself whether it is as it was written; whether it stands
where it was written, the lines around it show.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graphrisk.enforce.bodies import (
    KINDS,
    body_text,
    canonical_json,
    plain_text,
    read_body,
    read_time,
    time_text,
    whole_number,
)
from graphrisk.model.ledger import Body, Entry

GENESIS = "0" * 64

_NAMES = {"at", "body", "by", "hash", "kind", "prev", "seq"}
_HASH_DIGITS = frozenset("0123456789abcdef")


class Damage(StrEnum):
    """What is wrong with a line by itself."""

    UNREADABLE = "unreadable"  # no entry at all
    UNFINISHED = "unfinished"  # without the line's end
    RESPELT = "respelt"  # what it says was written with other bytes
    CHANGED = "changed"  # its hash is that of another entry


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as its line has it; its own hash fits it. prev: the hash that it follows."""

    entry: Entry
    prev: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """offset: of the first byte that is known to be wrong, from the line's start; 0 where that is not known.
    link: what it says, if it can be read; its hash is what the line says, too."""

    damage: Damage
    offset: int
    words: str
    link: Link | None = None


def seal(bodies: Sequence[Body], by: str, at: datetime, last: Entry | None) -> tuple[Link, ...]:
    """New entries after the last one (None: the ledger is empty). Raises ValueError where a body, a name or a
    time cannot be written."""
    return seal_lines(bodies, by, at, last)[0]


def seal_lines(
    bodies: Sequence[Body], by: str, at: datetime, last: Entry | None
) -> tuple[tuple[Link, ...], bytes]:
    """As seal; also their lines."""
    links: list[Link] = []
    lines: list[bytes] = []
    seq, prev = (0, GENESIS) if last is None else (last.seq + 1, last.hash)
    who, when = plain_text(by), time_text(at)
    for body in bodies:
        halves = _halves(when, body_text(body), who, KINDS[type(body)])
        entry = Entry(seq, at, who, body, _hash(prev, seq, *halves))
        links.append(Link(entry, prev))
        lines.append(_line(links[-1], *halves))
        seq, prev = seq + 1, entry.hash
    return tuple(links), b"".join(lines)


def entry_hash(entry: Entry, prev: str) -> str:
    """The hash that an entry has after prev, whatever it says itself."""
    return _hash(prev, entry.seq, *_halves_of(entry))


def link_line(link: Link) -> bytes:
    """Its line, the end included."""
    return _line(link, *_halves_of(link.entry))


def read_line(line: bytes) -> Link | BadLine:
    """What a line with its end says, if it is exactly what was written."""
    if not line.endswith(b"\n"):
        return BadLine(Damage.UNFINISHED, len(line), "the line has no end", _link_of(line + b"\n"))
    try:
        link, halves = _read_link(line)
    except json.JSONDecodeError as error:
        return BadLine(Damage.UNREADABLE, min(error.pos, len(line) - 1), f"not JSON: {error.msg}")
    except UnicodeDecodeError as error:
        return BadLine(Damage.UNREADABLE, error.start, "not ASCII")
    except (ValueError, RecursionError) as error:
        return BadLine(Damage.UNREADABLE, 0, f"no entry: {error}")
    return _checked(line, link, halves)


def _checked(line: bytes, link: Link, halves: tuple[str, str]) -> Link | BadLine:
    written = _line(link, *halves)
    if _hash(link.prev, link.entry.seq, *halves) != link.entry.hash:
        return BadLine(Damage.CHANGED, 0, "its hash is that of another entry", link)
    if written != line:
        offset = next((n for n, (a, b) in enumerate(zip(written, line, strict=False)) if a != b), 0)
        return BadLine(Damage.RESPELT, offset, "written with other bytes than such an entry is", link)
    return link


def _link_of(line: bytes) -> Link | None:
    found = read_line(line)
    return found if isinstance(found, Link) else None


def _read_link(line: bytes) -> tuple[Link, tuple[str, str]]:
    told = json.loads(line.decode("ascii"))
    if not isinstance(told, dict) or told.keys() != _NAMES:
        raise ValueError("not the fields of an entry")
    body = read_body(told["kind"], told["body"])
    seq, at, by = whole_number(told["seq"]), read_time(told["at"]), plain_text(told["by"])
    entry = Entry(seq, at, by, body, _read_hash(told["hash"]))
    # What is read has one form only: so these are the texts that the entry's own fields would be written as
    halves = _halves(told["at"], canonical_json(told["body"]), entry.by, KINDS[type(body)])
    return Link(entry, _read_hash(told["prev"])), halves


def _read_hash(text: object) -> str:
    if not isinstance(text, str) or len(text) != len(GENESIS) or not _HASH_DIGITS.issuperset(text):
        raise ValueError("no hash where one is wanted")
    return text


def _halves_of(entry: Entry) -> tuple[str, str]:
    return _halves(time_text(entry.at), body_text(entry.body), entry.by, KINDS[type(entry.body)])


def _halves(at: str, body: str, by: str, kind: str) -> tuple[str, str]:
    """Canonical JSON of the entry without its hashes, cut where its own hash belongs, and without its number:
    what is encoded for the hash is not encoded again for the line."""
    return f'{{"at":"{at}","body":{body},"by":{canonical_json(by)}', f',"kind":"{kind}"'


def _line(link: Link, first: str, second: str) -> bytes:
    entry = link.entry
    return f'{first},"hash":"{entry.hash}"{second},"prev":"{link.prev}","seq":{entry.seq}}}\n'.encode("ascii")


def _hash(prev: str, seq: int, first: str, second: str) -> str:
    return hashlib.sha256(f'{prev}{first}{second},"seq":{seq}}}'.encode("ascii")).hexdigest()
