"""Communities on the links themselves."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import World, rename_all, shared_links, world_of, worlds

from graphrisk.detect.link_communities import find_link_communities
from graphrisk.graph.public_links import PublicLinks

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


def with_outsiders(held: dict[str, tuple[int, ...]], outsiders: int) -> list[int]:
    """Four accounts that share nothing among themselves. held: by thing, its holders, outsiders from 4 on."""
    things = sorted(held)
    pairs = [(at, who) for at, name in enumerate(things) for who in held[name]]
    public = PublicLinks(
        outsider_ids=pa.array([f"out-{at}" for at in range(outsiders)]),
        identifiers=pa.table({"kind": ["address"] * len(things), "identifier": things}),
        holder=np.array([who for _, who in pairs], dtype=np.int32),
        identifier=np.array([at for at, _ in pairs], dtype=np.int32),
        holder_count=np.array([len(held[name]) for name in things], dtype=np.int32),
    )
    links = replace(shared_links(world_of(4, {})), public=public)
    found = find_link_communities(links, links.account_ids.to_pylist(), 0.1, most_holders=30, seed=0)
    return found.label.tolist()


def test_accounts_that_deal_with_one_outsider_are_together() -> None:
    assert with_outsiders({"a": (0, 4), "b": (1, 4), "c": (2, 5), "d": (3, 6)}, 3) == [0, 0, -1, -1]


def test_outsiders_with_one_thing_make_no_community_larger() -> None:
    """Among five holders and things four links are more than a tenth of all pairs; among 25, 24 are not."""
    alone = {"a": (0, 4), "b": (1, 4)}
    crowded = {"a": (0, 4, *range(5, 25)), "b": (1, 4)}
    assert with_outsiders(crowded, 21) == with_outsiders(alone, 21) == [0, 0, -1, -1]


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
