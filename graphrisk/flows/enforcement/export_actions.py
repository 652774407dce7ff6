"""export: the actions of a plan, or what is in force, as a file that carries what its purpose needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from graphrisk.enforce.package_forms import times_as_text
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.pseudonyms import Domain, pseudonymise_action
from graphrisk.enforce.purposes import SUBJECT, ExportPurpose, find_purpose
from graphrisk.enforce.state import EnforcementState, PackageState, replay
from graphrisk.errors import NotFoundError
from graphrisk.flows.enforcement.approve import find_plan
from graphrisk.flows.export import ExportFormat, ExportWriter
from graphrisk.model.enforcement import ACTION, ActionRow, Operation
from graphrisk.model.ledger import Entry

EXPORTED = pa.schema([*ACTION, pa.field(SUBJECT, pa.string(), nullable=False)])


class LedgerReader(Protocol):
    def read(self) -> tuple[Entry, ...]: ...


class ActionReader(Protocol):
    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]:
        """Of a package, without those of erased accounts. subjects: action id -> account token. Raises
        NotFoundError, and TamperedError where it is not the one that the ledger knows."""
        ...


@dataclass(frozen=True, slots=True)
class ExportSides:
    ledger: LedgerReader
    packages: ActionReader
    writer: ExportWriter


@dataclass(frozen=True, slots=True)
class ActionExportOrder:
    """plan: its name, or how it starts; empty for what is in force at `at` (naive UTC), of all plans. out:
    None is stdout."""

    plan: str
    purpose: str
    pseudonymise: bool
    form: ExportFormat
    out: Path | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionExport:
    """is_pseudonymised: accounts are tokens of the purpose."""

    plan_id: str
    purpose: ExportPurpose
    is_pseudonymised: bool
    row_count: int


def export_actions(sides: ExportSides, policy: Policy, key: bytes, order: ActionExportOrder) -> ActionExport:
    """The file is whole or absent. Raises NotFoundError for a plan that is
    not there or was never applied, ConfigError for an unknown purpose."""
    purpose = find_purpose(order.purpose, policy.purposes)
    state = replay(sides.ledger.read())
    plan_id = find_plan(state, order.plan) if order.plan else ""
    rows = (
        [
            row
            for package in packages_of_plan(state, plan_id)
            for row in _read(sides, package)
            if plan_id in (row.plan_id, package.body.plan_id)
        ] if plan_id
        else _rows_in_force(sides, state, order.at)
    )  # fmt: skip
    hides = order.pseudonymise or ("account_id" in purpose.columns and not purpose.identified)
    if hides:
        domain = Domain(key, purpose.name)
        rows = [pseudonymise_action(row, domain) for row in rows]
    table = tabulate_actions(rows, purpose.columns)
    if order.form is not ExportFormat.PARQUET:
        table = times_as_text(table, between="T", end="Z")
    row_count = sides.writer.write_export(table.to_reader(), order.form, order.out)
    return ActionExport(plan_id, purpose, hides, row_count)


def tabulate_actions(rows: Sequence[ActionRow], columns: Sequence[str]) -> pa.Table:
    """Those columns of EXPORTED, sorted by them, so that the order betrays nothing of what was left out."""
    schema = pa.schema([EXPORTED.field(name) for name in columns])
    table = pa.table([[getattr(row, name) for row in rows] for name in columns], schema=schema)
    return table.sort_by([(name, "ascending") for name in columns])


def packages_of_plan(state: EnforcementState, plan_id: str) -> tuple[PackageState, ...]:
    """Those that carry it out, then those that take back or end what it imposed, in the ledger's order.
    Raises NotFoundError where there are none."""
    packages = tuple(
        package
        for package_id, package in state.packages.items()
        if package_id in state.plans[plan_id].stages.values()
        or any(state.actions[each.action_id].plan_id == plan_id for each in package.changes)
    )
    if not packages:
        raise NotFoundError(
            "the plan was not applied, so that it has no actions", where=plan_id,
            remedy="`graphrisk enforce show` tells what it would do",
        )  # fmt: skip
    return packages


def _rows_in_force(sides: ExportSides, state: EnforcementState, at: datetime) -> list[ActionRow]:
    """As they were imposed."""
    holding = {name: action.package_id for name, action in state.actions.items() if action.in_force(at)}
    packages = dict.fromkeys(holding[name] for name in sorted(holding))
    return [
        row
        for package_id in packages
        for row in _read(sides, state.packages[package_id])
        if row.operation is Operation.IMPOSE and row.action_id in holding
    ]


def _read(sides: ExportSides, package: PackageState) -> Sequence[ActionRow]:
    subjects = {change.action_id: change.subject for change in package.changes}
    return sides.packages.read_verified(package.body.package_id, package.manifest_sha256, subjects)
