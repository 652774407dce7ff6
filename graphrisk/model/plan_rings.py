"""The rows of a plan by the ring that they come from, and as many whole rings as a picture has room for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from graphrisk.model.enforcement import PlanRow, rank
from graphrisk.model.graph_enforcement import PlanRing


def group_rows(rows: Iterable[PlanRow]) -> tuple[PlanRing, ...]:
    """Rings in which something is done come first, then by falling score."""
    of_ring: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        of_ring[row.ring_id].append(row)
    rings = (
        PlanRing(ring_id, max(row.ring_score for row in found), tuple(sorted(found, key=_first_of_ring)))
        for ring_id, found in of_ring.items()
    )
    return tuple(sorted(rings, key=lambda ring: (ring.action_count == 0, -ring.score, ring.ring_id)))


def choose_whole_rings(rings: Sequence[PlanRing], limit: int) -> tuple[PlanRing, ...]:
    """As many as fit into `limit` accounts, each whole, in their order: one that does not fit is left out, a
    smaller one after it may still come. Where the first alone has more, its first `limit` rows."""
    if rings and len(rings[0].rows) > limit:
        first = rings[0]
        return (PlanRing(first.ring_id, first.score, first.rows[:limit]),)
    chosen: list[PlanRing] = []
    room = limit
    for ring in rings:
        if len(ring.rows) <= room:
            chosen.append(ring)
            room -= len(ring.rows)
    return tuple(chosen)


def _first_of_ring(row: PlanRow) -> tuple[bool, int, float, str]:
    return not row.acts, -rank(row.proposed), -row.risk, row.subject
