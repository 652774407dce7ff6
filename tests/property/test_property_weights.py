"""What holds of weights in any world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from small_worlds import KIND_NAMES, Thing, World, projected, shared_links, weighed, worlds

from graphrisk.graph.projection import ProjectionParams
from graphrisk.graph.weights import bits

KEEP_ALL = ProjectionParams(degree_cap=10**6, keep_probability=1e-12)


def probability_of(world: World, pair: tuple[int, int]) -> float | None:
    graph = projected(shared_links(world), KEEP_ALL)
    found = np.flatnonzero((graph.source == pair[0]) & (graph.target == pair[1]))
    return float(graph.weight[found[0]]) if len(found) else None


@given(worlds(), st.sampled_from(KIND_NAMES), st.integers(0, 3))
def test_one_more_thing_shared_never_makes_one_operator_less_probable(
    world: World, kind: str, outsiders: int
) -> None:
    more = replace(world, things=(*world.things, Thing(kind, frozenset((0, 1)), outsiders)))
    before, after = probability_of(world, (0, 1)), probability_of(more, (0, 1))
    if before is not None:
        assert after is not None
        assert after >= before


@given(st.sampled_from(KIND_NAMES), st.integers(3, 40), st.data())
def test_one_more_holder_never_adds_to_the_weight(kind: str, accounts: int, data: st.DataObject) -> None:
    holders = data.draw(st.integers(2, accounts - 1))
    few = World(accounts, (Thing(kind, frozenset(range(holders))),))
    many = World(accounts, (Thing(kind, frozenset(range(holders + 1))),))
    llr_few, llr_many = (float(weighed(shared_links(world))[0][0]) for world in (few, many))
    assert llr_many < llr_few or llr_few == llr_many == 0


@given(worlds(), st.integers(1, 5))
def test_outsiders_only_lower_a_weight(world: World, more: int) -> None:
    public = replace(
        world,
        things=tuple(replace(thing, outsider_count=thing.outsider_count + more) for thing in world.things),
    )
    before, _ = weighed(shared_links(world))
    after, _ = weighed(shared_links(public))
    assert (after <= before).all()
    assert ((after < before) | (before == 0)).all()


@given(worlds())
def test_the_bits_of_what_is_shared_add_up_to_the_logit(world: World) -> None:
    links = shared_links(world)
    llr, prior = weighed(links)
    graph = projected(links, KEEP_ALL)
    held = np.zeros((world.account_count, links.identifier_count), dtype=bool)
    held[links.account, links.identifier] = True
    for a, b, total, weight in zip(graph.source, graph.target, graph.llr, graph.weight, strict=True):
        shared_bits = bits(llr)[held[a] & held[b]].sum()
        assert total / np.log(2) == pytest.approx(shared_bits, rel=1e-12, abs=1e-12)
        assert logit(weight) == pytest.approx(prior + np.log(2) * shared_bits, rel=1e-9, abs=1e-9)


@given(worlds())
def test_no_weight_is_negative_or_unbounded(world: World) -> None:
    llr, _ = weighed(shared_links(world))
    assert (llr >= 0).all()
    assert (llr <= np.log(max(world.account_count, 2))).all()
