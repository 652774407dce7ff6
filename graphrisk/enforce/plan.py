"""A plan: what would be done about rings, to whom, on what grounds, and what stands against it.

It is made of one run, the policy, and what is in force, and does nothing. Its name is a digest of all that it
says, so that the same inputs give the same plan, and whoever approves a name approves every row. Rows enter
the digest by digests of their own, keyed so that nobody can try accounts out on them: when an account is
erased its row becomes a stub, and the plan keeps its name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from graphrisk.enforce.blast import BlastRadius
from graphrisk.model.enforcement import Bucket, PlanRow, Tier

_NAME_CHARS = 26  # 130 bits


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """What was asked for. made_at: naive UTC. ring_ids: empty for all rings of the run. at_most: no tier
    above it. spread_hours: actions begin at random within so long after the plan is applied; 0: at once."""

    author: str
    made_at: datetime
    ring_ids: tuple[str, ...] = ()
    at_most: Tier = Tier.BAN
    spread_hours: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """order, and what the plan was made from. counts: rows by bucket, and `blocked_by GUARDRAIL` of rows that
    each guardrail took something away from. rings: of the rows, acting_rings: of those that do
    something; sorted."""

    order: PlanOrder
    expires_at: datetime
    run_id: str
    as_of: datetime
    policy_digest: str
    data_digest: str
    judgements_digest: str
    approval_count: int
    rings: tuple[str, ...]
    acting_rings: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    blast: BlastRadius


@dataclass(frozen=True, slots=True)
class Plan:
    """rows: by ring, then subject."""

    plan_id: str
    header: PlanHeader
    rows: tuple[PlanRow, ...]

    def acting(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if row.acts)


@dataclass(frozen=True, slots=True)
class PlanOutline:
    """A plan without its rows: by the digests of all of them, in their order, its name can be checked."""

    plan_id: str
    header: PlanHeader
    digests: tuple[str, ...]


def seal_rows(rows: Iterable[PlanRow], key: bytes) -> tuple[PlanRow, ...]:
    """With their digests, in the order of a plan."""
    ordered = sorted(rows, key=lambda row: (row.ring_id, row.subject))
    return tuple(replace(row, digest=row_digest(row, key)) for row in ordered)


def row_digest(row: PlanRow, key: bytes) -> str:
    """HMAC-SHA256 of all that the row says, hexadecimal. key: of pseudonyms."""
    return hmac.digest(key, _canonical(replace(row, digest="")), "sha256").hex()


def name_plan(header: PlanHeader, digests: Iterable[str]) -> str:
    """`P-` and a digest of the header and the rows' digests."""
    found = hashlib.sha256(_canonical(header))
    for digest in digests:
        found.update(digest.encode())
    return "P-" + base64.b32encode(found.digest()).decode("ascii")[:_NAME_CHARS]


def find_changed(plan: Plan, key: bytes) -> str | None:
    """What in the plan is not as it was when it was named, in words; None: nothing. Of a stub only the
    digest is left."""
    outline = PlanOutline(plan.plan_id, plan.header, tuple(row.digest for row in plan.rows))
    return find_changed_part(outline, plan.rows, key)


def find_changed_part(outline: PlanOutline, rows: Iterable[PlanRow], key: bytes) -> str | None:
    """The same for some of the rows. Each has to be one of the outline's."""
    known = set(outline.digests)
    for row in rows:
        is_stub = row.account_id is None
        if row.digest not in known or not (is_stub or row_digest(row, key) == row.digest):
            return f"a row of ring {row.ring_id}"
    if name_plan(outline.header, outline.digests) != outline.plan_id:
        return "its header, or which rows it has"
    return None


def erase_row(row: PlanRow) -> PlanRow:
    """What is left of a row when its account is erased."""
    return replace(row, account_id=None, market=None, money=(), evidence=(), reasons="")


def count_rows(rows: Sequence[PlanRow]) -> tuple[tuple[str, int], ...]:
    """By bucket, all of them; then by guardrail."""
    buckets = Counter(row.bucket for row in rows)
    guards = Counter(name for row in rows for name in row.blocked_by)
    return (
        *((bucket.value, buckets[bucket]) for bucket in Bucket),
        *((f"blocked_by {name}", count) for name, count in sorted(guards.items())),
    )


def _canonical(told: PlanRow | PlanHeader) -> bytes:
    return msgspec.json.encode(told, order="sorted")
