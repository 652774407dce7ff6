"""Circular payments, against a slow twin on cycles that networkx finds."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import trade_of

from graphrisk.detect.circular import CircularParams, Round, find_circular, iterate_rounds
from graphrisk.model.known import NO_TRADE, Trade

DAY = 86_400_000_000
TRIANGLE = [(0, 1, 0.0), (1, 2, 24.0), (2, 0, 48.0)]


def rounds_of(trade: Trade, params: CircularParams | None = None) -> list[Round]:
    return list(iterate_rounds(trade, 10, params or CircularParams()))


def test_money_that_comes_back_in_three_days_is_a_round() -> None:
    assert rounds_of(trade_of(TRIANGLE)) == [Round((0, 1, 2), (0, 1, 2))]
    found = find_circular(trade_of(TRIANGLE), 10, CircularParams())
    assert [group.tolist() for group in found.communities()] == [[0, 1, 2]]
    assert found.strength.tolist() == [1.0]


def test_a_leg_before_the_one_it_should_follow_makes_no_round() -> None:
    assert rounds_of(trade_of([(0, 1, 24.0), (1, 2, 0.0), (2, 0, 48.0)])) == []


def test_amounts_unlike_the_first_and_late_legs_make_no_round() -> None:
    assert rounds_of(trade_of(TRIANGLE, [1000, 900, 810])) != []
    assert rounds_of(trade_of(TRIANGLE, [1000, 900, 700])) == []
    assert rounds_of(trade_of(TRIANGLE), CircularParams(window_days=1.9)) == []


def test_partners_who_pay_each_other_make_a_round_only_where_two_are_asked_for() -> None:
    trade = trade_of([(0, 1, 0.0), (1, 0, 1.0)])
    assert rounds_of(trade) == []
    assert rounds_of(trade, CircularParams(min_length=2)) == [Round((0, 1), (0, 1))]


def test_a_busy_search_stops_at_its_cap() -> None:
    trade = trade_of([(a, b, float(10 * a + b)) for a, b in product(range(8), repeat=2) if a != b])
    assert len(rounds_of(trade, CircularParams(step_cap=2))) < len(rounds_of(trade))


def test_without_payments_nothing_comes_back() -> None:
    assert find_circular(NO_TRADE, 0, CircularParams()).community_count == 0
    assert find_circular(NO_TRADE, 5, CircularParams()).community_count == 0


PAID = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(0, 200)), max_size=14)
AMOUNTS = st.lists(st.sampled_from([0, 900, 1000, 1300]), min_size=14, max_size=14)


@given(PAID, AMOUNTS, st.integers(2, 3), st.integers(3, 5))
def test_rounds_are_those_of_a_slow_twin(paid, amounts, least: int, most: int) -> None:  # type: ignore[no-untyped-def]
    trade = trade_of(paid, amounts[: len(paid)])  # 6 is an outsider
    params = CircularParams(min_length=least, max_length=most, window_days=4)
    found = {one.payments for one in iterate_rounds(trade, 6, params)}
    assert found == slow_rounds(trade, params)


def slow_rounds(trade: Trade, params: CircularParams) -> set[tuple[int, ...]]:
    network = nx.DiGraph(zip(trade.payer.tolist(), trade.payee.tolist(), strict=True))
    between: dict[tuple[int, int], list[int]] = {}
    for at, ends in enumerate(zip(trade.payer.tolist(), trade.payee.tolist(), strict=True)):
        between.setdefault(ends, []).append(at)
    found = set()
    for cycle in nx.simple_cycles(network, length_bound=params.max_length):
        if len(cycle) < max(params.min_length, 2):
            continue
        for shift in range(len(cycle)):
            turned = cycle[shift:] + cycle[:shift]
            legs = [between[ends] for ends in zip(turned, turned[1:] + turned[:1], strict=True)]
            found |= {path for path in product(*legs) if is_round(trade, path, params)}
    return found


def is_round(trade: Trade, path: tuple[int, ...], params: CircularParams) -> bool:
    at, amount = trade.paid_at[list(path)], trade.amount_minor[list(path)]
    low, high = amount[0] / params.amount_ratio, amount[0] * params.amount_ratio
    return bool(
        (np.diff(at) > 0).all()
        and at[-1] - at[0] <= params.window_days * DAY
        and ((amount >= low) & (amount <= high)).all()
        and amount.min() > 0
    )


@given(PAID)
def test_communities_are_what_rounds_with_common_accounts_hold_together(paid) -> None:  # type: ignore[no-untyped-def]
    trade, params = trade_of(paid), CircularParams(min_length=2, min_size=2)
    network = nx.Graph()
    for one in iterate_rounds(trade, 6, params):
        nx.add_cycle(network, one.accounts)
    found = find_circular(trade, 6, params)
    assert {frozenset(group.tolist()) for group in found.communities()} == {
        frozenset(group) for group in nx.connected_components(network)
    }
