"""What is taken back, derived by hand: T1 and T2 are accounts, plans P1, P2, ... are carried out in order."""

from __future__ import annotations

from dataclasses import replace

from enforced import DAY, START, Desk, Imposed

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.reversal import (
    PlanReversal,
    all_of_account,
    all_of_ring,
    before_action,
    latest_of_account,
    latest_of_ring,
    one_action,
    part_of_account,
    take_back,
    whole_plan,
)
from graphrisk.model.enforcement import Operation, Tier

LIFT, RESUME = Operation.LIFT, Operation.RESUME
RESTRICT_1 = Imposed("X1", "T1", Tier.RESTRICT)
MONITOR_2 = Imposed("X2", "T2", Tier.MONITOR, ring="RING-B")
SUSPEND_1 = Imposed("Y1", "T1", Tier.SUSPEND)


def told(reversals: tuple[PlanReversal, ...]) -> list[tuple[str, Operation, str]]:
    return [(each.plan_id, row.operation, row.action_id) for each in reversals for row in each.rows]


def test_a_plan_that_imposed_is_lifted_and_the_account_has_what_it_had_before() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1, MONITOR_2])
    desk.apply("P2", [SUSPEND_1])
    done = desk.take_back(whole_plan("P2"), about="P2")
    assert told(done) == [("P2", LIFT, "Y1")]
    row = done[0].rows[0]
    assert (row.state_before, row.state_after, row.plan_id) == (Tier.SUSPEND, Tier.RESTRICT, "P2")
    assert (row.from_at, row.until_at) == (START, START + 30 * DAY)
    assert desk.state().tiers(START) == {"T1": Tier.RESTRICT, "T2": Tier.MONITOR}


def test_what_a_plan_had_lifted_is_resumed() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [], ["X1"])
    assert desk.state().tier("T1", START) is None
    done = desk.take_back(whole_plan("P2"), about="P2")
    assert told(done) == [("P2", RESUME, "X1")]
    assert (done[0].rows[0].state_before, done[0].rows[0].state_after) == (None, Tier.RESTRICT)
    assert desk.state().tier("T1", START) == Tier.RESTRICT


def test_what_a_plan_had_lifted_stays_so_once_its_time_is_over() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [], ["X1"])
    assert desk.take_back(whole_plan("P2"), about="P2", at=START + 30 * DAY) == ()


def test_what_is_scheduled_is_lifted_before_it_begins() -> None:
    desk = Desk()
    desk.apply("P1", [replace(RESTRICT_1, from_day=5)])
    done = desk.take_back(whole_plan("P1"), about="P1")
    assert (done[0].rows[0].state_before, done[0].rows[0].state_after) == (Tier.RESTRICT, None)
    assert desk.state().tier("T1", START + 6 * DAY) is None


def test_a_second_revert_does_nothing() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1, MONITOR_2])
    desk.apply("P2", [SUSPEND_1], ["X1"])
    assert told(desk.take_back(whole_plan("P2"), about="P2")) == [("P2", RESUME, "X1"), ("P2", LIFT, "Y1")]
    assert desk.take_back(whole_plan("P2"), about="P2") == ()


def test_of_a_plan_of_which_only_the_canary_was_carried_out_that_is_taken_back() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1], stage="canary")
    assert told(desk.take_back(whole_plan("P1"), about="P1")) == [("P1", LIFT, "X1")]


def test_canary_and_rest_are_taken_back_together() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1], stage="canary")
    desk.apply("P1", [MONITOR_2], stage="rest", at=START + DAY)
    done = desk.take_back(whole_plan("P1"), about="P1", at=START + DAY)
    assert told(done) == [("P1", LIFT, "X1"), ("P1", LIFT, "X2")]


def test_of_a_plan_partly_expired_and_partly_reverted_the_rest_is_taken_back() -> None:
    desk = Desk()
    short = Imposed("S3", "T3", Tier.MONITOR, until_day=2)
    desk.apply("P1", [RESTRICT_1, MONITOR_2, short])
    desk.take_back(part_of_account(desk.state(), "P1", "T1"), about="T1")
    desk.expire(START + 3 * DAY)
    done = desk.take_back(whole_plan("P1"), about="P1", at=START + 3 * DAY)
    assert told(done) == [("P1", LIFT, "X2")]


def test_what_is_over_but_was_not_told_yet_is_left_to_the_expiry() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    assert desk.take_back(whole_plan("P1"), about="P1", at=START + 30 * DAY) == ()
    assert [row.action_id for row in desk.expire(START + 30 * DAY)] == ["X1"]


def test_an_account_goes_back_by_one_plan_and_not_further_however_often_it_is_asked() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [SUSPEND_1, MONITOR_2])
    for expected in ([("P2", LIFT, "Y1")], []):
        done = desk.take_back(latest_of_account(desk.state(), "T1", START), about="T1")
        assert told(done) == expected
        assert desk.state().tiers(START) == {"T1": Tier.RESTRICT, "T2": Tier.MONITOR}


