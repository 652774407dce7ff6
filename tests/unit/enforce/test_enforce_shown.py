"""What of enforcement is shown at a time, worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.shown import TAKEN_BACK_DAYS, find_enforced, find_outcome, is_done, show_plan
from graphrisk.enforce.state import ActionState, Lift
from graphrisk.model.enforcement import Bucket, PlanRow, Purpose, Tier, rank
from graphrisk.model.graph_enforcement import Outcome, PlanHead, PlanStatus
from graphrisk.model.plan_rings import choose_whole_rings, group_rows

NOW = datetime(2026, 11, 26, 12)  # noqa: DTZ001 - naive UTC, as everywhere
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def action(
    tier: Tier = Tier.SUSPEND,
    *,
    begins: timedelta = -DAY,
    ends: timedelta | None = None,
    lifted: timedelta | None = None,
    plan_id: str = "P-1",
    subject: str = "a",
) -> ActionState:
    """Times from NOW on. lifted: by a revert."""
    until = None if ends is None else NOW + ends
    lifts = () if lifted is None else (Lift("PKG-2", Purpose.REVERT, plan_id, NOW + lifted),)
    return ActionState(
        f"A-{plan_id}-{subject}", subject, "RING-A", tier, plan_id, "PKG-1", NOW + begins, NOW + begins,
        until, lifts,
    )  # fmt: skip


def head(status: PlanStatus, *, expires: timedelta = HOUR) -> PlanHead:
    return PlanHead("P-1", "run-1", status, NOW - DAY, NOW + expires, "ann")


def row(subject: str, ring_id: str = "RING-A", *, score: float = 0.5, acts: bool = True) -> PlanRow:
    return PlanRow(
        subject=subject, account_id=subject, ring_id=ring_id, market=None,
        bucket=Bucket.NEW if acts else Bucket.BLOCKED, present=None, wanted=Tier.BAN,
        proposed=Tier.BAN if acts else None, blocked_by=() if acts else ("hub",), lifts=(), ring_score=score,
        risk=0.9, risk_low=0.8, risk_high=0.95, turnover_share=0.0, loss_share=0.0, money=(), evidence=(),
        reasons="because", from_at=None, until_at=None, is_canary=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "outcome", "ended"),
    [
        (action(), Outcome.IN_FORCE, None),
        (action(begins=timedelta(0), ends=HOUR), Outcome.IN_FORCE, None),
        (action(begins=HOUR), Outcome.TO_COME, None),
        (action(ends=timedelta(0)), Outcome.EXPIRED, NOW),
        (action(ends=DAY, lifted=-HOUR), Outcome.LIFTED, NOW - HOUR),
        (action(begins=HOUR, lifted=-HOUR), Outcome.LIFTED, NOW - HOUR),
        (action(ends=-2 * HOUR, lifted=-HOUR), Outcome.EXPIRED, NOW - 2 * HOUR),
    ],
)
def test_what_became_of_an_action(told: ActionState, outcome: Outcome, ended: datetime | None) -> None:
    found = find_outcome(told, NOW)
    assert (found.outcome, found.ended_at) == (outcome, ended)
    assert (found.ended_by is not None) == (outcome is Outcome.LIFTED)


def test_the_strongest_in_force_is_what_holds_and_what_is_over_is_not() -> None:
    found = find_enforced(
        [
            action(Tier.BAN, lifted=-HOUR),
            action(Tier.SUSPEND, ends=-HOUR),
            action(Tier.BAN, begins=HOUR),
            action(Tier.REVIEW, plan_id="P-2"),
            action(Tier.MONITOR),
            action(Tier.MONITOR, subject="b"),
            action(Tier.BAN, lifted=-HOUR, subject="c"),
        ],
        NOW,
    )
    assert {subject: (each.tier, each.plan_id) for subject, each in found.items()} == {
        "a": (Tier.REVIEW, "P-2"), "b": (Tier.MONITOR, "P-1"),
    }  # fmt: skip


def test_of_two_equally_strong_that_which_lasts_longest_is_told() -> None:
    short, long = action(ends=HOUR, plan_id="P-2"), action(ends=DAY, plan_id="P-1")
    assert find_enforced([short, long], NOW)["a"].plan_id == "P-1"
    assert find_enforced([long, short, action(plan_id="P-0")], NOW)["a"].plan_id == "P-0"
    older = action(begins=-2 * DAY, plan_id="P-9")
    assert find_enforced([action(), older], NOW)["a"].plan_id == "P-9"


ACTIONS = st.lists(
    st.builds(
        action,
        st.sampled_from(Tier),
        begins=st.sampled_from([-DAY, -HOUR, timedelta(0), HOUR]),
        ends=st.sampled_from([None, timedelta(0), HOUR, DAY]),
        lifted=st.sampled_from([None, None, -HOUR]),
        plan_id=st.sampled_from(["P-1", "P-2"]),
        subject=st.sampled_from("abc"),
    ),
    max_size=8,
)


@given(ACTIONS)
def test_order_of_actions_changes_nothing_and_nobody_has_a_stronger_one_in_force(
    actions: list[ActionState],
) -> None:
    found = find_enforced(actions, NOW)
    turned = find_enforced(actions[::-1], NOW)
    assert {name: _told(each) for name, each in turned.items()} == {
        name: _told(each) for name, each in found.items()
    }
    in_force = [each for each in actions if find_outcome(each, NOW).outcome is Outcome.IN_FORCE]
    assert found.keys() == {each.subject for each in in_force}
    assert all(rank(each.tier) <= rank(found[each.subject].tier) for each in in_force)


def _told(action: ActionState) -> tuple[object, ...]:
    return action.tier, action.from_at, action.until_at, action.plan_id


def test_a_plan_is_done_when_nothing_hangs_on_it() -> None:
    assert not is_done(head(PlanStatus.PLANNED), [], NOW)
    assert is_done(head(PlanStatus.APPROVED, expires=timedelta(0)), [], NOW)
    assert not is_done(head(PlanStatus.APPLIED, expires=-DAY), [action(lifted=-HOUR), action()], NOW)
    assert not is_done(head(PlanStatus.APPLIED), [action(begins=HOUR)], NOW)
    assert is_done(head(PlanStatus.APPLIED), [action(ends=timedelta(0)), action(ends=-HOUR)], NOW)
    assert is_done(head(PlanStatus.APPLIED), [], NOW)  # it lifted what others had imposed, and that is that


@pytest.mark.parametrize("status", [PlanStatus.APPLIED, PlanStatus.REVERTED])
def test_what_was_taken_back_is_told_for_some_time_in_one_go_or_ring_by_ring(status: PlanStatus) -> None:
    def taken_back(days: int) -> ActionState:
        return action(begins=-200 * DAY, lifted=-days * DAY)

    assert not is_done(head(status), [taken_back(TAKEN_BACK_DAYS + 5), taken_back(TAKEN_BACK_DAYS - 1)], NOW)
    assert is_done(head(status), [taken_back(TAKEN_BACK_DAYS)], NOW)


def test_rings_are_shown_whole_as_many_as_fit_and_the_rest_is_counted() -> None:
    rows = [
        *(row(f"a{n}", "RING-A", score=0.5) for n in range(3)),
        *(row(f"b{n}", "RING-B", score=0.9) for n in range(4)),
        *(row(f"c{n}", "RING-C", score=0.4) for n in range(2)),
        row("d", "RING-D", score=0.99, acts=False),
    ]
    # RING-D comes last, because nothing is done there; RING-A does not fit beside RING-B, RING-C does
    shown = show_plan(head(PlanStatus.PLANNED), rows, [], NOW, limit=6)
    assert [ring.ring_id for ring in shown.rings] == ["RING-B", "RING-A", "RING-C", "RING-D"]
    assert [each.subject for each in shown.rows] == ["b0", "b1", "b2", "b3", "c0", "c1"]
    assert (shown.left_out_count, shown.account_count) == (4, 10)


def test_where_not_even_the_first_ring_fits_its_first_rows_are_shown() -> None:
    rows = [row("a", acts=False), *(row(f"b{n}") for n in range(5)), row("c", "RING-C", score=0.1)]
    (ring,) = choose_whole_rings(group_rows(rows), 3)
    assert [each.subject for each in ring.rows] == ["b0", "b1", "b2"]
    assert choose_whole_rings((), 3) == ()


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.booleans()), max_size=30), st.integers(1, 30))
def test_no_row_is_lost_and_no_limit_is_passed(told: list[tuple[str, bool]], limit: int) -> None:
    rows = [row(f"s{n}", f"RING-{ring}", acts=acts) for n, (ring, acts) in enumerate(told)]
    shown = show_plan(head(PlanStatus.PLANNED), rows, [], NOW, limit=limit)
    assert {each.subject for ring in shown.rings for each in ring.rows} == {each.subject for each in rows}
    assert len(shown.rows) <= limit
    assert shown.account_count == len(rows)
    assert shown == show_plan(head(PlanStatus.PLANNED), rows[::-1], [], NOW, limit=limit)
