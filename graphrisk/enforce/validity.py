"""Whether a plan is still what it was made for, and whether the people and times that it needs are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphrisk.enforce.caps import Candidate, Spending, choose_within_caps
from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.guardrails import is_stale
from graphrisk.enforce.people import SignatureCheck, counting_approvals, is_by_author, plain_name
from graphrisk.enforce.plan import Plan, PlanHeader
from graphrisk.enforce.policy import Guardrail, Policy
from graphrisk.enforce.state import EnforcementState, PlanState
from graphrisk.model.enforcement import Bucket, Operation, PlanRow, Purpose, Tier, rank
from graphrisk.model.ledger import AppealStatus

CANARY, REST, ALL = "canary", "rest", "all"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something is not done. guardrail: its name, or empty. remedy: what to do now."""

    words: str
    remedy: str
    guardrail: str = ""


def find_void(
    header: PlanHeader, plan: PlanState, present: RunFacts, policy: Policy, at: datetime
) -> Objection | None:
    """Why nobody may act on the plan any more, None where he may. present: of the latest run now."""
    anew = "make a plan anew with `graphrisk enforce plan`"
    if plan.rejections:
        by, no = plan.rejections[0]
        return Objection(f"{by} rejected the plan: {no.note}", anew)
    if plan.reverted_by:
        return Objection("the plan was taken back", anew)
    if at >= header.expires_at:
        return Objection(f"the plan was good until {header.expires_at:%Y-%m-%d %H:%M} UTC", anew)
    changed = (
        ("the policy", header.policy_digest, policy.digest),
        ("the latest run", header.run_id, present.run_id),
        ("the tables", header.data_digest, present.data_digest),
        ("what people judged", header.judgements_digest, present.judgements_digest),
    )
    told = [name for name, then, now in changed if then != now]
    return Objection(f"{' and '.join(told)} changed since the plan was made", anew) if told else None


def object_to_approval(header: PlanHeader, plan: PlanState, policy: Policy, by: str) -> Objection | None:
    """Why this person cannot approve the plan now."""
    if policy.is_on(Guardrail.FOUR_EYES):
        if _same(by, plan.author):
            return Objection("nobody approves his own plan", "ask somebody else", Guardrail.FOUR_EYES.value)
        if any(_same(each.by, by) for each in plan.approvals):
            return Objection(f"{by} has approved it already", "ask somebody else", Guardrail.FOUR_EYES.value)
    viewed = set(viewed_rings(plan, by)) & set(header.acting_rings)
    least = min(policy.limits.viewed_rings, len(header.acting_rings))
    if policy.is_on(Guardrail.VIEWED) and len(viewed) < least:
        return Objection(
            f"{by} has opened {len(viewed)} of the rings that the plan acts on, {least} are asked for",
            "look at them: `graphrisk enforce show PLAN --ring RING --by NAME`", Guardrail.VIEWED.value,
        )  # fmt: skip
    return None


def _same(name: str, other: str) -> bool:
    return plain_name(name) == plain_name(other)


def viewed_rings(plan: PlanState, by: str) -> tuple[str, ...]:
    """Rings of the plan that somebody had open, whole or by an account."""
    return tuple(sorted({view.body.ring_id for view in plan.views if _same(view.by, by)} - {""}))


def viewed_subjects(plan: PlanState, by: str) -> tuple[str, ...]:
    told = {view.body.subject for view in plan.views if _same(view.by, by)}
    return tuple(sorted(each for each in told if each is not None))


def object_to_approvals(
    header: PlanHeader, plan: PlanState, policy: Policy, is_signed_by: SignatureCheck
) -> Objection | None:
    """Whether enough people approved, of whom none is the author."""
    if not is_by_author(plan, policy, is_signed_by):
        return Objection(
            "nobody knows who made the plan: the policy has keys, and its author did not sign it",
            "make it anew with --key FILE, by one of the people under [approvers]", Guardrail.FOUR_EYES.value,
        )  # fmt: skip
    approvals = counting_approvals(plan, policy, is_signed_by)
    if policy.is_on(Guardrail.FOUR_EYES):
        approvals = tuple(each for each in approvals if not _same(each.by, plan.author))
    if len(approvals) >= header.approval_count:
        return None
    return Objection(
        f"{len(approvals)} of {header.approval_count} approvals are there",
        "ask for them: `graphrisk enforce approve PLAN --by NAME --note TEXT`",
    )


def next_stage(plan: Plan, told: PlanState, erased: Collection[str], *, wants_rest: bool) -> str:
    """canary, rest or all. A plan goes at once that has nobody to go first, also where all of these were
    erased. erased: subjects."""
    has_canary = any(row.is_canary and row.subject not in erased for row in plan.rows)
    if not has_canary and CANARY not in told.stages:
        return ALL
    return REST if wants_rest else CANARY


