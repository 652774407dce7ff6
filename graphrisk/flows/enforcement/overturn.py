"""What follows where an appeal was right: the account goes back to where it was before, is known to be good
from then on, and who was held by the same is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from graphrisk.enforce.appeals import AppealRow
from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.proposal import HeldBy, Proposal, Sibling, counting_links, find_siblings, propose
from graphrisk.enforce.reversal import before_action, take_back
from graphrisk.enforce.state import EnforcementState
from graphrisk.errors import NotFoundError
from graphrisk.flows.enforcement.hand_over import LedgerWriter, PackageShelf, hand_over
from graphrisk.flows.enforcement.make_plan import PlanReader
from graphrisk.flows.enforcement.revert import Reason, order_reversals
from graphrisk.flows.judge import JudgeOrder, JudgeSides, judge
from graphrisk.model.enforcement import ActionRow, PlanRow, Purpose, Tier
from graphrisk.model.findings import KnownLabel
from graphrisk.model.judgements import Judgement, Ruling, Subject, Target
from graphrisk.model.kinds import KindSet
from graphrisk.model.ledger import Appealed, Packaged


class ProposalWriter(Protocol):
    def find_proposal(self, proposal_id: str) -> Path | None: ...

    def write_proposal(self, proposal: Proposal) -> Path: ...


@dataclass(frozen=True, slots=True)
class OverturnSides:
    """names: subject -> account id. tiers: of the policy that holds now."""

    packages: PackageShelf
    names: Mapping[str, str]
    tiers: Tiers


class Label(StrEnum):
    """What became of the judgement that the account is good."""

    ADDED = "added"
    KNOWN = "known"  # it was passed before
    NO_ACCOUNT = "no_account"  # the tables know the account no longer


@dataclass(frozen=True, slots=True)
class Judged:
    """opposed: labels of the tables that call the account bad, contested: judgements that do: beside one of
    these the new one makes it unknown, not good. Both are told when the judgement is added."""

    label: Label
    opposed: tuple[KnownLabel, ...] = ()
    contested: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """packages, rows: none where nothing was left to take back. tier: that stands on the account now."""

    packages: tuple[Packaged, ...]
    rows: tuple[ActionRow, ...]
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Overturned:
    """A case whose appeal was right. ring_id: of the action. is_new: the ledger did not know that.
    siblings: who was held by the same. proposal: the file of a reversal of what was done to them, None where
    nothing was; is_proposed_now: it was not there before."""

    row: AppealRow
    entry: Appealed
    ring_id: str
    is_new: bool
    taken_back: TakenBack
    judged: Judged
    siblings: tuple[Sibling, ...]
    proposal: Path | None
    is_proposed_now: bool


def take_back_appealed(
    ledger: LedgerWriter, sides: OverturnSides, state: EnforcementState, entry: Appealed, reason: Reason
) -> TakenBack:
    """The account goes back to where it was before the action that was appealed."""
    parts = before_action(state, state.actions[entry.action_id], reason.at)
    reversals = take_back(state, parts, reason.at, sides.tiers)
    orders = order_reversals(reversals, (Purpose.OVERTURN, entry.case_id), reason, sides.names)
    packages = tuple(hand_over(ledger, sides.packages, order) for order in orders)
    rows = tuple(row for order in orders for row in order.rows)
    tier = rows[0].state_after if rows else state.standing_tier(entry.subject, reason.at)
    return TakenBack(packages, rows, tier)


def label_good(
    judging: Callable[[], AbstractContextManager[JudgeSides]],
    kinds: KindSet,
    rows: Sequence[AppealRow],
    now: datetime,
) -> tuple[Judged, ...]:
    """Of each row its account is judged good from when the case was decided on; once."""
    if not rows:
        return ()
    with judging() as sides:
        passed = {(each.target, each.ruling, each.reason) for each in sides.reader.read_judgements()}
        return tuple(_label(sides, kinds, row, passed, now) for row in rows)


def _label(
    sides: JudgeSides,
    kinds: KindSet,
    row: AppealRow,
    passed: Collection[tuple[Target, Ruling, str]],
    now: datetime,
) -> Judged:
    """passed: what was judged before, also what was withdrawn since: that is not said again."""
    target, why = Target(Subject.ACCOUNT, account_id=row.account_id), why_overturned(row)
    if (target, Ruling.REJECT, why) in passed:
        return Judged(Label.KNOWN)
    order = JudgeOrder(target, Ruling.REJECT, row.reviewer, why, row.resolved_at)
    try:
        report = judge(sides, kinds, order, now)
    except NotFoundError:
        return Judged(Label.NO_ACCOUNT)
    return Judged(Label.ADDED, report.opposed, report.contested)


def why_overturned(row: AppealRow) -> str:
    return f"appeal {row.case_id} was overturned ({row.reason})"


def find_all_siblings(
    plans: PlanReader, state: EnforcementState, entries: Iterable[Appealed], at: datetime
) -> dict[str, tuple[Sibling, ...]]:
    """Of each case. Only plans are asked that are there, and of which something is in force."""
    there = set(plans.list_plans())
    by_plan: dict[str, list[Appealed]] = {}
    for entry in entries:
        by_plan.setdefault(state.actions[entry.action_id].plan_id, []).append(entry)
    cases = {}
    for plan_id in sorted(set(by_plan) & there):
        wanted = {entry.subject for entry in by_plan[plan_id]}
        rows = {row.subject: row for row in plans.read_plan(plan_id).rows if row.subject in wanted}
        for entry in by_plan[plan_id]:
            if entry.subject in rows:
                links = frozenset(counting_links(rows[entry.subject]))
                cases[entry.case_id] = HeldBy(entry.subject, links)
    if not cases:
        return {}
    acting = {action.plan_id for action in state.actions.values() if action.stands(at)}
    asked = sorted((acting | set(by_plan)) & there)
    return find_siblings(cases, _rows_of(plans, asked), state, at)


def _rows_of(plans: PlanReader, plan_ids: Sequence[str]) -> Iterator[tuple[str, tuple[PlanRow, ...]]]:
    return ((plan_id, plans.read_plan(plan_id).rows) for plan_id in plan_ids)


def make_ready(
    proposals: ProposalWriter, case_id: str, siblings: Sequence[Sibling], at: datetime
) -> tuple[Path | None, bool]:
    """The file of the reversal, and whether it is new. One that is there stays as it is: somebody may have
    struck accounts out of it."""
    made = propose(case_id, siblings, at)
    if made is None:
        return None, False
    found = proposals.find_proposal(made.proposal_id)
    if found is not None:
        return found, False
    return proposals.write_proposal(made), True
