"""Words for rings and their members."""

from __future__ import annotations

from enum import StrEnum


class MemberRole(StrEnum):
    CORE = "core"
    FRINGE = "fringe"
