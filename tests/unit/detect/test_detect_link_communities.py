"""Communities on the links themselves."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import World, rename_all, shared_links, world_of, worlds

from graphrisk.detect.link_communities import find_link_communities

TWO = world_of(7, {"device": [(0, 1, 2), (3, 4, 5)], "address": [(0, 1, 2), (3, 4, 5), (2, 3)]})


def label_of(world: World, resolution: float, **more: int) -> list[int]:
    links = shared_links(world)
    found = find_link_communities(links, links.account_ids.to_pylist(), resolution, **{"seed": 0, **more})
    return found.label.tolist()


def test_two_groups_that_hardly_touch_are_two() -> None:
    assert label_of(TWO, 0.2) == [0, 0, 0, 1, 1, 1, -1]


def test_at_a_low_resolution_what_hangs_together_is_one() -> None:
    assert label_of(TWO, 0.001) == [0, 0, 0, 0, 0, 0, -1]


def test_a_hub_binds_nobody_and_outsiders_count_among_its_holders() -> None:
    assert label_of(TWO, 0.001, most_holders=2) == [-1, -1, 0, 0, -1, -1, -1]
    links = shared_links(TWO)
    crowded = replace(links, holder_count=np.full(links.identifier_count, 500, dtype=np.int32))
    found = find_link_communities(crowded, links.account_ids.to_pylist(), 0.001, seed=0)
    assert found.group_count == 0


def test_nobody_makes_no_community() -> None:
    assert label_of(world_of(0, {}), 0.01) == []


@settings(max_examples=40)
@given(worlds(), st.integers(0, 10**6))
def test_what_things_are_called_changes_no_component(world: World, seed: int) -> None:
    """At a resolution near 0 communities are components, whatever the names."""
    renamed, moved = rename_all(world, Random(seed))
    one, other = label_of(world, 1e-6), label_of(renamed, 1e-6)
    pairs = {(left, other[moved[at]]) for at, left in enumerate(one)}
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
