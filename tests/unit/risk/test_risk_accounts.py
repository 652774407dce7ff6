"""Account risk ranks as common sense does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_worlds import World, known_accounts, projected, shared_links, world_of

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.look_alikes import LookAlikes
from graphrisk.model.known import BAD, GOOD
from graphrisk.risk.accounts import AccountRisks, assess_accounts
from graphrisk.risk.propagation import PropagationParams, propagate_risk

# 0..5 live on three devices; 6, 7 share one flat; 8..19 an IP; everybody has two things of his own
SHOP = world_of(40, {"device": [range(6)] * 3, "address": [(6, 7)], "ip": [range(8, 20)]})


def assessed(
    world: World, verdict: dict[int, int], losses: dict[int, tuple[int, int]] | None = None
) -> AccountRisks:
    """losses: account -> payments, of which lost."""
    links = shared_links(world, private_count=2)
    accounts = known_accounts(world, verdict)
    if losses:
        payments, lost = np.zeros(world.account_count, np.int64), np.zeros(world.account_count, np.int64)
        for account, (paid, gone) in losses.items():
            payments[account], lost[account] = paid, gone
        accounts = replace(accounts, payment_count=payments, loss_count=lost)
    communities = find_communities(projected(links), world.account_ids(), LeidenParams())
    belief = propagate_risk(links, accounts.verdict, PropagationParams()).belief
    return assess_accounts(links, accounts, communities, belief)


def test_who_lives_on_few_things_is_riskier_than_a_couple_and_a_couple_than_a_loner() -> None:
    risk = assessed(SHOP, {}).risk
    assert risk[0] > risk[6] > risk[39]


def test_a_known_bad_account_raises_those_who_share_with_it() -> None:
    before, after = assessed(SHOP, {}).risk, assessed(SHOP, {6: BAD}).risk
    assert after[7] > before[7]
    assert after[39] == pytest.approx(before[39])


def test_a_cleared_account_lowers_those_who_share_with_it() -> None:
    before, after = assessed(SHOP, {}).risk, assessed(SHOP, {6: GOOD}).risk
    assert after[7] < before[7]


def test_losses_raise_the_group_that_has_them() -> None:
    usual = dict.fromkeys(range(20, 40), (10, 1))
    quiet = assessed(SHOP, {}, usual | {0: (10, 1)}).risk
    lossy = assessed(SHOP, {}, usual | {0: (10, 9)}).risk
    assert lossy[5] > quiet[5]


def test_equal_accounts_have_equal_risks() -> None:
    risk = assessed(SHOP, {6: BAD}).risk
    assert len(set(risk[:6].tolist())) == 1
    assert len(set(risk[20:].tolist())) == 1


@pytest.mark.parametrize(
    "verdict", [{}, {0: BAD}, {0: GOOD}, {0: BAD, 1: GOOD}, dict.fromkeys(range(40), BAD)]
)
def test_every_account_has_a_risk_between_zero_and_one(verdict: dict[int, int]) -> None:
    found = assessed(SHOP, verdict)
    assert found.risk.shape == (40,)
    assert ((found.risk > 0) & (found.risk < 1)).all()
    assert np.bincount(found.group).tolist() == found.facts.size.tolist()


@pytest.mark.parametrize("count", [1, 2])
def test_accounts_that_share_nothing_have_a_risk_all_the_same(count: int) -> None:
    found = assessed(World(count, ()), {0: BAD})
    assert ((found.risk > 0) & (found.risk < 1)).all()


def test_a_group_of_which_more_look_alike_is_riskier_and_fellows_elsewhere_do_not_count() -> None:
    links, accounts = shared_links(SHOP, private_count=2), known_accounts(SHOP)
    communities = find_communities(projected(links), SHOP.account_ids(), LeidenParams())
    look = np.full(40, -1, dtype=np.int64)
    look[[0, 1, 2, 6, 30]] = 0, 0, 0, 1, 1
    looks = LookAlikes(look, np.array([0.9, 0.9]))
    plain = assess_accounts(links, accounts, communities, np.zeros(40))
    found = assess_accounts(links, accounts, communities, np.zeros(40), looks)
    assert found.facts.alike_count[found.group[[0, 6, 30]]].tolist() == [3, 0, 0]
    assert found.risk[5] > plain.risk[5]
    assert found.risk[[6, 7, 30]].tolist() == plain.risk[[6, 7, 30]].tolist()
