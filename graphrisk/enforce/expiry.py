"""Actions whose time is over end by themselves; whoever executes them is told once."""

from __future__ import annotations

from datetime import datetime

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.reversal import row_of
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import ActionRow, Operation, strongest


def expire(state: EnforcementState, at: datetime, tiers: Tiers) -> tuple[ActionRow, ...]:
    """One row for each action that is over at `at` and was never ended, by subject and action; without
    account ids. state_before is what the receivers still hold to be in force."""
    due = [action for action in state.actions.values() if action.is_over(at) and not action.lifts]
    rows = []
    for action in due:
        told = [each.tier for each in state.of_subject(action.subject) if not each.lifts]
        states = strongest(told), state.standing_tier(action.subject, at)
        rows.append(row_of(action, Operation.LIFT, states, tiers))
    return tuple(sorted(rows, key=lambda row: (row.subject, row.action_id)))
