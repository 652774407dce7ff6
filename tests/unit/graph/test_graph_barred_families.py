"""A rejected family takes what lies in it along, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from held_values import Held, kind_values, links_of
from small_worlds import random_world, shared_links

from graphrisk.graph.barred_families import bar_families
from graphrisk.graph.family_links import FamilyLinks, add_families
from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS

# Flat 4 is held by 0, 1 in one spelling and 2 in another; flat 9 by 3; a house elsewhere by 4 and 5.
OAK_4, OAK_4_AGAIN = "12 Oak Street Apt 4, Austin, 78701", "12 Oak St Unit 4, Austin, 78701"
OAK_9, ELM = "12 Oak Street Apt 9, Austin, 78701", "7 Elm Road, Reno, 89501"
HELD: Held = {OAK_4: [0, 1], OAK_4_AGAIN: [2], OAK_9: [3], ELM: [4, 5]}


def barred(*things: tuple[str, str]) -> tuple[SharedLinks, FamilyLinks]:
    values = kind_values("address", HELD)
    links = links_of(100, BUILT_IN_KINDS, [values])
    return bar_families(links, add_families(links, BUILT_IN_KINDS, [values]), things)


def holders(links: SharedLinks) -> dict[tuple[str, str], list[int]]:
    rows = links.identifiers.to_pylist()
    return {
        (row["kind"], row["identifier"]): links.account[links.identifier == at].tolist()
        for at, row in enumerate(rows)
    }


def test_a_barred_door_takes_its_spellings_along_and_leaves_its_building() -> None:
    observed, wide = barred(("address_door", OAK_4))
    assert holders(observed) == {("address", ELM): [4, 5]}
    assert holders(wide.links) == {("address", ELM): [4, 5], ("address_building", OAK_4): [0, 1, 2, 3]}
    assert wide.parent.tolist() == [-1, -1]


def test_a_barred_building_takes_its_doors_along() -> None:
    observed, wide = barred(("address_building", OAK_4))
    assert holders(observed) == holders(wide.links) == {("address", ELM): [4, 5]}


@pytest.mark.parametrize("things", [(), (("address_door", ELM),), (("device", OAK_4),)])
def test_what_is_not_there_bars_nothing(things: tuple[tuple[str, str], ...]) -> None:
    observed, wide = barred(*things)
    assert len(holders(observed)) == 2
    assert len(holders(wide.links)) == 4


def test_what_is_left_keeps_its_parent() -> None:
    _, before = barred()
    _, after = barred(("address", ELM))
    names = list(holders(after.links))
    assert [names[at] if at >= 0 else None for at in after.parent] == [
        list(holders(before.links))[at] if at >= 0 else None
        for at, name in zip(before.parent, holders(before.links), strict=True)
        if name != ("address", ELM)
    ]


def test_links_without_some_identifiers_are_those_of_a_world_that_never_had_them() -> None:
    links = shared_links(random_world(7, 40, 30, 12))
    dropped = np.random.default_rng(7).random(links.identifier_count) < 0.4
    left = links.without(dropped)
    names = links.identifiers.to_pylist()
    kept = {(row["kind"], row["identifier"]) for row, gone in zip(names, dropped, strict=True) if not gone}
    assert holders(left) == {name: held for name, held in holders(links).items() if name in kept}
    assert left.places_of(kept).tolist() == list(range(len(kept)))
    assert (np.diff(left.identifier) >= 0).all()
    assert left.known_holder_count().tolist() == [len(held) for held in holders(left).values()]
