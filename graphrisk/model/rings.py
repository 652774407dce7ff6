"""Words for rings and their members."""

from __future__ import annotations

from enum import StrEnum


class MemberRole(StrEnum):
    CORE = "core"
    FRINGE = "fringe"


class Detector(StrEnum):
    """What finds communities; in the order in which they are named."""

    IDENTITY = "identity"  # the projection of shared identifiers
    LOCKSTEP = "lockstep"  # payments to the same payees within the same hours
    DENSE_BLOCKS = "dense_blocks"  # buyers and sellers that trade more among each other than with others
    CASH_OUT = "cash_out"  # more suspicious accounts at one place than chance sends there
    CIRCULAR = "circular"  # money that comes back to where it started
