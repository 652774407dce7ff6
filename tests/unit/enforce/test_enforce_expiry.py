"""Actions whose time is over, derived by hand."""

from __future__ import annotations

from dataclasses import replace

from enforced import DAY, START, Desk, Imposed

from graphrisk.enforce.expiry import expire
from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.reversal import whole_plan
from graphrisk.model.enforcement import Operation, Tier

SHORT = Imposed("S1", "T1", Tier.SUSPEND, until_day=2)
LONG = Imposed("L1", "T1", Tier.MONITOR, until_day=9)


def test_an_action_is_over_at_the_instant_of_its_end_and_not_before() -> None:
    desk = Desk()
    desk.apply("P1", [SHORT])
    end = START + 2 * DAY
    assert expire(desk.state(), end - DAY / 86_400_000_000, Tiers()) == ()
    assert [row.action_id for row in expire(desk.state(), end, Tiers())] == ["S1"]


def test_an_accounts_other_actions_stay_and_say_what_holds_now() -> None:
    desk = Desk()
    desk.apply("P1", [SHORT, LONG])
    (row,) = desk.expire(START + 3 * DAY)
    assert (row.operation, row.action_id) == (Operation.LIFT, "S1")
    assert (row.state_before, row.state_after) == (Tier.SUSPEND, Tier.MONITOR)
    assert desk.state().tier("T1", START + 3 * DAY) == Tier.MONITOR


def test_what_is_over_is_told_once() -> None:
    desk = Desk()
    desk.apply("P1", [SHORT, LONG])
    desk.expire(START + 3 * DAY)
    assert desk.expire(START + 3 * DAY) == ()
    assert [row.action_id for row in desk.expire(START + 9 * DAY)] == ["L1"]


def test_what_was_lifted_before_is_not_told_again() -> None:
    desk = Desk()
    desk.apply("P1", [SHORT, LONG])
    desk.take_back(whole_plan("P1"), about="P1")
    assert desk.expire(START + 10 * DAY) == ()


def test_what_was_lifted_and_resumed_expires_like_any_other() -> None:
    desk = Desk()
    desk.apply("P1", [SHORT])
    desk.apply("P2", [], ["S1"])
    desk.take_back(whole_plan("P2"), about="P2")
    assert [row.action_id for row in desk.expire(START + 2 * DAY)] == ["S1"]


def test_what_has_no_end_does_not_expire() -> None:
    desk = Desk()
    desk.apply("P1", [replace(SHORT, until_day=None)])
    assert desk.expire(START + 10_000 * DAY) == ()
