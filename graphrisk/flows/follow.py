"""A ring followed through the runs, and two runs set side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from graphrisk.errors import NotFoundError, printable
from graphrisk.flows.answer import RingLibrary, RunReader, choose_run, open_dossier
from graphrisk.model.findings import RingDossier
from graphrisk.model.rings import RingEvent
from graphrisk.model.runs import RunRecord

if TYPE_CHECKING:
    from graphrisk.registry.stability import Stability


class RingState(StrEnum):
    """What a name is now, by the runs of the latest as-of time."""

    ACTIVE = "active"  # a ring has it
    DORMANT = "dormant"  # no ring has it, but one like it would get it back
    MERGED = "merged"  # it leads to another
    DISSOLVED = "dissolved"  # given up


@dataclass(frozen=True, slots=True)
class RingLife:
    """A name that was ever given. leads_to: where it was merged into, through all later mergers; None for
    none. born_at, last_at: as-of times of the first and the last run that gave it. account_count: members
    then, at the last."""

    ring_id: str
    state: RingState
    leads_to: str | None
    born_at: datetime
    last_at: datetime
    run_count: int
    account_count: int


@dataclass(frozen=True, slots=True)
class RingChapter:
    """What one run says of a ring: one row for each event, one without an event where nothing changed. Fields
    as in tables.RING_EVENT. score: None where no ring had the name."""

    run_id: str
    as_of: datetime
    event: RingEvent | None
    other_ring_id: str | None
    account_count: int
    earlier_account_count: int
    score: float | None


@dataclass(frozen=True, slots=True)
class RingStory:
    """chapters: by as-of time. successor: the life of what it leads to, None where it leads nowhere."""

    life: RingLife
    chapters: tuple[RingChapter, ...]
    successor: RingLife | None


@dataclass(frozen=True, slots=True)
class ComparedRing:
    """account_count: members in each run, 0 where no ring had the name. other_ring_id, moved_count: of a name
    of one run only, where most of its accounts are in the other run, and how many; None and 0 for nowhere."""

    ring_id: str
    earlier_account_count: int
    account_count: int
    other_ring_id: str | None
    moved_count: int


@dataclass(frozen=True, slots=True)
class RunComparison:
    """rings: those whose name or size is another, the largest first."""

    earlier_run_id: str
    run_id: str
    stability: Stability
    rings: tuple[ComparedRing, ...]


class LifeReader(Protocol):
    def read_lives(self, until: datetime | None, start: str = "") -> Sequence[RingLife]:
        """Of every name that begins so, with or without `RING-`, in any case; as the runs up to that as-of
        time say, None for all. The last seen first."""
        ...

    def near_lives(self, name: str) -> Sequence[str]:
        """Names that look like one that was never given, the nearest first."""
        ...


class StoryReader(LifeReader, Protocol):
    def read_chapters(self, ring_id: str) -> Sequence[RingChapter]: ...


class CarrierReader(RunReader, Protocol):
    def read_result(self, run_id: str, name: str) -> pa.Table: ...


def tell_story(reader: StoryReader, name: str) -> RingStory:
    """Of the ring of that name, or of the only one whose name starts so. Raises NotFoundError."""
    life = find_life(reader, name)
    successor = None if life.leads_to is None else find_life(reader, life.leads_to)
    return RingStory(life, tuple(reader.read_chapters(life.ring_id)), successor)


def find_life(reader: LifeReader, name: str, until: datetime | None = None) -> RingLife:
    """Raises NotFoundError with near names."""
    fitting = reader.read_lives(until, name) if name else ()
    exact = [life for life in fitting if life.ring_id == name] or fitting
    if len(exact) == 1:
        return exact[0]
    names = [life.ring_id for life in exact[:5]] or list(reader.near_lives(name))
    raise NotFoundError(
        "more than one ring was ever called so" if exact else "no ring was ever called so",
        value=name,
        remedy=f"did you mean {', '.join(map(printable, names))}?"
        if names
        else "list all names with `graphrisk rings history`",
    )


def open_ring(library: RingLibrary, lives: LifeReader, run: RunRecord, name: str) -> RingDossier:
    """As flows.answer.open_dossier; a name that was merged by the run's as-of time opens what it leads to.
    Raises NotFoundError, of a name that an earlier run gave with what became of it."""
    life = _find_missing(library, lives, run, name)
    if life is None:
        return open_dossier(library, run, name)
    if life.leads_to is not None and life.leads_to in library.find_ring_ids(run.run_id, life.leads_to):
        return library.read_dossier(run, life.leads_to)
    raise _missing(life, run, name)


def open_ring_itself(library: RingLibrary, lives: LifeReader, run: RunRecord, name: str) -> RingDossier:
    """The same, but a merged name opens nothing: who judges a ring means its own members."""
    life = _find_missing(library, lives, run, name)
    if life is None:
        return open_dossier(library, run, name)
    raise _missing(life, run, name)


def _find_missing(library: RingLibrary, lives: LifeReader, run: RunRecord, name: str) -> RingLife | None:
    """Of a name that the run does not give, the life of the only one that fits; else None."""
    if not name or library.find_ring_ids(run.run_id, name):
        return None
    fitting = lives.read_lives(run.as_of, name)
    known = [life for life in fitting if life.ring_id == name] or fitting
    return known[0] if len(known) == 1 else None


def _missing(life: RingLife, run: RunRecord, name: str) -> NotFoundError:
    last = f"it was found last as of {life.last_at:%Y-%m-%d %H:%M}"
    became = last if life.leads_to is None else f"it was merged into {printable(life.leads_to)}"
    return NotFoundError(
        f"the ring is not in run {run.run_id}: {became}",
        value=name,
        remedy=f"`graphrisk rings history {printable(life.ring_id)}` tells what became of it, and which runs"
        " have it",
    )


def compare_runs(reader: CarrierReader, earlier: str, later: str) -> RunComparison:
    """By the names of runs, or by how these start. Raises NotFoundError."""
    from graphrisk.registry.stability import compare_names  # noqa: PLC0415 - numpy, for this alone

    before, after = choose_run(reader, earlier), choose_run(reader, later)
    stability = compare_names(_carriers(reader, before), _carriers(reader, after))
    old, new = _sizes(reader, before), _sizes(reader, after)
    went, came = _largest_moves(stability)
    rings = []
    for name in old.keys() | new.keys():
        move = went.get(name) if name not in new else came.get(name) if name not in old else None
        if move is not None or old.get(name) != new.get(name):
            rings.append(ComparedRing(name, old.get(name, 0), new.get(name, 0), *(move or (None, 0))))
    rings.sort(key=lambda ring: (-max(ring.earlier_account_count, ring.account_count), ring.ring_id))
    return RunComparison(before.run_id, after.run_id, stability, tuple(rings))


def _carriers(reader: CarrierReader, run: RunRecord) -> pa.Table:
    return reader.read_result(run.run_id, "ring_carrier")


def _sizes(reader: CarrierReader, run: RunRecord) -> dict[str, int]:
    ring = reader.read_result(run.run_id, "ring")
    return dict(zip(ring["ring_id"].to_pylist(), ring["size"].to_pylist(), strict=True))


def _largest_moves(stability: Stability) -> tuple[dict[str, tuple[str, int]], dict[str, tuple[str, int]]]:
    """Of each earlier name where most of those who left it went; of each later one where most came from."""
    went: dict[str, tuple[str, int]] = {}
    came: dict[str, tuple[str, int]] = {}
    for move in stability.moves:  # the largest first
        went.setdefault(move.earlier_name, (move.name, move.account_count))
        came.setdefault(move.name, (move.earlier_name, move.account_count))
    return went, came
