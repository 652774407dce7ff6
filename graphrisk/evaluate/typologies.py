"""Which kinds of rings are found, where the truth tells of what kind each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.intervals import Estimate, Resampling, Stream, resample_sums
from graphrisk.evaluate.membership import NO_RING, BoolArray, IntArray
from graphrisk.evaluate.metrics import count_into, divide
from graphrisk.evaluate.scoring import JudgedRun

HIGH_RISK = 0.5


@dataclass(frozen=True, slots=True)
class TypologyRecall:
    """ring_recall: rings at Jaccard .5. member_recall: members in some found ring. risk_recall: members
    without a label whose risk is HIGH_RISK or more."""

    typology: str
    ring_count: int
    member_count: int
    ring_recall: Estimate
    member_recall: Estimate
    risk_recall: Estimate


def recall_typologies(
    judged: JudgedRun, found: IntArray, is_hit: BoolArray, resampling: Resampling
) -> tuple[TypologyRecall, ...]:
    """found: (accounts,) each one's ring. is_hit: (true rings,). By name; rings are drawn again within their
    typology."""
    true, typology = judged.true, np.array(judged.typology, dtype=object)
    unlabelled = ~judged.is_labelled[true.account]
    high = unlabelled & (judged.risk[true.account] >= HIGH_RISK)
    sums = np.column_stack(
        [
            is_hit,
            np.ones(true.ring_count),
            count_into(true.ring[found[true.account] != NO_RING], true.ring_count),
            true.sizes(),
            count_into(true.ring[high], true.ring_count),
            count_into(true.ring[unlabelled], true.ring_count),
        ]
    ).astype(np.float64)
    told = []
    for name in sorted(set(judged.typology) - {""}):
        of_rings = sums[typology == name]
        total = of_rings.sum(axis=0)
        draws = resample_sums(of_rings, resampling, Stream.TYPOLOGIES)
        recalls = [
            Estimate.of(float(divide(total[at : at + 1], total[at + 1 : at + 2])[0]), ratio)
            for at in (0, 2, 4)
            for ratio in (divide(draws[:, at], draws[:, at + 1]),)
        ]
        told.append(TypologyRecall(name, int(total[1]), int(total[3]), *recalls))
    return tuple(told)
