"""Sessions: every device and every IP that an account used, each beside what the account had of the other at
the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.simulator.params import Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People
from graphrisk.evaluate.simulator.sampling import Ints
from graphrisk.evaluate.simulator.uses import Kind, Uses, UsesByKind, join_uses

REPEAT_RATE = 0.3  # further sessions for each device that an account used
NOTHING = -1
_TIME_RANGE = 1 << 30  # more seconds than any window has


@dataclass(frozen=True, slots=True)
class Sessions:
    """(n,) each, by time. device, ip: thing numbers, NOTHING where the account has none."""

    account: Ints
    device: Ints
    ip: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.account)


def open_sessions(params: SimulationParams, people: People, uses: UsesByKind) -> Sessions:
    rng = generator(params, Part.SESSION)
    device, ip = uses[Kind.DEVICE].sorted_by_account(), uses[Kind.IP].sorted_by_account()
    again = np.repeat(np.arange(len(device)), rng.poisson(REPEAT_RATE, len(device)))
    repeats = Uses(device.account[again], device.thing[again], people.moments(rng, device.account[again]))
    by_device = join_uses([device, repeats])
    account = np.concatenate([by_device.account, ip.account])
    at = np.concatenate([by_device.at, ip.at])
    order = np.lexsort((rng.random(len(at)), at))
    return Sessions(
        account[order],
        np.concatenate([by_device.thing, thing_at(device, ip.account, ip.at)])[order],
        np.concatenate([thing_at(ip, by_device.account, by_device.at), ip.thing])[order],
        at[order],
    )


def place_at(uses: Uses, account: Ints, at: Ints) -> Ints:
    """Row of `uses` (sorted by account, then time) that each account last came to by `at`, its first if none
    by then, NOTHING if it has none at all.
    """
    if len(uses) == 0:
        return np.full(len(account), NOTHING, dtype=np.int64)
    keys = uses.account * _TIME_RANGE + uses.at
    row = np.searchsorted(keys, account * _TIME_RANGE + at, side="right") - 1
    first = np.searchsorted(uses.account, account, side="left")
    row = np.minimum(np.maximum(row, first), len(uses) - 1)
    return np.where(uses.account[row] == account, row, NOTHING).astype(np.int64)


def thing_at(uses: Uses, account: Ints, at: Ints) -> Ints:
    return thing_in_row(uses, place_at(uses, account, at))


def thing_in_row(uses: Uses, row: Ints) -> Ints:
    """NOTHING for row NOTHING."""
    return np.where(row == NOTHING, NOTHING, uses.thing[row] if len(uses) else NOTHING)
