"""Packages as an erasure sees them: each as the ledger knows it, or rid of accounts already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graphrisk.enforce.state import PackageState
from graphrisk.errors import EnforcementRefusedError
from graphrisk.stores.enforcement.package_shelf import PackageShelf


@dataclass(frozen=True, slots=True)
class PackageEraser:
    """Fits flows.enforcement.erase.PackageShelf."""

    shelf: PackageShelf

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.shelf.remove_all_but(package_ids)

    def write_without(self, package: PackageState, subjects: Collection[str]) -> str:
        """As PackageShelf.write_without. A package whose folder somebody removed stays removed."""
        package_id, store = package.body.package_id, self.shelf.store
        if package_id not in store.list_packages():
            return package.manifest_sha256
        if store.read_manifest(package_id)[1] != package.manifest_sha256:
            self._refuse_other_erasures(package, subjects)
        return self.shelf.write_without(package, subjects)

    def _refuse_other_erasures(self, package: PackageState, subjects: Collection[str]) -> None:
        """Of what an interrupted erasure took out the ledger knows nothing; only that one can tell it. Raises
        EnforcementRefusedError."""
        of_action = {change.action_id: change.subject for change in package.changes}
        left = {row.action_id for row in self.shelf.store.read_actions(package.body.package_id, of_action)}
        others = {of_action[name] for name in of_action.keys() - left} - set(subjects)
        if others:
            raise EnforcementRefusedError(
                "the erasure of another account was interrupted", where=", ".join(sorted(others)),
                remedy="call that one again, then this one; these are the tokens of the accounts",
            )  # fmt: skip
