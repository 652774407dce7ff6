"""Which kinds of fraud are found: by the reason that a label tells, or by the typology that somebody
knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.backtest.drawing import Cases, Rows
from graphrisk.evaluate.backtest.recall import Chooser, in_rings, suspected
from graphrisk.evaluate.backtest.standings import RingTally, Standing
from graphrisk.evaluate.intervals import Estimate
from graphrisk.evaluate.membership import FloatArray, IntArray

# What an account is where nobody says
UNTOLD = -1


@dataclass(frozen=True, slots=True)
class KindScore:
    """bad_count: accounts of the kind that came out bad, each date anew. ring_recall, risk_recall: of them,
    those in a ring, or of the least risk; the baselines take as many accounts by shared identifiers.
    ring_count: rings most of whose bad members are of the kind. ring_precision: of the labelled members of
    these, the bad ones; each has a bad one, so it tells who stands beside them, not whether the ring is
    one."""

    name: str
    bad_count: int
    ring_recall: Estimate
    ring_recall_baseline: float
    risk_recall: Estimate
    risk_recall_baseline: float
    ring_count: int
    ring_precision: Estimate


def score_kinds(
    standings: Sequence[Standing],
    tallies: Sequence[RingTally],
    kinds: Sequence[IntArray],
    names: Sequence[str],
    cases: Cases,
    least_risk: float,
) -> tuple[KindScore, ...]:
    """kinds: per date [A], position in `names` of each account that came out bad, UNTOLD where nobody says.
    By name, those of somebody who came out bad."""
    scores = []
    for code, name in sorted(enumerate(names), key=lambda each: each[1]):
        bad = [
            np.flatnonzero(standing.may_count & standing.matured.is_bad & (kind == code))
            for standing, kind in zip(standings, kinds, strict=True)
        ]
        if not sum(each.size for each in bad):
            continue
        rings, ring_base = _recall(standings, bad, in_rings)
        risks, risk_base = _recall(standings, bad, suspected(least_risk))
        of_kind = [tally.reason == code for tally in tallies]
        beside = Rows.joined(
            [
                Rows(tally.account[rows], tally.bad_count[rows], (tally.bad_count + tally.good_count)[rows])
                for tally, rows in zip(tallies, of_kind, strict=True)
            ]
        )
        scores.append(
            KindScore(
                name=name, bad_count=sum(each.size for each in bad), ring_recall=cases.share(rings),
                ring_recall_baseline=ring_base.value(), risk_recall=cases.share(risks),
                risk_recall_baseline=risk_base.value(), ring_count=beside.account.size,
                ring_precision=cases.share(beside),
            )
        )  # fmt: skip
    return tuple(scores)


def _recall(standings: Sequence[Standing], bad: Sequence[IntArray], choose: Chooser) -> tuple[Rows, Rows]:
    chosen = [choose(standing) for standing in standings]
    return _found([each[0] for each in chosen], bad), _found([each[1] for each in chosen], bad)


def _found(chosen: Sequence[FloatArray], bad: Sequence[IntArray]) -> Rows:
    return Rows.joined([Rows(at, share[at], np.ones(at.size)) for share, at in zip(chosen, bad, strict=True)])
