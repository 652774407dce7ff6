"""Accounts that were made together and do the same: more of them than chance brings together.

A script makes its accounts within hours, in like amounts, and uses each as often as the last. So accounts
are put into cells of time of creation (an hour, six, a day), of every measure that the mapping declares
(within 1 %, within 10 %) and of habits (how many things they hold, how often they used them, in powers of
two). Of a cell with n accounts, of which

    expected = accounts created in its time  x  share of its measures and habits in those four weeks

would be there by chance, the share (n - 1 - expected) / (n - 1) of an account's fellows is there for another
reason. A busy hour alone, or an amount that is popular, so makes nobody look alike. Each account stands in at
most one cell: the one whose fellows are most surprising.

Each is looked for in many cells, so that some are found by chance alone. How many, the same search says over
the same accounts with their measures and habits dealt out anew within every four weeks: what is not clearly
more than that finds there does not count.

This tells that accounts are alike, not by whose hand: the trust in the kind `look_alike`
(model/derived_kinds.py) says how far one operator is the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.model.known import NO_TIME, KnownAccounts

Longs = NDArray[np.int64]

HOUR, DAY = 3_600_000_000, 86_400_000_000  # microseconds
_LEAST_EXPECTED = 0.02  # in any cell: what is never seen may still come


@dataclass(frozen=True, slots=True)
class LookAlikeParams:
    """spans: of time, microseconds. widths: of a measure, by its natural logarithm. background: the time over
    which measures and habits are counted, microseconds. most: accounts in a cell; where more are alike it is
    a fashion. chance_share: of the accounts that look alike, those that may do so by chance. seed: of
    dealing out."""

    spans: tuple[int, ...] = (HOUR, 6 * HOUR, DAY)
    widths: tuple[float, ...] = (0.01, 0.1)
    background: int = 28 * DAY
    most: int = 300
    chance_share: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Accounts by looks. group: int64 [N], 0..G-1, or -1 for those that look like nobody. share: [G] in
    (0, 1), of a member's fellows those that chance does not explain."""

    group: Longs
    share: Floats


def find_look_alikes(accounts: KnownAccounts, links: SharedLinks, params: LookAlikeParams) -> LookAlikes:
    """links: what the accounts hold. Accounts whose creation has no time look like nobody."""
    timed = np.flatnonzero(accounts.created_at != NO_TIME)
    made = _Made(accounts.created_at[timed], accounts.measures[timed], _habits(links)[timed])
    found = _search(made, params)
    by_chance = _search(made.dealt_anew(params), params)
    alike = found.digits >= _least_digits(found.digits, by_chance.digits, params.chance_share)
    group = np.full(accounts.account_count, -1, dtype=np.int64)
    group[timed], share = _number(np.where(alike, found.cell, -1), found.share)
    return LookAlikes(group, share)


@dataclass(frozen=True, slots=True)
class _Made:
    """created_at, habits: int64 [N]. measures: [N, F]."""

    created_at: Longs
    measures: Floats
    habits: Longs

    def dealt_anew(self, params: LookAlikeParams) -> _Made:
        """The same, with measures and habits, together, given to others created in the same four weeks."""
        block = self.created_at // params.background
        draw = np.random.default_rng(params.seed).random(len(block))
        giver, taker = np.lexsort((draw, block)), np.argsort(block, kind="stable")
        given = np.empty_like(giver)
        given[taker] = giver
        return _Made(self.created_at, self.measures[given], self.habits[given])


@dataclass(frozen=True, slots=True)
class _Cells:
    """By account, of the cell with the most surprising fellows: digits [N], see _digits; cell: int64 [N], -1
    for none; share [N]."""

    digits: Floats
    cell: Longs
    share: Floats


