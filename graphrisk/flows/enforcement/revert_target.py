"""What is to be taken back, as a person names it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.proposal import Proposal, parts_of_proposal
from graphrisk.enforce.reversal import (
    PlanPart,
    all_of_account,
    all_of_ring,
    latest_of_account,
    latest_of_ring,
    one_action,
    part_of_account,
    whole_plan,
)
from graphrisk.enforce.state import EnforcementState
from graphrisk.errors import ConfigError, NotFoundError, printable
from graphrisk.flows.enforcement.approve import find_plan

_PREFIXES = {"ring": "ring-", "action": "a-"}


@dataclass(frozen=True, slots=True)
class RevertTarget:
    """One of plan_id, subject (an account's token), ring_id, action_id and proposal; or a plan and a subject,
    for what the plan did to that account. Names of plans, rings and actions may be how they start.
    everything: of an account or a ring, what all plans did, not only the latest."""

    plan_id: str | None = None
    subject: str | None = None
    ring_id: str | None = None
    action_id: str | None = None
    proposal: Proposal | None = None
    everything: bool = False


def choose_parts(
    state: EnforcementState, target: RevertTarget, at: datetime
) -> tuple[tuple[PlanPart, ...], str]:
    """And what the revert is about, as the ledger calls it."""
    told = target.plan_id, target.subject, target.ring_id, target.action_id, target.proposal
    named = [each for each in told if each is not None]
    is_part = target.plan_id is not None and target.subject is not None
    if len(named) != (2 if is_part else 1):
        raise ConfigError(
            "one thing is taken back at a time",
            remedy="--plan, --account, --ring, --action or --proposal; or a plan and an account",
        )
    is_latest = target.plan_id is None and (target.ring_id or target.subject) is not None
    if target.everything and not is_latest:
        raise ConfigError("only --account and --ring heed it, and not with --plan", where="--all")
    if target.subject is not None and target.subject not in state.actions_of:
        raise NotFoundError(
            "nothing was ever done to the account", value=target.subject, remedy="ids are case-sensitive"
        )
    if target.plan_id is not None:
        return _of_plan(state, target.plan_id, target.subject)
    if target.subject is not None:
        of_account = all_of_account if target.everything else latest_of_account
        return of_account(state, target.subject, at), target.subject
    if target.ring_id is not None:
        ring_id = _find(target.ring_id, {each.ring_id for each in state.actions.values()}, "ring")
        return (all_of_ring if target.everything else latest_of_ring)(state, ring_id, at), ring_id
    if target.action_id is not None:
        action_id = _find(target.action_id, state.actions, "action")
        return one_action(state.actions[action_id]), action_id
    return _of_proposal(state, target.proposal)


def _of_plan(state: EnforcementState, plan_id: str, subject: str | None) -> tuple[tuple[PlanPart, ...], str]:
    found = find_plan(state, plan_id)
    if subject is None:
        return whole_plan(found), found
    return part_of_account(state, found, subject), subject


def _of_proposal(state: EnforcementState, proposal: Proposal | None) -> tuple[tuple[PlanPart, ...], str]:
    if proposal is None:
        return (), ""
    try:
        return parts_of_proposal(state, proposal), proposal.proposal_id
    except KeyError as error:
        raise NotFoundError(
            "the ledger knows no such action of that account", where=proposal.proposal_id,
            value=str(error.args[0]), remedy="accounts may be struck out of a proposal, and nothing added",
        ) from error  # fmt: skip


def _find(name: str, names: Collection[str], noun: str) -> str:
    """The one of that name, or the only one whose name starts so; in any case, with or without its prefix."""
    start = name.lower()
    fitting = [each for each in names if name and each.lower().startswith((start, _PREFIXES[noun] + start))]
    fitting = [each for each in fitting if each.lower() == start] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        near = f"did you mean {', '.join(map(printable, sorted(fitting)[:5]))}?"
        raise NotFoundError(f"more than one {noun} is called so", value=name, remedy=near)
    raise NotFoundError(
        f"nothing was ever done under that name of a {noun}", value=name,
        remedy="list what was done with `graphrisk enforce status`",
    )  # fmt: skip
