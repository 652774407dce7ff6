"""erase: an account's identifiers leave plans, packages and the state; the ledger keeps its token and chain.

Files come first and the ledger last. Interrupted anywhere, the same call finds what is left to do and
finishes it; done already, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphrisk.enforce.plan import Plan, erase_row, find_changed
from graphrisk.enforce.state import EnforcementState, PackageState, replay
from graphrisk.enforce.tokens import account_token
from graphrisk.errors import ConfigError, NotFoundError, TamperedError
from graphrisk.flows.enforcement.make_plan import Ledger
from graphrisk.flows.enforcement.refuse import Guard, refuse_identifiers
from graphrisk.model.enforcement import Tier
from graphrisk.model.ledger import Erased


class PlanShelf(Protocol):
    def remove_unfinished(self, known: Collection[str]) -> None:
        """What is left of plans that somebody was killed over is removed. known: plans of the ledger, which
        stay."""
        ...

    def find_plans_of(self, subject: str) -> Sequence[str]:
        """Plans with a row of that token, stub or not, whether or not the ledger knows them."""
        ...

    def read_plan(self, plan_id: str) -> Plan: ...

    def write_plan(self, plan: Plan) -> object:
        """Whole or not at all."""
        ...


class PackageShelf(Protocol):
    def remove_all_but(self, package_ids: Collection[str]) -> None:
        """Packages that were never handed over, and the unfinished, are removed."""
        ...

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        """The package without the rows of these accounts, signed anew, in its own place; where it is so
        already, it stays. Returns the sha256 of its manifest. Raises TamperedError where it is neither what
        the ledger says nor that without these rows."""
        ...


class StateKeeper(Protocol):
    def remove_unfinished(self) -> None:
        """What is left of states that somebody was killed over is removed."""
        ...

    def write_state(self, state: EnforcementState, names: Mapping[str, str]) -> None:
        """Anew; names of erased accounts are dropped."""
        ...


class OtherPlaces(Protocol):
    def find_account(self, account_id: str) -> Sequence[Holding]:
        """Where else in the workspace the account is still named."""
        ...


@dataclass(frozen=True, slots=True)
class Holding:
    """place: what still has the account. remedy: what whoever is responsible has to do there."""

    place: str
    remedy: str


@dataclass(frozen=True, slots=True)
class EraseSides:
    ledger: Ledger
    plans: PlanShelf
    packages: PackageShelf
    keeper: StateKeeper
    elsewhere: OtherPlaces
    guard: Guard


@dataclass(frozen=True, slots=True)
class EraseOrder:
    """key: of pseudonyms."""

    account_id: str
    why: str
    by: str
    at: datetime
    key: bytes


@dataclass(frozen=True, slots=True)
class Erasure:
    """plans, packages: that were written anew by this call. was_done: nothing was left to do. tier: still in
    force, and from now on nobody can be told of its end by this account's name. receivers: to whom packages
    that named it were delivered. holdings: what still has it."""

    subject: str
    plans: tuple[str, ...]
    packages: tuple[str, ...]
    was_done: bool
    tier: Tier | None
    receivers: tuple[str, ...]
    holdings: tuple[Holding, ...]


def erase_account(
    sides: EraseSides, order: EraseOrder, progress: Callable[[str], None] = lambda _: None
) -> Erasure:
    """Raises NotFoundError where enforcement knows nothing of the account, ConfigError where why or by names
    somebody, TamperedError where a plan or package is not what it was: then it is left as evidence."""
    _check(sides.guard, order)
    subject = account_token(order.key, order.account_id)
    with sides.ledger.writing() as ledger:
        state = replay(ledger.entries)
        sides.plans.remove_unfinished(state.plans)
        plan_ids = tuple(sides.plans.find_plans_of(subject))
        packages = [each for each in state.packages.values() if _names(each, subject)]
        if not plan_ids and not packages and subject not in state.actions_of:
            raise NotFoundError(
                "neither a plan nor an action is about this account", where=subject,
                remedy="ids are case-sensitive; of an account that was never in a plan nothing is kept here",
            )  # fmt: skip
        plans = tuple(each for each in plan_ids if _erase_from_plan(sides.plans, each, subject, order.key))
        sides.packages.remove_all_but(state.packages)
        gone = state.erased | {subject}
        rewritten = []
        for package in packages:
            progress(f"writing {package.body.package_id} anew")
            manifest = sides.packages.write_without(package, gone)
            if manifest != package.manifest_sha256:
                rewritten.append(f"{package.body.package_id} {package.manifest_sha256} {manifest}")
        is_new = subject not in state.erased or bool(plans or rewritten)
        if is_new:
            ledger.append([Erased(subject, plans, tuple(rewritten), order.why)], order.by, order.at)
        state = replay(ledger.entries)
        sides.keeper.write_state(state, {})
        sides.keeper.remove_unfinished()
    receivers = {to for package_id, to, _ in state.delivered if _names(state.packages[package_id], subject)}
    return Erasure(
        subject, plans, tuple(each.split(" ")[0] for each in rewritten), not is_new,
        state.tier(subject, order.at), tuple(sorted(receivers)),
        tuple(sides.elsewhere.find_account(order.account_id)),
    )  # fmt: skip


def _check(guard: Guard, order: EraseOrder) -> None:
    if not order.why.strip() or not order.by.strip():
        raise ConfigError("an erasure says by whom and why", where="--why")
    refuse_identifiers(guard, order.why, "--why")
    refuse_identifiers(guard, order.by, "--by")


def _names(package: PackageState, subject: str) -> bool:
    return any(change.subject == subject for change in package.changes)


def _erase_from_plan(plans: PlanShelf, plan_id: str, subject: str, key: bytes) -> bool:
    """Whether anything was left to erase. A plan that somebody changed is not made to look right."""
    plan = plans.read_plan(plan_id)
    if all(row.account_id is None for row in plan.rows if row.subject == subject):
        return False
    changed = find_changed(plan, key)
    if changed is not None:
        raise TamperedError(
            f"{changed} was changed since the plan was made", where=plan_id,
            remedy="find out who did; to erase it all the same, remove the plan's folder and call again",
        )  # fmt: skip
    rows = tuple(erase_row(row) if row.subject == subject else row for row in plan.rows)
    plans.write_plan(Plan(plan.plan_id, plan.header, rows))
    return True