def _search(made: _Made, params: LookAlikeParams) -> _Cells:
    many = len(made.created_at)
    best, cell, share = np.zeros(many), np.full(many, -1, dtype=np.int64), np.zeros(many)
    first_cell = 0
    background = _Counted.of(made.created_at // params.background)
    for looks in _looks(made, params):
        usual = _Counted.of(background.cell, looks).count / background.count
        for span in params.spans:
            for start in (0, span // 2):
                time = _Counted.of((made.created_at + start) // span)
                found = _Counted.of(time.cell, looks)
                expected = time.count * usual + _LEAST_EXPECTED
                digits = _digits(found.count, expected, params.most)
                better = digits > best
                best[better], cell[better] = digits[better], first_cell + found.cell[better]
                share[better] = 1 - expected[better] / (found.count[better] - 1)
                first_cell += found.cell_count
    return _Cells(best, cell, share)


def _least_digits(found: Floats, by_chance: Floats, chance_share: float) -> float:
    """The least digits above which chance has at most `chance_share` as many accounts as were found; infinite
    where there are none. Chance is given one account more than it had, so that a few accounts, among whom it
    could hardly show itself, do not look alike."""
    digits = np.unique(found[found > 0])
    ours = len(found) - np.searchsorted(np.sort(found), digits)
    chance = len(by_chance) - np.searchsorted(np.sort(by_chance), digits)
    return float(digits[chance + 1 <= chance_share * ours].min(initial=np.inf))


@dataclass(frozen=True, slots=True)
class _Counted:
    """cell: int64 [N], 0..cell_count-1. count: [N], accounts in each one's cell."""

    cell: Longs
    count: Floats
    cell_count: int

    @classmethod
    def of(cls, first: Longs, second: Longs | None = None) -> _Counted:
        """By one column of integers, or by two, the second from 0 on."""
        key = first if second is None else first * (int(second.max(initial=0)) + 1) + second
        distinct, cell, count = np.unique(key, return_inverse=True, return_counts=True)
        return cls(cell.astype(np.int64), count.astype(np.float64)[cell], len(distinct))


def _habits(links: SharedLinks) -> Longs:
    """[N] one number for each pair of powers of two: things held, uses of those that others hold too."""
    held = np.bincount(links.account, minlength=links.account_count) + links.private_count
    uses = np.bincount(links.account, weights=links.event_count, minlength=links.account_count)
    return np.asarray(
        np.floor(np.log2(1 + held)).astype(np.int64) * 64 + np.floor(np.log2(1 + uses)).astype(np.int64)
    )


def _looks(made: _Made, params: LookAlikeParams) -> Iterator[Longs]:
    """Numbers [N] for measures and habits, for each width of a measure on two grids half a width apart; once
    where nothing is measured."""
    measures, habits = made.measures, _Counted.of(made.habits).cell
    if measures.shape[1] == 0:
        yield habits
        return
    # Zero and what is not known are looks of their own; of what is negative the sign counts.
    known = np.nan_to_num(measures, nan=0.0)
    log = np.log(np.abs(np.where(known == 0, 1.0, known)))
    sort = np.where(np.isnan(measures), 3, np.sign(known) + 1).astype(np.int64)
    for width in params.widths:
        for start in (0.0, 0.5):
            looks = habits
            for column in range(measures.shape[1]):
                step = np.floor(log[:, column] / width + start).astype(np.int64)
                of_measure = _Counted.of(step - step.min(initial=0), sort[:, column]).cell
                looks = _Counted.of(looks, of_measure).cell
            yield looks


def _digits(count: Floats, expected: Floats, most: int) -> Floats:
    """[N] -log10 P[Poisson(expected) >= count - 1], 0 where there are no more fellows than expected."""
    digits = -np.log10(np.maximum(pdtrc(np.maximum(count - 2, 0), expected), 1e-300))
    return np.where((count <= most) & (count - 1 > expected), digits, 0.0)


def _number(cell: Longs, share: Floats) -> tuple[Longs, Floats]:
    """Groups in the order of their first accounts, those of one account dropped; and their shares."""
    chosen = np.flatnonzero(cell >= 0)
    _, first, inverse, count = np.unique(
        cell[chosen], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")
    order = order[count[order] >= 2]
    number = np.full(len(first), -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    group = np.full(len(cell), -1, dtype=np.int64)
    group[chosen] = number[inverse]
    return group, share[chosen[first[order]]]
