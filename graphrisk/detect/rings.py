"""Communities -> candidate rings: who is in, who is core, which member is the centre, and a name made of
the members."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.components import Partition
from graphrisk.graph.links import Floats
from graphrisk.graph.projection import AccountGraph

_NAME_CHARS = 10  # 50 bits of the digest


@dataclass(frozen=True, slots=True)
class RingParams:
    """min_size: smaller communities are couples and households far more often than rings, and are not named.
    min_points: nor are communities whose signals give fewer points (risk.signals.total_points)."""

    min_size: int = 3
    min_points: float = -0.6


@dataclass(frozen=True, slots=True)
class CandidateRings:
    """R rings over accounts, ring by ring.

    names: R ring ids, a digest of the members' ids. members: int64 [S], account positions, by ring, then
    position. starts: [R + 1] into members.
    ring: int64 [S], the ring of each member. closeness_share: [S], a member's mean pair probability to the
    other members.
    core: bool [S]. centre: int64 [R], the position in `members` of the member with the greatest
    closeness_share.
    """

    names: tuple[str, ...]
    members: NDArray[np.int64]
    starts: NDArray[np.int64]
    ring: NDArray[np.int64]
    closeness_share: Floats
    confidence_share: Floats
    core: NDArray[np.bool_]
    centre: NDArray[np.int64]

    @property
    def ring_count(self) -> int:
        return len(self.names)

    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def of_accounts(self, account_count: int) -> NDArray[np.int64]:
        """[N] the ring of each account, -1 for none."""
        ring_of = np.full(account_count, -1, dtype=np.int64)
        ring_of[self.members] = self.ring
        return ring_of

    def confirmed(self, confidence_share: Floats) -> CandidateRings:
        """The same rings; who was not with the body of its ring in every run is core no longer, but for
        the centre. confidence_share: [S]."""
        core = self.core & ~(confidence_share < 1)
        core[self.centre] = True
        return replace(self, confidence_share=confidence_share, core=core)


def gather_rings(
    communities: Partition,
    points: Floats,
    graph: AccountGraph,
    account_ids: Sequence[str],
    params: RingParams,
) -> CandidateRings:
    """Communities of at least params.min_size and params.min_points. points: [communities or more], theirs
    first, in the unit of params.min_points.

    A member is core if its mean pair probability to the others
    is at least half of the ring's mean; the rest is fringe, held by less than the ring is held together
    by."""
    size = communities.sizes()
    chosen = np.flatnonzero((size >= params.min_size) & (points[: len(size)] >= params.min_points))
    ring_of_group = np.full(communities.group_count, -1, dtype=np.int64)
    ring_of_group[chosen] = np.arange(len(chosen))
    accounts, _ = communities.members()
    group = np.repeat(np.arange(communities.group_count), size)
    kept = ring_of_group[group] >= 0
    members, ring = accounts[kept], ring_of_group[group[kept]]
    starts = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(size[chosen], out=starts[1:])
    share = _strengths(communities, graph)[members] / np.maximum(size[chosen] - 1, 1)[ring]
    mean = np.add.reduceat(share, starts[:-1]) / size[chosen] if len(chosen) else np.empty(0)
    # The centre: greatest share, the least position among equals.
    order = np.lexsort((np.arange(len(members)), -share, ring))
    return CandidateRings(
        names=_names([[account_ids[position] for position in members[a:b]] for a, b in pairwise(starts)]),
        members=members, starts=starts, ring=ring, closeness_share=share,
        confidence_share=np.full(len(members), np.nan), core=share >= mean[ring] / 2,
        centre=order[starts[:-1]],
    )  # fmt: skip


def _strengths(communities: Partition, graph: AccountGraph) -> Floats:
    """[N] sum of pair probabilities to accounts of the same community."""
    label = communities.label
    inside = label[graph.source] == label[graph.target]
    inside &= label[graph.source] >= 0
    within = graph.only(inside)
    return within.sum_by_account(within.weight, within.weight)


def _names(rings: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """`RING-` and a digest of the sorted member ids: the same members, the same name, in every workspace.

    Two rings whose digests begin alike get longer names.
    """
    digests = [_digest(ids) for ids in rings]
    length = _NAME_CHARS
    while len({digest[:length] for digest in digests}) < len(digests):
        length += 2
    return tuple(f"RING-{digest[:length]}" for digest in digests)


def _digest(ids: Sequence[str]) -> str:
    text = "\x00".join(sorted(ids)).encode("utf-8", "surrogatepass")
    return base64.b32encode(hashlib.blake2b(text, digest_size=30).digest()).decode("ascii")
