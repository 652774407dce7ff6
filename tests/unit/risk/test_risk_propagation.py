"""Propagation against the dense solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_worlds import World, random_world, shared_links, world_of, worlds

from graphrisk.graph.links import SharedLinks
from graphrisk.risk.propagation import (
    PropagationParams,
    propagate_by_fold,
    propagate_risk,
    split_labels,
    without_own_label,
)


def spread_matrix(links: SharedLinks) -> NDArray[np.float64]:
    """S = D^-1/2 B K^-1 B' D^-1/2, dense."""
    incidence = np.zeros((links.account_count, links.identifier_count))
    incidence[links.account, links.identifier] = 1.0
    per_account = np.diag(1 / np.sqrt(np.maximum(incidence.sum(axis=1), 1)))
    per_identifier = np.diag(1 / incidence.sum(axis=0))
    return per_account @ incidence @ per_identifier @ incidence.T @ per_account


def solve(links: SharedLinks, verdict: NDArray[np.int8], damping: float) -> NDArray[np.float64]:
    return np.linalg.solve(np.eye(links.account_count) - damping * spread_matrix(links), verdict * 1.0)


@st.composite
def labelled_worlds(draw: st.DrawFn) -> tuple[SharedLinks, NDArray[np.int8]]:
    world = draw(worlds())
    words = draw(
        st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=world.account_count, max_size=world.account_count)
    )
    return shared_links(world), np.array(words, dtype=np.int8)


@given(labelled_worlds(), st.sampled_from([0.0, 0.3, 0.85, 0.95]))
def test_beliefs_are_the_solution_of_the_linear_system(
    labelled: tuple[SharedLinks, NDArray[np.int8]], damping: float
) -> None:
    links, verdict = labelled
    found = propagate_risk(links, verdict, PropagationParams(damping, tolerance=1e-10))
    assert found.belief == pytest.approx(solve(links, verdict, damping), abs=1e-7)


@pytest.mark.parametrize("damping", [0.1, 0.5, 0.85, 0.98])
@pytest.mark.parametrize("tolerance", [0.3, 1e-2, 1e-4, 1e-8])
def test_the_error_is_within_the_tolerance(damping: float, tolerance: float) -> None:
    links = shared_links(random_world(1, account_count=150, thing_count=200, largest=50))
    verdict = np.random.default_rng(2).choice(np.array([-1, 0, 0, 0, 1], dtype=np.int8), 150)
    found = propagate_risk(links, verdict, PropagationParams(damping, tolerance))
    error = np.linalg.norm(found.belief - solve(links, verdict, damping))
    assert error <= tolerance * np.linalg.norm(verdict)


def test_the_steps_follow_from_damping_and_tolerance_alone() -> None:
    # kappa = (1 - sqrt .15) / (1 + sqrt .15) = .441; 2 kappa^t .85 / .15 < 1e-6 from t = 20 on
    assert PropagationParams().step_count() == 20
    assert PropagationParams(0.0).step_count() == 0


@given(worlds())
def test_the_spread_never_grows(world: World) -> None:
    spread = spread_matrix(shared_links(world))
    assert np.abs(np.linalg.eigvalsh(spread)).max() <= 1 + 1e-9


@given(worlds())
def test_without_labels_every_belief_is_zero(world: World) -> None:
    found = propagate_risk(shared_links(world), np.zeros(world.account_count, np.int8), PropagationParams())
    assert found.belief.tolist() == [0.0] * world.account_count


@given(labelled_worlds())
def test_the_opposite_labels_give_the_opposite_beliefs(
    labelled: tuple[SharedLinks, NDArray[np.int8]],
) -> None:
    links, verdict = labelled
    one = propagate_risk(links, verdict, PropagationParams())
    other = propagate_risk(links, (-verdict).astype(np.int8), PropagationParams())
    assert other.belief.tolist() == (-one.belief).tolist()


def test_a_label_reaches_nobody_outside_its_component() -> None:
    links = shared_links(world_of(6, {"device": [(0, 1), (1, 2), (3, 4)]}))
    belief = propagate_risk(links, np.array([1, 0, 0, 0, 0, 0], np.int8), PropagationParams()).belief
    assert (belief[:3] > 0).all()
    assert belief[3:].tolist() == [0.0, 0.0, 0.0]


