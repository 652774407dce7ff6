"""How groups work, as counts; and how two of them are compared."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln

from graphrisk.model.known import NO_TIME
from graphrisk.registry.comparison import Comparison, honest_groups, join_manners, measure_chance
from graphrisk.registry.likeness import (
    ASPECTS,
    CONCENTRATION,
    Usual,
    chance_share,
    find_usual,
    score_pairs,
    shared_values,
)
from graphrisk.registry.manner import (
    DAY,
    HOUR,
    Aspect,
    Deals,
    Doings,
    Groups,
    Manners,
    Texts,
    Uses,
    describe_manners,
    gap_words,
)
from graphrisk.registry.reincarnation import RETURN_SHARE, SHOWS, find_matches, weigh

NOTHING = np.zeros(0, np.int64)


def doings(account_count: int, **parts: object) -> Doings:
    usual: dict[str, object] = {
        "account_ids": pa.array([f"a{at}" for at in range(account_count)], pa.string()),
        "created_at": np.full(account_count, NO_TIME),
        "market": (None,) * account_count,
        "display_name": (None,) * account_count,
        "mailboxes": Texts(NOTHING, ()),
        "addresses": Texts(NOTHING, ()),
        "uses": Uses((), NOTHING, NOTHING, NOTHING, NOTHING),
        "deals": Deals(NOTHING, NOTHING, NOTHING, (), (), (), (), {}),
    }
    return Doings(**{**usual, **parts})  # type: ignore[arg-type]


def told(manners: Manners, group: int) -> dict[tuple[str, str, str], float]:
    row = manners.weights.toarray()[group]
    return {
        (aspect.value, feature, value): float(weight)
        for (aspect, feature, value), weight in zip(manners.features, row, strict=True)
        if weight
    }


def test_a_manner_worked_out_by_hand() -> None:
    # a0 and a1 share thing 7, a0 alone has 8; a0 pays a1 and an outsider, half and twice the median of 100
    known = doings(
        3,
        created_at=np.array([0, 0, 0]),
        uses=Uses(("device", "ip"), np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([7, 7, 8]),
                  np.array([5 * HOUR, NO_TIME, 5 * HOUR])),
        deals=Deals(np.array([0, 0]), np.array([2 * DAY, NO_TIME]), np.array([50, 200]), ("a1", "x"),
                    ("EUR", "EUR"), ("toys", None), ("paid", "paid"), {"EUR": 100.0}),
    )  # fmt: skip
    manner = told(describe_manners(known, Groups(("R",), np.array([0, 1, 2]), np.array([0, 0, 0]))), 0)
    hours = {value: weight for (aspect, _, value), weight in manner.items() if aspect == "hours"}
    assert hours == pytest.approx(
        {
            "03": 0.1,
            "04": 0.2,
            "05": 0.4,
            "06": 0.2,
            "07": 0.1,
            "22": 0.1,
            "23": 0.2,
            "00": 0.4,
            "01": 0.2,
            "02": 0.1,
        }
    )
    assert {key: weight for key, weight in manner.items() if key[0] != "hours"} == {
        ("kinds", "shared", "device"): 2.0,
        ("kinds", "shared", "nothing"): 1.0,
        ("tempo", "first use", "an hour"): 1.0,
        ("tempo", "payment", "a day"): 1.0,
        ("payees", "payee", "a1"): 1.0,
        ("payees", "payee", "x"): 1.0,
        ("payees", "is", "a member"): 1.0,
        ("payees", "is", "an outsider"): 1.0,
        ("items", "category", "toys"): 1.0,
        ("outcomes", "status", "paid"): 2.0,
        ("amounts", "half octaves from the median", "-2"): 1.0,
        ("amounts", "half octaves from the median", "2"): 1.0,
    }


def test_nothing_known_is_an_empty_manner() -> None:
    manners = describe_manners(doings(2), Groups(("R", "S"), np.array([0, 1]), np.array([0, 1])))
    assert manners.weights.shape == (2, 0)
    nobody = describe_manners(doings(0), Groups((), NOTHING, NOTHING))
    assert nobody.weights.shape == (0, 0)


@pytest.mark.parametrize(("gap", "words"), [(-5, "at once"), (HOUR, "an hour"), (8 * DAY, "a week")])
def test_a_gap_is_named_by_the_longest_that_it_reaches(gap: int, words: str) -> None:
    assert gap_words(gap) == words


def manners_of(*groups: dict[tuple[Aspect, str, str], float]) -> Manners:
    features = tuple(sorted({feature for group in groups for feature in group}))
    weights = np.array([[group.get(feature, 0.0) for feature in features] for group in groups])
    names = tuple(str(at) for at in range(len(groups)))
    return join_manners([Manners(names, features, sp.csr_array(weights))])


def test_the_factor_is_that_of_two_dirichlet_multinomials() -> None:
    """The twin computes all three likelihoods whole, over all values."""
    dot, line = (Aspect.MAILBOXES, "separator", "."), (Aspect.MAILBOXES, "separator", "_")
    known = manners_of({dot: 3.0, line: 1.0}, {dot: 2.0}, {dot: 1.0, line: 1.0})
    usual = find_usual(known, np.array([2]))

    def likelihood(counts: np.ndarray) -> float:
        prior = CONCENTRATION * expected
        return float(
            gammaln(CONCENTRATION) - gammaln(CONCENTRATION + counts.sum())
            + (gammaln(prior + counts) - gammaln(prior)).sum()
        )  # fmt: skip

    expected = (np.array([1.0, 1.0]) + 20 * 0.5) / (2.0 + 20)  # of '.' and '_': one honest account each
    one, other = np.array([3.0, 1.0]), np.array([2.0, 0.0])
    twin = likelihood(one + other) - likelihood(one) - likelihood(other)
    score = score_pairs(known, usual, np.array([0]), np.array([1]))[0, ASPECTS.index(Aspect.MAILBOXES)]
    assert score == pytest.approx(twin, abs=1e-9)


def test_a_rare_habit_in_common_says_more_than_a_usual_one_and_a_difference_speaks_against() -> None:
    usual_one, rare, other = (
        (Aspect.MAILBOXES, "domain", name) for name in ("big.com", "rare.org", "small.net")
    )
    honest = {usual_one: 50.0, other: 2.0}
    known = manners_of({usual_one: 4.0}, {usual_one: 4.0}, {rare: 4.0}, {rare: 4.0}, {other: 4.0}, honest)
    usual = find_usual(known, np.array([5]))
    same_usual, same_rare, different = score_pairs(known, usual, np.array([0, 2, 2]), np.array([1, 3, 4]))[
        :, ASPECTS.index(Aspect.MAILBOXES)
    ]
    assert same_rare > same_usual > 0 > different
    assert shared_values(known, usual, (2, 3), Aspect.MAILBOXES) == ["domain rare.org"]
    assert shared_values(known, usual, (2, 4), Aspect.MAILBOXES) == []


def test_of_what_one_of_two_does_not_show_nothing_is_said() -> None:
    known = manners_of({(Aspect.ITEMS, "category", "toys"): 2.0}, {(Aspect.HOURS, "hour", "03"): 2.0})
    usual = Usual(("",), np.zeros((1, 2)), np.zeros(2), {})
    scores = score_pairs(known, usual, np.array([0]), np.array([1]))
    assert np.isnan(scores).all()
    chance = chance_share(scores, scores, scores)
    assert np.isnan(chance).all()
    assert (weigh(chance) == 0).all()


def test_chance_is_the_larger_of_its_two_shares() -> None:
    scores = np.full((1, len(ASPECTS)), 2.0)
    rings = np.repeat([[1.0], [3.0], [4.0]], len(ASPECTS), axis=1)  # (2 + 1) of (3 + 1)
    honest = np.repeat([[1.0], [1.0], [2.0]], len(ASPECTS), axis=1)  # (.5 + 1) of (3 + 1)
    assert chance_share(scores, rings, honest) == pytest.approx(0.75)
    nobody = np.zeros((0, len(ASPECTS)))
    assert chance_share(scores, rings, nobody) == pytest.approx(0.75)
    assert np.isnan(chance_share(scores, nobody, nobody)).all()


def test_bits_of_a_uniform_chance_are_a_likelihood_ratio() -> None:
    """2 ** bits has mean 1 over a uniform u, whatever an aspect shows."""
    u = (np.arange(200_000) + 0.5) / 200_000
    worth = np.exp2(weigh(np.repeat(u[:, None], len(ASPECTS), axis=1))).mean(axis=0)
    assert worth == pytest.approx(np.ones(len(ASPECTS)), abs=0.1)
    assert all(0 < shows < 1 for shows in SHOWS.values())


def test_with_nothing_known_the_probability_is_the_stated_prior() -> None:
    nothing = np.full((4, len(ASPECTS)), np.nan)
    matches = find_matches(np.zeros(4, np.int64), np.arange(4), nothing)
    assert len(matches) == 3
    assert [match.probability for match in matches] == pytest.approx([RETURN_SHARE / 4] * 3)
    many = find_matches(np.arange(10), np.zeros(10, np.int64), np.full((10, len(ASPECTS)), np.nan))
    assert many[0].probability == pytest.approx(RETURN_SHARE / 10)


@given(st.lists(st.floats(1e-4, 1.0), min_size=2, max_size=6))
def test_probabilities_of_one_ring_add_up_to_less_than_one_and_follow_the_bits(shares: list[float]) -> None:
    chance = np.repeat(np.array(shares)[:, None], len(ASPECTS), axis=1)
    matches = find_matches(np.zeros(len(shares), np.int64), np.arange(len(shares)), chance)
    assert sum(match.probability for match in matches) < 1 + 1e-9
    for better, worse in combinations(matches, 2):
        assert better.bits.sum() >= worse.bits.sum() - 1e-9


def test_a_ring_come_back_is_told_from_all_others() -> None:
    """Twenty rings with two habits each; the last has those of the first."""
    rng = np.random.default_rng(7)
    habits = [(f"d{at}.org", f"{at}") for at in range(19)]
    groups = [
        {(Aspect.MAILBOXES, "domain", domain): 4.0, (Aspect.NAMES, "last", name): 4.0}
        for domain, name in [*habits, habits[0]]
    ]
    honest = [
        {(Aspect.MAILBOXES, "domain", f"d{at}.org"): 1.0 for at in rng.integers(19, size=4)} for _ in range(9)
    ]
    asked = Comparison(
        manners_of(*groups, *honest), np.arange(20), 20 + np.arange(9), np.full(19, 19), np.arange(19), 0
    )
    best = find_matches(asked.newborn, asked.former, measure_chance(asked))[0]
    assert (best.newborn, best.former) == (19, 0)
    assert best.bits[ASPECTS.index(Aspect.NAMES)] > 0 < best.bits[ASPECTS.index(Aspect.MAILBOXES)]


def test_honest_groups_are_neighbours_and_leave_out_a_small_rest() -> None:
    groups = honest_groups(10, 9)
    assert groups.member.tolist() == [10, 11, 12, 13, 14, 15, 16]
    assert groups.group.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert honest_groups(0, 2).names == ()
