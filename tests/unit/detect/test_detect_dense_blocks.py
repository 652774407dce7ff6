"""Dense blocks: what FRAUDAR promises, against every subset of small graphs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import Paid, trade_of

from graphrisk.detect.dense_blocks import (
    Block,
    DenseBlockParams,
    Pairs,
    find_dense_blocks,
    peel_block,
    peel_blocks,
    weigh_trade,
)
from graphrisk.model.known import NO_TRADE

DAY = 86_400_000_000


def pairs_of(weight: dict[tuple[int, int], float]) -> Pairs:
    rows = sorted(weight)
    ends = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return Pairs(ends[:, 0], ends[:, 1], np.array([weight[row] for row in rows]))


def density(pairs: Pairs, payers: set[int], payees: set[int]) -> float:
    inside = np.isin(pairs.payer, list(payers)) & np.isin(pairs.payee, list(payees))
    return float(pairs.weight[inside].sum() / (len(payers) + len(payees)))


def densest(pairs: Pairs) -> float:
    """By trying every set of nodes."""
    payers, source = np.unique(pairs.payer, return_inverse=True)
    payees, target = np.unique(pairs.payee, return_inverse=True)
    count = len(payers) + len(payees)
    chosen = (np.arange(1, 2**count)[:, None] >> np.arange(count)) & 1
    inside = chosen[:, source] & chosen[:, target + len(payers)]
    return float((inside @ pairs.weight / chosen.sum(axis=1)).max())


def equal_weights(pairs: list[tuple[int, int]]) -> Pairs:
    """As FRAUDAR weighs them: 1 / ln(5 + payers of the payee)."""
    payers = {payee: len({a for a, b in pairs if b == payee}) for _, payee in pairs}
    return pairs_of({(a, b): 1 / np.log(5 + payers[b]) for a, b in pairs})


@st.composite
def small_pairs(draw: st.DrawFn) -> Pairs:
    every = [(a, b) for a in range(5) for b in range(5)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    return pairs_of({pair: draw(st.floats(0.05, 1.0)) for pair in chosen})


@given(small_pairs())
def test_the_block_is_at_least_half_as_dense_as_the_densest_set_and_as_dense_as_it_says(pairs: Pairs) -> None:
    block = peel_block(pairs)
    assert block.density == pytest.approx(density(pairs, {*block.payers}, {*block.payees}))
    assert block.density >= densest(pairs) / 2 - 1e-9


@given(small_pairs(), st.permutations(range(5)), st.permutations(range(5)))
def test_other_numbers_give_as_dense_a_block(pairs: Pairs, payers: list[int], payees: list[int]) -> None:
    # ties leave by number, so the block itself may be another one
    renumbered = pairs_of(
        {
            (payers[a], payees[b]): weight
            for a, b, weight in zip(pairs.payer, pairs.payee, pairs.weight, strict=True)
        }
    )
    assert peel_block(renumbered).density >= densest(pairs) / 2 - 1e-9


@given(small_pairs())
def test_blocks_share_no_pair_and_get_no_denser_than_twice_the_first(pairs: Pairs) -> None:
    blocks = peel_blocks(pairs, 10)
    covered = np.zeros(len(pairs.weight), dtype=int)
    for block in blocks:
        covered += block_pairs(pairs, block)
        assert block.density <= 2 * blocks[0].density + 1e-9
    # pairs inside two blocks were taken out with the first
    assert len(blocks) == 10 or (covered >= 1).all()


def block_pairs(pairs: Pairs, block: Block) -> np.ndarray:  # type: ignore[type-arg]
    return np.isin(pairs.payer, block.payers) & np.isin(pairs.payee, block.payees)


def planted(camouflage: int, seed: int = 0) -> list[tuple[int, int]]:
    """30 payers of five quiet payees among 3,000 payments of 2,000 accounts to 300 popular ones; each of the
    30 also pays `camouflage` popular payees."""
    rng = np.random.default_rng(seed)
    honest = zip(rng.integers(30, 2030, 3000).tolist(), rng.integers(5, 305, 3000).tolist(), strict=True)
    ring = [(payer, payee) for payer in range(30) for payee in range(5)]
    hidden = [(payer, int(payee)) for payer in range(30) for payee in rng.choice(300, camouflage) + 5]
    return sorted({*honest, *ring, *hidden})


@pytest.mark.parametrize("camouflage", [0, 3, 10])
def test_a_planted_block_is_found_whatever_else_its_payers_buy(camouflage: int) -> None:
    block = peel_block(equal_weights(planted(camouflage)))
    assert set(range(30)) <= {*block.payers.tolist()}
    assert {0, 1, 2, 3, 4} <= {*block.payees.tolist()}
    assert len(block.payers) <= 33


@given(st.sets(st.tuples(st.integers(0, 3), st.integers(3, 8)), max_size=12))
def test_camouflage_takes_nothing_from_the_density_of_a_ring(bought: set[tuple[int, int]]) -> None:
    # the theorem: payers 0..3, payees 0..2; whatever else the payers buy lowers only those payees' weights
    ring = [(a, b) for a in range(4) for b in range(3)]
    honest = [(a, b) for a in range(4, 9) for b in range(3, 9)]
    plain = density(equal_weights(ring + honest), {0, 1, 2, 3}, {0, 1, 2})
    hidden = density(equal_weights(sorted({*ring, *honest, *bought})), {0, 1, 2, 3}, {0, 1, 2})
    assert hidden == pytest.approx(plain)


def test_a_pair_weighs_by_its_latest_payment_and_its_payees_payers() -> None:
    trade = trade_of([(0, 7, 0), (0, 7, 24 * 30), (1, 7, 24 * 60)])
    pairs = weigh_trade(trade, as_of=60 * DAY, half_life_days=30)
    assert (pairs.payer.tolist(), pairs.payee.tolist()) == ([0, 1], [7, 7])
    assert pairs.weight == pytest.approx([0.5 / np.log(7), 1 / np.log(7)])


def test_a_block_tells_its_payers_and_those_payees_that_are_accounts() -> None:
    # accounts 0..9; payee 9 is one of them, payees 10 and 11 are outsiders
    trade = trade_of([(payer, payee, 1) for payer in range(4) for payee in (9, 10, 11)])
    found = find_dense_blocks(trade, 10, DAY, DenseBlockParams())
    assert [group.tolist() for group in found.communities()] == [[0, 1, 2, 3, 9]]
    assert find_dense_blocks(trade, 10, DAY, DenseBlockParams(max_payers=3)).community_count == 0


def test_two_rings_that_peeling_finds_as_one_block_are_told_apart() -> None:
    rings = [(payer, payee, 1) for payer in range(6) for payee in (90, 91, 92)]
    rings += [(payer, payee, 1) for payer in range(6, 12) for payee in (93, 94, 95)]
    between = [(0, 93, 1)]
    trade = trade_of(rings + between)
    whole = find_dense_blocks(trade, 20, DAY, DenseBlockParams(resolution=0.0))
    assert [group.tolist() for group in whole.communities()] == [list(range(12))]
    found = find_dense_blocks(trade, 20, DAY, DenseBlockParams())
    assert [group.tolist() for group in found.communities()] == [list(range(6)), list(range(6, 12))]


@given(small_pairs(), st.floats(0.05, 0.6))
def test_a_least_density_changes_no_block_that_reaches_it(pairs: Pairs, least: float) -> None:
    block, whole = peel_block(pairs, least), peel_block(pairs)
    if densest(pairs) >= 2 * least:
        assert block.density >= densest(pairs) / 2 - 1e-9
    if len(block.payers):
        assert block.density == pytest.approx(density(pairs, {*block.payers}, {*block.payees}))
    assert whole.density >= densest(pairs) / 2 - 1e-9


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(7, 11), st.floats(0, 500)), max_size=25),
    st.integers(0, 99),
)
def test_order_of_payments_changes_nothing(paid: list[Paid], seed: int) -> None:
    trade, params = trade_of(paid), DenseBlockParams(min_density=0.1)
    order = np.random.default_rng(seed).permutation(len(paid))
    shuffled = replace(
        trade, payer=trade.payer[order], payee=trade.payee[order], paid_at=trade.paid_at[order]
    )
    one, other = (find_dense_blocks(each, 12, 21 * DAY, params) for each in (trade, shuffled))
    assert one.members.tobytes() == other.members.tobytes()
    assert one.strength.tobytes() == other.strength.tobytes()


def test_without_payments_there_is_no_block() -> None:
    assert find_dense_blocks(NO_TRADE, 0, DAY, DenseBlockParams()).community_count == 0
