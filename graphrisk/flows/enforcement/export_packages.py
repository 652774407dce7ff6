"""export as packages: what a plan did, signed again with tokens in the place of everybody, for somebody who
acts without knowing whom he acts on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from graphrisk.enforce.package import Package, PackageForm, PackageHeader
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.pseudonyms import Domain, pseudonymise_action
from graphrisk.enforce.purposes import find_purpose
from graphrisk.enforce.state import replay
from graphrisk.flows.enforcement.approve import find_plan
from graphrisk.flows.enforcement.export_actions import LedgerReader, packages_of_plan
from graphrisk.model.enforcement import ActionRow


class PackageReader(Protocol):
    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> Sequence[ActionRow]: ...

    def read_header(self, package_id: str) -> PackageHeader: ...


class PackageWriter(Protocol):
    def write(self, package: Package) -> Path:
        """Signed, whole or not at all. Returns its folder."""
        ...


@dataclass(frozen=True, slots=True)
class PackageExportSides:
    ledger: LedgerReader
    reader: PackageReader
    writer: PackageWriter


def export_packages(
    sides: PackageExportSides, policy: Policy, key: bytes, plan: str, purpose: str
) -> tuple[Path, ...]:
    """One for each package that carries the plan out. Times stay exact, because somebody acts at them; names
    of accounts, rings, actions, plans and packages are those of the purpose. There are no approvals and no
    grounds in it, so its statements say what is done and no more. Raises as export_actions."""
    domain = Domain(key, find_purpose(purpose, policy.purposes).name, exact_times=True)
    state = replay(sides.ledger.read())
    written = []
    for package in packages_of_plan(state, find_plan(state, plan)):
        subjects = {change.action_id: change.subject for change in package.changes}
        known = package.body.package_id
        rows = sides.reader.read_verified(known, package.manifest_sha256, subjects)
        told = tuple(pseudonymise_action(row, domain) for row in rows)
        header = pseudonymise_header(sides.reader.read_header(known), domain)
        written.append(sides.writer.write(Package(header, told, (), policy.redress)))
    return tuple(written)


def pseudonymise_header(header: PackageHeader, domain: Domain) -> PackageHeader:
    """What the plan was made from is cut: by it packages of two purposes could be told to be one."""
    return replace(
        header, package_id=domain.name("PKG", header.package_id), plan_id=domain.name("P", header.plan_id),
        run_id="", data_digest="", policy_digest="", judgements_digest="", ledger_hash="",
        form=PackageForm.PSEUDONYMISED,
    )  # fmt: skip
