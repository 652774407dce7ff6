"""What a ring's table says of money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from small_worlds import World, known_accounts

from graphrisk.detect.rings import CandidateRings
from graphrisk.flows.findings import turnover_of_rings
from graphrisk.model.known import LARGEST_AMOUNT, NO_TURNOVER, Turnover

# accounts 0, 1, 2 are one ring, 3, 4, 5 another; 6 and 7 are in none
RINGS = CandidateRings(
    names=("RING-A", "RING-B"), members=np.arange(6), starts=np.array([0, 3, 6]), ring=np.repeat([0, 1], 3),
    closeness_share=np.ones(6), confidence_share=np.ones(6), core=np.ones(6, dtype=bool),
    centre=np.array([0, 3]),
)  # fmt: skip


def turnover(*rows: tuple[int, int, int, int]) -> Turnover:
    """Rows of account, currency (0 EUR, 1 USD, 2 not told), payments, amount."""
    table: NDArray[np.int64] = np.array(rows, dtype=np.int64)
    account, currency = table[:, 0].astype(np.int32), table[:, 1].astype(np.int32)
    return Turnover(("EUR", "USD", None), account, currency, table[:, 2], table[:, 3])


def money_of(told: Turnover) -> tuple[list[str | None], list[int]]:
    accounts = replace(known_accounts(World(8, ())), turnover=told)
    currency, amount = turnover_of_rings(accounts, RINGS)
    return [told.currencies[code] for code in currency], amount.tolist()


def test_each_ring_is_told_in_the_currency_of_most_of_its_own_payments() -> None:
    told = turnover(
        (0, 0, 3, 500), (1, 1, 2, 9000), (3, 1, 1, 70), (4, 1, 1, 7), (5, 0, 1, 10**6), (6, 0, 99, 1)
    )
    assert money_of(told) == (["EUR", "USD"], [500, 77])


def test_the_earlier_currency_wins_among_equals() -> None:
    assert money_of(turnover((0, 1, 2, 5), (1, 0, 2, 6), (3, 2, 1, 4)))[0] == ["EUR", None]


def test_sums_stop_inside_of_64_bits() -> None:
    most = LARGEST_AMOUNT
    told = turnover((0, 0, 1, most), (1, 0, 1, most), (3, 0, 1, -most), (4, 0, 1, -most))
    assert money_of(told)[1] == [most, -most]


def test_without_payments_rings_moved_nothing() -> None:
    assert money_of(NO_TURNOVER) == ([None, None], [0, 0])
