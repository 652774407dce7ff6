"""Pairs from values that are near each other, on records small enough for paper and against a brute-force
twin."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from held_values import kind_values, links_of
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from graphrisk.graph.alike import AlikePairs, find_likenesses, project_alike
from graphrisk.graph.alike_links import share_agreements
from graphrisk.graph.links import Floats, SharedLinks
from graphrisk.graph.projection import ProjectionParams, project_links
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.model.derived_kinds import with_derived
from graphrisk.model.kinds import Comparison, IdentifierKind, KindSet, Normaliser

PARAMS = ProjectionParams(keep_probability=0.05)
GIVEN_PRIOR = replace(PARAMS, learns_prior=False)  # one pair among many is too few to learn it from
Record = tuple[str, str, str]  # name, birth, card; '' for none


def kind(name: str, comparison: Comparison, *, single: bool) -> IdentifierKind:
    words = f"same {name}"
    return IdentifierKind(name, Normaliser.EXACT, 0.9, name, name.upper(), words, comparison, single)


KINDS = with_derived(
    KindSet.of(
        (
            kind("birth", Comparison.DATE, single=True),
            kind("card", Comparison.EXACT, single=False),
            kind("name", Comparison.NAME, single=True),
        )
    )
)
NAMES = ("adler", "bergmann", "castro", "dunkel", "eriksen", "faust", "grimaldi", "hollis")


def compared(
    records: list[Record], params: ProjectionParams = PARAMS
) -> tuple[AlikePairs, SharedLinks, Floats]:
    held: dict[str, dict[str, list[int]]] = {"name": {}, "birth": {}, "card": {}}
    for account, record in enumerate(records):
        for name, value in zip(held, record, strict=True):
            if value:
                held[name].setdefault(value, []).append(account)
    values = [kind_values(name, of) for name, of in sorted(held.items())]
    links = links_of(len(records), KINDS, values)
    llr = weigh_identifiers(links, KINDS)
    prior = prior_log_odds(WeightParams(), len(records))
    return (
        project_alike(links, llr, prior, params, find_likenesses(KINDS, values)), links, llr,
    )  # fmt: skip


def strangers(count: int) -> list[Record]:
    """People who have nothing in common but the first letters of the alphabet."""
    rng = np.random.default_rng(7)
    return [
        (
            "".join(rng.choice(list("bcdfghjklmnpqrstvwxz"), size=9)),
            f"{rng.integers(1930, 2005)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
            "",
        )
        for _ in range(count)
    ]


def edges(found: AlikePairs) -> dict[tuple[int, int], float]:
    graph = found.graph
    pairs = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    return dict(zip(pairs, graph.weight.tolist(), strict=True))


def test_slips_in_every_field_still_make_a_pair() -> None:
    found, _, _ = compared(
        [("grimaldi", "1967-05-01", ""), ("grimadli", "1967-05-10", ""), *strangers(300)], GIVEN_PRIOR
    )
    assert edges(found)[0, 1] > 0.6


def test_another_value_speaks_against_only_where_there_is_one_for_everybody() -> None:
    people = strangers(300)
    same_card = [("grimaldi", "1967-05-01", "c1"), ("hollis", "1988-11-23", "c1")]
    only_card = [("grimaldi", "", "c1"), ("", "1988-11-23", "c1")]
    assert (0, 1) not in edges(compared([*same_card, *people], GIVEN_PRIOR)[0])
    assert edges(compared([*only_card, *people], GIVEN_PRIOR)[0])[0, 1] > 0.4


def test_the_sum_of_what_is_said_is_the_logit() -> None:
    records = [("grimaldi", "1967-05-01", "c1"), ("grimaldy", "1967-05-01", "c1"), ("hollis", "", "c1")]
    found, _, _ = compared([*records, *strangers(100)], replace(PARAMS, keep_probability=1e-6))
    assert found.trust is not None
    known = found.graph.llr - sum(found.llr)
    assert expit(found.trust.prior + known + sum(found.llr)) == pytest.approx(found.graph.weight)
    assert (known >= -1e-9).all()


def test_a_hop_is_explained_by_what_makes_its_sum() -> None:
    records = [("grimaldi", "1967-05-01", "c1"), ("grimaldy", "1988-11-23", "c1"), ("hollis", "", "c1")]
    found, links, llr = compared([*records, *strangers(100)], replace(PARAMS, keep_probability=1e-9))
    at = list(edges(found)).index((0, 1))
    shared, said = share_agreements(links, llr, KINDS, found, (np.array([1, 0]), np.array([0, 1])))
    both = [
        number
        for number in range(shared.identifier_count)
        if {0, 1} <= set(shared.account[shared.identifier == number].tolist()) and said[number] != 0
    ]
    rows = {
        shared.identifiers["kind"][number].as_py(): shared.identifiers["identifier"][number].as_py()
        for number in both
    }
    assert rows == {
        "card": "c1",
        "name_slip": "grimaldi ~ grimaldy",
        "birth_other": "1967-05-01 ~ 1988-11-23",
    }
    assert sum(said[number] for number in both) == pytest.approx(found.graph.llr[at])
    assert [shared.kind_code[number] for number in both] == [KINDS.names().index(name) for name in rows]


def test_without_likenesses_the_pairs_are_those_of_what_is_shared() -> None:
    people = strangers(30)
    values = [kind_values("card", {"c1": [0, 1], "c2": [3, 4, 5]})]
    links = links_of(len(people), KINDS, values)
    llr, prior = weigh_identifiers(links, KINDS), prior_log_odds(WeightParams(), len(people))
    found = project_alike(links, llr, prior, PARAMS, ())
    plain = project_links(links, llr, prior, PARAMS)
    assert found.trust is None
    assert found.graph.weight.tobytes() == plain.weight.tobytes()
    assert found.graph.source.tobytes() == plain.source.tobytes()


def test_a_prior_that_was_given_is_kept() -> None:
    records = [("grimaldi", "1967-05-01", ""), ("grimaldi", "1967-05-01", ""), *strangers(50)]
    found, _, _ = compared(records, replace(PARAMS, learns_prior=False))
    assert found.trust is not None
    assert found.trust.prior == prior_log_odds(WeightParams(), len(records))


name = st.sampled_from(NAMES) | st.sampled_from(["adlr", "faust ", "castor", "\x00", "\u202eab", "x" * 300])
birth = st.sampled_from(["1967-05-01", "1967-05-10", "1976-01-05", "1988-11-23", "", "no date", "19670501"])
card = st.sampled_from(["", "", "c1", "c2"])
people = st.lists(st.tuples(name, birth, card), min_size=2, max_size=9)


@given(people)
def test_every_pair_that_shares_or_is_near_is_compared_as_a_look_at_all_pairs_says(
    records: list[Record],
) -> None:
    found, links, llr = compared(records, replace(PARAMS, keep_probability=1e-12, learns_prior=False))
    held = [set(links.identifier[links.account == account].tolist()) for account in range(len(records))]
    cards = {at for at, of in enumerate(links.identifiers["kind"].to_pylist()) if of == "card"}
    graph = found.graph
    for at, (a, b) in enumerate(zip(graph.source.tolist(), graph.target.tolist(), strict=True)):
        known = sum(llr[e] for e in held[a] & held[b] & cards)
        assert graph.llr[at] - sum(of[at] for of in found.llr) == pytest.approx(known, abs=1e-9)
    telling = {pair for pair in combinations(range(len(records)), 2) if held[pair[0]] & held[pair[1]]}
    shared_said = {pair for pair in telling if any(llr[e] > 0 for e in held[pair[0]] & held[pair[1]])}
    assert shared_said <= set(edges(found))


@given(people, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_no_pair(records: list[Record], random: st.DataObject) -> None:
    order = list(range(len(records)))
    random.shuffle(order)  # type: ignore[attr-defined]
    one = edges(compared(records)[0])
    other = edges(compared([records[at] for at in order])[0])
    renamed = {(min(order[a], order[b]), max(order[a], order[b])): w for (a, b), w in other.items()}
    assert renamed == pytest.approx(one, rel=1e-6)
