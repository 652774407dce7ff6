"""Packages as an erasure sees them: each as the ledger knows it, or rid of accounts already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graphrisk.enforce.state import PackageState
from graphrisk.errors import EnforcementRefusedError, TamperedError
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.packages import PackageStore


@dataclass(frozen=True, slots=True)
class PackageEraser:
    """Fits flows.enforcement.erase.PackageShelf."""

    store: PackageStore
    keys: KeyFolder

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.store.remove_all_but(package_ids)

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        package_id, known = package.body.package_id, package.manifest_sha256
        if package_id not in self.store.list_packages():
            return known  # somebody removed it
        manifest, present = self.store.read_manifest(package_id)
        report = self.store.verify(package_id, self.keys.public_key())
        if report.faults or known not in (present, manifest.supersedes):
            raise TamperedError(
                "the package is not what was written", where=package_id,
                remedy="`graphrisk enforce verify` and `graphrisk audit verify` say what was changed; to"
                " erase it all the same, remove its folder and call again",
            )  # fmt: skip
        if present != known:
            self._refuse_other_erasures(package, subjects)
        gone = [change.action_id for change in package.changes if change.subject in subjects]
        return self.store.rewrite_without(package_id, gone, known, self.keys)

    def _refuse_other_erasures(self, package: PackageState, subjects: Collection[str]) -> None:
        """The ledger does not know of what an interrupted erasure took out; only that one can tell it."""
        of_action = {change.action_id: change.subject for change in package.changes}
        left = {row.action_id for row in self.store.read_actions(package.body.package_id, of_action)}
        others = {of_action[name] for name in of_action.keys() - left} - set(subjects)
        if others:
            raise EnforcementRefusedError(
                "the erasure of another account was interrupted", where=", ".join(sorted(others)),
                remedy="call that one again, then this one; these are the tokens of the accounts",
            )  # fmt: skip
