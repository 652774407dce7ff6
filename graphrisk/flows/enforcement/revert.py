"""revert: what was done is taken back, and who had something milder before has that again.

It is always allowed, also while the kill switch is on. What is taken back already is not touched, so that the
same call after a crash, or by two people, does what is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.reversal import PlanReversal, take_back
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.errors import ConfigError
from graphrisk.flows.enforcement.hand_over import (
    AccountNames,
    HandOver,
    LedgerWriter,
    PackageShelf,
    hand_over,
    with_accounts,
)
from graphrisk.flows.enforcement.make_plan import Ledger
from graphrisk.flows.enforcement.revert_target import RevertTarget, choose_parts
from graphrisk.model.enforcement import ActionRow, Purpose
from graphrisk.model.ledger import Packaged, Rejected

STAGE = "all"  # what is taken back goes at once


@dataclass(frozen=True, slots=True)
class Reason:
    """why: names nobody, which was checked. at: naive UTC."""

    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevertSides:
    """tiers: of the policy that holds now."""

    ledger: Ledger
    packages: PackageShelf
    names: AccountNames
    tiers: Tiers


@dataclass(frozen=True, slots=True)
class Reverted:
    """rows: what was done, or would be; none where nothing was left to take back. packages: one for each plan
    that it concerns; none of a dry run."""

    packages: tuple[Packaged, ...]
    rows: tuple[ActionRow, ...]
    state: EnforcementState


def revert(sides: RevertSides, target: RevertTarget, reason: Reason, *, is_dry: bool = False) -> Reverted:
    """is_dry: only say what would be done. Raises NotFoundError where there is no such plan, ring or action,
    or nothing was ever done to the account; ConfigError where the target makes no sense."""
    if not reason.why.strip():
        raise ConfigError("a revert says why", where="--why")
    with sides.ledger.writing() as ledger:
        state = replay(ledger.entries)
        parts, about = choose_parts(state, target, reason.at)
        reversals = take_back(state, parts, reason.at, sides.tiers)
        orders = order_reversals(reversals, (Purpose.REVERT, about), reason, sides.names.read_names())
        packages = [] if is_dry else [hand_over(ledger, sides.packages, order) for order in orders]
        if not orders and not is_dry:
            _close_plan(ledger, state, about, reason)
        after = replay(ledger.entries)
    return Reverted(tuple(packages), tuple(row for order in orders for row in order.rows), after)


def _close_plan(ledger: LedgerWriter, state: EnforcementState, about: str, reason: Reason) -> None:
    """A plan of which nothing is left to take back, or nothing was carried out yet: without a package the
    ledger would not know that nobody wants it any more."""
    plan = state.plans.get(about)
    if plan is not None and not plan.reverted_by and not plan.rejections:
        ledger.append([Rejected(about, reason.why)], reason.by, reason.at)


def order_reversals(
    reversals: Sequence[PlanReversal], why: tuple[Purpose, str], reason: Reason, names: Mapping[str, str]
) -> list[HandOver]:
    """why: the purpose, and what the packages are about. names: subject -> account id."""
    purpose, about = why
    return [
        HandOver(
            purpose, each.plan_id, STAGE, about, reason.why, with_accounts(each.rows, names), (), reason.by,
            reason.at,
        )
        for each in reversals
    ]  # fmt: skip
