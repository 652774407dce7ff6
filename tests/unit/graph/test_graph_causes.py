"""Two kinds that tell of one cause: when they are taken for it, and what sharing both then says."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_worlds import KIND_NAMES, Thing, World, random_world, rename_all, shared_links, worlds
from small_worlds import world_of as held_world

from graphrisk.graph import causes
from graphrisk.graph.causes import (
    BACK_SHARE,
    DOUBTFUL_PAIRS,
    MOST_HOLDERS,
    ONE_CAUSE_SHARE,
    find_containers,
    measure_dependence,
    nest_causes,
    other_names,
    sample_pairs,
)
from graphrisk.graph.family_links import FamilyLinks, nest_weights
from graphrisk.graph.weights import weigh_identifiers
from graphrisk.model.derived_kinds import base_codes, with_derived
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind, KindSet

DEVICE, INSTRUMENT, IP = (KIND_NAMES.index(name) for name in ("device", "instrument", "ip"))


def wide_of(world: World, kinds: KindSet = BUILT_IN_KINDS) -> FamilyLinks:
    links = shared_links(world)
    return FamilyLinks(links, kinds, np.full(links.identifier_count, -1, dtype=np.int32))


def declared(kind: str, other: str) -> KindSet:
    """The built-in kinds, one of them of one cause with another."""
    return KindSet.of(
        replace(each, one_cause_with=other) if each.name == kind else each for each in BUILT_IN_KINDS.kinds
    )


def twins(count: int, of_device: range, of_ip: range) -> World:
    """So many groups of six accounts, of which those in each range share a device and an IP."""
    held = {
        "device": [[6 * group + at for at in of_device] for group in range(count)],
        "ip": [[6 * group + at for at in of_ip] for group in range(count)],
    }
    return held_world(6 * count, held)


def measured_one_by_one(wide: FamilyLinks) -> dict[tuple[int, int], float]:
    """d of (B, A), pair by pair and thing by thing, where all things of at most MOST_HOLDERS are asked."""
    links, kinds = wide.links, wide.kinds
    llr = weigh_identifiers(links, kinds)
    base = base_codes(kinds)
    held = [set(links.account[links.identifier == at].tolist()) for at in range(links.identifier_count)]
    found = {}
    for kind in np.unique(links.kind_code).tolist():
        for other in np.unique(links.kind_code).tolist():
            both = doubt = 0.0
            for thing in np.flatnonzero(links.kind_code == kind):
                if len(held[thing]) > MOST_HOLDERS:
                    continue
                for pair in combinations(sorted(held[thing]), 2):
                    shared = [at for at, holders in enumerate(held) if holders.issuperset(pair)]
                    beside = sum(llr[at] for at in shared if base[links.kind_code[at]] != base[other])
                    weight = 1 / (len(held[thing]) - 1) / (1 + math.exp(beside) / links.account_count)
                    doubt += weight
                    both += weight * any(links.kind_code[at] == other for at in shared)
            found[other, kind] = both / (doubt + DOUBTFUL_PAIRS)
    return found


def rank_of(kind: IdentifierKind, code: int) -> tuple[bool, float, int]:
    return kind.one_cause_with is not None, -kind.trust_share, code


def contained_one_by_one(wide: FamilyLinks, of_one: np.ndarray) -> dict[int, int]:
    links, kinds = wide.links, wide.kinds.kinds
    held = [set(links.account[links.identifier == at].tolist()) for at in range(links.identifier_count)]
    found = {}
    for inner, holders in enumerate(held):
        code = links.kind_code[inner]
        lies_in = []
        for outer, more in enumerate(held):
            other = links.kind_code[outer]
            first = rank_of(kinds[other], other) < rank_of(kinds[code], code)
            if of_one[code, other] and (holders < more or (holders == more and first)):
                lies_in.append((len(more), rank_of(kinds[other], other), outer))
        if lies_in:
            found[inner] = min(lies_in)[-1]
    return found


@settings(max_examples=40)
@given(worlds())
def test_dependence_is_what_a_count_of_all_pairs_says(world: World) -> None:
    wide = wide_of(world)
    found = measure_dependence(wide)
    assert found.shape == (len(KIND_NAMES), len(KIND_NAMES))
    told = np.isin(np.arange(len(KIND_NAMES)), wide.links.kind_code)
    assert (found[~told] == 0).all()
    assert (found[:, ~told] == 0).all()
    for (other, kind), share in measured_one_by_one(wide).items():
        assert found[other, kind] == pytest.approx(share)


@settings(max_examples=40)
@given(worlds(max_accounts=6, max_things=20), st.integers(0, 2**32))
def test_containers_are_those_that_a_look_at_every_two_things_finds(world: World, seed: int) -> None:
    near = np.random.default_rng(seed).random((len(KIND_NAMES), len(KIND_NAMES))) < 0.5
    of_one = (near | near.T) & ~np.eye(len(KIND_NAMES), dtype=np.bool_)
    wide = wide_of(world, declared("device", "instrument"))
    inner, outer = find_containers(wide, of_one)
    assert dict(zip(inner.tolist(), outer.tolist(), strict=True)) == contained_one_by_one(wide, of_one)


def test_a_kind_that_is_told_twice_is_of_one_cause_and_two_that_are_not_shared_alike_are_apart() -> None:
    twice = twins(60, range(5), range(5))
    share = measure_dependence(wide_of(twice))
    assert share[IP, DEVICE] > ONE_CAUSE_SHARE
    assert share[DEVICE, IP] > ONE_CAUSE_SHARE
    apart = twins(60, range(5), range(3, 6))
    share = measure_dependence(wide_of(apart))
    assert max(share[IP, DEVICE], share[DEVICE, IP]) < ONE_CAUSE_SHARE
    assert (nest_causes(wide_of(apart)).parent == -1).all()


def test_what_is_told_twice_says_what_it_says_once() -> None:
    wide = nest_causes(wide_of(twins(60, range(5), range(5))))
    llr = nest_weights(weigh_identifiers(wide.links, wide.kinds), wide.parent)
    # device: trust 1, 359 others, 4 of them hold it; the IP, trusted less, says nothing beyond
    assert llr[wide.links.kind_code == DEVICE] == pytest.approx(math.log(359 / 4))
    assert llr[wide.links.kind_code == IP] == pytest.approx(0)


def test_what_a_log_missed_for_some_lies_in_the_whole() -> None:
    wide = nest_causes(wide_of(twins(60, range(6), range(5))))
    llr = nest_weights(weigh_identifiers(wide.links, wide.kinds), wide.parent)
    of_ip = wide.links.kind_code == IP
    assert (wide.parent[of_ip] >= 0).all()
    assert (wide.parent[~of_ip] == -1).all()
    # IP: trust .3 and 4 others say less than the device with 5 others
    assert llr[of_ip] == pytest.approx(0)


def test_what_nearly_all_share_is_no_other_name_for_what_some_share() -> None:
    """A country of eighteen in which three devices of six are shared: who shares a device shares the country,
    but hardly anybody who shares the country shares a device."""
    held = {
        "device": [[6 * group + at for at in range(3)] for group in range(180)],
        "ip": [[18 * country + at for at in range(18)] for country in range(60)],
    }
    wide = wide_of(held_world(1080, held))
    share = measure_dependence(wide)
    assert share[IP, DEVICE] > ONE_CAUSE_SHARE
    assert share[DEVICE, IP] < BACK_SHARE
    assert (nest_causes(wide).parent == -1).all()


def test_few_pairs_do_not_make_one_cause() -> None:
    assert (nest_causes(wide_of(twins(3, range(5), range(5)))).parent == -1).all()


def test_a_declared_cause_needs_no_pairs() -> None:
    world = held_world(10, {"device": [[0, 1, 2]], "ip": [[0, 1], [1, 2, 3]]})
    found = nest_causes(wide_of(world, declared("ip", "device")))
    assert found.parent.tolist() == [-1, 0, -1]
    assert nest_causes(wide_of(world)).parent.tolist() == [-1, -1, -1]


def test_what_is_declared_lies_in_what_it_is_declared_of_however_trusted() -> None:
    world = held_world(10, {"device": [[0, 1, 2]], "ip": [[0, 1, 2]]})
    assert nest_causes(wide_of(world, declared("ip", "device"))).parent.tolist() == [-1, 0]
    assert nest_causes(wide_of(world, declared("device", "ip"))).parent.tolist() == [1, -1]


def test_a_family_is_of_the_cause_of_its_kind_and_never_of_another_cause_than_its_values() -> None:
    kinds = with_derived(declared("ip", "device"))
    names = kinds.names()
    told = causes.declared_causes(kinds)
    assert told[names.index("ip_network"), names.index("device_burst")]
    assert not told[names.index("email"), names.index("device")]
    assert not told[names.index("device"), names.index("ip")]
    assert base_codes(kinds)[names.index("address_door")] == names.index("address")
    assert base_codes(kinds)[names.index("look_alike")] == names.index("look_alike")


def test_with_its_other_names_a_thing_is_gone() -> None:
    world = held_world(10, {"device": [[0, 1, 2], [3, 4]], "ip": [[0, 1], [3, 4]]})
    wide = nest_causes(wide_of(world, declared("ip", "device")))
    assert other_names(wide, np.array([0])).tolist() == [0, 2]
    assert other_names(wide, np.array([2])).tolist() == [2]


@settings(max_examples=40)
@given(worlds())
def test_of_one_cause_evidence_is_never_less_than_the_most_telling_thing_nor_more_than_all(
    world: World,
) -> None:
    kinds = declared("ip", "device")
    wide = nest_causes(wide_of(world, kinds))
    whole = weigh_identifiers(wide.links, kinds)
    llr = nest_weights(whole, wide.parent)
    assert ((llr >= 0) & (llr <= whole + 1e-12)).all()
    held = wide.links.incidence().toarray() > 0
    for one, other in combinations(range(world.account_count), 2):
        shared = np.flatnonzero(held[one] & held[other])
        if len(shared):
            assert llr[shared].sum() >= whole[shared].max() - 1e-9


@settings(max_examples=40)
@given(worlds(), st.randoms(use_true_random=False))
def test_other_names_of_accounts_and_another_order_of_things_change_no_dependence(
    world: World, random: Random
) -> None:
    renamed, _ = rename_all(world, random)
    assert measure_dependence(wide_of(renamed)) == pytest.approx(measure_dependence(wide_of(world)))


def test_many_pairs_are_asked_by_every_nth_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = twins(60, range(5), range(5))
    links = shared_links(world)
    assert len(sample_pairs(links, DEVICE).first) == 600
    monkeypatch.setattr(causes, "MOST_PAIRS", 200)
    some = sample_pairs(links, DEVICE)
    assert len(some.first) == 200
    assert (some.first < some.second).all()
    assert some.weight == pytest.approx(1 / 4)
    assert sorted(set((some.first // 6).tolist())) == list(range(0, 60, 3))


def test_nobody_shares_anything_in_an_empty_world() -> None:
    wide = wide_of(World(0, ()))
    assert (measure_dependence(wide) == 0).all()
    assert nest_causes(wide) is wide
    declared_so = wide_of(World(5, ()), declared("ip", "device"))
    assert nest_causes(declared_so).parent.tolist() == []


def test_a_larger_world_agrees_with_the_count_of_all_pairs() -> None:
    wide = wide_of(random_world(3, account_count=60, thing_count=150, largest=25))
    found = measure_dependence(wide)
    for (other, kind), share in measured_one_by_one(wide).items():
        assert found[other, kind] == pytest.approx(share)


def test_an_instrument_that_rings_alone_share_with_a_device_is_not_of_one_cause_with_it() -> None:
    """Thirty rings of four share a device, an instrument and an IP; of two hundred households of four each
    shares a device, the half of them an instrument, and no IP is common to both."""
    rings = [[4 * ring + at for at in range(4)] for ring in range(30)]
    homes = [[120 + 4 * home + at for at in range(4)] for home in range(200)]
    things = [Thing("device", frozenset(each)) for each in (*rings, *homes)]
    things += [Thing("instrument", frozenset(each)) for each in (*rings, *homes[:100])]
    things += [Thing("ip", frozenset(each)) for each in rings]
    share = measure_dependence(wide_of(World(920, tuple(things))))
    assert share[INSTRUMENT, DEVICE] < 0.55 < ONE_CAUSE_SHARE
