"""Features of identifiers: by hand, and what must not change them."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_trade import created_at, used_at, with_payments
from small_worlds import (
    World,
    known_accounts,
    projected,
    rename_all,
    shared_links,
    weighed,
    world_of,
    worlds,
)

from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.behaviour import observe_behaviour
from graphrisk.risk.features import Features
from graphrisk.risk.identifier_features import TIME_NAMES, TRADE_NAMES, describe_identifiers
from graphrisk.risk.use_features import measure_ties

HOUR = 1 / 24


def described(links: SharedLinks, accounts: KnownAccounts) -> Features:
    llr, _ = weighed(links)
    behaviour = observe_behaviour(links, accounts)
    ties = measure_ties(links, projected(links), llr)
    return describe_identifiers(links, behaviour, ties, BUILT_IN_KINDS)


# Identifier 0 is an address of 0, 1, 2, identifier 1 a device of 0 and 1; twenty accounts.
WORLD = world_of(20, {"device": [(0, 1)], "address": [(0, 1, 2)]})
LINKS = shared_links(WORLD)
ACCOUNTS = known_accounts(WORLD)


def test_a_burst_is_the_share_of_holders_with_another_close_in_time() -> None:
    # at the address on day 0, an hour later, and three days later; at the device on day 0 and day 1.5
    days = {(0, 0): 0.0, (0, 1): HOUR, (0, 2): 3.0, (1, 0): 0.0, (1, 1): 1.5}
    found = described(used_at(LINKS, days), ACCOUNTS)
    assert found.column("burst_2h") == pytest.approx([2 / 3, 0])
    assert found.column("burst_1d") == pytest.approx([2 / 3, 0])
    assert found.column("burst_7d") == pytest.approx([1, 1])


def test_a_burst_does_not_reach_over_to_the_next_identifier() -> None:
    days = {(0, 0): 0.0, (0, 1): 10.0, (0, 2): 20.0, (1, 0): 20.0, (1, 1): 30.0}
    assert described(used_at(LINKS, days), ACCOUNTS).column("burst_7d").tolist() == [0, 0]


def test_a_span_lies_between_the_first_and_the_last_fifth() -> None:
    # six holders: the second (.2 of 5) and the fifth (.8 of 5); the outermost two do not count
    world = world_of(20, {"device": [range(6)]})
    days = {(0, at): day for at, day in enumerate([0.0, 10, 11, 12, 14, 1000])}
    accounts = created_at(known_accounts(world), [*[5, 6, 7, 8, 9, 10], *[None] * 14])
    found = described(used_at(shared_links(world), days), accounts)
    assert found.column("use_span")[0] == pytest.approx(math.log1p(4))
    assert found.column("created_span")[0] == pytest.approx(math.log1p(3))
    assert found.column("created_burst_1d")[0] == 0


def test_payees_that_holders_have_in_common_count_beyond_chance() -> None:
    # 0 and 1 pay shop 20, which nobody else pays; 2 pays shop 21, as do 10 to 18
    payments = [(0, 20, 1, "paid"), (1, 20, 1, "paid"), *[(at, 21, 1, "paid") for at in (2, *range(10, 19))]]
    found = described(LINKS, with_payments(ACCOUNTS, payments))
    # two did where 3 holders times 2 payers of 20 accounts would by chance; over 3 holders. Then 2 holders.
    expected = [2 * math.log(2 / (3 * 2 / 20)) / 3, 2 * math.log(2 / (2 * 2 / 20)) / 2]
    assert found.column("common_payees") == pytest.approx(expected, rel=1e-6)
    assert found.column("payments") == pytest.approx([math.log(2)] * 2, rel=1e-6)


def test_payees_as_common_as_chance_has_it_say_nothing() -> None:
    payments = [(at, 20, 1, "paid") for at in range(20)]
    assert described(LINKS, with_payments(ACCOUNTS, payments)).column("common_payees").tolist() == [0, 0]


def test_other_evidence_is_what_pairs_of_holders_share_besides() -> None:
    llr, _ = weighed(LINKS)
    found = described(LINKS, ACCOUNTS)
    # of the address's three pairs one shares the device; of the device's only pair all share the address
    assert found.column("other_evidence") == pytest.approx([llr[1] / 3, llr[0]], rel=1e-6)
    assert found.column("other_share") == pytest.approx([1 / 3, 1])


def test_holders_their_things_and_their_kind_are_told() -> None:
    found = described(shared_links(WORLD, private_count=1), ACCOUNTS)
    assert found.column("log_holders") == pytest.approx([math.log(3), math.log(2)])
    expected = [(2 * math.log(4) + math.log(3)) / 3, math.log(4)]
    assert found.column("holder_things") == pytest.approx(expected, rel=1e-6)
    assert found.column("nature_place").tolist() == [1, 0]
    assert found.column("nature_device").tolist() == [0, 1]


def test_losses_of_holders_are_averaged() -> None:
    payments = [(0, 20, 1, "chargeback"), (1, 20, 1, "paid"), (2, 20, 1, "refunded")]
    accounts = with_payments(ACCOUNTS, payments)
    found, behaviour = described(LINKS, accounts), observe_behaviour(LINKS, accounts)
    assert found.column("any_chargeback") == pytest.approx([1 / 3, 1 / 2])
    assert found.column("chargebacks")[1] == pytest.approx(behaviour.chargeback_lift[:2].mean(), rel=1e-6)
    assert found.column("refunds")[0] == pytest.approx(behaviour.refund_lift[:3].mean(), rel=1e-6)


def test_missing_times_and_payments_are_unknown_and_not_nothing() -> None:
    nothing_known = created_at(ACCOUNTS, [None] * 20)
    found = described(LINKS, nothing_known)
    for name in (*TIME_NAMES, *TRADE_NAMES):
        assert np.isnan(found.column(name)).all(), name
    assert not np.isnan(found.column("log_holders")).any()
    some = described(used_at(LINKS, {(0, 0): 1.0, (0, 1): 1.0}), nothing_known)
    assert np.isnan(some.column("burst_1d")).all()  # one holder of each without a time


def test_labels_change_no_feature() -> None:
    labelled = replace(ACCOUNTS, verdict=np.resize(np.array([1, -1, 0], dtype=np.int8), 20))
    one, other = described(LINKS, ACCOUNTS), described(LINKS, labelled)
    assert one.values.tobytes() == other.values.tobytes()


def test_nothing_shared_gives_no_row() -> None:
    for world in (World(3, ()), World(0, ())):
        assert len(described(shared_links(world), known_accounts(world)).values) == 0


@settings(max_examples=40)
@given(worlds(), st.randoms(use_true_random=False))
def test_other_names_only_permute_the_rows(world: World, random: Random) -> None:
    other, _ = rename_all(world, random)
    one = rows_of(described(shared_links(world), known_accounts(world)))
    assert rows_of(described(shared_links(other), known_accounts(other))) == one


def rows_of(features: Features) -> list[tuple[float, ...]]:
    return sorted(tuple(np.nan_to_num(row, nan=-999.0).round(4).tolist()) for row in features.values)
