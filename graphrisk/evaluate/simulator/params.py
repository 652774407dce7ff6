"""What a synthetic marketplace is made from, and where its random numbers come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np

from graphrisk.errors import ConfigError

DAY = 86_400  # seconds; every time inside the simulator is an integer of seconds since `starts_at`
FIRST_DAY = datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC throughout
MIN_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class SimulationParams:
    """account_count: at least 50. hardness: 0 (rings in the open) to 1 (as well hidden as we know how).

    day_count: length of the observed window, 14 to 3650; accounts may be older, verdicts come up to 120 days
    later.
    fraud_share: share of accounts that belong to a ring, above 0 and at most 0.2.
    """

    account_count: int
    hardness: float
    seed: int
    day_count: int = 120
    fraud_share: float = 0.025
    starts_at: datetime = FIRST_DAY

    def __post_init__(self) -> None:
        _require(
            self.account_count >= MIN_ACCOUNTS, "accounts", self.account_count, f"at least {MIN_ACCOUNTS}"
        )
        _require(0.0 <= self.hardness <= 1.0, "hardness", self.hardness, "from 0 to 1")
        _require(self.seed >= 0, "seed", self.seed, "0 or more")
        _require(14 <= self.day_count <= 3650, "days", self.day_count, "from 14 to 3650")
        _require(0.0 < self.fraud_share <= 0.2, "fraud share", self.fraud_share, "above 0, at most 0.2")

    @property
    def ends_at(self) -> datetime:
        """The end of the observed window: sign-ups, sessions and payments are all before it."""
        return self.starts_at + timedelta(days=self.day_count)

    @property
    def window(self) -> int:
        """Seconds."""
        return self.day_count * DAY

    def between(self, open_value: float, hidden_value: float) -> float:
        """Linear in hardness: `open_value` at 0, `hidden_value` at 1."""
        return open_value + (hidden_value - open_value) * self.hardness


class Part(IntEnum):
    """Each part of the world draws from its own stream, so that a change in one leaves the others as they
    were.

    The numbers are part of what a seed means: never renumber, only add.
    """

    PEOPLE = 0
    HOME = 1
    PUBLIC = 2
    STRANGERS = 3
    AGENCY = 4
    RING = 5
    RING_THINGS = 6
    CAMOUFLAGE = 7
    PAYMENT = 8
    RING_PAYMENT = 9
    SESSION = 10
    LABEL = 11
    ADDRESS_TEXT = 12
    ACCOUNT_TEXT = 13
    ID = 14
    HOUSEHOLD = 15
    SELLER = 16
    PAYMENT_ORDER = 17
    GIVING_UP = 18
    FATE = 30
    RETIMING = 31
    HABIT = 32


def generator(params: SimulationParams, part: Part) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(params.seed, spawn_key=(int(part),)))


def _require(holds: bool, name: str, value: float, allowed: str) -> None:  # noqa: FBT001
    if not holds:
        raise ConfigError(f"{name} must be {allowed}", where="simulate", value=str(value))
