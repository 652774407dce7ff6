"""Links of outsiders beside those of accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from small_worlds import shared_links, world_of

from graphrisk.graph.links import SharedLinks
from graphrisk.graph.public_links import PublicLinks
from graphrisk.graph.without import drop_links

# ann and bob share d; zoe, who is no account, holds what only ann holds (a) and what only bob does (b).
PUBLIC = PublicLinks(
    outsider_ids=pa.array(["zoe"]),
    identifiers=pa.table({"kind": ["address", "address", "device"], "identifier": ["a", "b", "id-0000"]}),
    holder=np.array([0, 2, 1, 2, 0, 1], dtype=np.int32),
    identifier=np.array([0, 0, 1, 1, 2, 2], dtype=np.int32),
    holder_count=np.array([2, 2, 2], dtype=np.int32),
)


def links_of() -> SharedLinks:
    return replace(shared_links(world_of(2, {"device": [(0, 1)]})), public=PUBLIC)


def held(public: PublicLinks | None) -> set[tuple[str, int]]:
    assert public is not None
    names = public.identifiers["identifier"].to_pylist()
    return {
        (names[at], who) for at, who in zip(public.identifier.tolist(), public.holder.tolist(), strict=True)
    }


def test_what_is_taken_away_is_held_by_nobody() -> None:
    left = PUBLIC.without({("address", "a"), ("device", "b")})
    assert held(left) == {("b", 1), ("b", 2), ("id-0000", 0), ("id-0000", 1)}
    assert left.holder_count.tolist() == [2, 2]
    assert held(PUBLIC.without(())) == held(PUBLIC)


def test_outsiders_lose_what_accounts_lose() -> None:
    without_device = {("a", 0), ("a", 2), ("b", 1), ("b", 2)}
    assert held(links_of().without(np.array([True])).public) == without_device
    assert held(drop_links(links_of(), {("device", "id-0000")}, ()).public) == without_device


def test_a_thing_that_only_outsiders_share_with_an_account_can_be_dropped() -> None:
    fewer = drop_links(links_of(), {("address", "b")}, ())
    assert fewer.identifier_count == 1
    assert ("b", 2) not in held(fewer.public)


def test_without_outsiders_the_links_are_those_of_accounts() -> None:
    alone = shared_links(world_of(3, {"device": [(0, 1), (1, 2)]}))
    found = alone.with_outsiders()
    assert len(found.outsider_ids) == 0
    assert held(found) == {("id-0000", 0), ("id-0000", 1), ("id-0001", 1), ("id-0001", 2)}
    assert links_of().with_outsiders() is PUBLIC
