"""Where belief comes from: it adds up, and it is what the matrix says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import World, shared_links, world_of, worlds

from graphrisk.risk.belief_sources import trace_belief
from graphrisk.risk.propagation import PropagationParams, propagate_risk

PARAMS = PropagationParams(tolerance=1e-10)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[World, np.ndarray]:
    world = draw(worlds())
    words = st.lists(st.sampled_from([-1, 0, 1]), min_size=world.account_count, max_size=world.account_count)
    return world, np.array(draw(words), dtype=np.int8)


@settings(max_examples=80)
@given(labelled())
def test_an_accounts_belief_is_its_label_and_the_sum_of_its_sources(
    given_world: tuple[World, np.ndarray],
) -> None:
    world, verdict = given_world
    links = shared_links(world)
    belief = propagate_risk(links, verdict, PARAMS).belief
    found = trace_belief(links, belief, world.account_count, PARAMS)
    total = verdict + np.bincount(found.account, weights=found.belief, minlength=world.account_count)
    assert total == pytest.approx(belief, abs=1e-4)


@settings(max_examples=80)
@given(labelled())
def test_sources_are_those_that_the_matrix_has(given_world: tuple[World, np.ndarray]) -> None:
    world, verdict = given_world
    links = shared_links(world)
    belief = propagate_risk(links, verdict, PARAMS).belief
    held = links.incidence().toarray()
    scaled = held / np.sqrt(np.outer(np.maximum(held.sum(axis=1), 1), np.maximum(held.sum(axis=0), 1)))
    found = trace_belief(links, belief, world.account_count, PARAMS)
    for row in range(len(found.account)):
        account, thing = found.account[row], found.identifier[row]
        given_by = PARAMS.damping * scaled[account, thing] * scaled[:, thing] * belief
        assert found.belief[row] == pytest.approx(given_by.sum(), abs=1e-9)
        assert found.neighbour[row] != account
        assert held[found.neighbour[row], thing]
        assert found.of_neighbour[row] == pytest.approx(given_by[found.neighbour[row]], abs=1e-9)
        others = np.delete(np.abs(given_by), account)
        assert abs(found.of_neighbour[row]) == pytest.approx(others.max(), abs=1e-9)


def test_the_strongest_source_comes_first_and_tells_who() -> None:
    # 0 shares a device with 1, who is bad, and an address with 1 and three others
    links = shared_links(world_of(5, {"device": [(0, 1)], "address": [(0, 1, 2, 3, 4)]}))
    belief = propagate_risk(links, np.array([0, 1, 0, 0, 0], dtype=np.int8), PARAMS).belief
    found = trace_belief(links, belief, 5, PARAMS)
    of_first = found.account == 0
    kinds = [links.identifiers["kind"][int(at)].as_py() for at in found.identifier[of_first]]
    assert kinds == ["device", "address"]
    assert found.neighbour[of_first].tolist() == [1, 1]


def test_only_those_with_most_belief_are_told() -> None:
    links = shared_links(world_of(5, {"device": [(0, 1)], "address": [(0, 1, 2, 3, 4)]}))
    belief = propagate_risk(links, np.array([0, 1, 0, 0, 0], dtype=np.int8), PARAMS).belief
    assert set(trace_belief(links, belief, 2, PARAMS).account.tolist()) == {0, 1}
    assert len(trace_belief(links, np.zeros(5), 5, PARAMS).account) == 0
