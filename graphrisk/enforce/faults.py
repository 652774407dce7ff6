"""What an audit finds wrong, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    UNREADABLE = "unreadable"  # a line is no entry
    RESPELT = "respelt"  # a line says what was written with other bytes
    CHANGED = "changed"  # a line says something else than was written
    REWRITTEN = "rewritten"  # an entry whose hash fits it, and which is not the one that others know
    REMOVED = "removed"
    CUT = "cut"  # the end is gone
    SWAPPED = "swapped"  # two lines stand in each other's places
    MOVED = "moved"  # a line stands elsewhere than it was written
    DUPLICATED = "duplicated"
    INSERTED = "inserted"  # a line that belongs nowhere
    APPENDED = "appended"  # after the signed head, and no write of ours announced it
    WRONG_FIRST = "wrong_first"  # the ledger does not begin with its opening
    KEY = "key"  # the ledger was opened with another key than ours
    HEAD = "head"  # the signed head is gone, or not signed by the ledger's key
    PLAN = "plan"  # a plan is not what was decided about
    PACKAGE = "package"  # a package is not what was handed over


@dataclass(frozen=True, slots=True)
class Fault:
    """place: the file or package. words: what it most likely is. line: from 1; where something is gone, the
    line at which it should stand. offset: bytes from the file's start, as near as is known. seq: of the entry
    that it is about."""

    kind: FaultKind
    place: str
    words: str
    line: int | None = None
    offset: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody beside the ledger's lines knows the hash of an entry. told_by: who, in words."""

    seq: int
    hash: str
    told_by: str
