"""Packages of a workspace that are as its own key signed them, and as its ledger knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphrisk.errors import TamperedError
from graphrisk.model.enforcement import ActionRow
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.packages import PackageStore


@dataclass(frozen=True, slots=True)
class SignedPackages:
    """Fits flows.enforcement.deliver.PackageRows."""

    store: PackageStore
    keys: KeyFolder

    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> tuple[ActionRow, ...]:
        report = self.store.verify(package_id, self.keys.public_key())
        if report.faults:
            raise TamperedError(
                f"{report.faults[0].file} {report.faults[0].what}", where=package_id,
                remedy="`graphrisk enforce verify` lists everything that was changed",
            )  # fmt: skip
        rows = self.store.read_actions(package_id, subjects)
        # After the rows: if somebody put another package there meanwhile, it shows
        if self.store.read_manifest(package_id)[1] != manifest_sha256:
            raise TamperedError(
                "its manifest is not the one that the ledger knows", where=package_id,
                remedy="`graphrisk audit verify` tells whether the ledger was changed",
            )  # fmt: skip
        return rows
