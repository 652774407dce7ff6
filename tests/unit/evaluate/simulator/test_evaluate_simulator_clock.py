"""When things happen: no second of the window, or of an account's life, gives anybody away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.sampling import Floats, Ints, draw_like, fold_back
from graphrisk.evaluate.simulator.world import World, build_world

SECONDS = st.lists(st.integers(0, 10_000), max_size=20)


@pytest.fixture(scope="module", params=[(3, 0.0, 120), (3, 0.5, 60), (5, 1.0, 60)])
def world(request: pytest.FixtureRequest) -> World:
    seed, hardness, days = request.param
    return build_world(SimulationParams(20_000, hardness, seed, days))


def acts(world: World) -> dict[str, tuple[Ints, Ints]]:
    """Whose each act is, and when: payments, sessions, and first uses of each kind."""
    found = {kind.value: (uses.account, uses.at) for kind, uses in world.uses.items()}
    sessions, payments = world.sessions, world.payments
    return found | {
        "session": (sessions.account, sessions.at),
        "payment": (payments.payer, payments.at),
    }


def of_rings(world: World, account: Ints) -> np.ndarray:
    return np.isin(account, world.rings.account)


def test_no_second_of_an_accounts_life_stands_out(world: World) -> None:
    """Of the acts of rings, and of all: the second of sign-up is one second among many."""
    for name, (account, at) in acts(world).items():
        wait = at - world.people.created_at[account]
        for chosen in (of_rings(world, account), np.ones(len(account), dtype=bool)):
            _, often = np.unique(wait[chosen], return_counts=True)
            assert often.max() <= 6, name
            assert (wait[chosen] == 0).sum() <= 3, name


def test_no_second_of_the_window_stands_out(world: World) -> None:
    for name, (_, at) in acts(world).items():
        assert (at == world.params.window - 1).sum() <= 2, name
        assert (at == 0).sum() <= 2, name
    _, signed_up = np.unique(world.people.created_at, return_counts=True)
    assert signed_up.max() <= 3


def test_payments_of_one_account_seldom_share_a_second(world: World) -> None:
    payer, at = world.payments.payer, world.payments.at
    pairs, count = np.unique(np.stack([payer, at]), axis=1, return_counts=True)
    assert of_rings(world, pairs[0][count > 1]).sum() <= 1
    assert (count > 1).sum() <= 10


def test_what_rings_pay_soon_after_sign_up_is_no_more_than_what_others_do(world: World) -> None:
    payer, at = world.payments.payer, world.payments.at
    wait, fresh = at - world.people.created_at[payer], world.people.created_at[payer] >= 0
    inside = of_rings(world, payer)
    for soon in (60, 3600):
        of_ring, of_all = (float((wait[fresh & each] < soon).mean()) for each in (inside, ~inside))
        assert of_ring <= of_all + 0.01, soon


@given(seen=SECONDS, below=st.lists(st.integers(1, 20_000), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_what_is_drawn_like_others_lies_below_its_bound(seen: list[int], below: list[int], seed: int) -> None:
    share = np.random.default_rng(seed).random(len(below))
    drawn = draw_like(np.array(seen, dtype=np.int64), share, np.array(below, dtype=np.int64))
    assert (drawn >= 0).all()
    assert (drawn < np.array(below)).all()


def shares_below(values: Ints, steps: Ints) -> Floats:
    return np.searchsorted(np.sort(values), steps, side="right") / len(values)


@pytest.mark.parametrize("bound", [10**9, 40_000])
def test_what_is_drawn_like_others_is_distributed_as_those_that_fit(bound: int) -> None:
    rng = np.random.default_rng(1)
    seen = rng.exponential(50_000, 4_000).astype(np.int64)
    drawn = draw_like(seen, rng.random(20_000), np.full(20_000, bound))
    steps = np.linspace(0, 200_000, 50).astype(np.int64)
    apart = np.abs(shares_below(drawn, steps) - shares_below(seen[seen < bound], steps))
    assert apart.max() < 0.03


def test_where_nothing_was_seen_everything_below_the_bound_is_as_likely() -> None:
    none, share = np.empty(0, dtype=np.int64), np.array([0.0, 0.5, 0.999])
    assert draw_like(none, share, np.full(3, 1_000)).tolist() == [0, 500, 999]


def test_what_comes_too_late_comes_as_much_before() -> None:
    assert fold_back(np.array([-3, 9, 10, 11, 14]), 10).tolist() == [-3, 9, 10, 9, 6]
