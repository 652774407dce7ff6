"""Lockstep: who pays the same payees within the same hours, more often than their trade explains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from small_worlds import Paid, trade_of

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.lockstep import LockstepParams, find_lockstep, gather_visits, project_visits
from graphrisk.graph.projection import AccountGraph
from graphrisk.model.known import NO_TRADE

ACCOUNT_COUNT = 1000
IDS = pa.array([f"acc-{position:04d}" for position in range(ACCOUNT_COUNT)])
SHOP, STALL, STAGE = 900, 901, 902


def found_in(paid: list[Paid], params: LockstepParams | None = None) -> Candidates:
    return find_lockstep(trade_of(paid), IDS, LeidenParams(0.1), params or LockstepParams())


def graph_of(paid: list[Paid], params: LockstepParams | None = None) -> AccountGraph:
    chosen = params or LockstepParams()
    return project_visits(gather_visits(trade_of(paid), IDS, chosen), chosen)


def meeting(payee: int, hours: float, *payers: int) -> list[Paid]:
    return [(payer, payee, hours) for payer in payers]


def members_of(found: Candidates) -> list[list[int]]:
    return [group.tolist() for group in found.communities()]


def test_three_who_meet_at_two_quiet_payees_are_found() -> None:
    quiet = [*meeting(SHOP, 0, 50), *meeting(SHOP, 400, 51), *meeting(STALL, 0, 52), *meeting(STALL, 400, 53)]
    together = [*meeting(SHOP, 100.5, 1, 2, 3), *meeting(STALL, 200.5, 1, 2, 3)]
    found = found_in(quiet + together)
    assert members_of(found) == [[1, 2, 3]]
    # at each payee two others of 999 came; the prior is 1 : 1000
    assert found.strength == pytest.approx([expit(2 * np.log(0.1 * 999 / 2) - np.log(1000))])


def test_one_flash_sale_is_never_enough_however_often_it_is_repeated() -> None:
    sales = [row for day in range(40) for row in meeting(SHOP, 24.5 * day, 1, 2, 3)]
    assert found_in(sales).community_count == 0
    # what 40 sales say is what one says at a payee that is quiet otherwise: three came of 1000
    once = LockstepParams(min_payees=1, trust_share=1.0)
    assert graph_of(sales, once).llr == pytest.approx([np.log(999 / 2)] * 3)


def test_what_a_visit_says_by_hand() -> None:
    # hours 100.5 is one visit of both grids: two of 1000 accounts; SHOP has 2 payers in its one visit, so
    # lambda = 2, and each grid says ln(.1 * 999 / 2) / 2
    visits = gather_visits(trade_of(meeting(SHOP, 100.5, 1, 2)), IDS, LockstepParams())
    assert visits.llr == pytest.approx([np.log(0.1 * 999 / 2) / 2] * 2)
    assert visits.grid.tolist() == [0, 1]


def test_the_hours_of_a_busy_payee_say_less_than_those_of_a_quiet_one() -> None:
    quiet = graph_of([*meeting(SHOP, 0, 9), *meeting(SHOP, 100.5, 1, 2), *meeting(STALL, 3.5, 1, 2)])
    crowd = [(10 + visit, SHOP, 2.0 * (visit % 60) + 0.5) for visit in range(600)]
    busy = graph_of([*meeting(SHOP, 100.5, 1, 2), *meeting(STALL, 3.5, 1, 2), *crowd])
    of_pair = (busy.source == 1) & (busy.target == 2)
    assert not of_pair.any() or busy.llr[of_pair] < quiet.llr


def test_half_an_hour_apart_says_more_than_an_hour_and_a_half() -> None:
    params = LockstepParams(min_payees=1, trust_share=1.0, keep_probability=0.001)
    near = graph_of([*meeting(SHOP, 100.25, 1), *meeting(SHOP, 100.75, 2)], params)
    far = graph_of([*meeting(SHOP, 100.25, 1), *meeting(SHOP, 101.75, 2)], params)
    assert near.llr[0] > far.llr[0]


def test_more_payers_than_the_cap_make_no_pair() -> None:
    crowd = [*meeting(SHOP, 0.5, *range(61)), *meeting(STALL, 9.5, *range(61))]
    assert graph_of(crowd).edge_count == 0


def test_without_payments_nothing_is_found() -> None:
    assert find_lockstep(NO_TRADE, IDS, LeidenParams(0.1), LockstepParams()).community_count == 0
    nobody = pa.array([], pa.string())
    assert find_lockstep(NO_TRADE, nobody, LeidenParams(0.1), LockstepParams()).community_count == 0


PAID = st.lists(st.tuples(st.integers(0, 7), st.integers(900, 903), st.floats(0, 12)), max_size=30)


@given(PAID, st.integers(0, 1000))
def test_order_of_payments_changes_nothing(paid: list[Paid], seed: int) -> None:
    trade, params = trade_of(paid), LockstepParams(min_payees=1, trust_share=1.0)
    order = np.random.default_rng(seed).permutation(len(paid))
    shuffled = replace(
        trade, payer=trade.payer[order], payee=trade.payee[order], paid_at=trade.paid_at[order]
    )
    one, other = (find_lockstep(each, IDS, LeidenParams(0.1), params) for each in (trade, shuffled))
    assert one.members.tobytes() == other.members.tobytes()
    assert one.strength.tobytes() == other.strength.tobytes()


@given(PAID)
def test_pairs_are_those_of_a_slow_twin(paid: list[Paid]) -> None:
    params = LockstepParams(min_payees=1, trust_share=1.0, keep_probability=1e-9)
    graph = graph_of(paid, params)
    pairs = dict(zip(zip(graph.source.tolist(), graph.target.tolist(), strict=True), graph.llr, strict=True))
    slow = slow_pairs(trade_of(paid), params)
    assert pairs.keys() == slow.keys()
    assert [pairs[pair] for pair in pairs] == pytest.approx([slow[pair] for pair in pairs])


def slow_pairs(trade, params: LockstepParams) -> dict[tuple[int, int], float]:  # type: ignore[no-untyped-def]
    best: dict[tuple[int, int, int, int], float] = {}
    for grid in (0, 1):
        visits: dict[tuple[int, int], set[int]] = {}
        for payer, payee, at in zip(trade.payer, trade.payee, trade.paid_at, strict=True):
            bucket = (int(at) + grid * 3_600_000_000) // 7_200_000_000
            visits.setdefault((int(payee), bucket), set()).add(int(payer))
        for (payee, _), payers in visits.items():
            buckets = [bucket for at, bucket in visits if at == payee]
            rate = sum(len(visits[payee, bucket]) for bucket in buckets) / (max(buckets) - min(buckets) + 1)
            llr = np.log((ACCOUNT_COUNT - 1) / max(len(payers) - 1, rate)) / 2
            for a in payers:
                for b in payers:
                    if a < b:
                        key = (a, b, payee, grid)
                        best[key] = max(llr, best.get(key, 0.0))
    total: dict[tuple[int, int], float] = {}
    for (a, b, _, _), llr in best.items():
        total[a, b] = total.get((a, b), 0.0) + llr
    return total
