"""Wires a workspace to the export of actions."""

from __future__ import annotations

from graphrisk.flows.enforcement.export_actions import (
    ActionExport,
    ActionExportOrder,
    ExportSides,
    export_actions,
)
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.stores.enforcement.signed_packages import SignedPackages
from graphrisk.stores.exports import ExportFiles
from graphrisk.workspace.enforcing import Enforcement


def export_workspace_actions(room: Enforcement, order: ActionExportOrder) -> ActionExport:
    """See flows.enforcement.export_actions."""
    packages = SignedPackages(PackageStore(room.places.packages), room.keys)
    sides = ExportSides(room.ledger, packages, ExportFiles())
    return export_actions(sides, room.policy(), room.keys.token_key(), order)
