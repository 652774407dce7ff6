"""Wires a workspace to what takes back, and to what is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphrisk.enforce.scan import KnownValue
from graphrisk.errors import WorkspaceBusyError
from graphrisk.flows.enforcement.expire import Expired, expire_actions
from graphrisk.flows.enforcement.refuse import Guard, refuse_identifiers
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
    refuse_names_even_if_busy(desk, ("--by", reason.by), ("--why", reason.why))
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
    refuse_names_even_if_busy(desk, ("--by", reason.by))
    done = expire_actions(revert_sides(desk), reason)
    desk.keep_state(done.state)
    return done


def refuse_names_even_if_busy(desk: Enforcement, *told: tuple[str, str]) -> None:
    """As Enforcement.refuse_names; where the tables cannot be asked because another process writes them, only
    what looks like an identifier is refused: what has to be taken back does not wait for a detection."""
    try:
        desk.refuse_names(*told)
    except WorkspaceBusyError:
        desk.tell("the workspace is busy: texts were not searched for names that only its tables know")
        guard = Guard(_NothingKnown(), desk.shop.config.mapping.region)
        for flag, text in told:
            refuse_identifiers(guard, text, flag)


class _NothingKnown:
    """Fits flows.enforcement.refuse.KnownValues."""

    def find_known(self, texts: Sequence[str]) -> Sequence[KnownValue]:  # noqa: ARG002 - fits KnownValues
        return ()
