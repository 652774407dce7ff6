"""Which rings were taken down, which are newborn, and as what each was last known."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from graphrisk.registry.taken_down import RingSeen, find_newborn, find_taken_down, last_known

START = datetime(2024, 5, 1)  # noqa: DTZ001 - naive UTC


def ring(name: str, members: str, day: int = 0) -> RingSeen:
    return RingSeen(f"RUN-{day}", name, START + timedelta(days=day), tuple(members))


def test_a_ring_is_taken_down_when_half_of_it_is_found_out_and_from_then_on() -> None:
    out = {"a": START, "b": START + timedelta(days=4), "x": START}
    former = find_taken_down([ring("R", "abcd"), ring("Q", "abcde")], out)
    assert [(each.ring.ring_id, each.taken_down_at) for each in former] == [("R", START + timedelta(days=4))]


def test_a_ring_seen_again_is_known_as_the_later_run_saw_it() -> None:
    seen = [ring("R", "abcd", 0), ring("S", "abce", 1), ring("T", "wxyz", 0)]
    assert [each.ring_id for each in last_known(seen)] == ["S", "T"]


def test_half_a_ring_in_a_later_one_is_that_one_and_less_is_not() -> None:
    assert [each.ring_id for each in last_known([ring("R", "abcd"), ring("S", "abyz", 1)])] == ["S"]
    assert [each.ring_id for each in last_known([ring("R", "abcd"), ring("S", "axyz", 1)])] == ["S", "R"]


def test_rings_of_one_run_do_not_stand_for_each_other() -> None:
    assert len(last_known([ring("R", "abc"), ring("S", "abc")])) == 2


def test_a_newborn_ring_has_fewer_than_a_third_of_known_members() -> None:
    now = [ring("R", "abc", 1), ring("S", "axyz", 1), ring("T", "uvw", 1)]
    assert [each.ring_id for each in find_newborn(now, [ring("Q", "aq")])] == ["S", "T"]


def test_before_the_first_run_nobody_knows_what_is_new() -> None:
    assert find_newborn([ring("R", "abc")], []) == []


FOUR = [ring("R", "abcd", 0), ring("S", "abce", 1), ring("T", "wxyz", 0), ring("U", "wxab", 2)]


@given(st.permutations(FOUR))
def test_the_order_of_rings_changes_nothing(rings: list[RingSeen]) -> None:
    assert last_known(rings) == last_known(FOUR)
