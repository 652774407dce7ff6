"""The short way to read a line of which the next is known to follow.

The hash is taken over the line's own bytes, without its two hashes. So where a chain of such lines ends in a
hash that somebody vouches for, every byte of it is one that was written, and need not be written again for
comparison. Nothing here says what is wrong with a line: chain.read_line does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, cast, get_type_hints

import msgspec

from graphrisk.enforce.chain import GENESIS
from graphrisk.model.ledger import BODIES, Body, Entry

_KIND, _SEQ = b',"kind":"', b',"seq":'
_HASH, _PREV = b',"hash":"%b"', b',"prev":"%b"'
_SPAN = len(_HASH % GENESIS.encode())  # of the prev, too

_TEXTS = ("by", "hash", "kind", "prev")

_UtcTime = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class _Reader:
    """times: places of a body's fields that are times."""

    decoder: msgspec.json.Decoder[msgspec.Struct]
    body: Callable[..., Body]
    times: tuple[int, ...]


def read_following(line: bytes, seq: int, prev: str) -> Entry | None:
    """The entry of that number after that hash, as its line says it; None where the line, or what it follows,
    is anything else."""
    kind_at, seq_at = line.rfind(_KIND), line.rfind(_SEQ)
    hash_at, prev_at = kind_at - _SPAN, seq_at - _SPAN
    if hash_at < 0 or prev_at < kind_at or line[seq_at:] != b',"seq":%d}\n' % seq:
        return None
    told = hashlib.sha256(prev.encode())
    for part in (line[:hash_at], line[kind_at:prev_at], line[seq_at:-1]):
        told.update(part)
    own = told.hexdigest()
    if line[hash_at:kind_at] != _HASH % own.encode() or line[prev_at:seq_at] != _PREV % prev.encode():
        return None
    reader = _READERS.get(line[kind_at + len(_KIND) : prev_at - 1])
    if reader is None:
        return None
    try:
        said = reader.decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    at, body, by, *_ = msgspec.structs.astuple(said)
    values = list(msgspec.structs.astuple(body))
    for place in reader.times:
        values[place] = _naive(values[place])
    return Entry(seq, at.replace(tzinfo=None), by, reader.body(*values), own)


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=None)


def _reader(body: type[Body]) -> _Reader:
    hints = get_type_hints(body)
    names = [each.name for each in fields(body)]
    is_time = {name: hints[name] in (datetime, datetime | None) for name in names}
    form = msgspec.defstruct(
        f"{body.__name__}Line",
        [(name, _time_hint(hints[name]) if is_time[name] else hints[name]) for name in names],
        forbid_unknown_fields=True,
    )
    line = msgspec.defstruct(
        f"{body.__name__}Entry",
        [
            ("at", _UtcTime),
            ("body", form),
            *((name, str) for name in ("by", "hash", "kind", "prev")),
            ("seq", int),
        ],
        forbid_unknown_fields=True,
    )
    times = tuple(place for place, name in enumerate(names) if is_time[name])
    return _Reader(msgspec.json.Decoder(line), cast("Callable[..., Body]", body), times)


def _time_hint(hint: object) -> object:
    return _UtcTime if hint is datetime else _UtcTime | None


_READERS = {kind.encode(): _reader(body) for kind, body in BODIES.items()}
