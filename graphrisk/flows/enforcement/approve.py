"""show, approve, reject: people look at a plan and say yes or no. What each had open is put down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.people import SignatureCheck, approval_text
from graphrisk.enforce.plan import Plan, PlanHeader, PlanOutline, find_changed, find_changed_part
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.state import EnforcementState, PlanState, replay
from graphrisk.enforce.validity import (
    Objection,
    find_void,
    object_to_approval,
    viewed_rings,
    viewed_subjects,
)
from graphrisk.errors import ConfigError, EnforcementRefusedError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.make_plan import Ledger, PlanReader
from graphrisk.flows.enforcement.sign import PersonalSigner, sign_as
from graphrisk.model.enforcement import PlanRow
from graphrisk.model.ledger import Approved, Rejected, Viewed


@dataclass(frozen=True, slots=True)
class Saying:
    """Who says something about a plan, when (naive UTC), and what. signer: where the policy asks for keys."""

    by: str
    at: datetime
    note: str = ""
    signer: PersonalSigner | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody who decides about plans needs."""

    plans: PlanReader
    ledger: Ledger
    policy: Policy
    present: Callable[[], RunFacts]
    key: bytes
    is_signed_by: SignatureCheck


def open_plan(desk: Desk, plan_id: str, state: EnforcementState) -> tuple[Plan, PlanState]:
    """The plan of that name, or of the only one whose name starts so. Raises NotFoundError, TamperedError
    where it is no longer what it was when it was named."""
    found = find_plan(state, plan_id)
    plan = desk.plans.read_plan(found)
    refuse_changed(find_changed(plan, desk.key), found)
    return plan, state.plans[found]


def open_outline(desk: Desk, plan_id: str, state: EnforcementState) -> tuple[PlanOutline, PlanState]:
    """As open_plan, without its rows."""
    found = find_plan(state, plan_id)
    outline = desk.plans.read_outline(found)
    refuse_changed(find_changed_part(outline, (), desk.key), found)
    return outline, state.plans[found]


def refuse_changed(changed: str | None, plan_id: str) -> None:
    """changed: what was changed, in words. Raises TamperedError."""
    if changed is not None:
        raise TamperedError(
            f"{changed} was changed since the plan was made", where=plan_id, remedy="make the plan anew"
        )


def find_plan(state: EnforcementState, name: str) -> str:
    """Raises NotFoundError."""
    start = name.upper() if name.upper().startswith("P-") else f"P-{name.upper()}"
    fitting = [each for each in state.plans if name and each.startswith(start)]
    if len(fitting) == 1:
        return fitting[0]
    raise NotFoundError(
        "more than one plan is called so" if fitting else "no such plan", value=name,
        remedy=f"did you mean {', '.join(sorted(fitting)[:5])}?" if fitting
        else "list them with `graphrisk enforce plans`",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """rows: those that were asked for, in the plan's order."""

    plan_id: str
    header: PlanHeader
    rows: tuple[PlanRow, ...]


def view_plan(desk: Desk, plan_id: str, subject: str | None, ring: str | None, saying: Saying) -> SeenPlan:
    """One account of the plan, one ring, or all; and a line in the ledger that somebody had it open. ring:
    its name, or how it starts. Raises NotFoundError for what the plan has not."""
    with desk.ledger.writing() as ledger:
        outline, _ = open_outline(desk, plan_id, replay(ledger.entries))
        ring_id = None if ring is None else _find_ring(outline, ring)
        rows = desk.plans.read_rows(outline.plan_id, ring_id=ring_id, subject=subject)
        refuse_changed(find_changed_part(outline, rows, desk.key), outline.plan_id)
        if subject is not None:
            if not rows:
                raise NotFoundError("the plan has no such account", where=outline.plan_id)
            ring_id = rows[0].ring_id
        ledger.append([Viewed(outline.plan_id, ring_id or "", subject)], saying.by, saying.at)
    return SeenPlan(outline.plan_id, outline.header, rows)


def _find_ring(outline: PlanOutline, name: str) -> str:
    start = name.lower()
    fitting = [each for each in outline.header.rings if each.lower().startswith((start, f"ring-{start}"))]
    fitting = [each for each in fitting if each.lower() == start] or fitting
    if len(fitting) == 1:
        return fitting[0]
    raise NotFoundError(
        "more than one ring of the plan is called so" if fitting else "the plan has no such ring",
        where=outline.plan_id, value=name,
    )  # fmt: skip


def approve_plan(desk: Desk, plan_id: str, saying: Saying) -> Approved:
    """Raises EnforcementRefusedError where the plan is void, or this person may not approve it."""
    if not saying.note.strip():
        raise ConfigError("an approval says in words what was looked at", where="--note")
    with desk.ledger.writing() as ledger:
        plan, told = open_outline(desk, plan_id, replay(ledger.entries))
        refuse(find_void(plan.header, told, desk.present(), desk.policy, saying.at), plan.plan_id)
        refuse(object_to_approval(plan.header, told, desk.policy, saying.by), plan.plan_id)
        approved = Approved(
            plan.plan_id, saying.note, viewed_rings(told, saying.by), viewed_subjects(told, saying.by),
            _signature(desk, plan.plan_id, saying),
        )  # fmt: skip
        ledger.append([approved], saying.by, saying.at)
    return approved


def reject_plan(desk: Desk, plan_id: str, saying: Saying) -> Rejected:
    """Nobody can apply it after that. Raises EnforcementRefusedError where a part of it was applied."""
    if not saying.note.strip():
        raise ConfigError("a rejection says why", where="--note")
    with desk.ledger.writing() as ledger:
        state = replay(ledger.entries)
        found = find_plan(state, plan_id)
        if state.plans[found].stages:
            refuse(Objection("it was applied already", f"`graphrisk enforce revert --plan {found}`"), found)
        rejected = Rejected(found, saying.note)
        ledger.append([rejected], saying.by, saying.at)
    return rejected


def _signature(desk: Desk, plan_id: str, saying: Saying) -> str:
    text = approval_text(plan_id, saying.by, saying.note, saying.at)
    return sign_as(desk.policy, saying.by, text, (saying.signer, desk.is_signed_by))


def refuse(objection: Objection | None, where: str) -> None:
    """Raises EnforcementRefusedError for an objection."""
    if objection is not None:
        name = f" [{objection.guardrail}]" if objection.guardrail else ""
        raise EnforcementRefusedError(f"{objection.words}{name}", where=where, remedy=objection.remedy)
