"""What of enforcement stands in the graph, and in the picture of a plan.

(:Account:Enforced {enforcement_state, ...})      what is in force when the graph is written
(:Plan)-[:PROPOSES]->(:Account)                   what a plan does with an account, and what became of it
(:Plan)-[:TOUCHES]->(:Ring)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from graphrisk.model.enforcement import PlanRow, Tier


class PlanStatus(StrEnum):
    """Of a plan that can be looked at; one that is void, refused or done has none."""

    PLANNED = "planned"
    APPROVED = "approved"
    APPLIED = "applied"  # all of it, or its canary
    REVERTED = "reverted"


class Outcome(StrEnum):
    """What became of an action."""

    IN_FORCE = "in force"
    TO_COME = "to come"  # imposed, and begins later
    LIFTED = "lifted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class EnforcedAccount:
    """The strongest action in force on an account. plan_id: the plan that imposed it."""

    account_id: str
    tier: Tier
    from_at: datetime
    until_at: datetime | None
    plan_id: str


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """What became of an action. ended_at: None while it has not ended. ended_by: words for what lifted it,
    None where nothing did."""

    outcome: Outcome
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class PlanHead:
    """A plan without its rows. planned_by, approved_by: names of our own people."""

    plan_id: str
    run_id: str
    status: PlanStatus
    created_at: datetime
    expires_at: datetime
    planned_by: str
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRing:
    """What a plan does in one ring. rows: all of that ring, whom it acts on first, the riskiest first."""

    ring_id: str
    score: float
    rows: tuple[PlanRow, ...]

    @property
    def action_count(self) -> int:
        return sum(row.acts for row in self.rows)


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan as far as it is shown.

    rings: all that it touches. rows: of rings that are shown whole, as many as fit; of the first ring its
    first rows, where not even that fits. left_out_count: accounts without a row here. outcomes: by subject,
    of what was done already.
    """

    head: PlanHead
    rings: tuple[PlanRing, ...]
    rows: tuple[PlanRow, ...]
    left_out_count: int
    outcomes: Mapping[str, ActionOutcome] = field(default_factory=dict)

    @property
    def account_count(self) -> int:
        return len(self.rows) + self.left_out_count


@dataclass(frozen=True, slots=True)
class GraphEnforcement:
    """enforced: one an account, by account. plans: by plan."""

    enforced: tuple[EnforcedAccount, ...] = ()
    plans: tuple[ShownPlan, ...] = ()


NO_ENFORCEMENT = GraphEnforcement()
