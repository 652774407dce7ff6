"""Cash-out: places where the suspicious meet more than chance sends them."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.detect.cash_out import CashOutParams, find_cash_out, measure_concentration

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=40)


def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    rows = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def test_chance_and_z_by_hand() -> None:
    # of 6 accounts 3 are suspicious; place 0 has three visitors, all suspicious: 1 / C(6, 3) = .05.
    # n K / N = 1.5, sd^2 = 3 * .5 * .5 * 3 / 5 = .45
    account, place = columns([(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
    suspicious = np.array([True] * 3 + [False] * 3)
    measured = measure_concentration(account.astype(np.int64), place.astype(np.int64), suspicious)
    assert measured.p == pytest.approx([1 / comb(6, 3), 1.0])
    assert measured.z == pytest.approx([1.5 / np.sqrt(0.45), -1.5 / np.sqrt(0.45)])


def market() -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """200 accounts, every one at one of 20 places by its number; 8 suspicious ones, 5 of them at place 20."""
    pairs = [(account, account % 20) for account in range(200)]
    pairs += [(account, 20) for account in (3, 14, 55, 106, 157, 8)]
    risk = np.zeros(200)
    risk[[3, 14, 55, 106, 157, 170, 191, 192]] = 0.9
    return (*columns(pairs), risk)


def test_the_place_where_the_suspicious_meet_is_told_with_those_alone() -> None:
    account, place, risk = market()
    found, places = find_cash_out(account, place, risk, CashOutParams())
    assert [group.tolist() for group in found.communities()] == [[3, 14, 55, 106, 157]]
    assert places.tolist() == [20]
    assert found.strength[0] > 5


def test_who_owns_the_place_joins_only_where_suspicious_itself() -> None:
    account, place, risk = market()
    for owner, joins in ((170, True), (171, False)):
        owners = np.full(21, -1, dtype=np.int32)
        owners[20] = owner
        found, _ = find_cash_out(account, place, risk, CashOutParams(), owners)
        assert (owner in found.members) is joins


def test_a_large_place_with_a_few_too_many_is_not_told() -> None:
    account, place, risk = market()
    found, _ = find_cash_out(account, place, risk, CashOutParams(least_share=0.9))
    assert found.community_count == 0


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_where_nobody_or_everybody_is_suspicious_nothing_stands_out(level: float) -> None:
    account, place, risk = market()
    found, places = find_cash_out(account, place, np.full_like(risk, level), CashOutParams())
    assert found.community_count == len(places) == 0


def test_an_empty_market_has_no_places() -> None:
    nobody = np.empty(0, np.int32)
    found, places = find_cash_out(nobody, nobody, np.empty(0), CashOutParams())
    assert found.community_count == len(places) == 0


@pytest.mark.parametrize("seed", range(5))
def test_suspicion_dealt_at_random_tells_hardly_anything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    account, place = rng.integers(0, 3000, 6000), rng.integers(0, 200, 6000)
    found, _ = find_cash_out(account, place, rng.random(3000), CashOutParams(least_risk=0.95, least_share=0))
    assert found.community_count <= 1


@given(PAIRS, st.integers(0, 2**10 - 1), st.randoms(use_true_random=False))
def test_order_and_repetition_of_visits_change_nothing(pairs, bits, random) -> None:  # type: ignore[no-untyped-def]
    risk = np.array([float(bits >> position & 1) for position in range(10)])
    params = CashOutParams(discovery_rate=0.8, min_count=1)
    found, places = find_cash_out(*columns(pairs), risk, params)
    again, places_again = find_cash_out(*columns(random.sample(pairs, len(pairs)) + pairs[:3]), risk, params)
    assert found.members.tobytes() == again.members.tobytes()
    assert found.strength.tolist() == again.strength.tolist()
    assert places.tolist() == places_again.tolist()


@given(PAIRS, st.integers(0, 2**10 - 1))
def test_every_chance_is_that_of_counting_the_ways(pairs: list[tuple[int, int]], bits: int) -> None:
    distinct = sorted(set(pairs), key=lambda pair: (pair[1], pair[0]))
    account, place = columns(distinct)
    suspicious = np.array([bool(bits >> position & 1) for position in range(10)])
    measured = measure_concentration(account.astype(np.int64), place.astype(np.int64), suspicious)
    total, bad = len(set(account.tolist())), int(suspicious[sorted(set(account.tolist()))].sum())
    for at, (n, c, p) in enumerate(
        zip(measured.visitor_count, measured.suspicious_count, measured.p, strict=True)
    ):
        assert c == sum(suspicious[a] for a, where in distinct if where == at)
        ways = sum(comb(bad, k) * comb(total - bad, n - k) for k in range(c, n + 1))
        assert p == pytest.approx(ways / comb(total, n))
