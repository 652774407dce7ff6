"""Who used what and when: the one shape in which every part of the world says what accounts share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np

from graphrisk.evaluate.simulator.sampling import Bools, Ints

SOURCE_SHIFT = 40


class Kind(StrEnum):
    """The kinds of thing that are used at a time; mailboxes and phones belong to an account once and for all
    (contacts.py).
    """

    DEVICE = "device"
    IP = "ip"
    ADDRESS = "address"
    INSTRUMENT = "instrument"


class Source(IntEnum):
    """Where a thing comes from. It is the high part of the thing's number, so that parts never collide and
    need no counter.
    """

    OWN = 1
    SPARE = 2
    HOME = 3
    DORM = 4
    AGENCY = 5
    CARRIER = 6
    WIFI = 7
    OFFICE = 8
    LOCKER = 9
    KIOSK = 10
    GIFT_CARD = 11
    RING = 12
    COMPANY = 13


def things(source: Source, local: Ints) -> Ints:
    """Thing numbers of the `local` numbers (below 2 ** 40) of one source."""
    return (np.int64(source) << SOURCE_SHIFT) + local.astype(np.int64)


def source_of(thing: Ints) -> Ints:
    return thing >> SOURCE_SHIFT


def local_of(thing: Ints) -> Ints:
    return thing & ((np.int64(1) << SOURCE_SHIFT) - 1)


@dataclass(frozen=True, slots=True)
class Uses:
    """(n,) int64 each: account number, thing number, seconds since the window's start."""

    account: Ints
    thing: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.account)

    def where(self, chosen: Bools) -> Uses:
        return Uses(self.account[chosen], self.thing[chosen], self.at[chosen])

    def sorted_by_account(self) -> Uses:
        """By account, then time, then thing."""
        order = np.lexsort((self.thing, self.at, self.account))
        return Uses(self.account[order], self.thing[order], self.at[order])

    def distinct(self) -> Uses:
        """One row for each account and thing, the earliest."""
        if len(self) == 0:
            return self
        order = np.lexsort((self.at, self.thing, self.account))
        account, thing = self.account[order], self.thing[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (account[1:] != account[:-1]) | (thing[1:] != thing[:-1])
        return Uses(account[first], thing[first], self.at[order][first])


NO_USES = Uses(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))

UsesByKind = dict[Kind, Uses]


def join_uses(parts: Iterable[Uses]) -> Uses:
    present = [part for part in parts if len(part)]
    if not present:
        return NO_USES
    return Uses(
        np.concatenate([part.account for part in present]),
        np.concatenate([part.thing for part in present]),
        np.concatenate([part.at for part in present]),
    )


def join_by_kind(parts: Iterable[UsesByKind]) -> UsesByKind:
    collected = list(parts)
    return {kind: join_uses(part[kind] for part in collected if kind in part) for kind in Kind}


def is_among(uses: Uses, others: Uses) -> Bools:
    """Row by row, whether `others` have that account with that thing."""
    code = np.unique(np.concatenate([uses.thing, others.thing]), return_inverse=True)[1].reshape(-1)
    width = np.int64(int(code.max(initial=0)) + 1)
    pair = uses.account * width + code[: len(uses)]
    found: Bools = np.isin(pair, others.account * width + code[len(uses) :])
    return found
