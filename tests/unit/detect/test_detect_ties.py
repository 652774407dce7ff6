"""Ties between rings, by hand and under renumbering."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import shared_links, trade_of, weighed, world_of

from graphrisk.detect.ties import RingMembers, RingTie, TieParams, find_ties
from graphrisk.model.known import NO_TRADE, Trade

ANY = TieParams(min_nats=0.0)


def rings_of(*groups: list[int]) -> RingMembers:
    starts = np.cumsum([0, *map(len, groups)])
    return RingMembers(np.array([a for group in groups for a in group], dtype=np.int64), starts)


def ties_of(
    rings: RingMembers, held: dict[str, list[list[int]]], trade: Trade = NO_TRADE, params: TieParams = ANY
) -> tuple[RingTie, ...]:
    links = shared_links(world_of(1000, held))
    score = np.linspace(0.9, 0.5, len(rings.starts) - 1)
    return find_ties(rings, score, links, weighed(links)[0], trade, params)


def test_a_device_that_two_rings_share_ties_them_by_what_it_says() -> None:
    # ln(1.0 * 999 / (2 - 1)) for the device, less ln 4 for the chances of the larger ring
    (tie,) = ties_of(rings_of([0, 1, 2], [5, 6, 7, 8]), {"device": [[0, 1, 2], [2, 5]]})
    assert (tie.ring, tie.other_ring, tie.identifiers, tie.payees) == (0, 1, (1,), ())
    assert tie.evidence_nats == pytest.approx(np.log(999) - np.log(4))


def test_a_payee_ties_rings_too() -> None:
    trade = trade_of([(0, 900, 1), (0, 900, 2), (5, 900, 3), (6, 901, 1)])
    (tie,) = ties_of(rings_of([0, 1, 2], [5, 6, 7]), {}, trade)
    assert (tie.identifiers, tie.payees) == ((), (900,))
    assert tie.evidence_nats == pytest.approx(np.log(0.1 * 999 / 1) - np.log(3))


def test_what_is_weaker_than_asked_for_or_held_by_too_many_is_no_tie() -> None:
    held, rings = {"device": [[2, 5]]}, rings_of([0, 1, 2], [5, 6, 7])
    assert ties_of(rings, held, params=TieParams(min_nats=6)) == ()
    assert ties_of(rings, {"device": [[2, 5, *range(20, 40)]]}, params=TieParams(holder_cap=20)) == ()


def test_among_more_rings_a_tie_must_say_more() -> None:
    held = {"device": [[2, 5]]}
    two, ten = rings_of([0, 1, 2], [5, 6, 7]), rings_of(*([at, at + 1, at + 2] for at in range(0, 50, 5)))
    nats = float(np.log(999) - np.log(3))
    for rings, least in ((two, nats), (ten, nats - np.log(9))):
        assert len(ties_of(rings, held, params=TieParams(min_nats=least - 1e-9))) == 1
        assert ties_of(rings, held, params=TieParams(min_nats=least + 1e-9)) == ()


def test_only_the_best_rings_are_tied() -> None:
    rings = rings_of([0, 1, 2], [5, 6, 7], [10, 11, 12])
    held = {"device": [[2, 5], [6, 10], [1, 11]]}
    assert len(ties_of(rings, held)) == 3
    (tie,) = ties_of(rings, held, params=TieParams(min_nats=0, most_rings=2))
    assert (tie.ring, tie.other_ring) == (0, 1)


def test_the_most_telling_thing_comes_first() -> None:
    held = {"device": [[2, 5, 9], [1, 6]]}
    (tie,) = ties_of(rings_of([0, 1, 2], [5, 6, 7]), held)
    assert tie.identifiers == (1, 0)


def test_without_rings_or_links_there_are_no_ties() -> None:
    assert ties_of(rings_of(), {"device": [[2, 5]]}) == ()
    assert ties_of(rings_of([0, 1]), {}) == ()


@given(st.lists(st.sets(st.integers(0, 8), min_size=2), max_size=6), st.permutations(range(9)))
def test_other_numbers_for_accounts_tie_the_same_rings(held: list[set[int]], new: list[int]) -> None:
    rings = [[0, 1, 2], [3, 4, 5], [6, 7]]
    one = ties_of(rings_of(*rings), {"device": [sorted(thing) for thing in held]})
    other = ties_of(
        rings_of(*(sorted(new[a] for a in ring) for ring in rings)),
        {"device": [sorted(new[a] for a in thing) for thing in held]},
    )
    assert one == other
