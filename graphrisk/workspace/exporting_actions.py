"""Wires a workspace to the export of actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphrisk.enforce.package import Package, PackageHeader
from graphrisk.flows.enforcement.export_actions import (
    ActionExport,
    ActionExportOrder,
    ExportSides,
    export_actions,
)
from graphrisk.flows.enforcement.export_packages import PackageExportSides, export_packages
from graphrisk.model.enforcement import ActionRow
from graphrisk.stores.enforcement.keys import KeyFolder
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.exports import ExportFiles
from graphrisk.workspace.enforcing import Enforcement


@dataclass(frozen=True, slots=True)
class _Packages:
    """Fits flows.enforcement.export_packages.PackageReader."""

    store: PackageStore
    keys: KeyFolder

    def read_verified(
        self, package_id: str, manifest_sha256: str, subjects: Mapping[str, str]
    ) -> tuple[ActionRow, ...]:
        return SignedPackages(self.store, self.keys).read_verified(package_id, manifest_sha256, subjects)

    def read_header(self, package_id: str) -> PackageHeader:
        return self.store.read_manifest(package_id)[0].header


@dataclass(frozen=True, slots=True)
class _Folder:
    """Fits flows.enforcement.export_packages.PackageWriter."""

    store: PackageStore
    keys: KeyFolder

    def write(self, package: Package) -> Path:
        self.store.write(package, self.keys)
        return self.store.place(package.header.package_id)


def export_workspace_actions(room: Enforcement, order: ActionExportOrder) -> ActionExport:
    """See flows.enforcement.export_actions."""
    packages = _Packages(PackageStore(room.places.packages), room.keys)
    sides = ExportSides(room.ledger, packages, ExportFiles())
    return export_actions(sides, room.policy(), room.keys.token_key(), order)


def export_workspace_packages(room: Enforcement, plan: str, purpose: str, folder: Path) -> tuple[Path, ...]:
    """See flows.enforcement.export_packages. folder: not the workspace's own."""
    packages = _Packages(PackageStore(room.places.packages), room.keys)
    sides = PackageExportSides(room.ledger, packages, _Folder(PackageStore(folder), room.keys))
    return export_packages(sides, room.policy(), room.keys.token_key(), plan, purpose)
