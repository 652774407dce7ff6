"""Log odds that mean what they say: Platt's two numbers, fitted by Newton's method.

Method: Platt, Advances in Large Margin Classifiers, 1999; targets smoothed as there, so that a perfect order
stays finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from graphrisk.graph.links import Floats

_STEPS = 50
_RIDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """calibrated = slope * odds + shift."""

    slope: float = 1.0
    shift: float = 0.0

    def apply(self, odds: Floats) -> Floats:
        return self.slope * odds + self.shift


def fit_calibration(odds: Floats, target: NDArray[np.bool_]) -> Calibration:
    """By the likelihood of the smoothed targets. The identity where the targets are all alike, or where the
    order is worse than none."""
    good, bad = int((~target).sum()), int(target.sum())
    if good == 0 or bad == 0:
        return Calibration()
    aim = np.where(target, (bad + 1.0) / (bad + 2.0), 1.0 / (good + 2.0))
    table = np.column_stack((odds, np.ones(len(odds))))
    values = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        share = np.asarray(expit(table @ values))
        gradient = table.T @ (share - aim) + _RIDGE * values
        curvature = (table * (share * (1 - share))[:, None]).T @ table + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # Far from the best a whole step may go too far, and then back and forth for ever.
        before = _penalised_loss(values, table, aim)
        while _penalised_loss(values - step, table, aim) > before and np.abs(step).max() > 1e-9:
            step = step / 2
        values = values - step
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(float(values[0]), float(values[1])) if values[0] > 0 else Calibration()


def measure_covariance(
    calibration: Calibration, odds: Floats, target: NDArray[np.bool_], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """[2, 2] of slope and shift as fitted to these accounts: the sandwich estimator for clusters (Liang and
    Zeger, Biometrika 73, 1986). group: [N] any numbers; accounts of one group are wrong together, one with a
    negative number is a group of its own."""
    table = np.column_stack((odds, np.ones(len(odds))))
    share = np.asarray(expit(calibration.apply(odds)))
    curvature = (table * (share * (1 - share))[:, None]).T @ table + _RIDGE * np.eye(2)
    own = int(group.max(initial=-1)) + 1 + np.arange(len(group))
    number = np.unique(np.where(group < 0, own, group), return_inverse=True)[1]
    gradient = table * (share - target)[:, None]
    summed = np.column_stack([np.bincount(number, weights=gradient[:, at]) for at in (0, 1)])
    inverse = np.linalg.inv(curvature)
    return np.asarray(inverse @ (summed.T @ summed) @ inverse)


def _penalised_loss(values: Floats, table: Floats, aim: Floats) -> float:
    """What the steps make less: the log loss, summed, and the ridge. Convex."""
    odds = table @ values
    return float((np.logaddexp(0.0, odds) - aim * odds).sum() + _RIDGE * (values @ values) / 2)