def test_a_hub_that_everybody_holds_passes_on_little() -> None:
    # alone: S = 11'/N, so the others get (1/N) damping / (1 - damping) = .0057
    links = shared_links(world_of(1000, {"ip": [range(1000)]}))
    verdict = np.zeros(1000, np.int8)
    verdict[0] = 1
    hub = propagate_risk(links, verdict, PropagationParams()).belief
    assert hub[1:] == pytest.approx(0.85 / 0.15 / 1000, rel=1e-4)
    pair = propagate_risk(shared_links(world_of(1000, {"ip": [(0, 1)]})), verdict, PropagationParams()).belief
    assert pair[1] > 100 * hub[1]


def test_without_links_beliefs_are_the_labels() -> None:
    verdict = np.array([1, 0, -1], np.int8)
    found = propagate_risk(shared_links(World(3, ())), verdict, PropagationParams())
    assert found.belief.tolist() == [1.0, 0.0, -1.0]


@settings(max_examples=25)
@given(labelled_worlds(), st.integers(0, 10**6))
def test_a_labels_flip_leaves_beliefs_of_its_own_fold_as_they_were(
    labelled: tuple[SharedLinks, NDArray[np.int8]], seed: int
) -> None:
    links, verdict = labelled
    fold = np.random.default_rng(seed).integers(0, 3, len(verdict))
    before = own_beliefs(links, verdict, fold)
    for hidden in range(3):
        flipped = np.where(fold == hidden, -verdict, verdict).astype(np.int8)
        after = own_beliefs(links, flipped, fold)
        same = (verdict != 0) & (fold == hidden)
        assert after[same].tobytes() == before[same].tobytes()


def own_beliefs(
    links: SharedLinks, verdict: NDArray[np.int8], fold: NDArray[np.int64]
) -> NDArray[np.float64]:
    belief = propagate_by_fold(links, verdict, fold, 3, PropagationParams()).belief
    return without_own_label(belief, verdict, fold)


@settings(max_examples=25)
@given(labelled_worlds())
def test_worlds_side_by_side_are_what_each_is_alone(
    labelled: tuple[SharedLinks, NDArray[np.int8]],
) -> None:
    links, verdict = labelled
    fold = np.arange(len(verdict)) % 3
    found = propagate_by_fold(links, verdict, fold, 3, PropagationParams())
    for hidden in range(4):
        known = np.where(fold == hidden, 0, verdict).astype(np.int8)
        alone = propagate_risk(links, known, PropagationParams())
        assert found.belief[:, hidden] == pytest.approx(alone.belief, abs=1e-12)


def test_each_label_is_in_the_column_of_its_fold() -> None:
    verdict = np.array([1, -1, 0, 1], dtype=np.int8)
    parts = split_labels(verdict, np.array([0, 1, 1, 2]), 3)
    assert parts.tolist() == [[1, 0, 0], [0, -1, 0], [0, 0, 0], [0, 0, 1]]
    assert parts.dtype == np.int8


def test_belief_is_read_from_the_world_without_the_own_fold_in_its_deviations() -> None:
    # columns: without fold 0, without fold 1, all; accounts 2 and 3 are unlabelled: deviations 1, 2 and .5
    belief = np.array([[8.0, 1.0, 9.0], [1.0, 6.0, 9.0], [0.0, 0.0, 1.0], [2.0, 4.0, 2.0]])
    found = without_own_label(belief, np.array([1, -1, 0, 0], dtype=np.int8), np.array([0, 1, 1, 0]))
    assert found.tolist() == [8.0, 3.0, 2.0, 4.0]


def test_where_nothing_reached_the_unlabelled_own_belief_is_nothing() -> None:
    fold, verdict = np.array([0, 1]), np.array([1, -1], dtype=np.int8)
    assert without_own_label(np.ones((2, 3)), verdict, fold).tolist() == [0.0, 0.0]
    one_unlabelled = np.array([1, 0], dtype=np.int8)
    assert without_own_label(np.ones((2, 3)), one_unlabelled, fold).tolist() == [0.0, 0.0]
    nobody = np.empty(0, dtype=np.int8)
    assert len(without_own_label(np.empty((0, 3)), nobody, np.empty(0, np.int64))) == 0
