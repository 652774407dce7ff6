"""What rings that people judged say of the scores of others: that so many of those with such a score were
rings.

From LEAST_JUDGED judged rings on, Platt's two numbers are fitted to the scores that these had when they were
judged, and every score of the run is moved by them. A ring's own verdict is no part of its score: for a ring
that shares a member with judged ones they are fitted without those. Which communities are named as rings is
decided before, so that a recalibration hides nobody.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from graphrisk.detect.rings import CandidateRings
from graphrisk.graph.links import Floats
from graphrisk.model.judgements import JUDGED_SIGNAL
from graphrisk.risk.calibration import fit_calibration
from graphrisk.risk.ring_signals import RingSignals

LEAST_JUDGED = 30


@dataclass(frozen=True, slots=True)
class JudgedScores:
    """Of J judged rings. odds: float64 [J], natural log odds of the score that each had when it was judged,
    by what scores rings now. is_ring: bool [J]. members: J arrays of account positions, int64."""

    odds: Floats
    is_ring: NDArray[np.bool_]
    members: tuple[NDArray[np.int64], ...]

    @property
    def count(self) -> int:
        return len(self.members)


def hear_judged_rings(signals: RingSignals, rings: CandidateRings, judged: JudgedScores) -> RingSignals:
    """The signals with one more, whose points are what judged rings add to each score. Unchanged where fewer
    than LEAST_JUDGED are judged, or all of them alike."""
    if judged.count < LEAST_JUDGED or judged.is_ring.all() or not judged.is_ring.any():
        return signals
    odds = np.asarray(logit(np.clip(signals.score, 1e-12, 1 - 1e-12)), dtype=np.float64)
    own = _own_verdicts(rings, judged)
    others = np.ones(judged.count, dtype=bool)
    moved = fit_calibration(judged.odds, judged.is_ring).apply(odds)
    used = np.full(len(odds), judged.count)
    confirmed = np.full(len(odds), int(judged.is_ring.sum()))
    for ring, verdicts in own.items():
        others[list(verdicts)] = False
        moved[ring] = fit_calibration(judged.odds[others], judged.is_ring[others]).apply(
            odds[ring : ring + 1]
        )[0]
        used[ring], confirmed[ring] = int(others.sum()), int(judged.is_ring[others].sum())
        others[list(verdicts)] = True
    words = [
        f"{right} of {of} judged rings were confirmed"
        for right, of in zip(confirmed.tolist(), used.tolist(), strict=True)
    ]
    return RingSignals(
        (*signals.names, JUDGED_SIGNAL),
        np.column_stack((signals.values, used.astype(np.float64))),
        np.column_stack((signals.points, moved - odds)),
        [[*said, word] for said, word in zip(signals.sentences, words, strict=True)],
        np.asarray(expit(moved), dtype=np.float64),
    )


def _own_verdicts(rings: CandidateRings, judged: JudgedScores) -> dict[int, set[int]]:
    """Of each ring that shares a member with judged ones, which these are."""
    last = max((int(members.max(initial=-1)) for members in judged.members), default=-1)
    ring_of = rings.of_accounts(max(last, int(rings.members.max(initial=-1))) + 1)
    own: dict[int, set[int]] = defaultdict(set)
    for at, members in enumerate(judged.members):
        for ring in np.unique(ring_of[members]).tolist():
            if ring >= 0:
                own[ring].add(at)
    return own
