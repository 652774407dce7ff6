from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from small_worlds import known_accounts, shared_links, world_of

from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.rings import CandidateRings
from graphrisk.flows.support import SupportSetting, find_supporters
from graphrisk.model.known import KnownAccounts, Trade
from graphrisk.model.rings import Detector

AS_OF = datetime(2026, 1, 1)  # noqa: DTZ001
WORLD = world_of(60, {"device": [range(4), range(10, 14)]})
ALL = tuple(Detector)


def rings() -> CandidateRings:
    """0 to 3, and 10 to 13."""
    members = np.array([0, 1, 2, 3, 10, 11, 12, 13])
    return CandidateRings(
        ("RING-A", "RING-B"), members, np.array([0, 4, 8]), np.repeat([0, 1], 4), np.ones(8),
        np.ones(8), np.ones(8, dtype=bool), np.array([0, 4]),
    )  # fmt: skip


def paying(payers: list[int], payees: list[int]) -> KnownAccounts:
    count = len(payers)
    at = np.arange(count, dtype=np.int64) * 3_600_000_000
    nothing = np.zeros(count, dtype=bool)
    trade = Trade(
        ("EUR", None), pa.array([], pa.string()), np.array(payers, np.int32), np.array(payees, np.int32), at,
        np.full(count, 1000, np.int64), np.zeros(count, np.int32), nothing, nothing,
    )  # fmt: skip
    return replace(known_accounts(WORLD), trade=trade)


def supporters(accounts: KnownAccounts, asked: tuple[Detector, ...] = ALL) -> list[str]:
    """Of each ring."""
    risk = np.full(60, 0.01)
    risk[[0, 1, 2, 3]] = 0.9
    return find_supporters(accounts, rings(), risk, SupportSetting(asked, LeidenParams(), AS_OF)).of_rings


def test_a_ring_that_meets_at_one_payee_is_found_by_cash_out_too() -> None:
    honest = list(range(14, 54))
    accounts = paying([0, 1, 2, 3, *honest], [59] * 4 + [54 + position % 5 for position in range(40)])
    assert supporters(accounts) == ["identity,cash_out", "identity"]


def test_only_detectors_that_are_asked_support() -> None:
    accounts = paying([0, 1, 2, 3, *range(14, 54)], [59] * 4 + [55] * 40)
    assert supporters(accounts, ()) == ["identity", "identity"]


def test_without_payments_every_ring_is_identity_alone() -> None:
    assert len(shared_links(WORLD).account) == 8
    assert supporters(paying([], [])) == ["identity", "identity"]


def test_a_member_is_found_by_the_detectors_in_whose_own_group_it_is() -> None:
    # three of the first ring meet at a payee; the fourth is not among them
    accounts = paying([0, 1, 2, *range(14, 54)], [59] * 3 + [54 + position % 5 for position in range(40)])
    risk = np.full(60, 0.01)
    risk[[0, 1, 2, 3]] = 0.9
    found = find_supporters(accounts, rings(), risk, SupportSetting(ALL, LeidenParams(), AS_OF))
    assert found.of_rings == ["identity,cash_out", "identity"]
    assert found.of_members == ["identity,cash_out"] * 3 + ["identity"] * 5
