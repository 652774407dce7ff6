"""Innocent explanations against a ring, in bits worked out from the table of shares."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.model.rings import Explanation
from graphrisk.risk.features import Features
from graphrisk.risk.innocence import EXPLANATIONS, FACTS, weigh_innocence
from graphrisk.risk.innocence_shares import DEPENDENCE, SHARES

NAMES = tuple(fact.name for fact in FACTS)


def group(**known: float) -> Features:
    """One group of which nothing else is known."""
    return Features(NAMES, np.array([[known.get(name, math.nan) for name in NAMES]], dtype=np.float32))


def bits_of(facts: Features) -> dict[Explanation, float]:
    return dict(zip(EXPLANATIONS, weigh_innocence(facts).bits[0].tolist(), strict=True))


def test_every_fact_has_a_share_for_each_hypothesis_and_range_and_they_add_up() -> None:
    assert set(SHARES) == set(NAMES)
    for fact in FACTS:
        shares = np.array(SHARES[fact.name])
        assert shares.shape == (1 + len(EXPLANATIONS), len(fact.edges) + 1)
        assert (shares > 0).all()
        assert shares.sum(axis=1) == pytest.approx(1.0, abs=0.003)
        assert list(fact.edges) == sorted(fact.edges)


def test_what_is_not_known_says_nothing() -> None:
    found = weigh_innocence(group())
    assert found.bits.tolist() == [[0.0] * len(EXPLANATIONS)]
    assert set(found.words[0]) == {"nothing tells them apart"}


def test_bits_of_facts_add_up() -> None:
    # 5 members are of the second range; a loss of three times the usual is of the last
    size, losses = np.array(SHARES["size"]), np.array(SHARES["losses"])
    for at, explanation in enumerate(EXPLANATIONS):
        wanted = math.log2(size[at + 1, 1] / size[0, 1]) + math.log2(losses[at + 1, 3] / losses[0, 3])
        assert bits_of(group(size=5, losses=3.0))[explanation] == pytest.approx(DEPENDENCE * wanted)


def test_a_value_at_an_edge_is_of_the_range_that_begins_there() -> None:
    assert bits_of(group(size=4)) == bits_of(group(size=5)) != bits_of(group(size=3))


def test_people_at_one_address_and_ip_are_a_household_and_losses_speak_against_it() -> None:
    home = {"size": 5, "device": 0.0, "place": 1.0, "network": 1.0, "outside": 0.05, "gap": 30.0}
    quiet, costly = (bits_of(group(**home, losses=losses)) for losses in (0.5, 4.0))
    assert max(quiet, key=lambda each: quiet[each]) == Explanation.HOUSEHOLD
    assert quiet[Explanation.HOUSEHOLD] > 2
    assert costly[Explanation.HOUSEHOLD] < quiet[Explanation.HOUSEHOLD] - 2


def test_one_place_with_many_others_is_a_shared_place() -> None:
    found = bits_of(group(size=12, device=0.0, instrument=0.0, network=1.0, outside=0.7, losses=0.9))
    assert max(found, key=lambda each: found[each]) == Explanation.SHARED_PLACE


def test_creators_who_are_paid_and_share_devices_are_an_agency() -> None:
    found = bits_of(group(size=12, device=0.8, network=1.0, outside=0.05, paid=0.9, own=0.7))
    assert max(found, key=lambda each: found[each]) == Explanation.AGENCY


def test_buyers_of_one_seller_and_people_of_one_sale_are_told_by_what_they_do() -> None:
    strangers = {"size": 8, "device": 0.0, "instrument": 0.0, "place": 0.0, "outside": 0.95}
    for facts, wanted in (
        ({"payee": 1.0, "signup": 0.1}, Explanation.LOYAL_CUSTOMERS),
        ({"payee": 0.2, "signup": 1.0, "crowd": 2.0}, Explanation.FLASH_SALE),
    ):
        found = bits_of(group(**strangers, **facts))
        assert max(found, key=lambda each: found[each]) == wanted


def test_the_sentence_names_what_speaks_most_on_either_side() -> None:
    found = weigh_innocence(group(size=5, place=1.0, losses=4.0))
    said = found.words[0][EXPLANATIONS.index(Explanation.HOUSEHOLD)]
    assert said.startswith("for it: at least 90 % ship to a place of another member")
    assert said.endswith("against it: at least 2.5 times the usual share of payments lost")


@given(st.lists(st.tuples(*(st.one_of(st.just(math.nan), st.floats(0, 50)) for _ in NAMES)), max_size=5))
def test_each_group_is_weighed_by_itself(rows: list[tuple[float, ...]]) -> None:
    facts = Features(NAMES, np.array(rows, dtype=np.float32).reshape(-1, len(NAMES)))
    found = weigh_innocence(facts)
    assert found.bits.shape == (len(rows), len(EXPLANATIONS))
    assert np.isfinite(found.bits).all()
    for at in range(len(rows)):
        alone = weigh_innocence(facts.rows(np.array([at])))
        assert (alone.bits[0].tolist(), alone.words[0]) == (found.bits[at].tolist(), found.words[at])
    assert (found.bits[np.arange(len(rows)), found.best()] == found.bits.max(axis=1, initial=-1e9)).all()
