"""Who is who among the people who plan and approve."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime

from graphrisk.enforce.policy import Policy
from graphrisk.enforce.state import Approval, PlanState

# (public key, text, signature), the first and the last hexadecimal
SignatureCheck = Callable[[str, bytes, str], bool]


def plain_name(name: str) -> str:
    """As two names are compared: one width, no case, no invisible characters, single blanks. Letters of
    another script that look the same are others: where that matters, approvals are signed."""
    wide = unicodedata.normalize("NFKC", name)
    visible = (each for each in wide if unicodedata.category(each) not in ("Cc", "Cf"))
    return " ".join("".join(visible).casefold().split())


def approval_text(plan_id: str, by: str, note: str, at: datetime) -> bytes:
    """What an approver signs."""
    return "\x1f".join(("graphrisk approval", plan_id, by, note, at.isoformat())).encode()


def plan_text(plan_id: str, by: str, at: datetime) -> bytes:
    """What an author signs."""
    return "\x1f".join(("graphrisk plan", plan_id, by, at.isoformat())).encode()


def is_by_author(plan: PlanState, policy: Policy, is_signed_by: SignatureCheck) -> bool:
    """Whether the plan is by whom it says; where the policy has no keys, a name is taken as it is said."""
    keys = dict(policy.approvers)
    if not keys:
        return True
    text = plan_text(plan.body.plan_id, plan.author, plan.planned_at)
    return plan.author in keys and is_signed_by(keys[plan.author], text, plan.body.signature)


def counting_approvals(plan: PlanState, policy: Policy, is_signed_by: SignatureCheck) -> tuple[Approval, ...]:
    """One for each person. Where the policy has keys, those of other people, and those that are not signed
    by the person's key, do not count: whoever can write into the ledger cannot approve in another's name."""
    found: dict[str, Approval] = {}
    keys = dict(policy.approvers)
    for each in plan.approvals:
        if keys:
            text = approval_text(plan.body.plan_id, each.by, each.body.note, each.at)
            if each.by not in keys or not is_signed_by(keys[each.by], text, each.body.signature):
                continue
        found.setdefault(plain_name(each.by), each)
    return tuple(found.values())
