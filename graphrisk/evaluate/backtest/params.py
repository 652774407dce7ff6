"""How a backtest is scored."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphrisk.evaluate.intervals import Resampling


@dataclass(frozen=True, slots=True)
class ReviewCost:
    """What a reviewer's time is spent on: minutes_per_ring to open a ring and to decide, minutes_per_member
    for each account in it, labelled or not. The same for every ring; nothing is added for a bad account that
    is found. The defaults are an assumption, to be replaced by what your own desk takes."""

    minutes_per_ring: float = 10.0
    minutes_per_member: float = 2.0

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.minutes_per_ring < 0 or self.minutes_per_member <= 0:
            raise ValueError("minutes_per_ring is 0 or more, minutes_per_member above 0")


@dataclass(frozen=True, slots=True)
class BacktestParams:
    """horizon_days: a label counts if it was reported after the as-of date, and so many days after it at the
    latest. ks: how many of the riskiest accounts are looked at. hours: of a reviewer who reads rings.
    least_risk: from which risk on an account is held to be suspected."""

    resampling: Resampling
    horizon_days: int = 60
    ks: tuple[int, ...] = (50, 100, 200)
    hours: tuple[int, ...] = (8, 40, 160)
    least_risk: float = 0.5
    cost: ReviewCost = field(default_factory=ReviewCost)

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if self.horizon_days < 1:
            raise ValueError("horizon_days is at least 1")
        if not 0 < self.least_risk <= 1:
            raise ValueError("least_risk lies above 0, and at 1 or below")
        if min((*self.ks, *self.hours), default=1) < 1:
            raise ValueError("budgets are at least 1")
