"""What a ring's picture shows: its members, and what they share, alike identifiers drawn as one mark.

Pure: the same dossier gives the same drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from graphrisk.model.findings import MemberFinding, RingDossier, SharedIdentifier
from graphrisk.model.verdicts import Verdict

DRAWN_MEMBER_COUNT = 300  # of a larger ring the riskiest are drawn

# With more accounts, most of them outside the ring, an identifier says little: one mark for all of a kind
BUSY_ACCOUNT_COUNT = 60


@dataclass(frozen=True, slots=True)
class IdentifierMark:
    """One or more identifiers of one kind, held by the members at these indices of RingDrawing.members.

    account_count: the most accounts that any of them has. bits: what sharing all of them adds up to.
    is_busy: held by so many outside the ring that it says little.
    """

    kind: str
    identifiers: tuple[str, ...]
    account_count: int
    bits: float
    members: tuple[int, ...]
    is_busy: bool


@dataclass(frozen=True, slots=True)
class RingDrawing:
    """members: sorted by id. verdicts: the known verdict on each member, None where there is none.

    left_out_count: members that the picture has no room for.
    """

    members: tuple[MemberFinding, ...]
    verdicts: tuple[Verdict | None, ...]
    marks: tuple[IdentifierMark, ...]
    left_out_count: int = 0

    def edges(self) -> tuple[tuple[int, int], ...]:
        """(member index, mark index) pairs, sorted by mark."""
        return tuple((member, index) for index, mark in enumerate(self.marks) for member in mark.members)


def draw_ring(dossier: RingDossier) -> RingDrawing:
    """Shows the identifiers that the evidence names; an account that is no member is left out."""
    riskiest = sorted(dossier.members, key=lambda member: (-member.account_risk, member.account_id))
    members = tuple(sorted(riskiest[:DRAWN_MEMBER_COUNT], key=lambda member: member.account_id))
    left_out_count = len(dossier.members) - len(members)
    known = {
        label.account_id: label.verdict for label in dossier.labels if label.verdict is not Verdict.UNKNOWN
    }
    position = {member.account_id: index for index, member in enumerate(members)}
    return RingDrawing(
        members=members,
        verdicts=tuple(known.get(member.account_id) for member in members),
        marks=_merge_alike(
            mark
            for mark in _identifier_marks(dossier.evidence, position)
            if len(mark.members) > 1 or not left_out_count
        ),
        left_out_count=left_out_count,
    )


def _identifier_marks(evidence: Iterable[SharedIdentifier], position: dict[str, int]) -> list[IdentifierMark]:
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    rows: dict[tuple[str, str], SharedIdentifier] = {}
    for row in evidence:
        holders[row.kind, row.identifier] |= {
            position[end] for end in (row.account_id, row.via_account_id) if end in position
        }
        rows[row.kind, row.identifier] = row
    return [
        IdentifierMark(
            kind=kind,
            identifiers=(identifier,),
            account_count=rows[kind, identifier].account_count,
            bits=rows[kind, identifier].bits,
            members=tuple(sorted(holders[kind, identifier])),
            is_busy=_is_busy(rows[kind, identifier]),
        )
        for kind, identifier in sorted(holders)
    ]


def _is_busy(row: SharedIdentifier) -> bool:
    return row.account_count > max(BUSY_ACCOUNT_COUNT, 2 * row.ring_account_count)


def _merge_alike(marks: Iterable[IdentifierMark]) -> tuple[IdentifierMark, ...]:
    """Identifiers of one kind become one mark where the same members hold them, and where they are busy."""
    alike: dict[tuple[str, tuple[int, ...] | None], list[IdentifierMark]] = defaultdict(list)
    for mark in marks:
        alike[mark.kind, None if mark.is_busy else mark.members].append(mark)
    return tuple(
        IdentifierMark(
            kind=kind,
            identifiers=tuple(identifier for mark in group for identifier in mark.identifiers),
            account_count=max(mark.account_count for mark in group),
            bits=(max if group[0].is_busy else sum)(mark.bits for mark in group),
            members=tuple(sorted({member for mark in group for member in mark.members})),
            is_busy=group[0].is_busy,
        )
        for (kind, _), group in alike.items()
    )
