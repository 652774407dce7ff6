"""Families beside exact identifiers, worked out by hand: who holds them, and what they add."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from held_values import Held, kind_values, links_of
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.graph.family_links import FamilyLinks, add_families, nest_weights
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.weights import weigh_identifiers
from graphrisk.model.kinds import BUILT_IN_KINDS

# Flat 4 is held by 0, 1 in one spelling and 2 in another; flat 9 by 3; a house elsewhere by 4 and 5.
OAK_4, OAK_4_AGAIN = "12 Oak Street Apt 4, Austin, 78701", "12 Oak St Unit 4, Austin, 78701"
OAK_9, ELM = "12 Oak Street Apt 9, Austin, 78701", "7 Elm Road, Reno, 89501"
HELD: Held = {OAK_4: [0, 1], OAK_4_AGAIN: [2], OAK_9: [3], ELM: [4, 5]}
ACCOUNTS = 100


def with_families(held: Held, kind: str = "address") -> tuple[SharedLinks, FamilyLinks]:
    values = kind_values(kind, held)
    links = links_of(ACCOUNTS, BUILT_IN_KINDS, [values])
    return links, add_families(links, BUILT_IN_KINDS, [values])


def holders(links: SharedLinks) -> dict[tuple[str, str], list[int]]:
    kinds = links.identifiers["kind"].to_pylist()
    names = links.identifiers["identifier"].to_pylist()
    return {
        (kind, name): links.account[links.identifier == at].tolist()
        for at, (kind, name) in enumerate(zip(kinds, names, strict=True))
    }


def test_a_door_and_a_building_have_holders_of_their_own() -> None:
    _, found = with_families(HELD)
    assert holders(found.links) == {
        ("address", OAK_4): [0, 1],
        ("address", ELM): [4, 5],
        ("address_building", OAK_4): [0, 1, 2, 3],
        ("address_door", OAK_4): [0, 1, 2],
    }
    assert found.links.holder_count.tolist() == [2, 2, 4, 3]


def test_an_identifier_lies_in_its_finest_family() -> None:
    _, found = with_families(HELD)
    names = list(holders(found.links))
    parent = {name: found.parent[at] for at, name in enumerate(names)}
    assert names[parent["address", OAK_4]] == ("address_door", OAK_4)
    assert names[parent["address_door", OAK_4]] == ("address_building", OAK_4)
    assert parent["address_building", OAK_4] == parent["address", ELM] == -1


def test_what_is_shared_counts_once_however_close_it_is() -> None:
    _, found = with_families(HELD)
    whole = weigh_identifiers(found.links, found.kinds)
    added = dict(zip(holders(found.links), nest_weights(whole, found.parent).tolist(), strict=True))
    building, door, address = math.log(0.1 * 99 / 3), math.log(0.6 * 99 / 2), math.log(0.6 * 99)
    assert added == pytest.approx(
        {
            ("address", OAK_4): address - door, ("address_door", OAK_4): door - building,
            ("address_building", OAK_4): building, ("address", ELM): address,
        }
    )  # fmt: skip


def test_a_finer_thing_never_says_less_than_the_one_that_it_lies_in() -> None:
    # a building of two says more than an address of fifty: the address then adds nothing, and takes nothing
    llr, parent = np.array([1.0, 3.0, 2.0, 0.5]), np.array([1, -1, 1, 2], dtype=np.int32)
    assert nest_weights(llr, parent).tolist() == [0.0, 3.0, 0.0, 0.0]


def test_outsiders_make_a_family_public_too() -> None:
    values = kind_values("address", HELD, {OAK_4_AGAIN: 5})
    found = add_families(links_of(ACCOUNTS, BUILT_IN_KINDS, [values]), BUILT_IN_KINDS, [values])
    assert found.links.holder_count.tolist() == [2, 2, 9, 8]


@pytest.mark.parametrize(
    ("kind", "one", "other", "family"),
    [
        ("ip", "9.8.7.1", "9.8.7.2", "9.8.7.0/24"),
        ("email", "jane.doe1@x.example", "janedoe2@x.example", "janedoe*@x.example"),
        ("phone", "+442079460018", "+442079460019", "+4420794600xx"),
    ],
)
def test_contacts_have_families_where_no_exact_value_is_shared(
    kind: str, one: str, other: str, family: str
) -> None:
    links, found = with_families({one: [0], other: [1]}, kind)
    assert links.identifier_count == 0
    ((found_kind, name),) = holders(found.links)
    assert (found_kind.startswith(f"{kind}_"), name) == (True, family)
    assert holders(found.links)[found_kind, name] == [0, 1]


def test_without_values_nothing_is_added() -> None:
    links, found = with_families({})
    assert found.links.identifier_count == links.identifier_count == 0
    assert len(found.parent) == 0


texts = st.sampled_from([OAK_4, OAK_4_AGAIN, OAK_9, ELM, "\x00", "12", "\u202eOak 12, 78701", "x" * 3000])
held_by = st.dictionaries(texts, st.sets(st.integers(0, 9), min_size=1, max_size=5), max_size=6)


@given(held_by)
def test_links_stay_canonical_and_a_family_has_all_that_its_members_have(held: Held) -> None:
    links, found = with_families(held)
    wide = found.links
    order = list(zip(wide.identifier.tolist(), wide.account.tolist(), strict=True))
    assert order == sorted(set(order))
    rows = list(holders(wide))
    assert rows == sorted(rows)
    assert (wide.known_holder_count() >= 2).all()
    assert {row: who for row, who in holders(wide).items() if row[0] == "address"} == holders(links)
    of = list(holders(wide).values())
    for at, parent in enumerate(found.parent.tolist()):
        assert parent < 0 or set(of[at]) <= set(of[parent])


@given(held_by)
def test_the_bits_of_a_pair_are_those_of_the_closest_thing_that_it_shares(held: Held) -> None:
    _, found = with_families(held)
    added = nest_weights(weigh_identifiers(found.links, found.kinds), found.parent)
    up_to = [sum(added[at] for at in (here, *above(found, here))) for here in range(len(added))]
    of = [set(who) for who in holders(found.links).values()]
    for pair in combinations(range(10), 2):
        shared = [at for at, who in enumerate(of) if set(pair) <= who]
        closest = [at for at in shared if not any(at in above(found, other) for other in shared)]
        if len(closest) == 1:
            assert sum(added[at] for at in shared) == pytest.approx(up_to[closest[0]])


def above(found: FamilyLinks, at: int) -> list[int]:
    """The families that an identifier lies in, from the finest."""
    parent = int(found.parent[at])
    return [] if parent < 0 else [parent, *above(found, parent)]
