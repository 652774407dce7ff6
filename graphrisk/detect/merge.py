"""Candidates of all detectors -> rings, by a rule that can be said in three sentences.

1. Every ring of the identity detector stands, and a candidate of another detector with at least overlap_share
   of the smaller one's members in common supports it.
2. Candidates that support no ring stand together where each has such an overlap with another: as a ring of
   the accounts that two or more detectors name, or, where only one of the detectors in `alone` found it, of
   all its accounts.
3. An account in a ring of the first sort is in none of the second, and in several of the second it is in the
   one that more detectors found, the larger, the first; what is left of a ring must have min_size members.

A candidate that supports two rings does not join them: it is recorded as a joint candidate of both, and what
they share as a tie (ties.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.ties import RingMembers
from graphrisk.model.rings import Detector

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MergeParams:
    """overlap_share: of the smaller community's members, in common. alone: detectors whose candidates stand
    without another's. widening: detectors whose supporting candidates bring accounts that are in no ring into
    the one that they support. min_size: members of a ring of the second sort."""

    overlap_share: float = 0.5
    alone: frozenset[Detector] = frozenset()
    widening: frozenset[Detector] = frozenset()
    min_size: int = 3


@dataclass(frozen=True, slots=True)
class JointCandidate:
    """A candidate that supports several rings, ascending."""

    detector: Detector
    rings: tuple[int, ...]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MergedRings:
    """Disjoint rings, those of the identity detector first and in their order, then the others by members.

    detectors: for each ring, what found it, in the order of Detector.
    """

    rings: RingMembers
    detectors: tuple[tuple[Detector, ...], ...]
    joint: tuple[JointCandidate, ...]

    def communities(self) -> list[Longs]:
        return np.split(self.rings.members, self.rings.starts[1:-1]) if self.detectors else []


@dataclass(frozen=True, slots=True)
class _Named:
    """One candidate: who named it, and its members."""

    detector: Detector
    members: frozenset[int]


def merge_candidates(identity: Candidates, others: Sequence[Candidates], params: MergeParams) -> MergedRings:
    """identity: disjoint communities. others: in any order."""
    rings = [set(group.tolist()) for group in identity.communities()]
    names = [{identity.detector} for _ in rings]
    ring_of = {account: at for at, ring in enumerate(rings) for account in ring}
    named = _in_order(others)
    joint, free, wider = [], [], []
    for one in named:
        supported = supported_rings(one.members, rings, ring_of, params.overlap_share)
        for at in supported:
            names[at].add(one.detector)
        if len(supported) == 1 and one.detector in params.widening:
            wider.append((supported[0], one))
        if len(supported) > 1:
            joint.append(JointCandidate(one.detector, tuple(supported), tuple(sorted(one.members))))
        if not supported:
            free.append(one)
    for at, one in wider:
        for account in sorted(one.members - ring_of.keys()):
            rings[at].add(account)
            ring_of[account] = at
    further = _stand_together(free, set(ring_of), params)
    return MergedRings(
        rings=_as_members([*(sorted(ring) for ring in rings), *(sorted(ring) for ring, _ in further)]),
        detectors=tuple(_sorted_names(found) for found in (*names, *(found for _, found in further))),
        joint=tuple(joint),
    )


def _in_order(others: Sequence[Candidates]) -> list[_Named]:
    named = {
        _Named(found.detector, frozenset(group.tolist())) for found in others for group in found.communities()
    }
    return sorted(named, key=lambda one: (_rank(one.detector), sorted(one.members)))


def _rank(detector: Detector) -> int:
    return list(Detector).index(detector)


def _sorted_names(found: set[Detector]) -> tuple[Detector, ...]:
    return tuple(sorted(found, key=_rank))


def supported_rings(
    members: frozenset[int], rings: list[set[int]], ring_of: dict[int, int], overlap_share: float
) -> list[int]:
    """The rings of which a candidate holds enough, or that hold enough of it. ring_of: of each account in
    one."""
    common: dict[int, int] = {}
    for account in members:
        if account in ring_of:
            common[ring_of[account]] = common.get(ring_of[account], 0) + 1
    return sorted(
        at for at, count in common.items() if count >= overlap_share * min(len(members), len(rings[at]))
    )


def _stand_together(
    free: list[_Named], taken: set[int], params: MergeParams
) -> list[tuple[set[int], set[Detector]]]:
    """Rings of the second sort: disjoint, sorted by members. taken: accounts in rings of the first."""
    wanted = []
    for group in _overlapping(free, params.overlap_share):
        detectors = {one.detector for one in group}
        if len(detectors) > 1:
            wanted.append((_named_twice(group), detectors))
        elif detectors <= params.alone:
            wanted.append((frozenset().union(*(one.members for one in group)), detectors))
    wanted.sort(key=lambda one: (-len(one[1]), -len(one[0]), sorted(one[0])))
    found = []
    for members, detectors in wanted:
        left = set(members) - taken
        if len(left) >= params.min_size:
            found.append((left, detectors))
            taken = taken | left
    return sorted(found, key=lambda one: sorted(one[0]))


def _overlapping(free: list[_Named], overlap_share: float) -> list[list[_Named]]:
    """Groups of candidates, each overlapping enough with another of its group; some of one."""
    having: dict[int, list[int]] = {}
    common: dict[tuple[int, int], int] = {}
    for number, one in enumerate(free):
        for account in one.members:
            for other in having.setdefault(account, []):
                common[other, number] = common.get((other, number), 0) + 1
            having[account].append(number)
    enough = [
        pair
        for pair, count in common.items()
        if count >= overlap_share * min(len(free[pair[0]].members), len(free[pair[1]].members))
    ]
    ends = np.array(enough, dtype=np.int64).reshape(-1, 2)
    shape = (len(free), len(free))
    adjacency = sparse.coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=shape)
    if not free:
        return []
    _, label = csgraph.connected_components(adjacency.tocsr(), directed=False)
    groups: dict[int, list[_Named]] = {}
    for number, one in zip(label.tolist(), free, strict=True):
        groups.setdefault(number, []).append(one)
    return list(groups.values())


def _named_twice(group: list[_Named]) -> frozenset[int]:
    """Accounts that two detectors or more name."""
    by_detector: dict[Detector, set[int]] = {}
    for one in group:
        by_detector.setdefault(one.detector, set()).update(one.members)
    pairs = combinations(by_detector.values(), 2)
    return frozenset().union(*(first & second for first, second in pairs))


def _as_members(groups: Sequence[Sequence[int]]) -> RingMembers:
    starts = np.zeros(len(groups) + 1, dtype=np.int64)
    np.cumsum([len(group) for group in groups], out=starts[1:], dtype=np.int64)
    return RingMembers(np.array([account for group in groups for account in group], dtype=np.int64), starts)
