"""A reversal that is ready, and waits for a person: of those who were held by what a person was held by whose
appeal was right."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.reversal import PlanPart, is_taken_back, parts_of_accounts
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import PlanRow, Tier, rank

_NAME_CHARS = 26  # 130 bits


@dataclass(frozen=True, slots=True)
class Sibling:
    """An account that was held by some of what another was held by.

    account_id: None once erased. tier: in force or about to be; None: nothing. shared: kind and identifier of
    what counted against both, sorted. action_ids: of actions that stand and were imposed on its ground.
    """

    subject: str
    account_id: str | None
    ring_id: str
    tier: Tier | None
    shared: tuple[tuple[str, str], ...]
    action_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposedAccount:
    """tier: that held of it when the proposal was made."""

    subject: str
    ring_id: str
    tier: Tier
    action_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What of whom is to be taken back, by tokens: a person may strike accounts out before it is carried
    out. proposal_id: one for each case."""

    proposal_id: str
    case_id: str
    made_at: datetime
    accounts: tuple[ProposedAccount, ...]


def find_siblings(
    rows: Mapping[str, PlanRow], plans: Iterable[tuple[str, tuple[PlanRow, ...]]], state: EnforcementState,
    at: datetime,
) -> tuple[Sibling, ...]:  # fmt: skip
    """rows: what each plan says of the account whose appeal was right. plans: name and rows of those plans,
    and of others that may have held somebody by the same. Those acted on come first, the strongest tier
    before the milder."""
    links = {link for row in rows.values() for link in counting_links(row)}
    own = {row.subject for row in rows.values()}
    found: dict[str, tuple[PlanRow, set[tuple[str, str]], set[str]]] = {}
    for plan_id, plan_rows in plans:
        for row in plan_rows:
            shared = links & counting_links(row)
            if not shared or row.subject in own:
                continue
            _, told, on_its_ground = found.setdefault(row.subject, (row, set(), set()))
            told |= shared
            on_its_ground.add(plan_id)
    siblings = [
        Sibling(
            subject, row.account_id, row.ring_id, state.standing_tier(subject, at), tuple(sorted(shared)),
            tuple(
                action.action_id for action in state.standing(subject, at) if action.plan_id in plan_ids
            ),
        )
        for subject, (row, shared, plan_ids) in found.items()
    ]  # fmt: skip
    return tuple(sorted(siblings, key=lambda each: (-rank(each.tier), each.account_id or "", each.subject)))


def counting_links(row: PlanRow) -> set[tuple[str, str]]:
    """Kind and identifier of what counted against the account; nothing of one that was erased."""
    return {(each.kind, each.identifier) for each in row.evidence if each.counts and each.identifier}


def propose(case_id: str, siblings: Iterable[Sibling], at: datetime) -> Proposal | None:
    """To take back what was done to siblings on the same ground; None where nothing was."""
    accounts = tuple(
        ProposedAccount(each.subject, each.ring_id, each.tier, each.action_ids)
        for each in siblings
        if each.action_ids and each.tier is not None
    )
    if not accounts:
        return None
    digest = hashlib.sha256(json.dumps(["reversal", case_id]).encode()).digest()
    name = "REV-" + base64.b32encode(digest).decode("ascii")[:_NAME_CHARS]
    return Proposal(name, case_id, at, accounts)


def parts_of_proposal(state: EnforcementState, proposal: Proposal) -> tuple[PlanPart, ...]:
    """Raises KeyError for an action that the ledger does not know, or knows of another account."""
    actions = []
    for account in proposal.accounts:
        for action_id in account.action_ids:
            action = state.actions[action_id]
            if action.subject != account.subject:
                raise KeyError(action_id)
            if not is_taken_back(action):
                actions.append(action)
    return parts_of_accounts(state, actions)
