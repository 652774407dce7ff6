"""What enforcement says in the graph, as queries over temporary tables that are made of it.

in_force           one row an account
shown_plan         plans; plan_proposal: what they do with accounts; plan_touch: which rings they are about
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import duckdb
import pyarrow as pa

from graphrisk.model.enforcement import Bucket, Tier, rank, strongest
from graphrisk.model.graph_enforcement import GraphEnforcement, PlanRing, ShownPlan
from graphrisk.model.graph_schema import ACCOUNT, PLAN, RING
from graphrisk.model.tables import TIME
from graphrisk.stores.duckdb.graph_columns import ENDS, caption_of, digest_of, id_of, with_digest

_SHORT_ID = 10
_TEXT, _COUNT = pa.string(), pa.int64()
_IN_FORCE = pa.schema(
    {
        "account_id": _TEXT, "tier": _TEXT, "tier_rank": _COUNT, "from_at": TIME, "until_at": TIME,
        "plan_id": _TEXT,
    }
)  # fmt: skip
_SHOWN_PLAN = pa.schema(
    {
        "plan_id": _TEXT, "status": _TEXT, "run_id": _TEXT, "created_at": TIME, "expires_at": TIME,
        "planned_by": _TEXT, "approved_by": _TEXT, "ring_count": _COUNT, "account_count": _COUNT,
        "action_count": _COUNT, "blocked_count": _COUNT, "left_out_count": _COUNT,
    }
)  # fmt: skip
_PLAN_PROPOSAL = pa.schema(
    {
        "plan_id": _TEXT, "account_id": _TEXT, "acts": pa.bool_(), "bucket": _TEXT, "present": _TEXT,
        "wanted": _TEXT, "tier": _TEXT, "blocked_by": _TEXT, "reasons": _TEXT, "ring_id": _TEXT,
        "from_at": TIME, "until_at": TIME, "outcome": _TEXT, "ended_at": TIME, "ended_by": _TEXT,
    }
)  # fmt: skip
_PLAN_TOUCH = pa.schema(
    {
        "plan_id": _TEXT, "ring_id": _TEXT, "account_count": _COUNT, "action_count": _COUNT,
        "blocked_count": _COUNT, "strongest": _TEXT, "is_shown": pa.bool_(),
    }
)  # fmt: skip


def keep_enforcement(connection: duckdb.DuckDBPyConnection, enforcement: GraphEnforcement) -> None:
    """Makes the temporary tables."""
    plans = enforcement.plans
    in_force = (
        (each.account_id, each.tier, rank(each.tier), each.from_at, each.until_at, each.plan_id)
        for each in enforcement.enforced
    )
    for name, schema, rows in (
        ("in_force", _IN_FORCE, in_force),
        ("shown_plan", _SHOWN_PLAN, map(_plan_row, plans)),
        ("plan_proposal", _PLAN_PROPOSAL, (row for plan in plans for row in _proposal_rows(plan))),
        ("plan_touch", _PLAN_TOUCH, (row for plan in plans for row in _touch_rows(plan))),
    ):
        connection.register("enforcement_rows", _table(schema, rows))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM enforcement_rows")
        connection.unregister("enforcement_rows")


_Row = tuple[str | int | bool | datetime | None, ...]


def _table(schema: pa.Schema, rows: Iterable[_Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([list(column) for column in columns], schema=schema)


def _plan_row(plan: ShownPlan) -> _Row:
    head = plan.head
    return (
        head.plan_id, head.status, head.run_id, head.created_at, head.expires_at, head.planned_by,
        ", ".join(head.approved_by), len(plan.rings), plan.account_count,
        sum(ring.action_count for ring in plan.rings), sum(map(_blocked_count, plan.rings)),
        plan.left_out_count,
    )  # fmt: skip


def _proposal_rows(plan: ShownPlan) -> Iterator[_Row]:
    for row in plan.rows:
        if row.account_id is None:
            continue
        ended = plan.outcomes.get(row.subject)
        became = (None, None, None) if ended is None else (ended.outcome, ended.ended_at, ended.ended_by)
        yield (
            plan.head.plan_id, row.account_id, row.acts, row.bucket, row.present, row.wanted, row.proposed,
            ", ".join(row.blocked_by), row.reasons, row.ring_id, row.from_at, row.until_at, *became,
        )  # fmt: skip


def _touch_rows(plan: ShownPlan) -> Iterator[_Row]:
    shown = {row.subject for row in plan.rows}
    for ring in plan.rings:
        tiers: list[Tier] = [row.proposed for row in ring.rows if row.acts and row.proposed is not None]
        yield (
            plan.head.plan_id, ring.ring_id, len(ring.rows), ring.action_count, _blocked_count(ring),
            strongest(tiers), all(row.subject in shown for row in ring.rows),
        )  # fmt: skip


def _blocked_count(ring: PlanRing) -> int:
    return sum(row.bucket is Bucket.BLOCKED for row in ring.rows)


def account_enforcement_query() -> str:
    """What is in force: id, enforcement_state, _from_at, _until_at, _plan_id, _digest, is_enforced."""
    columns = (
        "enforcement_state", "enforcement_from_at", "enforcement_until_at", "enforcement_plan_id",
    )  # fmt: skip
    return f"""
    SELECT id, {", ".join(columns)}, is_enforced, {digest_of(columns)} AS enforcement_digest
    FROM (
        SELECT {id_of("account_id")} AS id, tier AS enforcement_state,
               epoch_us(from_at) AS enforcement_from_at, epoch_us(until_at) AS enforcement_until_at,
               plan_id AS enforcement_plan_id, tier_rank > {rank(Tier.MONITOR)} AS is_enforced
        FROM in_force)"""


def ring_enforcement_query() -> str:
    """What is in force on the members of a run's rings: id, enforced_count, strongest_enforcement,
    enforcement_digest."""
    columns = ("enforced_count", "strongest_enforcement")
    return f"""
    SELECT id, {", ".join(columns)}, {digest_of(columns)} AS enforcement_digest
    FROM (
        SELECT ring_id AS id, nullif(count(*) FILTER (tier_rank > {rank(Tier.MONITOR)}), 0) AS enforced_count,
               arg_max(tier, tier_rank) AS strongest_enforcement
        FROM ring_member JOIN in_force USING (account_id) WHERE run_id = $run GROUP BY ring_id)"""


def plan_query() -> str:
    columns = (
        "long_id", "caption", "status", "run_id", "created_at", "expires_at", "planned_by", "approved_by",
        "ring_count", "account_count", "action_count", "blocked_count", "left_out_count",
    )  # fmt: skip
    # A name is as long as its digest; commands take how it starts
    short_id = (
        f"CASE WHEN length(plan_id) > {_SHORT_ID} THEN left(plan_id, {_SHORT_ID}) || '…' ELSE plan_id END"
    )
    query = f"""
    SELECT {id_of("plan_id")} AS id, NULL::VARCHAR AS long_id,
           {caption_of(short_id)} || ' · ' || status || ' · ' || action_count || ' acted on' AS caption,
           status, run_id, epoch_us(created_at) AS created_at, epoch_us(expires_at) AS expires_at,
           nullif(planned_by, '') AS planned_by, nullif(approved_by, '') AS approved_by, ring_count,
           account_count, action_count, blocked_count, left_out_count
    FROM shown_plan"""
    return with_digest(query, "id", columns)


def proposes_query() -> str:
    """Of several rows about one account that which does something."""
    columns = (
        "bucket", "present", "wanted", "tier", "blocked_by", "reasons", "ring_id", "from_at", "until_at",
        "outcome", "ended_at", "ended_by",
    )  # fmt: skip
    query = f"""
    SELECT '{PLAN}' AS start_label, {id_of("plan_id")} AS start_id, '{ACCOUNT}' AS end_label,
           {id_of("account_id")} AS end_id, bucket, present, wanted, tier,
           nullif(blocked_by, '') AS blocked_by, nullif(reasons, '') AS reasons,
           nullif(ring_id, '') AS ring_id, epoch_us(from_at) AS from_at, epoch_us(until_at) AS until_at,
           outcome, epoch_us(ended_at) AS ended_at, nullif(ended_by, '') AS ended_by
    FROM plan_proposal
    QUALIFY row_number() OVER (PARTITION BY plan_id, account_id ORDER BY acts DESC, ring_id) = 1"""
    return with_digest(query, ENDS, columns)


def touches_query() -> str:
    columns = ("account_count", "action_count", "blocked_count", "strongest", "is_shown")
    query = f"""
    SELECT '{PLAN}' AS start_label, {id_of("plan_id")} AS start_id, '{RING}' AS end_label,
           ring_id AS end_id, {", ".join(columns)}
    FROM plan_touch"""
    return with_digest(query, ENDS, columns)
