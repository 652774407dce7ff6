"""Of whom a run suspects, by score and by size of ring: how many came out bad.

Two shares are told, because most accounts never get a label: `precision` of those that were labelled within
the horizon, and `least`, of all, as if who got no label were good. The truth lies between them if labels are
given without regard to the score; where a desk labels what it looks at, neither is that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graphrisk.evaluate.backtest.choice import choose_places
from graphrisk.evaluate.backtest.drawing import Cases, Rows
from graphrisk.evaluate.backtest.standings import RingTally, Standing
from graphrisk.evaluate.intervals import Estimate
from graphrisk.evaluate.membership import BoolArray, FloatArray, IntArray

BAND_EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
SIZES = ((1, 4), (5, 9), (10, 19), (20, 49), (50, None))


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts (rings) of one band or size, over all dates, each date anew. labelled_count: of them, those
    that were labelled within the horizon (rings: a member was). bad_count: of these, the bad ones (rings:
    more bad members than good ones). baseline, least_baseline: the same shares of whoever the table's
    baseline takes."""

    name: str
    count: int
    labelled_count: int
    bad_count: int
    precision: Estimate
    baseline: float
    least: Estimate
    least_baseline: float


@dataclass(frozen=True, slots=True)
class GroupTable:
    """name: for machines. words, baseline_words: for people."""

    name: str
    words: str
    baseline_words: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What one date offers, [n] each: accounts that may count, or rings. account: whose case it is. rival:
    what the baseline ranks by. is_labelled, is_bad: float64, 0 or 1."""

    account: IntArray
    score: FloatArray
    rival: FloatArray
    is_labelled: FloatArray
    is_bad: FloatArray


_Choice = tuple[FloatArray, FloatArray]  # [n] shares: ours, the baseline's


def tabulate_precision(
    standings: Sequence[Standing], tallies: Sequence[RingTally], cases: Cases
) -> tuple[GroupTable, ...]:
    accounts = [_candidate_accounts(standing) for standing in standings]
    rings = [_candidate_rings(tally) for tally in tallies]
    bands = [(f"{low:g} to {high:g}", _in_band(low, high)) for low, high in pairwise(BAND_EDGES)]
    sizes = [(_size_name(low, high), _of_size(low, high)) for low, high in SIZES]
    return (
        GroupTable(
            "accounts_by_risk", "accounts by risk", "the same places by number of shared identifiers",
            _groups(accounts, bands, cases),
        ),
        GroupTable(
            "rings_by_score", "rings by score", "the same places by size", _groups(rings, bands, cases)
        ),
        GroupTable("rings_by_size", "rings by size", "all rings", _groups(rings, sizes, cases)),
    )  # fmt: skip


def _candidate_accounts(standing: Standing) -> _Candidates:
    rows, matured = np.flatnonzero(standing.may_count), standing.matured
    bad, good = matured.is_bad[rows], matured.is_good[rows]
    return _Candidates(
        rows, standing.risk[rows], standing.shared_count[rows].astype(np.float64),
        (bad | good).astype(np.float64), bad.astype(np.float64),
    )  # fmt: skip


def _candidate_rings(tally: RingTally) -> _Candidates:
    labelled = tally.bad_count + tally.good_count > 0
    right = tally.bad_count > tally.good_count
    return _Candidates(
        tally.account, tally.score, tally.size, labelled.astype(np.float64), right.astype(np.float64)
    )


def _in_band(low: float, high: float) -> Callable[[_Candidates], _Choice]:
    def choose(offered: _Candidates) -> _Choice:
        score = np.clip(offered.score, 0.0, 1.0)
        is_last = high == BAND_EDGES[-1]
        chosen: BoolArray = (score >= low) & ((score < high) | is_last)
        above = 0 if is_last else int((score >= high).sum())
        return chosen.astype(np.float64), choose_places(offered.rival, above, int(chosen.sum()))

    return choose


def _of_size(low: int, high: int | None) -> Callable[[_Candidates], _Choice]:
    def choose(offered: _Candidates) -> _Choice:
        # What the baseline ranks rings by is their size
        chosen = (offered.rival >= low) & (offered.rival <= (high or np.inf))
        return chosen.astype(np.float64), np.ones(offered.score.size)

    return choose


def _size_name(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} and more members"
    return f"up to {high} members" if low == 1 else f"{low} to {high} members"


def _groups(
    dates: list[_Candidates], named: list[tuple[str, Callable[[_Candidates], _Choice]]], cases: Cases
) -> tuple[Group, ...]:
    return tuple(_group(name, dates, [choose(offered) for offered in dates], cases) for name, choose in named)


def _group(name: str, dates: list[_Candidates], choices: list[_Choice], cases: Cases) -> Group:
    ours = [choice for choice, _ in choices]
    theirs = [choice for _, choice in choices]
    of_labelled, of_all = _rows(dates, ours, labelled=True), _rows(dates, ours, labelled=False)
    return Group(
        name=name, count=int(of_all.whole.sum()), labelled_count=int(of_labelled.whole.sum()),
        bad_count=int(of_all.part.sum()), precision=cases.share(of_labelled),
        baseline=_rows(dates, theirs, labelled=True).value(), least=cases.share(of_all),
        least_baseline=_rows(dates, theirs, labelled=False).value(),
    )  # fmt: skip


def _rows(dates: list[_Candidates], choices: list[FloatArray], *, labelled: bool) -> Rows:
    return Rows.joined(
        [
            Rows(each.account, chosen * each.is_bad, chosen * each.is_labelled if labelled else chosen)
            for each, chosen in zip(dates, choices, strict=True)
        ]
    )
