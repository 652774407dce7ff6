"""A ledger and a shelf of packages in memory, for tests of what is written into them and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.flows.enforcement.hand_over import HandOver
from graphrisk.model.ledger import Body, Entry, Packaged, Planned


class PowerCut(Exception):  # noqa: N818 - what happens to a process, no error of it
    pass


@dataclass(slots=True)
class KeptLedger:
    """Fits flows.enforcement.hand_over.LedgerWriter. until_cut: so many more appends come to
    pass, the next one does not; None: all do."""

    kept: list[Entry] = field(default_factory=list)
    until_cut: int | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.kept)

    def append(self, bodies: Sequence[Body], by: str, at: datetime) -> tuple[Entry, ...]:
        if self.until_cut is not None:
            if self.until_cut == 0:
                self.until_cut = None
                raise PowerCut
            self.until_cut -= 1
        first = len(self.kept)
        added = [
            Entry(first + place, at, by, body, f"hash{first + place}") for place, body in enumerate(bodies)
        ]
        self.kept += added
        return tuple(added)

    def read(self) -> tuple[Entry, ...]:
        return tuple(self.kept)

    @contextmanager
    def writing(self) -> Iterator[KeptLedger]:
        yield self

    def state(self) -> EnforcementState:
        return replay(self.kept)

    def packaged(self) -> list[Packaged]:
        return [entry.body for entry in self.kept if isinstance(entry.body, Packaged)]


@dataclass(slots=True)
class KeptPackages:
    """Fits flows.enforcement.hand_over.PackageShelf: folders by their names."""

    folders: dict[str, HandOver] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)

    def write_package(self, order: HandOver, head: tuple[int, str], planned: Planned | None) -> str:
        self.folders[order.package_id] = order
        self.hashes.append(head[1])
        self.heads[order.package_id] = head
        return f"manifest of {order.package_id} by {order.by}"

    def read_positions(self, package_ids: Collection[str]) -> Sequence[tuple[str, int, str]]:
        return [(name, *self.heads[name]) for name in self.folders if name not in package_ids]

    def remove_all_but(self, package_ids: Collection[str]) -> None:
        self.folders = {name: order for name, order in self.folders.items() if name in package_ids}
