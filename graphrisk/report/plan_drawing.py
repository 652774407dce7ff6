"""What a plan's picture shows: its rings as panels, in each the accounts and what holds them together.

Pure: the same plan gives the same drawing, in whatever order its rows come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from graphrisk.model.enforcement import Bucket, Evidence, PlanRow
from graphrisk.model.graph_enforcement import PlanRing
from graphrisk.model.plan_rings import choose_whole_rings, group_rows

DRAWN_ACCOUNT_COUNT = 300  # of a larger plan whole rings are drawn, as many as fit


@dataclass(frozen=True, slots=True)
class PlanPicture:
    """A plan as it was made, whatever became of it. Times naive UTC."""

    plan_id: str
    run_id: str
    planned_by: str
    created_at: datetime
    expires_at: datetime
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class SharedMark:
    """One or more identifiers of one kind, held by the same accounts: indices of PlanPanel.rows.

    account_count, ring_account_count: the most that any of them has. counts: whether the policy lets one of
    them count as evidence.
    """

    kind: str
    identifiers: tuple[str, ...]
    account_count: int
    ring_account_count: int
    counts: bool
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanPanel:
    """One ring. rows: those with which something is done or was first, then those that stand apart, because a
    guardrail blocks what would be done; apart: from which on."""

    ring_id: str
    score: float
    rows: tuple[PlanRow, ...]
    apart: int
    marks: tuple[SharedMark, ...]

    def edges(self) -> tuple[tuple[int, int], ...]:
        """(row index, mark index) pairs, sorted by mark."""
        return tuple((row, index) for index, mark in enumerate(self.marks) for row in mark.rows)


@dataclass(frozen=True, slots=True)
class PlanDrawing:
    """left_out_count: accounts, of left_out_ring_count rings, that the picture has no room for."""

    panels: tuple[PlanPanel, ...]
    account_count: int
    action_count: int
    blocked_count: int
    ring_count: int
    left_out_count: int
    left_out_ring_count: int


def draw_plan(rows: Iterable[PlanRow], limit: int = DRAWN_ACCOUNT_COUNT) -> PlanDrawing:
    """limit: accounts at most."""
    rings = group_rows(rows)
    panels = tuple(map(_panel, choose_whole_rings(rings, limit)))
    every = [row for ring in rings for row in ring.rows]
    whole = {ring.ring_id: len(ring.rows) for ring in rings}
    return PlanDrawing(
        panels=panels,
        account_count=len(every),
        action_count=sum(row.acts for row in every),
        blocked_count=sum(row.bucket is Bucket.BLOCKED for row in every),
        ring_count=len(rings),
        left_out_count=len(every) - sum(len(panel.rows) for panel in panels),
        left_out_ring_count=len(rings) - sum(len(panel.rows) == whole[panel.ring_id] for panel in panels),
    )


def _panel(ring: PlanRing) -> PlanPanel:
    drawn = [row for row in ring.rows if row.bucket is not Bucket.BLOCKED]
    apart = [row for row in ring.rows if row.bucket is Bucket.BLOCKED]
    rows = (*drawn, *apart)
    return PlanPanel(ring.ring_id, ring.score, rows, len(drawn), _shared_marks(rows))


def _shared_marks(rows: Sequence[PlanRow]) -> tuple[SharedMark, ...]:
    """Identifiers that at least two of the rows hold; those of one kind that the same rows hold are one."""
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    told: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for index, row in enumerate(rows):
        for evidence in row.evidence:
            if evidence.identifier and index not in holders[evidence.kind, evidence.identifier]:
                holders[evidence.kind, evidence.identifier].append(index)
                told[evidence.kind, evidence.identifier].append(evidence)
    alike: dict[tuple[str, tuple[int, ...]], list[str]] = defaultdict(list)
    for kind, identifier in sorted(holders):
        if len(holders[kind, identifier]) > 1:
            alike[kind, tuple(holders[kind, identifier])].append(identifier)
    marks = []
    for (kind, held_by), identifiers in alike.items():
        said = [evidence for identifier in identifiers for evidence in told[kind, identifier]]
        marks.append(
            SharedMark(
                kind=kind,
                identifiers=tuple(identifiers),
                account_count=max(evidence.account_count for evidence in said),
                ring_account_count=max(evidence.ring_account_count for evidence in said),
                counts=any(evidence.counts for evidence in said),
                rows=held_by,
            )
        )
    return tuple(marks)
