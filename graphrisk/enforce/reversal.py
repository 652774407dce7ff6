"""What takes a plan back, or its part that is about one account, one ring or one action.

A part of a plan is taken back by ending what it imposed and undoing what it ended. What it ended holds again
unless its time is over, it was taken back itself, or another plan ended it as well, which stands. An action
that is taken back stays so for good, whatever is taken back later: so the order of reverts does not matter,
and a second revert of the same thing does nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.state import ActionState, EnforcementState
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier, strongest

_TAKES_BACK = (Purpose.REVERT, Purpose.OVERTURN)


@dataclass(frozen=True, slots=True)
class PlanPart:
    """action_ids: of the actions that the plan imposed or ended, those that are meant; None: all."""

    plan_id: str
    action_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PlanReversal:
    """Rows of one package, without account ids; by subject, action and operation. plan_id: of the plan that
    it takes back."""

    plan_id: str
    rows: tuple[ActionRow, ...]


def whole_plan(plan_id: str) -> tuple[PlanPart, ...]:
    return (PlanPart(plan_id),)


def part_of_account(state: EnforcementState, plan_id: str, subject: str) -> tuple[PlanPart, ...]:
    """What one plan did to one account."""
    return _parts(state, [plan_id], {subject})


def latest_of_account(state: EnforcementState, subject: str, at: datetime) -> tuple[PlanPart, ...]:
    """What the latest plan did to the account, of those that imposed something on it whose time is not over;
    also where it was taken back already, lest a second revert went further back than was asked for."""
    plans = _imposing(state, state.of_subject(subject), at)
    return _parts(state, plans[-1:], {subject})


def all_of_account(state: EnforcementState, subject: str, at: datetime) -> tuple[PlanPart, ...]:
    return _parts(state, _imposing(state, state.of_subject(subject), at), {subject})


def latest_of_ring(state: EnforcementState, ring_id: str, at: datetime) -> tuple[PlanPart, ...]:
    """What the latest plan did to accounts on which it imposed something for being in the ring."""
    return _of_ring(state, ring_id, at, latest=True)


def all_of_ring(state: EnforcementState, ring_id: str, at: datetime) -> tuple[PlanPart, ...]:
    return _of_ring(state, ring_id, at, latest=False)


def parts_of_accounts(state: EnforcementState, actions: Iterable[ActionState]) -> tuple[PlanPart, ...]:
    """What the plans that imposed these actions did to the same accounts."""
    subjects: dict[str, set[str]] = {}
    for action in actions:
        subjects.setdefault(action.plan_id, set()).add(action.subject)
    return tuple(part for plan_id in subjects for part in _parts(state, [plan_id], subjects[plan_id]))


def one_action(action: ActionState) -> tuple[PlanPart, ...]:
    """That action alone: what its plan ended at the same time stays so."""
    return (PlanPart(action.plan_id, frozenset({action.action_id})),)


def before_action(state: EnforcementState, action: ActionState, at: datetime) -> tuple[PlanPart, ...]:
    """What this action's plan and those after it did to its account, of plans that imposed something on it:
    without them the account is where it was before the action. A later plan that only ended something had its
    reasons, and stands."""
    of_account = state.of_subject(action.subject)
    since = of_account[of_account.index(action) :]
    return _parts(state, _imposing(state, since, at), {action.subject})


def take_back(
    state: EnforcementState, parts: Collection[PlanPart], at: datetime, tiers: Tiers
) -> tuple[PlanReversal, ...]:
    """One package for each plan, the plan that was carried out last first; none for a plan of which nothing
    is left to take back. at: naive UTC. tiers: of the policy that holds now."""
    meant = [(part.plan_id, action) for part in parts for action in _actions(state, part)]
    ended = {
        action.action_id: plan_id
        for plan_id, action in meant
        if action.plan_id == plan_id and _is_to_end(action, at)
    }
    taken = {part.plan_id for part in parts}
    resumed = {
        action.action_id: _lifting_plans(state, action, taken)
        for plan_id, action in meant
        if action.action_id not in ended and not action.is_over(at) and _is_lifted_by(action, plan_id)
    }
    resumed = {action_id: plans for action_id, plans in resumed.items() if plans}
    return _as_packages(state, _Outcome(ended, resumed), at, tiers)


def is_taken_back(action: ActionState) -> bool:
    return any(lift.purpose in _TAKES_BACK for lift in action.lifts)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """ended: action -> the plan that imposed it. resumed: action -> the plans whose lifts are undone."""

    ended: dict[str, str]
    resumed: dict[str, tuple[str, ...]]

    def tier_after(self, state: EnforcementState, subject: str, at: datetime) -> Tier | None:
        return strongest(
            [
                action.tier
                for action in state.of_subject(subject)
                if action.action_id in self.resumed
                or (action.stands(at) and action.action_id not in self.ended)
            ]
        )


def _as_packages(
    state: EnforcementState, outcome: _Outcome, at: datetime, tiers: Tiers
) -> tuple[PlanReversal, ...]:
    done = [(plan_id, action_id, Operation.LIFT) for action_id, plan_id in outcome.ended.items()]
    done += [
        (plan_id, action_id, Operation.RESUME)
        for action_id, plan_ids in outcome.resumed.items()
        for plan_id in plan_ids
    ]
    rows: dict[str, list[ActionRow]] = {}
    for plan_id, action_id, operation in done:
        action = state.actions[action_id]
        before = state.standing_tier(action.subject, at)
        after = outcome.tier_after(state, action.subject, at)
        rows.setdefault(plan_id, []).append(row_of(action, operation, (before, after), tiers))
    order = _order_of_plans(state)
    return tuple(
        PlanReversal(plan_id, tuple(sorted(rows[plan_id], key=_row_order)))
        for plan_id in sorted(rows, key=lambda name: order.get(name, -1), reverse=True)
    )


def row_of(
    action: ActionState, operation: Operation, states: tuple[Tier | None, Tier | None], tiers: Tiers
) -> ActionRow:
    """states: of the account, before and after the package."""
    rule = tiers.of(action.tier)
    return ActionRow(
        action.action_id, operation, action.subject, None, action.ring_id, action.tier, *states,
        action.from_at, action.until_at, rule.reason, action.plan_id,
        by_hand=not rule.reversible,
    )  # fmt: skip


def _row_order(row: ActionRow) -> tuple[str, str, str]:
    return row.subject, row.action_id, row.operation.value


def _is_to_end(action: ActionState, at: datetime) -> bool:
    """Also one that another plan has ended: else it would hold again once that one is taken back."""
    return not action.is_over(at) and not is_taken_back(action)


def _lifting_plans(state: EnforcementState, action: ActionState, taken: set[str]) -> tuple[str, ...]:
    """Plans whose lifts have to be undone for the action to hold again; none where it may not."""
    plans = []
    for lift in action.lifts:
        is_gone = lift.plan_id in taken or _was_taken_back(state, lift.plan_id, action.subject)
        if lift.purpose is not Purpose.APPLY or not is_gone:
            return ()
        plans.append(lift.plan_id)
    return tuple(dict.fromkeys(plans))


def _was_taken_back(state: EnforcementState, plan_id: str, subject: str) -> bool:
    """Whether a plan was taken back as a whole, or for that account."""
    packages = (each for each in state.packages.values() if each.body.plan_id == plan_id)
    return any(
        each.body.purpose in _TAKES_BACK
        and (each.body.about == plan_id or any(change.subject == subject for change in each.changes))
        for each in packages
    )


def _actions(state: EnforcementState, part: PlanPart) -> Iterable[ActionState]:
    """What the plan imposed, or holds ended, of the part that is meant; and maybe more of that part."""
    if part.action_ids is None:
        return state.actions.values()
    return (state.actions[action_id] for action_id in part.action_ids)


def _is_lifted_by(action: ActionState, plan_id: str) -> bool:
    return any(lift.purpose is Purpose.APPLY and lift.plan_id == plan_id for lift in action.lifts)


def _parts(
    state: EnforcementState, plan_ids: Iterable[str], subjects: Collection[str]
) -> tuple[PlanPart, ...]:
    """The parts of plans that are about these accounts."""
    return tuple(
        PlanPart(
            plan_id,
            frozenset(
                action.action_id
                for subject in subjects
                for action in state.of_subject(subject)
                if action.plan_id == plan_id or _is_lifted_by(action, plan_id)
            ),
        )
        for plan_id in plan_ids
    )


def _of_ring(state: EnforcementState, ring_id: str, at: datetime, *, latest: bool) -> tuple[PlanPart, ...]:
    actions = [action for action in state.actions.values() if action.ring_id == ring_id]
    plans = _imposing(state, actions, at)
    chosen = plans[-1:] if latest else plans
    return parts_of_accounts(state, (action for action in actions if action.plan_id in chosen))


def _imposing(state: EnforcementState, actions: Iterable[ActionState], at: datetime) -> list[str]:
    """Plans that imposed one of these actions whose time is not over, in the order in which they were first
    carried out."""
    order = _order_of_plans(state)
    plans = {action.plan_id for action in actions if not action.is_over(at)}
    return sorted(plans, key=lambda plan_id: order.get(plan_id, -1))


def _order_of_plans(state: EnforcementState) -> dict[str, int]:
    """Plan -> the place of its first package in the ledger."""
    order: dict[str, int] = {}
    for place, package in enumerate(state.packages.values()):
        if package.body.purpose is Purpose.APPLY:
            order.setdefault(package.body.plan_id, place)
    return order
