"""A reversal that is ready, and waits for a person: of those who were held by what a person was held by whose
appeal was right."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from graphrisk.enforce.reversal import PlanPart, is_taken_back, parts_of_accounts
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import PlanRow, Tier, rank

_NAME_CHARS = 26  # 130 bits


Link: TypeAlias = tuple[str, str]  # kind and identifier


@dataclass(frozen=True, slots=True)
class HeldBy:
    """An account, and what counted against it."""

    subject: str
    links: frozenset[Link]


@dataclass(frozen=True, slots=True)
class Sibling:
    """An account that was held by some of what another was held by.

    account_id: None once erased. tier: in force or about to be; None: nothing. shared: what counted
    against both, sorted. action_ids: of actions that stand and were imposed on its ground.
    """

    subject: str
    account_id: str | None
    ring_id: str
    tier: Tier | None
    shared: tuple[Link, ...]
    action_ids: tuple[str, ...]


@dataclass(slots=True)
class _Sharing:
    """Fills up as plans are passed over."""

    account_id: str | None
    ring_id: str
    links: set[Link] = field(default_factory=set)
    plan_ids: set[str] = field(default_factory=set)


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
    cases: Mapping[str, HeldBy],
    plans: Iterable[tuple[str, Iterable[PlanRow]]],
    state: EnforcementState,
    at: datetime,
) -> dict[str, tuple[Sibling, ...]]:
    """cases: case -> whose it is, and what held them. plans: name and rows of every plan that may have held
    somebody by the same; each is passed over once. Of each case those acted on come first, the strongest tier
    before the milder."""
    cases_of: defaultdict[Link, list[str]] = defaultdict(list)
    for case_id, held in cases.items():
        for link in held.links:
            cases_of[link].append(case_id)
    found: dict[str, dict[str, _Sharing]] = {case_id: {} for case_id in cases}
    for plan_id, rows in plans:
        for row in rows:
            for link in counting_links(row):
                for case_id in cases_of.get(link, ()):
                    if row.subject != cases[case_id].subject:
                        sharing = found[case_id].setdefault(
                            row.subject, _Sharing(row.account_id, row.ring_id)
                        )
                        sharing.links.add(link)
                        sharing.plan_ids.add(plan_id)
    return {case_id: _in_order(sharing, state, at) for case_id, sharing in found.items()}


def _in_order(found: Mapping[str, _Sharing], state: EnforcementState, at: datetime) -> tuple[Sibling, ...]:
    siblings = [
        Sibling(
            subject, each.account_id, each.ring_id, state.standing_tier(subject, at),
            tuple(sorted(each.links)),
            tuple(
                action.action_id
                for action in state.standing(subject, at)
                if action.plan_id in each.plan_ids
            ),
        )
        for subject, each in found.items()
    ]  # fmt: skip
    return tuple(sorted(siblings, key=lambda each: (-rank(each.tier), each.account_id or "", each.subject)))


def counting_links(row: PlanRow) -> set[Link]:
    """What counted against the account; nothing of one that was erased."""
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
