"""What becomes of each ring from one snapshot to the next: planned before anybody acts.

A snapshot is what the marketplace's tables say at the end of its day; `step` numbers them from 0. Nothing
changes within the window that the first one ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from graphrisk.errors import ConfigError
from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.people import People, Role
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Bools, Ints
from graphrisk.evaluate.simulator.typologies import TYPOLOGIES, Cashout

LATER_SHARE = 0.3  # of planted rings are not there at first
RETURN_SHARE = 0.6  # of those that come later are a taken-down ring come back, where one is free to
REST_STEPS = 2  # from the snapshot that misses a ring to the one that has it again, at least
LEAST_HALF = 4  # members of each side, for a ring to merge or to split
NOBODY = -1


class Change(IntEnum):
    """What may happen to a ring that is there from the first snapshot on."""

    GROW = 0
    SHRINK = 1
    MERGE = 2  # two rings, halves of a planted one, become one
    SPLIT = 3  # the planted ring falls into two halves
    DIE = 4


CHANGE_SHARES = (0.22, 0.22, 0.12, 0.12, 0.32)


@dataclass(frozen=True, slots=True)
class SnapshotParams:
    """days_apart: between two snapshots. turnover_share: of the rings that are there, those to which
    something happens from one snapshot to the next."""

    snapshot_count: int
    days_apart: int = 1
    turnover_share: float = 0.25

    def __post_init__(self) -> None:
        """Raises ConfigError for what makes no sense."""
        allowed = (
            ("snapshots", self.snapshot_count, "from 2 to 100", 2 <= self.snapshot_count <= 100),
            ("days apart", self.days_apart, "from 1 to 60", 1 <= self.days_apart <= 60),
            ("turnover", self.turnover_share, "above 0, below 1", 0.0 < self.turnover_share < 1.0),
        )
        for name, value, words, holds in allowed:
            if not holds:
                raise ConfigError(f"{name} must be {words}", where="simulate", value=str(value))

    @property
    def never(self) -> int:
        """A step that does not come."""
        return self.snapshot_count

    def end(self, window: int, step: int) -> int:
        """Seconds since the start of a window of that length at which the snapshot is taken."""
        return window + step * self.days_apart * DAY

    def step_of(self, window: int, at: Ints) -> Ints:
        """The first snapshot that is taken after each of these times; `never` after the last."""
        ends = np.array([self.end(window, step) for step in range(self.snapshot_count)])
        return np.searchsorted(ends, at, side="right").astype(np.int64)

    def move_into(self, rng: np.random.Generator, window: int, at: Ints, step: Ints) -> Ints:
        """The same times of day on days between the snapshot before `step` and that one."""
        day = window // DAY + (step - 1) * self.days_apart + rng.integers(self.days_apart, size=len(at))
        return day * DAY + at % DAY


@dataclass(frozen=True, slots=True)
class Fates:
    """(planted rings,) int64 each; steps are SnapshotParams.never where it does not happen.

    comes: the first step with it. change: a Change, NOBODY for none; changes: the first step after it. dies:
    the first step without it. predecessor: the planted ring that it is come back as, else NOBODY.
    """

    comes: Ints
    change: Ints
    changes: Ints
    dies: Ints
    predecessor: Ints


def plan_fates(params: SimulationParams, snapshots: SnapshotParams, rings: Rings) -> Fates:
    rng = generator(params, Part.FATE)
    count, never = rings.count, snapshots.never
    later = rng.permutation(count) < round(count * LATER_SHARE)
    comes = np.where(later, rng.integers(1, never, size=count), 0)
    change, changes = _draw_changes(rng, snapshots, rings, later)
    dies = np.where(change == Change.DIE, changes, never)
    gone_later = changes + rng.geometric(snapshots.turnover_share * CHANGE_SHARES[Change.DIE], size=count)
    may_die = np.isin(change, (Change.GROW, Change.SHRINK))
    dies = np.where(may_die, np.minimum(gone_later, never), dies)
    predecessor = _draw_predecessors(rng, comes, dies)
    return Fates(*(each.astype(np.int64) for each in (comes, change, changes, dies, predecessor)))


def _draw_changes(
    rng: np.random.Generator, snapshots: SnapshotParams, rings: Rings, later: Bools
) -> tuple[Ints, Ints]:
    """(Change or NOBODY, step) of each ring: the first that happens. A ring too small for halves dies."""
    count = rings.count
    changes = rng.geometric(snapshots.turnover_share, size=count)
    change = rng.choice(len(Change), size=count, p=CHANGE_SHARES)
    chained = np.array([typology.chain for typology in TYPOLOGIES])[rings.typology]
    whole = (rings.sizes() < 2 * LEAST_HALF) | chained
    change = np.where(whole & np.isin(change, (Change.MERGE, Change.SPLIT)), Change.DIE, change)
    change = np.where((rings.sizes() < 4) & np.isin(change, (Change.GROW, Change.SHRINK)), Change.DIE, change)
    happens = ~later & (changes < snapshots.never)
    return np.where(happens, change, NOBODY), np.where(happens, changes, snapshots.never)


def _draw_predecessors(rng: np.random.Generator, comes: Ints, dies: Ints) -> Ints:
    """Each ring comes back at most once."""
    predecessor = np.full(len(comes), NOBODY, dtype=np.int64)
    free = dies.copy()
    for ring in np.flatnonzero(comes > 0)[np.argsort(comes[comes > 0], kind="stable")].tolist():
        rested = np.flatnonzero(free + REST_STEPS <= comes[ring])
        if len(rested) and rng.random() < RETURN_SHARE:
            predecessor[ring] = rng.choice(rested)
            free[predecessor[ring]] = np.iinfo(np.int64).max // 2
    return predecessor


def come_back(params: SimulationParams, rings: Rings, people: People, fates: Fates) -> tuple[Rings, People]:
    """Rings that are another one come back work as that did, and in its markets."""
    rng = generator(params, Part.FATE)
    rng = np.random.default_rng(rng.integers(2**63, size=4))
    typology, market, role = rings.typology.copy(), people.market.copy(), people.role.copy()
    length = rings.campaign_for.copy()
    for ring in np.flatnonzero(fates.predecessor != NOBODY).tolist():
        before = int(fates.predecessor[ring])
        typology[ring], length[ring] = rings.typology[before], rings.campaign_for[before]
        members, model = (rings.account[rings.ring == each] for each in (ring, before))
        market[members] = people.market[rng.choice(model, size=len(members))]
        if TYPOLOGIES[int(typology[ring])].cashout == Cashout.INSIDE:
            role[members[0]] = Role.SELLER
    begin = np.minimum(rings.campaign_at, params.window - length)
    changed = replace(rings, typology=typology, campaign_at=begin, campaign_for=length)
    return changed, replace(people, market=market, role=role)
