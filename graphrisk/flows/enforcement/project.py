"""project: what of enforcement stands in the graph at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.people import SignatureCheck
from graphrisk.enforce.plan import Plan, PlanHeader, erase_row
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.shown import find_enforced, is_done, show_plan
from graphrisk.enforce.state import ActionState, EnforcementState, PlanState
from graphrisk.enforce.validity import find_void, object_to_approvals
from graphrisk.model.graph_enforcement import (
    EnforcedAccount,
    GraphEnforcement,
    PlanHead,
    PlanStatus,
    ShownPlan,
)

SHOWN_ACCOUNT_COUNT = 2_000  # of a plan: Browser cannot draw more, and its rings are told in any case


class PlanReader(Protocol):
    def list_plans(self) -> tuple[str, ...]: ...

    def read_header(self, plan_id: str) -> PlanHeader: ...

    def read_plan(self, plan_id: str) -> Plan: ...


class NameReader(Protocol):
    def read_names(self) -> Mapping[str, str]:
        """subject -> account id, without those that were erased."""
        ...


@dataclass(frozen=True, slots=True)
class ProjectSides:
    """policy, present (of the latest run): asked for where a plan waits to be applied, which they may have
    made void."""

    names: NameReader
    plans: PlanReader
    policy: Callable[[], Policy]
    present: Callable[[], RunFacts]
    is_signed_by: SignatureCheck


def project_enforcement(state: EnforcementState, sides: ProjectSides, at: datetime) -> GraphEnforcement:
    """What is in force at `at` (naive UTC), and the plans on which something hangs then."""
    names = sides.names.read_names()
    plans = tuple(_shown_plans(sides, state, at))
    # The names may stand behind the ledger; what is newer is in plans that are shown
    known = {row.subject: row.account_id for plan in plans for ring in plan.rings for row in ring.rows}
    known |= names
    enforced = []
    for subject, action in find_enforced(state.actions.values(), at).items():
        account_id = known.get(subject)
        if account_id is not None and subject not in state.erased:
            enforced.append(
                EnforcedAccount(account_id, action.tier, action.from_at, action.until_at, action.plan_id)
            )
    return GraphEnforcement(tuple(sorted(enforced, key=lambda each: each.account_id)), plans)


def _shown_plans(sides: ProjectSides, state: EnforcementState, at: datetime) -> Iterator[ShownPlan]:
    """Those whose folder is there, by name."""
    of_plan: dict[str, list[ActionState]] = defaultdict(list)
    for action in state.actions.values():
        of_plan[action.plan_id].append(action)
    for plan_id in sides.plans.list_plans():
        told = state.plans.get(plan_id)
        if told is None or told.rejections:
            continue
        header = sides.plans.read_header(plan_id)
        head = _head(plan_id, header, told, sides)
        if is_done(head, of_plan[plan_id], at) or _is_void(sides, header, told, at):
            continue
        # What was erased from the ledger may wait to be erased here
        rows = [
            erase_row(row) if row.subject in state.erased else row
            for row in sides.plans.read_plan(plan_id).rows
        ]
        yield show_plan(head, rows, of_plan[plan_id], at, limit=SHOWN_ACCOUNT_COUNT)


def _is_void(sides: ProjectSides, header: PlanHeader, told: PlanState, at: datetime) -> bool:
    """Of a plan of which nothing was applied."""
    return not told.stages and find_void(header, told, sides.present(), sides.policy(), at) is not None


def _is_approved(header: PlanHeader, told: PlanState, sides: ProjectSides) -> bool:
    if not told.approvals:
        return False
    return object_to_approvals(header, told, sides.policy(), sides.is_signed_by) is None


def _head(plan_id: str, header: PlanHeader, told: PlanState, sides: ProjectSides) -> PlanHead:
    if told.reverted_by:
        status = PlanStatus.REVERTED
    elif told.stages:
        status = PlanStatus.APPLIED
    elif _is_approved(header, told, sides):
        status = PlanStatus.APPROVED
    else:
        status = PlanStatus.PLANNED
    return PlanHead(
        plan_id, header.run_id, status, told.planned_at, header.expires_at, told.author,
        tuple(dict.fromkeys(approval.by for approval in told.approvals)),
    )  # fmt: skip
