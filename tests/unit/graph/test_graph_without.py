"""Links and values without some identifiers: as if the tables had never had them."""

from __future__ import annotations

from held_values import kind_values
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import World, shared_links, world_of, worlds

from graphrisk.graph.without import drop_links, drop_values, spell_out
from graphrisk.model.kinds import BUILT_IN_KINDS


def rows(links) -> set[tuple[str, str, str]]:
    names = links.identifiers.to_pylist()
    ids = links.account_ids.to_pylist()
    return {
        (ids[a], names[i]["kind"], names[i]["identifier"])
        for a, i in zip(links.account.tolist(), links.identifier.tolist(), strict=True)
    }


@given(worlds(), st.integers(0, 20))
def test_all_links_stay_but_those_of_what_is_gone(world: World, which: int) -> None:
    links = shared_links(world)
    names = links.identifiers.to_pylist()
    gone = {(row["kind"], row["identifier"]) for row in names[which : which + 2]}
    left = rows(drop_links(links, gone, ()))
    assert left == {row for row in rows(links) if row[1:] not in gone}


def test_the_same_text_of_another_kind_stays() -> None:
    links = shared_links(world_of(4, {"device": [(0, 1)], "ip": [(1, 2)]}))
    first = links.identifiers.to_pylist()[0]["identifier"]
    assert rows(drop_links(links, {("ip", first)}, ())) == rows(links)


def test_what_one_account_alone_held_is_no_longer_counted_as_its_own() -> None:
    links = shared_links(world_of(3, {"device": [(0, 1)]}), private_count=2)
    values = kind_values("ip", {"10.0.0.1": [0], "10.0.0.2": [1, 2]})
    left = drop_links(links, {("ip", "10.0.0.1"), ("ip", "10.0.0.2")}, (values,))
    assert left.private_count.tolist() == [1, 2, 2]


def test_values_that_stay_keep_their_holders() -> None:
    values = kind_values("ip", {"10.0.0.1": [0], "10.0.0.2": [1, 2], "10.0.0.3": [0, 2]})
    left = drop_values(values, {("ip", "10.0.0.2"), ("device", "10.0.0.3")})
    assert left.identifiers.to_pylist() == ["10.0.0.1", "10.0.0.3"]
    assert list(zip(left.value.tolist(), left.account.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 2)]


def test_a_network_goes_with_all_that_is_in_it_and_a_burst_with_the_busy_thing() -> None:
    values = kind_values("ip", {"10.0.0.1": [0], "10.0.0.2": [1], "10.0.1.1": [2]})
    gone = spell_out(("ip_network", "10.0.0.0/24"), BUILT_IN_KINDS, (values,))
    assert gone == {("ip", "10.0.0.1"), ("ip", "10.0.0.2")}
    assert spell_out(("ip_burst", "10.0.1.1 2026-01-01T10:00:00"), BUILT_IN_KINDS, (values,)) == {
        ("ip", "10.0.1.1")
    }
    assert spell_out(("device", "D1"), BUILT_IN_KINDS, ()) == {("device", "D1")}
