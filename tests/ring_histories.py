"""Histories of rings for tests of the registry: runs one after the other, remembered by hand.

`Registry` is the store's slow twin: it keeps every run whole and works out from them, in plain Python, what
flows.name.RingPast would tell a run of a later time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphrisk.model.rings import RingEvent
from graphrisk.registry.carriers import RingCarriers
from graphrisk.registry.lineage import Change
from graphrisk.registry.memory import Appearances, Memory, NamePast, Remembered, remember_names
from graphrisk.registry.naming import name_rings
from graphrisk.registry.params import NameParams

ACCOUNT_COUNT = 100
Ring = Mapping[int, float]  # account -> its weight


@dataclass(slots=True)
class Named:
    """One run: its rings by their lasting names, and what changed."""

    rings: dict[str, Ring]
    changes: tuple[Change, ...]

    def name_of(self, account: int) -> str | None:
        return next((name for name, ring in self.rings.items() if account in ring), None)

    def events(self) -> list[tuple[str, str, str | None]]:
        return [(each.name, each.event.value, each.other_name) for each in self.changes]


@dataclass(slots=True)
class Registry:
    params: NameParams = field(default_factory=NameParams)
    runs: list[Named] = field(default_factory=list)

    def run(
        self,
        rings: Sequence[Ring] | Sequence[Sequence[int]],
        order: Sequence[int] | None = None,
        twin: Named | None = None,
    ) -> Named:
        """Name these rings, which content would name RING- and their accounts. order: in which rows come.
        twin: another run of the very time of this one, which is then not kept."""
        weighed = [dict(ring) if isinstance(ring, Mapping) else dict.fromkeys(ring, 1.0) for ring in rings]
        names = tuple(content_name(ring) for ring in weighed)
        rows = [(at, account, weight) for at, ring in enumerate(weighed) for account, weight in ring.items()]
        rows = rows if order is None else [rows[at] for at in order]
        carriers = RingCarriers.of(
            names,
            np.array([row[0] for row in rows], dtype=np.int64),
            np.array([row[1] for row in rows], dtype=np.int64),
            np.array([row[2] for row in rows], dtype=np.float64),
        )
        past, in_rings = self.past(), {row[1] for row in rows}
        others = None
        if twin is not None:
            seen = self.past_beside(twin)
            others = Remembered(seen, self.memory(seen, in_rings, twin))
        memory = self.memory(past, in_rings)
        found = name_rings(carriers, past, memory, ACCOUNT_COUNT, self.params, others)
        lasting = {found.names[name]: ring for name, ring in zip(names, weighed, strict=True)}
        named = Named(lasting, found.changes)
        if twin is None:
            self.runs.append(named)
        return named

    def given(self) -> list[str]:
        """Every name ever given, the older first, then by name."""
        return list(dict.fromkeys(name for run in self.runs for name in sorted(run.rings)))

    def past(self) -> NamePast:
        names = self.given()
        return NamePast(
            tuple(names),
            np.array([len(self.runs) - 1 - self.last(name) for name in names], dtype=np.int64),
            np.array([len(self.runs[self.last(name)].rings[name]) for name in names], dtype=np.int64),
            np.array([names.index(end) if (end := self.leads_to(name)) != name else -1 for name in names],
                     dtype=np.int64),
            np.array([self.ended(name, RingEvent.DISSOLVED) is not None for name in names], dtype=bool),
        )  # fmt: skip

    def past_beside(self, twin: Named) -> NamePast:
        """The past, and what a twin named as given at the latest."""
        past = self.past()
        names = past.names + tuple(sorted(twin.rings.keys() - set(past.names)))
        told = dict(zip(past.names, zip(past.missed_count, past.last_count, past.merged_into, past.dissolved,
                                        strict=True), strict=True))  # fmt: skip
        rows = [(0, len(twin.rings[name]), -1, False) if name in twin.rings else told[name] for name in names]
        missed, last, merged = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(3))
        return NamePast(names, missed, last, merged, np.array([row[3] for row in rows], dtype=bool))

    def appearances(self, past: NamePast, twin: Named | None = None) -> list[tuple[int, int, int, float]]:
        """name, account, age, weight of all that is still remembered. twin: with the latest appearances."""
        rows, runs = [], self.runs if twin is None else [*self.runs, twin]
        for at, name in enumerate(past.names):
            if past.missed_count[at] >= self.params.dissolve_after_count:
                continue
            seen = [run.rings[name] for run in reversed(runs) if name in run.rings]
            for age, ring in enumerate(seen[: self.params.memory_count]):
                rows += [(at, account, age, weight) for account, weight in ring.items()]
        return rows

    def memory(self, past: NamePast, in_rings: set[int], twin: Named | None = None) -> Memory:
        rows = [
            (at, account if account in in_rings else -1, *rest)
            for at, account, *rest in self.appearances(past, twin)
        ]
        name, account, age = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(3))
        weight = np.array([row[3] for row in rows], dtype=np.float64)
        return remember_names(past, Appearances(name, account, age, np.ones_like(age), weight), self.params)

    def last(self, name: str) -> int:
        return max(at for at, run in enumerate(self.runs) if name in run.rings)

    def ended(self, name: str, event: RingEvent) -> Change | None:
        """The last such event of this name after it was given last."""
        since = [change for run in self.runs[self.last(name) + 1 :] for change in run.changes]
        return next((each for each in reversed(since) if (each.name, each.event) == (name, event)), None)

    def leads_to(self, name: str) -> str:
        """Itself, or what it merged into, and so on."""
        merged = self.ended(name, RingEvent.MERGED)
        return name if merged is None or merged.other_name is None else self.leads_to(merged.other_name)


def content_name(ring: Mapping[int, float]) -> str:
    return "RING-" + ".".join(f"{account:02d}" for account in sorted(ring))
