"""apply: an approved plan becomes a package, at once or a small part first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.package import name_action
from graphrisk.enforce.plan import Plan
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.state import EnforcementState, PlanState, replay
from graphrisk.enforce.validity import (
    ALL,
    CANARY,
    REST,
    Objection,
    find_moved,
    find_void,
    next_stage,
    object_to_age,
    object_to_approvals,
    object_to_caps,
    object_to_no_trial,
    object_to_rest,
    rows_of_stage,
)
from graphrisk.flows.enforcement.approve import Desk, Saying, open_plan, refuse
from graphrisk.flows.enforcement.hand_over import HandOver, PackageShelf, hand_over
from graphrisk.flows.enforcement.make_plan import read_spent
from graphrisk.flows.enforcement.switch import StopSign
from graphrisk.model.enforcement import ActionRow, Bucket, Operation, PlanRow, Purpose, strongest
from graphrisk.model.ledger import Packaged


@dataclass(frozen=True, slots=True)
class ApplySides:
    desk: Desk
    packages: PackageShelf
    stop: StopSign


@dataclass(frozen=True, slots=True)
class Applied:
    """packaged: what the ledger says, of this time or of an earlier one. was_done: nothing was left to do.
    rest_count: actions of the plan that follow with --rest."""

    packaged: Packaged
    was_done: bool
    rest_count: int
    state: EnforcementState


def apply_plan(sides: ApplySides, plan_id: str, saying: Saying, *, wants_rest: bool = False) -> Applied:
    """Applying twice changes nothing. Raises EnforcementRefusedError where the plan is void, approvals are
    missing, the kill switch is thrown, or what is in force or used up is no longer what it was."""
    desk = sides.desk
    with desk.ledger.writing() as ledger:
        state = replay(ledger.entries)
        plan, told = open_plan(desk, plan_id, state)
        stage = next_stage(plan, told, state.erased, wants_rest=wants_rest)
        rest_count = len(rows_of_stage(plan, REST, state.erased)) if stage == CANARY else 0
        if stage in told.stages:
            done = state.packages[told.stages[stage]].body
            return Applied(done, was_done=True, rest_count=rest_count, state=state)
        rows = shift(rows_of_stage(plan, stage, state.erased), plan, saying.at)
        _refuse_all(sides, (plan, told), state, stage, rows, saying.at)
        actions = tuple(action for row in rows for action in actions_of(plan, row, state, desk.policy))
        order = HandOver(
            Purpose.APPLY, plan.plan_id, stage, plan.plan_id, saying.note, actions, rows, saying.by,
            saying.at, tuple(each.body for each in told.approvals),
        )  # fmt: skip
        packaged = hand_over(
            ledger, sides.packages, order, lambda: _refuse_stopped(sides, state, plan.plan_id)
        )
        return Applied(packaged, was_done=False, rest_count=rest_count, state=replay(ledger.entries))


def _refuse_stopped(sides: ApplySides, state: EnforcementState, plan_id: str) -> None:
    if state.is_stopped or sides.stop.is_up():
        refuse(Objection("the kill switch is thrown", "`graphrisk enforce restart --why TEXT`"), plan_id)


def _refuse_all(
    sides: ApplySides,
    told: tuple[Plan, PlanState],
    state: EnforcementState,
    stage: str,
    rows: Sequence[PlanRow],
    at: datetime,
) -> None:
    plan, about = told
    desk = sides.desk
    _refuse_stopped(sides, state, plan.plan_id)
    present: RunFacts = desk.present()
    spent = read_spent(state, desk.plans, at, {row.ring_id for row in rows})
    for objection in (
        find_void(plan.header, about, present, desk.policy, at),
        object_to_age(present, desk.policy, at),
        object_to_approvals(plan.header, about, desk.policy, desk.is_signed_by),
        object_to_rest(about, state, desk.policy, at) if stage == REST else None,
        find_moved(plan, state, stage, at),
        object_to_caps(rows, desk.policy, present, state, spent),
        object_to_no_trial(rows, desk.policy, spent, at) if stage == ALL else None,
        None if rows else Objection("the plan does nothing", "there is nothing to apply"),
    ):
        refuse(objection, plan.plan_id)


def shift(rows: Sequence[PlanRow], plan: Plan, at: datetime) -> tuple[PlanRow, ...]:
    """With the times at which they begin and end when the plan is applied at `at`."""
    late = max(at - plan.header.order.made_at, timedelta(0))
    return tuple(
        replace(
            row,
            from_at=None if row.from_at is None else row.from_at + late,
            until_at=None if row.until_at is None else row.until_at + late,
        )
        for row in rows
    )


def actions_of(plan: Plan, row: PlanRow, state: EnforcementState, policy: Policy) -> list[ActionRow]:
    """What one row does: impose one action, or lift what is in force. row: with its real times."""
    if row.from_at is None:
        raise ValueError("a row that does nothing")
    if row.bucket is Bucket.REMOVED:
        return [
            ActionRow(
                action_id, Operation.LIFT, row.subject, row.account_id, row.ring_id,
                state.actions[action_id].tier, row.present, None, row.from_at, None,
                "What was held against this account no longer is.", state.actions[action_id].plan_id,
                by_hand=not policy.tiers.of(state.actions[action_id].tier).reversible,
            )
            for action_id in row.lifts
        ]  # fmt: skip
    if row.proposed is None:
        raise ValueError("a row that imposes nothing")
    rule = policy.tiers.of(row.proposed)
    before = row.present
    action_id = name_action(plan.plan_id, row.subject, row.proposed)
    after = strongest([each for each in (before, row.proposed) if each])
    return [
        ActionRow(
            action_id, Operation.IMPOSE, row.subject, row.account_id, row.ring_id, row.proposed, before,
            after, row.from_at, row.until_at, rule.reason, plan.plan_id, by_hand=not rule.reversible,
        )
    ]  # fmt: skip
