"""Circular payments: money that comes back to the account that it left, each leg after the one before.

A round is a row of 2 to max_length payments a -> b -> c -> ... -> a between different accounts, each later
than the one before, all within window_days, and each amount within the factor amount_ratio of the first.
A pair of trading partners makes rounds too; so a community is what rounds of min_length or more accounts hold
together. Amounts of different currencies are not compared: a round keeps to one.

A round starts at its first payment, so that each is found once; only payments inside strongly connected
components can be part of one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.detect.candidates import Candidates
from graphrisk.model.known import NO_TIME, Trade
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class CircularParams:
    """min_length, max_length: accounts of a round, 2 or more. window_days: from first payment to last.
    amount_ratio: 1 or more. step_cap: payments looked at from one first payment; a busier search stops
    there. min_size: smaller communities are not told."""

    min_length: int = 3
    max_length: int = 6
    window_days: float = 14.0
    amount_ratio: float = 1.25
    step_cap: int = 10_000
    min_size: int = 3


@dataclass(frozen=True, slots=True)
class Round:
    """accounts: in the order of the money. payments: positions in the trade."""

    accounts: tuple[int, ...]
    payments: tuple[int, ...]


def find_circular(trade: Trade, account_count: int, params: CircularParams) -> Candidates:
    """Accounts joined by rounds with an account in common. Strength: the rounds among them."""
    rounds = list(iterate_rounds(trade, account_count, params))
    ends = [(one.accounts[0], other) for one in rounds for other in one.accounts]
    source, target = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    _, label = csgraph.connected_components(_adjacency(source, target, account_count), directed=False)
    count = np.bincount(label[[one.accounts[0] for one in rounds]], minlength=1) if rounds else np.zeros(1)
    members = np.unique(source if not rounds else np.concatenate((source, target)))
    groups: dict[int, list[int]] = {}
    for account in members.tolist():
        groups.setdefault(int(label[account]), []).append(account)
    return Candidates.of(
        Detector.CIRCULAR,
        ((group, float(count[number])) for number, group in groups.items() if len(group) >= params.min_size),
    )


def _adjacency(source: Longs, target: Longs, account_count: int) -> sparse.csr_array:
    shape = (account_count, account_count)
    return sparse.coo_array((np.ones(len(source), np.int8), (source, target)), shape=shape).tocsr()


def iterate_rounds(trade: Trade, account_count: int, params: CircularParams) -> Iterator[Round]:
    """Every round, in the order of the first payment."""
    legs = _Legs.of(trade, account_count)
    for first in range(len(legs.payer)):
        yield from legs.rounds_from(first, params)


@dataclass(frozen=True, slots=True)
class _Legs:
    """Payments that may be part of a round, by time. following: for each account, its payments as payer, and
    their times."""

    position: list[int]
    payer: list[int]
    payee: list[int]
    paid_at: list[int]
    amount: list[int]
    currency: list[int]
    following: dict[int, tuple[list[int], list[int]]]

    @classmethod
    def of(cls, trade: Trade, account_count: int) -> _Legs:
        inside = np.flatnonzero(
            (trade.payee >= 0) & (trade.payee < account_count) & (trade.payee != trade.payer)
            & (trade.paid_at != NO_TIME) & (trade.amount_minor > 0)
        )  # fmt: skip
        payer, payee = trade.payer[inside].astype(np.int64), trade.payee[inside].astype(np.int64)
        _, label = csgraph.connected_components(
            _adjacency(payer, payee, account_count), directed=True, connection="strong"
        )
        chosen = inside[label[payer] == label[payee]]
        chosen = chosen[np.argsort(trade.paid_at[chosen], kind="stable")]
        following: dict[int, tuple[list[int], list[int]]] = {}
        for leg, (account, at) in enumerate(
            zip(trade.payer[chosen].tolist(), trade.paid_at[chosen].tolist(), strict=True)
        ):
            legs, times = following.setdefault(account, ([], []))
            legs.append(leg)
            times.append(at)
        return cls(
            chosen.tolist(), trade.payer[chosen].tolist(), trade.payee[chosen].tolist(),
            trade.paid_at[chosen].tolist(), trade.amount_minor[chosen].tolist(),
            trade.currency[chosen].tolist(), following,
        )  # fmt: skip

    def rounds_from(self, first: int, params: CircularParams) -> Iterator[Round]:
        """Depth first, in the order of time."""
        start, until = self.payer[first], self.paid_at[first] + int(params.window_days * _DAY)
        least, most = self.amount[first] / params.amount_ratio, self.amount[first] * params.amount_ratio
        steps = 0
        waiting: list[tuple[int, ...]] = [(first,)]
        while waiting and steps < params.step_cap:
            path = waiting.pop()
            at = self.payee[path[-1]]
            legs, times = self.following.get(at, ([], []))
            onward: list[tuple[int, ...]] = []
            for leg in legs[bisect_right(times, self.paid_at[path[-1]]) : bisect_right(times, until)]:
                steps += 1
                if not least <= self.amount[leg] <= most or self.currency[leg] != self.currency[first]:
                    continue
                to = self.payee[leg]
                if to == start:
                    if len(path) + 1 >= params.min_length:
                        yield self._as_round((*path, leg))
                elif len(path) + 1 < params.max_length and to not in {at, *map(self.payer.__getitem__, path)}:
                    onward.append((*path, leg))
            waiting.extend(reversed(onward))

    def _as_round(self, path: tuple[int, ...]) -> Round:
        return Round(tuple(self.payer[leg] for leg in path), tuple(self.position[leg] for leg in path))
