"""Names over random histories of rings."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from ring_histories import Named, Registry

from graphrisk.model.rings import RingEvent
from graphrisk.registry.params import NameParams

ACCOUNTS = range(24)
SHORT = NameParams(dissolve_after_count=3, memory_count=3)  # so that names are given up and forgotten


@st.composite
def partitions(draw: st.DrawFn) -> list[dict[int, float]]:
    """Rings of three or more of 24 accounts, or none; whoever is in the last group is in no ring."""
    label = draw(st.lists(st.integers(0, 5), min_size=len(ACCOUNTS), max_size=len(ACCOUNTS)))
    weight = st.sampled_from([0.125, 0.5, 1.0])
    groups = [[account for account in ACCOUNTS if label[account] == at] for at in range(5)]
    return [{account: draw(weight) for account in group} for group in groups if len(group) >= 3]


@st.composite
def histories(draw: st.DrawFn) -> list[list[dict[int, float]]]:
    """Runs that are new, or as one of the runs before, or that but for two accounts."""
    runs: list[list[dict[int, float]]] = []
    for _ in range(draw(st.integers(1, 7))):
        if not runs or draw(st.booleans()):
            runs.append(draw(partitions()))
            continue
        rings = [dict(ring) for ring in draw(st.sampled_from(runs))]
        if len(rings) >= 2 and draw(st.booleans()):
            account = draw(st.sampled_from(sorted(rings[0])))
            rings[1][account] = rings[0].pop(account)
        runs.append([ring for ring in rings if len(ring) >= 2])
    return runs


def replay(history: Sequence[Sequence[dict[int, float]]]) -> Registry:
    registry = Registry(SHORT)
    for rings in history:
        registry.run(rings)
    return registry


def as_sets(run: Named) -> dict[str, frozenset[int]]:
    return {name: frozenset(ring) for name, ring in run.rings.items()}


@given(histories())
def test_every_ring_has_one_name_and_no_two_the_same(history: list[list[dict[int, float]]]) -> None:
    registry = replay(history)
    for rings, run in zip(history, registry.runs, strict=True):
        assert sorted(map(sorted, run.rings.values())) == sorted(map(sorted, rings))
        assert len(run.rings) == len(rings)


@given(histories())
def test_a_run_that_finds_the_same_rings_gives_the_same_names(history: list[list[dict[int, float]]]) -> None:
    registry = replay(history)
    again = registry.run(history[-1])
    assert as_sets(again) == as_sets(registry.runs[-2])
    given_up = {RingEvent.DORMANT, RingEvent.DISSOLVED, RingEvent.MERGED}
    assert {change.event for change in again.changes} <= given_up


@given(histories(), st.randoms(use_true_random=False))
def test_no_order_of_rings_or_accounts_changes_a_name(
    history: list[list[dict[int, float]]], random: Random
) -> None:
    other = Registry(SHORT)
    for rings in history:
        order = list(range(sum(map(len, rings))))
        random.shuffle(order)
        mixed = random.sample(rings, len(rings))
        other.run(mixed, order)
    for one, two in zip(replay(history).runs, other.runs, strict=True):
        assert (as_sets(one), one.changes) == (as_sets(two), two.changes)


@given(histories())
def test_every_name_ever_given_can_be_asked_for(history: list[list[dict[int, float]]]) -> None:
    registry = replay(history)
    now = set(registry.runs[-1].rings)
    for name in registry.given():
        ends = [
            registry.ended(name, event)
            for event in (RingEvent.DORMANT, RingEvent.MERGED, RingEvent.DISSOLVED)
        ]
        # a name that no ring has now was seen to go, and one that a ring has leads to itself
        assert (name in now) == (not any(ends))
        end = registry.leads_to(name)
        assert end in registry.given()
        assert registry.ended(end, RingEvent.MERGED) is None


@given(partitions(), st.data())
def test_a_merger_keeps_the_name_of_the_heavier(rings: list[dict[int, float]], data: st.DataObject) -> None:
    if len(rings) < 2:
        return
    registry = Registry()
    first = registry.run(rings)
    one, two = data.draw(st.permutations(range(len(rings))))[:2]
    weight = [sum(ring.values()) for ring in rings]
    merged = registry.run(
        [rings[one] | rings[two], *(ring for at, ring in enumerate(rings) if at not in (one, two))]
    )
    names = {at: str(first.name_of(min(rings[at]))) for at in (one, two)}
    kept = str(merged.name_of(min(rings[one])))
    if weight[one] == weight[two]:
        assert kept == min(names.values())  # born together: the older is the first by name
    else:
        assert kept == names[one if weight[one] > weight[two] else two]
    (gone,) = set(names.values()) - {kept}
    assert registry.leads_to(gone) == kept


@given(histories())
def test_rings_that_share_nobody_with_any_earlier_one_are_born(history: list[list[dict[int, float]]]) -> None:
    registry = Registry(SHORT)
    seen: set[int] = set()
    for rings in history:
        run = registry.run(rings)
        born = {change.name for change in run.changes if change.event is RingEvent.BORN}
        assert {name for name, ring in run.rings.items() if not seen & ring.keys()} <= born
        assert born == run.rings.keys() - {name for before in registry.runs[:-1] for name in before.rings}
        seen |= {account for ring in rings for account in ring}


@given(histories())
def test_another_run_of_the_same_time_that_finds_the_same_says_the_same(
    history: list[list[dict[int, float]]],
) -> None:
    registry = replay(history)
    twin = registry.runs.pop()
    again = registry.run(history[-1], twin=twin)
    assert (as_sets(again), again.changes) == (as_sets(twin), twin.changes)


@given(histories(), partitions())
def test_a_twin_that_finds_nothing_changes_nothing(
    history: list[list[dict[int, float]]], rings: list[dict[int, float]]
) -> None:
    registry = replay(history)
    beside = registry.run(rings, twin=Named({}, ()))
    alone = registry.run(rings)
    assert (as_sets(beside), beside.changes) == (as_sets(alone), alone.changes)


@given(histories(), partitions())
def test_what_became_of_names_is_told_against_earlier_times_alone(
    history: list[list[dict[int, float]]], rings: list[dict[int, float]]
) -> None:
    registry = replay(history)
    twin = registry.runs.pop()
    beside = registry.run(rings, twin=twin)
    given_before = set(registry.given())
    born = {change.name for change in beside.changes if change.event is RingEvent.BORN}
    assert born == beside.rings.keys() - given_before
    told = {name for change in beside.changes for name in (change.name, change.other_name)} - {None}
    assert told <= given_before | beside.rings.keys()
    assert len(beside.rings) == len(rings)


@given(st.integers(1, 4))
def test_a_ring_that_is_missed_for_a_while_gets_its_name_back(missed: int) -> None:
    registry = Registry()
    ring = dict.fromkeys(range(4), 1.0)
    first = registry.run([ring]).name_of(0)
    for _ in range(missed):
        registry.run([dict.fromkeys(range(10, 14), 1.0)])
    assert registry.run([ring]).name_of(0) == first
