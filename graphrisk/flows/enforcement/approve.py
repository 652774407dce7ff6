"""show, approve, reject: people look at a plan and say yes or no. What each had open is put down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.plan import Plan, find_changed
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
from graphrisk.model.enforcement import PlanRow
from graphrisk.model.ledger import Approved, Rejected, Viewed


class ApprovalSigner(Protocol):
    def sign_approval(self, text: bytes) -> str:
        """Hexadecimal, by the approver's own key."""
        ...


@dataclass(frozen=True, slots=True)
class Saying:
    """Who says something about a plan, when (naive UTC), and what. signer: where the policy asks for keys."""

    by: str
    at: datetime
    note: str = ""
    signer: ApprovalSigner | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody who decides about plans needs. is_signed_by: (name's public key, text, signature)."""

    plans: PlanReader
    ledger: Ledger
    policy: Policy
    present: Callable[[], RunFacts]
    key: bytes
    is_signed_by: Callable[[str, bytes, str], bool]


def open_plan(desk: Desk, plan_id: str, state: EnforcementState) -> tuple[Plan, PlanState]:
    """The plan of that name, or of the only one whose name starts so. Raises NotFoundError, TamperedError
    where it is no longer what it was when it was named."""
    found = find_plan(state, plan_id)
    plan = desk.plans.read_plan(found)
    changed = find_changed(plan, desk.key)
    if changed is not None:
        raise TamperedError(
            f"{changed} was changed since the plan was made", where=found, remedy="make the plan anew"
        )
    return plan, state.plans[found]


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


def view_plan(desk: Desk, plan_id: str, subject: str | None, ring: str | None, saying: Saying) -> Plan:
    """The plan, and a line in the ledger that somebody had its overview, a ring or an account open. ring: its
    name, or how it starts. Raises NotFoundError for what the plan has not."""
    with desk.ledger.writing() as ledger:
        plan, _ = open_plan(desk, plan_id, replay(ledger.entries))
        rows = chosen_rows(plan, subject, ring)
        ring_id = rows[0].ring_id if subject or ring else ""
        ledger.append([Viewed(plan.plan_id, ring_id, subject)], saying.by, saying.at)
    return plan


def chosen_rows(plan: Plan, subject: str | None, ring: str | None) -> tuple[PlanRow, ...]:
    """Of one account or one ring; all where neither is asked for. Raises NotFoundError."""
    if subject is not None:
        rows = tuple(row for row in plan.rows if row.subject == subject)
    elif ring is not None:
        start = ring.lower()
        names = {name for name in plan.header.rings if name.lower().startswith((start, f"ring-{start}"))}
        names = {name for name in names if name.lower() == start} or names
        rows = tuple(row for row in plan.rows if row.ring_id in names) if len(names) == 1 else ()
    else:
        return plan.rows
    if not rows:
        what = "account" if subject is not None else "ring (or more than one)"
        raise NotFoundError(f"the plan has no such {what}", where=plan.plan_id)
    return rows


def approve_plan(desk: Desk, plan_id: str, saying: Saying) -> Approved:
    """Raises EnforcementRefusedError where the plan is void, or this person may not approve it."""
    if not saying.note.strip():
        raise ConfigError("an approval says in words what was looked at", where="--note")
    with desk.ledger.writing() as ledger:
        plan, told = open_plan(desk, plan_id, replay(ledger.entries))
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


def approval_text(plan_id: str, saying: Saying) -> bytes:
    """What an approver signs."""
    return "\x1f".join(
        ("graphrisk approval", plan_id, saying.by, saying.note, saying.at.isoformat())
    ).encode()


def _signature(desk: Desk, plan_id: str, saying: Saying) -> str:
    keys = dict(desk.policy.approvers)
    if not keys:
        return ""
    if saying.by not in keys or saying.signer is None:
        raise EnforcementRefusedError(
            "the policy names who approves, with keys", where=plan_id,
            remedy="one of the names under [approvers], with --key FILE" if saying.by in keys
            else "ask one of the people under [approvers] in policy.toml",
        )  # fmt: skip
    text = approval_text(plan_id, saying)
    signature = saying.signer.sign_approval(text)
    if not desk.is_signed_by(keys[saying.by], text, signature):
        raise EnforcementRefusedError(
            "the key is not the one that the policy has for this name", where=plan_id, remedy="--key FILE"
        )
    return signature


def refuse(objection: Objection | None, where: str) -> None:
    """Raises EnforcementRefusedError for an objection."""
    if objection is not None:
        name = f" [{objection.guardrail}]" if objection.guardrail else ""
        raise EnforcementRefusedError(f"{objection.words}{name}", where=where, remedy=objection.remedy)