def test_an_account_whose_latest_action_is_over_goes_back_by_the_plan_before() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [replace(SUSPEND_1, until_day=2)])
    at = START + 3 * DAY
    assert told(desk.take_back(latest_of_account(desk.state(), "T1", at), about="T1", at=at)) == [
        ("P1", LIFT, "X1")
    ]


def test_an_account_that_a_later_plan_freed_is_not_bound_again_by_its_revert() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [], ["X1"])
    desk.take_back(latest_of_account(desk.state(), "T1", START), about="T1")
    assert desk.state().tier("T1", START) is None


def test_everything_of_an_account_is_lifted_and_nothing_resumed() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [SUSPEND_1], ["X1"])
    done = desk.take_back(all_of_account(desk.state(), "T1", START), about="T1")
    assert told(done) == [("P2", LIFT, "Y1"), ("P1", LIFT, "X1")]
    assert desk.state().tier("T1", START) is None
    assert desk.take_back(whole_plan("P2"), about="P2") == ()


def test_a_plan_taken_back_after_a_later_one_had_lifted_its_action_stays_taken_back_when_that_one_goes() -> (
    None
):
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [], ["X1"])
    assert told(desk.take_back(whole_plan("P1"), about="P1")) == [("P1", LIFT, "X1")]
    assert desk.take_back(whole_plan("P2"), about="P2") == ()
    assert desk.state().tier("T1", START) is None


def test_what_two_plans_lifted_is_resumed_by_the_revert_of_the_second() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [MONITOR_2], ["X1"])
    desk.apply("P3", [Imposed("Z2", "T2", Tier.REVIEW)], ["X1"])
    assert told(desk.take_back(whole_plan("P3"), about="P3")) == [("P3", LIFT, "Z2")]
    assert desk.state().tier("T1", START) is None
    done = desk.take_back(whole_plan("P2"), about="P2")
    assert told(done) == [("P3", RESUME, "X1"), ("P2", RESUME, "X1"), ("P2", LIFT, "X2")]
    assert desk.state().tiers(START) == {"T1": Tier.RESTRICT}


def test_a_ring_goes_back_by_the_latest_plan_that_acted_on_it_and_other_rings_stay() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [SUSPEND_1, MONITOR_2])
    assert told(desk.take_back(latest_of_ring(desk.state(), "RING-A", START), about="RING-A")) == [
        ("P2", LIFT, "Y1")
    ]
    assert desk.state().tiers(START) == {"T1": Tier.RESTRICT, "T2": Tier.MONITOR}
    assert told(desk.take_back(all_of_ring(desk.state(), "RING-A", START), about="RING-A")) == [
        ("P1", LIFT, "X1")
    ]
    assert desk.state().tiers(START) == {"T2": Tier.MONITOR}


def test_one_action_is_lifted_alone() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1])
    desk.apply("P2", [SUSPEND_1, MONITOR_2], ["X1"])
    done = desk.take_back(one_action(desk.state().actions["Y1"]), about="Y1")
    assert told(done) == [("P2", LIFT, "Y1")]
    assert desk.state().tiers(START) == {"T2": Tier.MONITOR}


def test_back_to_before_an_action_is_without_it_and_what_came_after_and_with_what_was_before() -> None:
    desk = Desk()
    desk.apply("P1", [Imposed("M1", "T1", Tier.MONITOR)])
    desk.apply("P2", [RESTRICT_1], ["M1"])
    desk.apply("P3", [SUSPEND_1, MONITOR_2])
    state = desk.state()
    done = desk.take_back(before_action(state, state.actions["X1"], START), about="CASE-1")
    assert told(done) == [("P3", LIFT, "Y1"), ("P2", RESUME, "M1"), ("P2", LIFT, "X1")]
    assert {(row.state_before, row.state_after) for each in done for row in each.rows} == {
        (Tier.SUSPEND, Tier.MONITOR)
    }
    assert desk.state().tiers(START) == {"T1": Tier.MONITOR, "T2": Tier.MONITOR}


def test_back_to_before_an_action_leaves_an_account_free_of_what_a_later_plan_freed_it_of() -> None:
    desk = Desk()
    desk.apply("P1", [Imposed("M1", "T1", Tier.MONITOR)])
    desk.apply("P2", [RESTRICT_1])
    desk.apply("P3", [], ["M1"])
    state = desk.state()
    desk.take_back(before_action(state, state.actions["X1"], START), about="CASE-1")
    assert desk.state().tier("T1", START) is None


def test_what_the_policy_calls_irreversible_is_lifted_by_hand() -> None:
    desk = Desk()
    desk.apply("P1", [RESTRICT_1, Imposed("B2", "T2", Tier.BAN, until_day=None)])
    tiers = replace(Tiers(), ban=replace(Tiers().ban, reversible=False))
    (done,) = take_back(desk.state(), whole_plan("P1"), START, tiers)
    assert [(row.action_id, row.by_hand) for row in done.rows] == [("X1", False), ("B2", True)]
    assert done.rows[1].reason == tiers.ban.reason


def test_nothing_was_done_and_nothing_is_taken_back() -> None:
    state = Desk().state()
    assert take_back(state, whole_plan("P1"), START, Tiers()) == ()
    assert latest_of_account(state, "T1", START) == all_of_ring(state, "RING-A", START) == ()
