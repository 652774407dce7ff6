"""Wires a workspace's enforcement to the flow that says what of it stands in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from graphrisk.model.graph_enforcement import NO_ENFORCEMENT, GraphEnforcement
from graphrisk.stores.enforcement.places import EnforcementPlaces, find_keys

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


def read_enforcement(shop: Workspace, at: datetime) -> GraphEnforcement:
    """Nothing where there is no ledger. at: naive UTC. Raises TamperedError, and ConfigError where the keys
    are not there by which a ledger is checked."""
    keys = find_keys()
    if not EnforcementPlaces(shop.folder, keys).ledger.exists():
        return NO_ENFORCEMENT
    # Here, because most workspaces have no ledger, and cryptography takes a while to import
    from graphrisk.flows.enforcement.project import ProjectSides, project_enforcement  # noqa: PLC0415
    from graphrisk.stores.enforcement.state_database import StateDatabase  # noqa: PLC0415
    from graphrisk.workspace.enforcing import Enforcement, is_signed_by  # noqa: PLC0415

    enforcement = Enforcement.open(shop, keys)
    state = enforcement.state()
    enforcement.keep_state(state)
    names = StateDatabase(enforcement.places.state)
    sides = ProjectSides(names, enforcement.plan_files, enforcement.policy, enforcement.present, is_signed_by)
    return project_enforcement(state, sides, at)
