"""The paper of fixtures/worked agrees with its tables."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest

from graphrisk.model.kinds import BUILT_IN_KINDS

WORKED = Path(__file__).parents[2] / "fixtures" / "worked"


def read(name: str) -> list[dict[str, str]]:
    with (WORKED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def holders() -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in read("sessions"):
        found["device", row["device_id"]].add(row["account_id"])
        found["ip", row["ip"]].add(row["account_id"])
    for row in read("instruments"):
        found["instrument", row["instrument_id"]].add(row["account_id"])
    for row in read("addresses"):
        words = row["line"].lower().replace(",", "").replace("lane", "ln").split()
        found["address", " ".join(sorted([*words, row["city"], row["postcode"]]))].add(row["account_id"])
    for row in read("accounts"):
        found["email", row["email"]].add(row["account_id"])
        found["phone", row["phone"]].add(row["account_id"])
    return {key: accounts for key, accounts in found.items() if key[1]}


def test_the_pair_probabilities_on_paper_are_those_of_the_formula() -> None:
    names = [row["account_id"] for row in read("accounts")]
    shared = {key: accounts for key, accounts in holders().items() if len(accounts) > 1}
    expected = {(row["account_a"], row["account_b"]): row for row in read("expected/pairs")}
    trust = {kind.name: Fraction(str(kind.trust_share)) for kind in BUILT_IN_KINDS.kinds}
    found = 0
    for pair in combinations(names, 2):
        things = [key for key, accounts in shared.items() if accounts >= set(pair)]
        ratios = [max(Fraction(1), trust[t] * (len(names) - 1) / (len(shared[t, v]) - 1)) for t, v in things]
        ratio = math.prod(ratios, start=Fraction(1))
        if ratio > 1:
            found += 1
            odds = ratio / len(names)
            assert float(expected[pair]["pair_probability"]) == pytest.approx(
                float(odds / (1 + odds)), abs=1e-6
            )
            assert float(expected[pair]["bits"]) == pytest.approx(math.log2(ratio), abs=1e-6)
            assert len(expected[pair]["shared"].split("; ")) == len(things)
    assert found == len(expected) == 6


def test_payments_use_only_what_their_payer_has_elsewhere() -> None:
    held = holders()
    books = {row["address_id"]: row["account_id"] for row in read("addresses")}
    for payment in read("payments"):
        for kind, column in (("device", "device_id"), ("instrument", "instrument_id"), ("ip", "ip")):
            assert not payment[column] or payment["payer_id"] in held[kind, payment[column]]
        assert not payment["address_id"] or books[payment["address_id"]] == payment["payer_id"]


def test_the_ring_is_worth_more_whole_than_without_any_member() -> None:
    weight = {
        frozenset((row["account_a"], row["account_b"])): float(row["pair_probability"])
        for row in read("expected/pairs")
    }
    ring = [row["account_id"] for row in read("expected/rings")]

    def worth(members: list[str]) -> float:
        return sum(weight.get(frozenset(pair), 0.0) - 0.02 for pair in combinations(members, 2))

    assert worth(ring) == pytest.approx(1.786715, abs=3e-6)
    assert all(worth([name for name in ring if name != left_out]) < worth(ring) for left_out in ring)
    others = {row["account_id"] for row in read("accounts")} - set(ring)
    assert all(worth([*ring, other]) < worth(ring) for other in others)
