"""How far a probability may be off: an interval from how far it was off where the truth is known.

A probability learned elsewhere is right in the mean of the marketplaces that it was learned from, and
off in each by a slope and a shift of its log odds (risk/calibration.py). The interval holds what the log odds
would be in nine marketplaces of ten that are like those: a Student's t prediction interval for one more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

from graphrisk.graph.links import Floats
from graphrisk.risk.calibration import Calibration

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Interval:
    """low, high: [N], of natural log odds."""

    low: Floats
    high: Floats

    def moved(self, by: Floats) -> Interval:
        return Interval(self.low + by, self.high + by)

    def around(self, odds: Floats) -> tuple[Floats, Floats]:
        """(low, high) as probabilities, with the odds [N] inside, whatever the interval is around."""
        return (
            np.asarray(expit(np.minimum(self.low, odds))), np.asarray(expit(np.maximum(self.high, odds))),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """of_worlds: what would calibrate each marketplace whose truth is known; at least three to ask of."""

    of_worlds: tuple[Calibration, ...]

    @classmethod
    def from_json(cls, text: str) -> Spread:
        """Of what to_json told. Raises ValueError for anything else."""
        try:
            pairs = [(float(slope), float(shift)) for slope, shift in json.loads(text)]
        except (TypeError, ValueError) as error:
            raise ValueError("the text is no list of slopes and shifts") from error
        return cls(tuple(Calibration(*pair) for pair in pairs))

    def to_json(self) -> str:
        return json.dumps([[each.slope, each.shift] for each in self.of_worlds])

    def interval(self, odds: Floats) -> Interval:
        """odds: [N] natural log odds."""
        table = np.array([(each.slope, each.shift) for each in self.of_worlds])
        count = len(table)
        rows = np.column_stack((odds, np.ones(len(odds))))
        width = t.ppf((1 + LEVEL) / 2, count - 1) * np.sqrt(1 + 1 / count)
        return _interval(rows, table.mean(axis=0), np.cov(table.T), float(width))


def interval_of_fit(odds: Floats, calibration: Calibration, covariance: NDArray[np.float64]) -> Interval:
    """Where calibrated odds may lie because the calibration was fitted to some accounts and not to all.

    odds: [N] before it. covariance: [2, 2], see risk.calibration.measure_covariance.
    """
    rows = np.column_stack((odds, np.ones(len(odds))))
    middle = np.array([calibration.slope, calibration.shift])
    return _interval(rows, middle, covariance, float(norm.ppf((1 + LEVEL) / 2)))


def _interval(rows: Floats, middle: Floats, covariance: NDArray[np.float64], width: float) -> Interval:
    deviation = np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", rows, covariance, rows), 0.0))
    centre = rows @ middle
    return Interval(centre - width * deviation, centre + width * deviation)
