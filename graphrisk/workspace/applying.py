"""Wires a workspace to what carries a plan out, and to the kill switch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from graphrisk.errors import ConfigError, WorkspaceBusyError
from graphrisk.flows.enforcement.apply import Applied, ApplySides, apply_plan
from graphrisk.flows.enforcement.approve import Saying
from graphrisk.flows.enforcement.switch import switch
from graphrisk.stores.enforcement.package_shelf import PackageShelf
from graphrisk.stores.enforcement.packages import PackageStore
from graphrisk.workspace.enforcing import Enforcement


@dataclass(frozen=True, slots=True)
class StopFile:
    """A file that anybody can make, with no program of ours."""

    path: Path

    def is_up(self) -> bool:
        """Also a link that leads nowhere is there."""
        return os.path.lexists(self.path)

    def put_up(self) -> None:
        self.path.touch()


def open_shelf(desk: Enforcement) -> PackageShelf:
    """Where this workspace's packages are put."""
    store = PackageStore(desk.places.packages)
    return PackageShelf(store, desk.keys, desk.policy().redress)


def apply_in_workspace(
    desk: Enforcement, plan_id: str, saying: Saying, *, wants_rest: bool = False
) -> tuple[Applied, Path]:
    """See flows.enforcement.apply. Returns the package's folder, too."""
    desk.refuse_names(("--by", saying.by))
    shelf = open_shelf(desk)
    sides = ApplySides(desk.desk(), shelf, StopFile(desk.places.stop))
    applied = apply_plan(sides, plan_id, saying, wants_rest=wants_rest)
    desk.keep_state(applied.state)
    return applied, shelf.store.place(applied.packaged.package_id)


def switch_in_workspace(desk: Enforcement, by: str, why: str, at: datetime, *, stops: bool) -> bool:
    """See flows.enforcement.switch. Returns whether anything changed."""
    desk.refuse_names_even_if_busy(("--by", by), ("--why", why))
    try:
        changed = switch(desk.ledger, by, why, at, stops=stops)
    except WorkspaceBusyError:
        if not stops:
            raise
        # What is being applied looks for the file before it is written down
        StopFile(desk.places.stop).put_up()
        desk.tell(
            f"the ledger is busy: {desk.places.stop} was made, which stops everything until it is removed"
        )
        return True
    if not stops and StopFile(desk.places.stop).is_up():
        raise ConfigError(
            "somebody made this file by hand, and it stops everything", where=str(desk.places.stop),
            remedy="remove it",
        )  # fmt: skip
    return changed
