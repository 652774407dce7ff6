"""Where whoever hands over puts packages: each told apart by what it does, and signed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version

from graphrisk.enforce.package import Package, PackageForm, PackageHeader
from graphrisk.enforce.state import PackageState
from graphrisk.errors import GraphriskError, TamperedError
from graphrisk.flows.enforcement.hand_over import HandOver
from graphrisk.model.ledger import Planned
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.packages import PackageStore


@dataclass(frozen=True, slots=True)
class PackageShelf:
    """Fits flows.enforcement.hand_over.PackageShelf and flows.enforcement.erase.PackageShelf. redress: how to
    object, from the policy."""

    store: PackageStore
    keys: KeyFolder
    redress: str

    def write_package(self, order: HandOver, head: tuple[int, str], planned: Planned | None) -> str:
        header = _header(order, head, planned)
        package = Package(header, order.rows, order.grounds, self.redress, order.approvals)
        return self.store.write(package, self.keys)

    def read_positions(self, package_ids: Collection[str]) -> tuple[tuple[str, int, str], ...]:
        """Only of what we signed: other folders of such names prove nothing."""
        found = []
        for package_id in self.store.list_packages():
            if package_id in package_ids or not self._is_ours(package_id):
                continue
            header = self.store.read_manifest(package_id)[0].header
            found.append((package_id, header.ledger_seq, header.ledger_hash))
        return tuple(found)

    def _is_ours(self, package_id: str) -> bool:
        try:
            return not self.store.verify(package_id, self.keys.public_key()).faults
        except GraphriskError:
            return False

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.store.remove_all_but(package_ids)

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        """Returns the SHA-256 of the manifest. Raises TamperedError where the package is not what we signed,
        or is neither what the ledger says nor in its place since an erasure that the ledger does not know."""
        package_id, known = package.body.package_id, package.manifest_sha256
        report = self.store.verify(package_id, self.keys.public_key())
        manifest, now = self.store.read_manifest(package_id)
        if report.faults or known not in (now, manifest.supersedes):
            raise TamperedError(
                "the package is not what was handed over", where=package_id,
                remedy="`graphrisk enforce verify` says what was changed; nothing was written over it",
            )  # fmt: skip
        gone = {change.action_id for change in package.changes if change.subject in subjects}
        return self.store.rewrite_without(package_id, gone, known, self.keys)


def _header(order: HandOver, head: tuple[int, str], planned: Planned | None) -> PackageHeader:
    """What the plan was made from, as the ledger has it: no file of the plan is asked, so that whatever
    became of that, things can be taken back. Empty texts where a package is about several plans, or none."""
    run_id = data = policy = judgements = ""
    if planned is not None:
        run_id, data = planned.run_id, planned.data_digest
        policy, judgements = planned.policy_digest, planned.judgements_digest
    return PackageHeader(
        order.package_id, order.purpose, order.plan_id, order.stage, run_id, data, policy, judgements, *head,
        order.at, version("graphrisk"), PackageForm.PLAIN,
    )  # fmt: skip
