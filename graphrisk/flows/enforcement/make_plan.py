"""plan: the latest run, the policy and what is in force become a plan, which does nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from graphrisk.enforce.caps import Spending
from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.enforce.make_plan import Ground, make_plan
from graphrisk.enforce.people import SignatureCheck, plan_text
from graphrisk.enforce.plan import Plan, PlanOrder, PlanOutline
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.spent import Payer, plans_that_count, sum_spending
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.enforcement.hand_over import LedgerWriter
from graphrisk.flows.enforcement.sign import PersonalSigner, sign_as
from graphrisk.model.enforcement import PlanRow
from graphrisk.model.kinds import KindSet
from graphrisk.model.ledger import Planned
from graphrisk.model.runs import RunRecord


class FactsReader(Protocol):
    def read_run_facts(self, run: RunRecord) -> RunFacts: ...

    def read_good(self, run: RunRecord) -> frozenset[str]:
        """Accounts that are labelled good, in rings or not."""
        ...

    def read_member_facts(
        self, run: RunRecord, ring_ids: Sequence[str] | None = None
    ) -> Iterable[MemberFacts]:
        """ring_ids None: of all rings."""
        ...


class RingNames(Protocol):
    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]: ...

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]: ...


class PlanReader(Protocol):
    def read_plan(self, plan_id: str) -> Plan: ...

    def read_outline(self, plan_id: str) -> PlanOutline: ...

    def read_rows(
        self, plan_id: str, *, ring_id: str | None = None, subject: str | None = None
    ) -> tuple[PlanRow, ...]:
        """Of one ring, or of one account; of all where neither is asked for."""
        ...

    def read_payers(self, plan_id: str) -> tuple[Payer, ...]: ...

    def list_plans(self) -> tuple[str, ...]: ...


class PlanWriter(Protocol):
    def write_plan(self, plan: Plan) -> Path: ...


class Plans(PlanReader, PlanWriter, Protocol):
    """Both."""


class Ledger(Protocol):
    def writing(self) -> AbstractContextManager[LedgerWriter]:
        """Ours alone. Raises WorkspaceBusyError, TamperedError."""
        ...


def _nobody(_key: str, _text: bytes, _signature: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PlanSides:
    """token_of: account id -> subject. key: of pseudonyms. keys: of sign_as."""

    facts: FactsReader
    rings: RingNames
    plans: Plans
    ledger: Ledger
    token_of: Callable[[str], str]
    key: bytes
    keys: tuple[PersonalSigner | None, SignatureCheck] = (None, _nobody)


@dataclass(frozen=True, slots=True)
class MadePlan:
    """names: subject -> account id, of its rows."""

    plan: Plan
    folder: Path
    state: EnforcementState
    names: dict[str, str]


def plan_actions(
    sides: PlanSides, run: RunRecord, policy: Policy, kinds: KindSet, order: PlanOrder
) -> MadePlan:
    """run: the latest. Ring names may be given by how they start. A plan that was made before is not entered
    into the ledger twice. Raises NotFoundError for a ring that the run has not, ConfigError for a spread or a
    seed that cannot be."""
    most = policy.limits.plan_hours
    if not 0 <= order.spread_hours <= most:
        raise ConfigError(
            "actions begin while the plan is good", where="--spread", value=str(order.spread_hours),
            remedy=f"0 to {most:g} hours",
        )  # fmt: skip
    if order.seed < 0:
        raise ConfigError("a seed is 0 or more", where="--seed", value=str(order.seed))
    order = replace(order, ring_ids=_find_rings(sides.rings, run, order.ring_ids))
    present = sides.facts.read_run_facts(run)
    members = tuple(sides.facts.read_member_facts(run, order.ring_ids or None))
    with sides.ledger.writing() as ledger:
        state = replay(ledger.entries)
        spent = read_spent(state, sides.plans, order.made_at, {member.ring_id for member in members})
        good = sides.facts.read_good(run) if state.actions else frozenset()
        ground = Ground(present, kinds, policy, state, spent, sides.token_of, sides.key, good)
        plan = make_plan(members, ground, order)
        folder = sides.plans.write_plan(plan)
        if plan.plan_id not in state.plans:
            text = plan_text(plan.plan_id, order.author, order.made_at)
            planned = replace(_planned(plan), signature=sign_as(policy, order.author, text, sides.keys))
            ledger.append([planned], order.author, order.made_at)
            state = replay(ledger.entries)
    names = {row.subject: row.account_id for row in plan.rows if row.account_id is not None}
    return MadePlan(plan, folder, state, names)


def read_spent(state: EnforcementState, plans: PlanReader, at: datetime, rings: Collection[str]) -> Spending:
    """From that day on, and in these rings. Of a plan that is no longer there only the accounts are known."""
    there = set(plans.list_plans())
    counted = [plan_id for plan_id in plans_that_count(state, at, rings) if plan_id in there]
    return sum_spending(state, {plan_id: plans.read_payers(plan_id) for plan_id in counted}, at)


def _find_rings(rings: RingNames, run: RunRecord, names: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in names:
        fitting = rings.find_ring_ids(run.run_id, name)
        if len(fitting) != 1:
            near = fitting or rings.near_ring_ids(run.run_id, name)
            raise NotFoundError(
                "more than one ring is called so" if fitting else "the latest run has no such ring",
                value=name,
                remedy=f"did you mean {', '.join(near[:5])}?"
                if near
                else "list them: `graphrisk rings list`",
            )
        found.append(fitting[0])
    return tuple(sorted(set(found)))


def _planned(plan: Plan) -> Planned:
    header = plan.header
    return Planned(
        plan.plan_id, header.run_id, header.policy_digest, header.data_digest, header.judgements_digest,
        len(plan.acting()), header.expires_at,
    )  # fmt: skip
