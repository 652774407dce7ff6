"""Words for rings and their members."""

from __future__ import annotations

from enum import StrEnum

# From which a newborn ring is called one that was taken down and is back (registry.reincarnation): so that of
# a hundred newborn rings that are not, one at most is called so
MATCH_PROBABILITY = 0.9


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


class Explanation(StrEnum):
    """What a group of accounts may be that is no ring."""

    HOUSEHOLD = "household"  # people who live together
    SHARED_PLACE = "shared_place"  # a dorm, an office, a parcel locker: one place, many strangers
    AGENCY = "agency"  # many creators in few hands, honestly
    PASSED_ON = "passed_on"  # a resold device, a gift card, a friend's login: one after the other
    LOYAL_CUSTOMERS = "loyal_customers"  # they buy from one seller, and share little else
    FLASH_SALE = "flash_sale"  # they came with many others at the same time


class RingEvent(StrEnum):
    """What became of a ring's name in a run; in the order in which they are told."""

    BORN = "born"  # no earlier ring is like it
    REVIVED = "revived"  # earlier runs missed it
    GREW = "grew"
    SHRANK = "shrank"
    SPLIT = "split"  # a part of it is a ring with another name now
    MERGED = "merged"  # it is in a ring with another name now, and asking for it leads there
    DORMANT = "dormant"  # missed now, but not forgotten
    DISSOLVED = "dissolved"  # missed for so long that its name will not be given again
