"""Wires a workspace to what takes back, and to what is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from graphrisk.flows.enforcement.expire import Expired, expire_actions
from graphrisk.flows.enforcement.revert import Reason, Reverted, RevertSides, revert
from graphrisk.flows.enforcement.revert_target import RevertTarget
from graphrisk.stores.enforcement.proposal_files import read_proposal
from graphrisk.stores.enforcement.state_database import StateDatabase
from graphrisk.workspace.applying import open_shelf
from graphrisk.workspace.enforcing import Enforcement


@dataclass(frozen=True, slots=True)
class RevertRequest:
    """As the flags say it. account_id: of the tables. proposal: a file."""

    target: RevertTarget
    account_id: str | None = None
    proposal: Path | None = None


def revert_sides(desk: Enforcement) -> RevertSides:
    """With names of all accounts that anything was ever done to, but the erased."""
    desk.keep_state(desk.state())
    return RevertSides(desk.ledger, open_shelf(desk), StateDatabase(desk.places.state), desk.policy().tiers)


def revert_in_workspace(
    desk: Enforcement, request: RevertRequest, reason: Reason, *, is_dry: bool = False
) -> Reverted:
    """See flows.enforcement.revert. Possible while another process has the workspace open."""
    desk.refuse_names_even_if_busy(("--by", reason.by), ("--why", reason.why))
    target = request.target
    if request.account_id is not None:
        target = replace(target, subject=desk.token_of()(request.account_id))
    if request.proposal is not None:
        target = replace(target, proposal=read_proposal(request.proposal))
    done = revert(revert_sides(desk), target, reason, is_dry=is_dry)
    desk.keep_state(done.state)
    return done


def expire_in_workspace(desk: Enforcement, reason: Reason) -> Expired:
    """See flows.enforcement.expire."""
    desk.refuse_names_even_if_busy(("--by", reason.by))
    done = expire_actions(revert_sides(desk), reason)
    desk.keep_state(done.state)
    return done
