"""Who belongs to which ring at each snapshot, who has stopped, and what a use of a ring's things hangs on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphrisk.evaluate.simulator.fates import Change, Fates, SnapshotParams
from graphrisk.evaluate.simulator.params import DAY, Part, SimulationParams, generator
from graphrisk.evaluate.simulator.rings import Rings
from graphrisk.evaluate.simulator.sampling import Bools, Ints
from graphrisk.evaluate.simulator.spans import Span
from graphrisk.evaluate.simulator.uses import Kind, Uses, UsesByKind, is_among

NO_LINEAGE = -1
NEVER_AT = np.int64(1) << 40  # seconds after the end of every world
LEAST_LEFT = 3  # members that a ring keeps, whoever goes or is yet to come
MOVED_SHARES = (0.2, 0.5)  # of the members, who come as it grows or go as it shrinks
SUSPENDED_SHARE = 0.5  # of those who go as a ring shrinks; the others go quiet
TAKEN_DOWN_SHARE = 0.9  # of the members of a ring that dies


@dataclass(frozen=True, slots=True)
class Lives:
    """(members,) int64 each, in the order of Rings.account, but lineage.

    fates: of their rings. joins: the first step with the member. stops: the first at which the account does
    nothing any more, and stopped_at: seconds from which on it does not, NEVER_AT for who goes on; it was
    suspended then, or went quiet. side: 0 or 1, the half of a ring that merges or splits; 0 is the larger.
    lineage: (steps, members), the lasting number of the ring that the member belongs to, be he active or
    stopped, NO_LINEAGE before he joins; a planted ring's own number, or that plus the number of planted rings
    for its second half.
    """

    fates: Fates
    joins: Ints
    stops: Ints
    stopped_at: Ints
    suspended: Bools
    side: Ints
    lineage: Ints

    def active(self, step: int) -> Bools:
        """(members,) who belong to a ring and have not stopped."""
        belongs: Bools = self.lineage[step] != NO_LINEAGE
        return belongs & (step < self.stops)

    def stopped_of_accounts(self, rings: Rings, account_count: int) -> Ints:
        """(accounts,) stopped_at, NEVER_AT for everybody else."""
        stopped_at = np.full(account_count, NEVER_AT)
        stopped_at[rings.account] = self.stopped_at
        return stopped_at


def live(
    params: SimulationParams, snapshots: SnapshotParams, rings: Rings, fates: Fates, ring_things: UsesByKind
) -> Lives:
    rng = np.random.default_rng(generator(params, Part.FATE).integers(2**63, size=5))
    never, ring = snapshots.never, rings.ring
    moved = _choose_some(rng, rings)
    change = fates.change[ring]
    joins = np.where(moved & (change == Change.GROW), fates.changes[ring], fates.comes[ring])
    shrinks = moved & (change == Change.SHRINK)
    dies = fates.dies[ring]
    stops = np.where(shrinks, fates.changes[ring], dies)
    caught = rng.random(len(ring)) < np.where(shrinks, SUSPENDED_SHARE, TAKEN_DOWN_SHARE)
    anytime = snapshots.move_into(rng, params.window, rng.integers(DAY, size=len(ring)), stops)
    stopped_at = np.where(stops < never, anytime, NEVER_AT)
    side = _choose_sides(rings, ring_things)
    lineage = _trace_lineage(snapshots, rings, fates, (joins, side))
    return Lives(fates, joins, stops, stopped_at, caught & (stops < never), side, lineage)


def _choose_some(rng: np.random.Generator, rings: Rings) -> Bools:
    """Of each ring a share of MOVED_SHARES, at least one, and all but LEAST_LEFT at most."""
    share = rng.uniform(*MOVED_SHARES, rings.count)
    sizes = rings.sizes()
    wanted = np.clip(np.round(sizes * share), 1, np.maximum(sizes - LEAST_LEFT, 0))
    order = np.lexsort((rng.random(len(rings.ring)), rings.ring))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - rings.first_members()[rings.ring]
    chosen: Bools = rank < wanted[rings.ring]
    return chosen


def _choose_sides(rings: Rings, ring_things: UsesByKind) -> Ints:
    """Halves of every ring along what its members share: ordered by the thing of the kind that most of them
    use, and cut between two things as near to the middle as can be."""
    member_of = members_by_account(rings, len(rings.account))
    member = np.concatenate([member_of[ring_things[kind].account] for kind in Kind])
    thing = np.concatenate([ring_things[kind].thing for kind in Kind])
    kind = np.repeat(np.arange(len(Kind)), [len(ring_things[kind]) for kind in Kind])
    side = np.zeros(len(rings.ring), dtype=np.int64)
    for first, size in zip(rings.first_members().tolist(), rings.sizes().tolist(), strict=True):
        here = (member >= first) & (member < first + size)
        most = np.bincount(kind[here], minlength=len(Kind)).argmax()
        chosen = here & (kind == most)
        held = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(held, member[chosen] - first, thing[chosen])
        order = np.argsort(held, kind="stable")
        cuts = np.flatnonzero(np.diff(held[order])) + 1
        cuts = cuts[(cuts >= LEAST_LEFT) & (cuts <= size - LEAST_LEFT)]
        cut = int(cuts[np.abs(cuts - size / 2).argmin()]) if len(cuts) else size // 2
        side[first + (order[cut:] if cut >= size - cut else order[:cut])] = 1
    return side


def members_by_account(rings: Rings, least: int) -> Ints:
    """(accounts,) position among the members, -1 for who is none."""
    member_of = np.full(max(int(rings.account.max()) + 1, least), -1, dtype=np.int64)
    member_of[rings.account] = np.arange(len(rings.account))
    return member_of


def _trace_lineage(
    snapshots: SnapshotParams, rings: Rings, fates: Fates, of_members: tuple[Ints, Ints]
) -> Ints:
    joins, side = of_members
    steps = np.arange(snapshots.snapshot_count)[:, None]
    changed = steps >= fates.changes[rings.ring]
    change = fates.change[rings.ring]
    apart = ((change == Change.MERGE) & ~changed) | ((change == Change.SPLIT) & changed)
    lineage = rings.ring + rings.count * (apart & (side == 1))
    return np.where(steps >= joins, lineage, NO_LINEAGE).astype(np.int64)


def span_uses(snapshots: SnapshotParams, rings: Rings, lives: Lives, uses: Uses, ring_uses: Uses) -> Span:
    """For each of `uses`, of one kind, what the ring's life allows, whenever it was and whenever the account
    stopped. ring_uses: all that the rings gave their members, of that kind. It ends in a split alone:
    each half then takes what was the other's off its accounts."""
    member = members_by_account(rings, int(uses.account.max(initial=-1)) + 1)[uses.account]
    ring = rings.ring[member]
    acts = (member >= 0) & is_among(uses, ring_uses)
    crosses = acts & (_side_of_things(uses.thing, ring, lives.side[member], acts) != lives.side[member])
    begins = np.where(acts, lives.joins[member], 0)
    ends = np.full(len(uses), snapshots.never)
    change, changes = lives.fates.change[ring], lives.fates.changes[ring]
    begins = np.where(crosses & (change == Change.MERGE), np.maximum(begins, changes), begins)
    ends = np.where(crosses & (change == Change.SPLIT), np.minimum(ends, changes), ends)
    return Span(begins.astype(np.int64), ends.astype(np.int64))


def _side_of_things(thing: Ints, ring: Ints, side: Ints, acts: Bools) -> Ints:
    """Row by row the half of the ring to which the thing belongs: that of most of its users in the ring, 0 of
    as many; 0 where the row is no act of a ring."""
    rows = np.flatnonzero(acts)
    code = np.unique(thing[rows], return_inverse=True)[1].reshape(-1)
    pair, of_row = np.unique(code * (int(ring.max(initial=0)) + 1) + ring[rows], return_inverse=True)
    of_row = of_row.reshape(-1)
    second = np.bincount(of_row, weights=side[rows], minlength=len(pair))
    found = np.zeros(len(thing), dtype=np.int64)
    found[rows] = (2 * second > np.bincount(of_row, minlength=len(pair)))[of_row]
    return found
