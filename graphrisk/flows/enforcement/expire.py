"""expire: whoever executes is told which actions' time is over. They are out of force since then anyway."""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.enforce.expiry import expire
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.flows.enforcement.hand_over import HandOver, hand_over, with_accounts
from graphrisk.flows.enforcement.revert import STAGE, Reason, RevertSides
from graphrisk.model.enforcement import ActionRow, Purpose
from graphrisk.model.ledger import Packaged


@dataclass(frozen=True, slots=True)
class Expired:
    """packaged: None where no time is over that was not told."""

    packaged: Packaged | None
    rows: tuple[ActionRow, ...]
    state: EnforcementState


def expire_actions(sides: RevertSides, reason: Reason) -> Expired:
    """One package of all that is over at reason.at and was not told."""
    with sides.ledger.writing() as ledger:
        state = replay(ledger.entries)
        rows = with_accounts(expire(state, reason.at, sides.tiers), sides.names.read_names())
        if not rows:
            return Expired(None, (), state)
        order = HandOver(Purpose.EXPIRE, "", STAGE, "", reason.why, rows, (), reason.by, reason.at)
        packaged = hand_over(ledger, sides.packages, order)
        return Expired(packaged, order.rows, replay(ledger.entries))
