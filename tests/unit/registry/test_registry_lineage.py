"""A small history of rings, worked out on paper; and what becomes of names, event by event.

Every member weighs 1. A and B are what content named the first two rings; accounts are numbers.

1  A {0 1 2 3 4 5}, B {10 11 12 13}: nobody was remembered.
2  A {0 1 2 3 4 5 6 7}, B {10 11 12 13}: A remembers 6 members of 8, and two more are a fifth of six at least.
3  A {0 .. 7 10 .. 13}: 0..5 count 1 each in A's memory, 6 7 count 1 / (1 + 1/2) = .67: 7.33 against B's 4.
4  A {0 .. 7}, B {10 .. 13}: B still remembers all four, which is worth 4. In A's memory they count
   1 / (1 + 1/2 + 1/4) = .57 each, 2.29 together, and a quarter of 4 more because they carried A last: 3.29.
5  A {0 1 2 3}, new {4 5 6 7}, B: of A's memory 0 1 2 3 hold 4, but 4 5 6 7 hold 3.87, because 6 7 were not
   there in the first of four: (1 + 1/2 + 1/4) / (1 + 1/2 + 1/4 + 1/8) = .93 each.
6  B alone: the others are dormant.
7  A {0 1 2 3}, B: A is given back.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from ring_histories import Registry

from graphrisk.registry.params import NameParams

A, B, NEW = "RING-00.01.02.03.04.05", "RING-10.11.12.13", "RING-04.05.06.07"
SMALL, BIG = list(range(10, 14)), list(range(8))


def named(registry: Registry, *rings: list[int]) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    run = registry.run(rings)
    return [str(run.name_of(ring[0])) for ring in rings], run.events()


def test_the_history_on_paper() -> None:
    registry = Registry()
    assert named(registry, [0, 1, 2, 3, 4, 5], SMALL) == ([A, B], [(A, "born", None), (B, "born", None)])
    assert named(registry, BIG, SMALL) == ([A, B], [(A, "grew", None)])
    assert named(registry, [*BIG, *SMALL]) == ([A], [(A, "grew", None), (B, "merged", A)])
    assert registry.leads_to(B) == A
    assert named(registry, BIG, SMALL) == (
        [A, B],
        [(A, "shrank", None), (A, "split", B), (B, "revived", A)],
    )
    assert registry.leads_to(B) == B
    assert named(registry, [0, 1, 2, 3], [4, 5, 6, 7], SMALL) == (
        [A, NEW, B],
        [(A, "shrank", None), (A, "split", NEW), (NEW, "born", A)],
    )
    assert named(registry, SMALL) == ([B], [(A, "dormant", None), (NEW, "dormant", None)])
    assert named(registry, [0, 1, 2, 3], SMALL) == ([A, B], [(A, "revived", None)])


def test_a_ring_that_is_missed_too_often_is_given_up_and_its_name_not_given_again() -> None:
    registry = Registry(NameParams(dissolve_after_count=3))
    named(registry, SMALL)
    assert named(registry, BIG)[1] == [("RING-00.01.02.03.04.05.06.07", "born", None), (B, "dormant", None)]
    assert named(registry, BIG)[1] == []
    assert named(registry, BIG)[1] == [(B, "dissolved", None)]
    assert named(registry, BIG)[1] == []
    (again, _), events = named(registry, SMALL, BIG)
    assert again != B
    assert again.startswith("RING-")
    assert len(again) == len(B) + 2
    assert events == [(again, "born", None)]


def test_a_ring_is_not_given_up_one_time_too_early() -> None:
    registry = Registry(NameParams(dissolve_after_count=3))
    named(registry, SMALL)
    named(registry, BIG)
    named(registry, BIG)
    assert named(registry, SMALL, BIG)[0][0] == B


def test_an_alias_leads_on_through_later_mergers() -> None:
    registry = Registry()
    named(registry, [0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 10, 11, 12, 13, 14])
    first, second, third = registry.given()
    named(registry, [0, 1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12, 13, 14])
    assert registry.leads_to(first) == second
    named(registry, list(range(15)))
    assert [registry.leads_to(name) for name in (first, second, third)] == [third] * 3


def test_an_alias_whose_accounts_moved_on_follows_them() -> None:
    registry = Registry()
    named(registry, [0, 1, 2], [3, 4, 5, 6, 7, 8], [20, 21, 22, 23, 24, 25])
    first, second, third = registry.given()
    named(registry, [0, 1, 2, 3, 4, 5, 6, 7, 8], [20, 21, 22, 23, 24, 25])
    assert registry.leads_to(first) == second
    _, events = named(registry, [3, 4, 5, 6, 7, 8], [0, 1, 2, 20, 21, 22, 23, 24, 25])
    assert (first, "merged", third) in events
    assert registry.leads_to(first) == third


def test_the_heavier_of_two_parts_keeps_the_name() -> None:
    registry = Registry()
    named(registry, list(range(9)))
    (lighter, heavier), events = named(registry, [0, 1, 2, 3], [4, 5, 6, 7, 8])
    assert heavier == "RING-00.01.02.03.04.05.06.07.08"
    assert (heavier, "split", lighter) in events


def test_who_counts_little_does_not_take_the_name_along() -> None:
    registry = Registry()
    registry.run([{0: 1.0, 1: 1.0, 2: 1.0, 3: 0.2, 4: 0.2, 5: 0.2, 6: 0.2}])
    (name,) = registry.given()
    split = registry.run([{0: 1.0, 1: 1.0, 2: 1.0}, {3: 1.0, 4: 1.0, 5: 1.0, 6: 1.0}])
    assert split.name_of(0) == name


def test_one_member_more_or_less_is_no_news() -> None:
    registry = Registry()
    named(registry, [0, 1, 2, 3])
    assert named(registry, [0, 1, 2, 3, 4])[1] == []
    assert named(registry, [0, 1, 2, 3])[1] == []


def test_equal_content_that_is_born_beside_its_own_name_gets_a_longer_one() -> None:
    registry = Registry()
    named(registry, [0, 1, 2])
    named(registry, list(range(8)))
    # the name went with the larger part; the smaller one is what it was made of
    (large, small), _ = named(registry, [3, 4, 5, 6, 7], [0, 1, 2])
    assert {large, small} > {"RING-00.01.02"}
    assert len({large, small}) == 2


@pytest.mark.parametrize("memory_count", [1, 8])
def test_a_name_remembers_no_more_than_it_should(memory_count: int) -> None:
    registry = Registry(replace(NameParams(), memory_count=memory_count))
    for _ in range(3):
        named(registry, [0, 1, 2, 3, 4, 5])
    named(registry, [0, 1, 2], [3, 4, 5])
    past = registry.past()
    memory = registry.memory(past, set(range(6)))
    name = past.names.index("RING-00.01.02.03.04.05")
    assert int((memory.name == name).sum()) == (3 if memory_count == 1 else 6)
