"""The state of every account, plan, package and appeal: a replay of the ledger, and nothing else.

An action is in force at t where it was imposed, from_at <= t < until_at, and nothing lifts it. Lifts are a
set: a plan that lifts an action and a revert of the action's own plan are two, and taking one back leaves the
other. What holds of an account is the strongest action in force. So to take back what a package did gives
the state before it, whatever else was done in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from graphrisk.model.enforcement import Operation, Purpose, Tier, strongest
from graphrisk.model.ledger import (
    Appealed,
    Approved,
    Changed,
    DeadLettered,
    Delivered,
    Entry,
    Erased,
    Opened,
    Packaged,
    Planned,
    Rejected,
    Restarted,
    Stopped,
    Viewed,
)


@dataclass(frozen=True, slots=True)
class Lift:
    """A package that ended an action. plan_id: that it was made for, or took back."""

    package_id: str
    purpose: Purpose
    plan_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionState:
    """lifts: those that hold now; empty while nothing lifts it."""

    action_id: str
    subject: str
    ring_id: str
    tier: Tier
    plan_id: str
    package_id: str
    imposed_at: datetime
    from_at: datetime
    until_at: datetime | None
    lifts: tuple[Lift, ...] = ()

    def is_over(self, at: datetime) -> bool:
        return self.until_at is not None and self.until_at <= at

    def in_force(self, at: datetime) -> bool:
        return not self.lifts and self.from_at <= at and not self.is_over(at)

    def stands(self, at: datetime) -> bool:
        """In force, or will be."""
        return not self.lifts and not self.is_over(at)


@dataclass(frozen=True, slots=True)
class Approval:
    by: str
    at: datetime
    body: Approved


@dataclass(frozen=True, slots=True)
class View:
    by: str
    at: datetime
    body: Viewed


@dataclass(frozen=True, slots=True)
class PlanState:
    """stages: stage -> package id, of the packages that carry the plan out. reverted_by: packages that take
    it back."""

    body: Planned
    author: str
    planned_at: datetime
    approvals: tuple[Approval, ...] = ()
    rejections: tuple[tuple[str, Rejected], ...] = ()
    views: tuple[View, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    reverted_by: tuple[str, ...] = ()


_PlanChange: TypeAlias = Callable[[PlanState], PlanState]


@dataclass(frozen=True, slots=True)
class PackageState:
    """manifest_sha256: of the manifest as it has to be now; an erasure may have written it anew."""

    body: Packaged
    at: datetime
    changes: tuple[Changed, ...]
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class EnforcementState:
    """head: seq and hash of the last entry, (-1, "") before the first. actions_of: subject -> action ids, in
    the order in which they were imposed. delivered, dead: by package, receiver and message; a message that
    was taken is no longer dead. appeals: case -> the latest entry about it, and when it was written."""

    head: tuple[int, str]
    opened: Opened | None
    actions: Mapping[str, ActionState]
    actions_of: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, PlanState]
    packages: Mapping[str, PackageState]
    delivered: Mapping[tuple[str, str, str], Delivered]
    dead: Mapping[tuple[str, str, str], DeadLettered]
    appeals: Mapping[str, tuple[Appealed, datetime]]
    erased: frozenset[str]
    is_stopped: bool

    def of_subject(self, subject: str) -> tuple[ActionState, ...]:
        return tuple(self.actions[each] for each in self.actions_of.get(subject, ()))

    def in_force(self, subject: str, at: datetime) -> tuple[ActionState, ...]:
        return tuple(action for action in self.of_subject(subject) if action.in_force(at))

    def standing(self, subject: str, at: datetime) -> tuple[ActionState, ...]:
        """In force at `at`, or imposed already and in force later."""
        return tuple(action for action in self.of_subject(subject) if action.stands(at))

    def tier(self, subject: str, at: datetime) -> Tier | None:
        return strongest([action.tier for action in self.in_force(subject, at)])

    def standing_tier(self, subject: str, at: datetime) -> Tier | None:
        return strongest([action.tier for action in self.standing(subject, at)])

    def tiers(self, at: datetime) -> dict[str, Tier]:
        """The tier in force of every account that has one."""
        found = ((subject, self.tier(subject, at)) for subject in self.actions_of)
        return {subject: tier for subject, tier in found if tier is not None}


def replay(entries: Iterable[Entry]) -> EnforcementState:
    """The state after all of them. Entries are checked already (enforce.chain)."""
    found = _Replay()
    for entry in entries:
        found.take(entry)
    return found.state()


@dataclass(slots=True)
class _Replay:
    """Fills up as entries are read; nobody else sees it."""

    head: tuple[int, str] = (-1, "")
    opened: Opened | None = None
    pending: dict[str, list[Changed]] = field(default_factory=dict)
    actions: dict[str, ActionState] = field(default_factory=dict)
    actions_of: dict[str, list[str]] = field(default_factory=dict)
    plans: dict[str, PlanState] = field(default_factory=dict)
    packages: dict[str, PackageState] = field(default_factory=dict)
    delivered: dict[tuple[str, str, str], Delivered] = field(default_factory=dict)
    dead: dict[tuple[str, str, str], DeadLettered] = field(default_factory=dict)
    appeals: dict[str, tuple[Appealed, datetime]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    is_stopped: bool = False

    def take(self, entry: Entry) -> None:  # noqa: C901, PLR0912 - one line for each kind of entry
        body = entry.body
        match body:
            case Opened():
                self.opened = body
            case Planned():
                self.plans.setdefault(body.plan_id, PlanState(body, entry.by, entry.at))
            case Viewed():
                self._on_plan(body.plan_id, lambda plan: _viewed(plan, View(entry.by, entry.at, body)))
            case Approved():
                approval = Approval(entry.by, entry.at, body)
                self._on_plan(body.plan_id, lambda plan: replace(plan, approvals=(*plan.approvals, approval)))
            case Rejected():
                no = (entry.by, body)
                self._on_plan(body.plan_id, lambda plan: replace(plan, rejections=(*plan.rejections, no)))
            case Changed():
                self.pending.setdefault(body.package_id, []).append(body)
            case Packaged():
                self._complete(body, entry.at)
            case Delivered():
                key = (body.package_id, body.to, body.message_id)
                self.delivered[key] = body
                self.dead.pop(key, None)
            case DeadLettered():
                self.dead[body.package_id, body.to, body.message_id] = body
            case Appealed():
                self.appeals[body.case_id] = (body, entry.at)
            case Stopped():
                self.is_stopped = True
            case Restarted():
                self.is_stopped = False
            case Erased():
                self._erase(body)
        self.head = (entry.seq, entry.hash)

    def _on_plan(self, plan_id: str, change: _PlanChange) -> None:
        if plan_id in self.plans:
            self.plans[plan_id] = change(self.plans[plan_id])

    def _complete(self, body: Packaged, at: datetime) -> None:
        changes = self.pending.pop(body.package_id, [])
        changes = changes[len(changes) - body.action_count :]  # of a crash before, there may be more
        self.packages[body.package_id] = PackageState(body, at, tuple(changes), body.manifest_sha256)
        for change in changes:
            self._change(change, body, at)
        if body.plan_id in self.plans:
            plan = self.plans[body.plan_id]
            if body.purpose is Purpose.APPLY:
                plan = replace(plan, stages={**plan.stages, body.stage: body.package_id})
            elif body.purpose is Purpose.REVERT and body.about == body.plan_id:
                plan = replace(plan, reverted_by=(*plan.reverted_by, body.package_id))
            self.plans[body.plan_id] = plan

    def _change(self, change: Changed, package: Packaged, at: datetime) -> None:
        if change.operation is Operation.IMPOSE:
            if change.action_id not in self.actions:
                self.actions[change.action_id] = ActionState(
                    change.action_id, change.subject, change.ring_id, change.tier, change.plan_id,
                    change.package_id, at, change.from_at, change.until_at,
                )  # fmt: skip
                self.actions_of.setdefault(change.subject, []).append(change.action_id)
            return
        action = self.actions[change.action_id]
        if change.operation is Operation.LIFT:
            lift = Lift(package.package_id, package.purpose, package.plan_id, at)
            self.actions[change.action_id] = replace(action, lifts=(*action.lifts, lift))
            return
        left = (
            lift
            for lift in action.lifts
            if not (lift.purpose is Purpose.APPLY and lift.plan_id == package.plan_id)
        )
        self.actions[change.action_id] = replace(action, lifts=tuple(left))

    def _erase(self, body: Erased) -> None:
        self.erased.add(body.subject)
        for told in body.packages:
            package_id, _, manifest = told.split(" ")
            self.packages[package_id] = replace(self.packages[package_id], manifest_sha256=manifest)

    def state(self) -> EnforcementState:
        return EnforcementState(
            self.head, self.opened, self.actions,
            {subject: tuple(ids) for subject, ids in self.actions_of.items()},
            self.plans, self.packages, self.delivered, self.dead, self.appeals, frozenset(self.erased),
            self.is_stopped,
        )  # fmt: skip


def _viewed(plan: PlanState, view: View) -> PlanState:
    return replace(plan, views=(*plan.views, view))