def object_to_rest(
    plan: PlanState, state: EnforcementState, policy: Policy, at: datetime
) -> Objection | None:
    """Why the rest of a plan cannot follow its canary yet, or at all."""
    if not policy.is_on(Guardrail.CANARY):
        return None
    if CANARY not in plan.stages:
        return Objection(
            "a small part goes first", "apply the plan without --rest, and wait", Guardrail.CANARY.value
        )
    canary = state.packages[plan.stages[CANARY]]
    ready_at = canary.at + timedelta(hours=policy.limits.canary_hours)
    if at < ready_at:
        return Objection(
            f"the first part was applied {canary.at:%Y-%m-%d %H:%M} UTC",
            f"wait until {ready_at:%Y-%m-%d %H:%M} UTC", Guardrail.CANARY.value,
        )  # fmt: skip
    imposed = (each for each in canary.changes if each.operation is Operation.IMPOSE)
    acted = [state.actions[each.action_id] for each in imposed]
    taken_back = sum(any(lift.purpose is Purpose.REVERT for lift in action.lifts) for action in acted)
    if taken_back:
        return Objection(
            f"of the {len(acted)} actions of the first part, {taken_back} were taken back",
            "make a plan anew, once it is known why", Guardrail.CANARY.value,
        )  # fmt: skip
    overturned = {
        appeal.action_id for appeal, _ in state.appeals.values() if appeal.status is AppealStatus.OVERTURNED
    }
    wrong = sum(action.action_id in overturned for action in acted)
    if wrong and wrong >= policy.limits.canary_overturned_share * len(acted):
        return Objection(
            f"of the {len(acted)} actions of the first part, {wrong} were overturned on appeal",
            "revert the plan, and find out why", Guardrail.CANARY.value,
        )  # fmt: skip
    return None


def find_moved(plan: Plan, state: EnforcementState, stage: str, at: datetime) -> Objection | None:
    """Whether what is in force is no longer what the plan started from, for rows of this stage; or was taken
    back since, which the plan could not know."""
    made_at = state.plans[plan.plan_id].planned_at
    moved = sum(
        state.standing_tier(row.subject, at) is not row.present or _was_taken_back(state, row, made_at)
        for row in rows_of_stage(plan, stage, state.erased)
    )
    if not moved:
        return None
    return Objection(
        f"of {moved} accounts something else is in force than when the plan was made, or was taken back",
        "make a plan anew with `graphrisk enforce plan`",
    )


def _was_taken_back(state: EnforcementState, row: PlanRow, since: datetime) -> bool:
    back = (Purpose.REVERT, Purpose.OVERTURN)
    lifts = (lift for action in state.of_subject(row.subject) for lift in action.lifts)
    return any(lift.purpose in back and lift.at >= since for lift in lifts)


def object_to_age(present: RunFacts, policy: Policy, at: datetime) -> Objection | None:
    """Whether the run is too old by now."""
    if policy.is_on(Guardrail.STALE) and is_stale(present, at, policy):
        return Objection(
            "the run is too old by now", "load and detect, then plan anew", Guardrail.STALE.value
        )
    return None


def object_to_no_trial(
    rows: Sequence[PlanRow], policy: Policy, spent: Spending, at: datetime
) -> Objection | None:
    """Whether small plans are, with what was done today, a large one that has no first part."""
    today = spent.get((Guardrail.CAP_DAY, at.date().isoformat()))
    imposing = sum(row.bucket is not Bucket.REMOVED for row in rows)
    if not policy.is_on(Guardrail.CANARY) or today is None or not imposing:
        return None
    if today.accounts + imposing < policy.limits.canary_from:
        return None
    return Objection(
        f"with the {today.accounts:,} actions that begin today it is a large plan, and has no first part",
        "make a plan anew: it will have one", Guardrail.CANARY.value,
    )  # fmt: skip


def rows_of_stage(plan: Plan, stage: str, erased: Collection[str] = ()) -> tuple[PlanRow, ...]:
    """What acts, in this stage. Whatever is taken back needs no trial, and goes first. erased: subjects on
    whom nothing is done any more, because nobody could be told."""
    acting = [row for row in plan.acting() if row.subject not in erased]
    if stage == ALL:
        return tuple(acting)
    is_first = stage == CANARY
    return tuple(row for row in acting if (row.is_canary or row.bucket is Bucket.REMOVED) == is_first)


def object_to_caps(
    rows: Sequence[PlanRow], policy: Policy, run: RunFacts, state: EnforcementState, spent: Spending
) -> Objection | None:
    """Whether other plans have used up the day, the ring or the market since the plan was made. rows: with
    the times at which they really begin."""
    candidates = [
        Candidate(
            row.ring_id, row.market or "", row.from_at.date(), row.turnover_share, None,
            rank(state.standing_tier(row.subject, row.from_at)) > rank(Tier.MONITOR),
        )
        for row in rows
        if row.from_at and row.bucket is not Bucket.REMOVED and rank(row.proposed) > rank(Tier.MONITOR)
    ]  # fmt: skip
    held = Counter(why for why in choose_within_caps(candidates, policy, run, spent) if why is not None)
    if not held:
        return None
    (guardrail, count), *_ = held.most_common(1)
    return Objection(
        f"other plans have acted since it was made: {count:,} accounts would be beyond a cap",
        "make a plan anew, or apply it another day", guardrail.value,
    )  # fmt: skip
