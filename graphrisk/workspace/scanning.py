"""Wires a workspace's files and values to the search for identifiers that are where none belongs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from graphrisk.flows.enforcement.scan import ScanReport, scan_pages
from graphrisk.stores.enforcement.places import EnforcementPlaces
from graphrisk.stores.enforcement.scanned_files import list_given_files, list_nameless_files, read_pages
from graphrisk.workspace.guarding import guarding

if TYPE_CHECKING:
    from graphrisk.workspace.session import Workspace


def scan_workspace(shop: Workspace, given: Sequence[Path]) -> ScanReport:
    """given: files and folders to read besides those of the workspace that must name nobody. Raises
    NotFoundError for one that is not there, and before the first load."""
    places = EnforcementPlaces(shop.folder, keys=shop.folder)  # keys are not read
    files = dict.fromkeys((*list_nameless_files(places), *list_given_files(given)))
    with guarding(shop) as guard:
        return scan_pages(guard, read_pages(tuple(files)))
