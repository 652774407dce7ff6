"""begin: keys, and a ledger whose first entry names them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from graphrisk.errors import TamperedError
from graphrisk.flows.enforcement.hand_over import LedgerWriter
from graphrisk.model.ledger import Entry, Opened


class NewLedger(Protocol):
    def beginning(self) -> AbstractContextManager[LedgerWriter]:
        """Ours alone; without entries where it is new."""
        ...


class PackageNames(Protocol):
    def list_packages(self) -> Sequence[str]:
        """Packages that were handed over or prepared."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """first: the ledger's first entry, of now or of earlier. is_new: whether it was written now."""

    first: Entry
    last: Entry
    is_new: bool


def begin_ledger(ledger: NewLedger, packages: PackageNames, opened: Opened, by: str, at: datetime) -> Begun:
    """Again changes nothing. Raises TamperedError where there are packages and no ledger: it was there."""
    with ledger.beginning() as writer:
        if writer.entries:
            return Begun(writer.entries[0], writer.entries[-1], is_new=False)
        orphans = packages.list_packages()
        if orphans:
            raise TamperedError(
                "the ledger is gone that this package belongs to", where=orphans[0],
                remedy="bring the ledger back with its head; to begin anew, move the packages elsewhere",
            )  # fmt: skip
        (first,) = writer.append([opened], by, at)
        return Begun(first, first, is_new=True)
