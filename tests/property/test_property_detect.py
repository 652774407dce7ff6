"""What holds of every detection, whatever the world."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import pytest
from detect_fakes import detect_world
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from small_worlds import Thing, World, random_world, worlds

from graphrisk.flows.detect import LEAST_PAIR, DetectParams
from graphrisk.flows.findings import RunTables
from graphrisk.model.rings import Explanation
from graphrisk.risk.signals import BASE_POINTS


@st.composite
def any_detection(draw: st.DrawFn) -> tuple[World, dict[int, int], DetectParams]:
    if draw(st.booleans()):
        world = draw(worlds())
    else:
        accounts = draw(st.sampled_from([30, 100, 300]))
        seed, things = draw(st.integers(0, 10**6)), draw(st.integers(1, accounts))
        world = random_world(seed, accounts, things, largest=accounts // 2)
    verdict = draw(
        st.dictionaries(st.integers(0, world.account_count - 1), st.sampled_from([-1, 1]), max_size=12)
    )
    params = DetectParams(
        resolution=draw(st.sampled_from([0.02, 0.1])),
        degree_cap=draw(st.sampled_from([5, 300])),
        max_ring_size=draw(st.sampled_from([5, 300])),
        min_ring_size=draw(st.sampled_from([2, 3])),
        min_ring_points=-1e9,
    )
    return world, verdict, params


def path_ends(found: RunTables) -> None:
    """Following evidence from any member leads to one pair of members that explain each other."""
    onward = dict(
        zip(
            found.evidence["account_id"].to_pylist(),
            found.evidence["via_account_id"].to_pylist(),
            strict=True,
        )
    )
    ring_of = dict(
        zip(
            found.ring_member["account_id"].to_pylist(), found.ring_member["ring_id"].to_pylist(), strict=True
        )
    )
    ends = defaultdict(set)
    for account, ring in ring_of.items():
        here, seen = account, set()
        while here not in seen:
            seen.add(here)
            assert ring_of[here] == ring
            here = onward[here]
        ends[ring].add(frozenset((here, onward[here])))
    assert all(len(pairs) == 1 and len(next(iter(pairs))) == 2 for pairs in ends.values())


@settings(max_examples=50)
@given(any_detection())
def test_every_finding_is_consistent_and_explained(asked: tuple[World, dict[int, int], DetectParams]) -> None:
    world, verdict, params = asked
    _, found = detect_world(world, verdict, params)
    rings = {row["ring_id"]: row for row in found.ring.to_pylist()}
    members = found.ring_member.to_pylist()
    assert len({row["account_id"] for row in members}) == len(members)
    assert Counter(row["ring_id"] for row in members) == {name: ring["size"] for name, ring in rings.items()}
    core = Counter(row["ring_id"] for row in members if row["role"] == "core")
    assert core == {name: ring["core_count"] for name, ring in rings.items()}
    assert all(ring["size"] >= params.min_ring_size for ring in rings.values())
    assert all(0 <= row["closeness"] <= 1 for row in members)
    assert all(row["confidence"] * 8 in range(9) for row in members)
    assert all(
        tie["ring_id"] != tie["other_ring_id"] and tie["bits"] > 0 for tie in found.ring_tie.to_pylist()
    )
    assert {tie[end] for tie in found.ring_tie.to_pylist() for end in ("ring_id", "other_ring_id")} <= set(
        rings
    )
    bits: dict[str, dict[str, float]] = {name: {} for name in rings}
    for row in found.ring_innocence.to_pylist():
        bits[row["ring_id"]][row["explanation"]] = row["bits"]
    for name, ring in rings.items():
        assert set(bits[name]) == set(Explanation)
        assert ring["innocent_bits"] == max(bits[name].values()) == bits[name][ring["innocent"]]
    risk = {row["account_id"]: row for row in found.account_risk.to_pylist()}
    assert list(risk) == world.account_ids()
    assert all(
        0 < row["risk"] < 1 and -1 <= row["propagated"] <= 1 and row["reason"] for row in risk.values()
    )
    in_ring = {row["account_id"]: row["ring_id"] for row in members}
    assert {name: row["ring_id"] for name, row in risk.items() if row["ring_id"]} == in_ring
    assert all(row["account_risk"] == risk[row["account_id"]]["risk"] for row in members)
    points: Counter[str] = Counter()
    for row in found.ring_signal.to_pylist():
        points[row["ring_id"]] += row["points"]
    for name, ring in rings.items():
        assert logit(ring["score"]) == pytest.approx(points[name] - BASE_POINTS, abs=1e-6)
    path_ends(found)


@settings(max_examples=50)
@given(any_detection())
def test_the_bits_of_a_hop_give_its_probability(asked: tuple[World, dict[int, int], DetectParams]) -> None:
    world, verdict, params = asked
    _, found = detect_world(world, verdict, params)
    bits: Counter[tuple[str, str]] = Counter()
    probability = {}
    for row in found.evidence.to_pylist():
        assert row["bits"] > 0
        bits[row["account_id"], row["via_account_id"]] += row["bits"]
        probability[row["account_id"], row["via_account_id"]] = row["pair_probability"]
    for hop, total in bits.items():
        odds = math.log(2) * total - math.log(world.account_count)
        assert probability[hop] == pytest.approx(expit(odds), rel=1e-9)
        assert probability[hop] >= min(LEAST_PAIR, params.resolution / 2)


@settings(max_examples=50)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_named_changes_no_ring(world: World, random: object) -> None:
    things: list[Thing] = list(world.things)
    random.shuffle(things)  # type: ignore[attr-defined]
    _, one = detect_world(world, {0: 1})
    _, other = detect_world(World(world.account_count, tuple(things)), {0: 1})
    assert other.ring_member.select(["ring_id", "account_id", "role"]) == one.ring_member.select(
        ["ring_id", "account_id", "role"]
    )
    assert other.account_risk["risk"].to_pylist() == pytest.approx(one.account_risk["risk"].to_pylist())
