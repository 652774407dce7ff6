"""How plans are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from graphrisk.cli.output import Column, Json, note, print_facts, print_table
from graphrisk.model.enforcement import Bucket, Money, PlanRow

if TYPE_CHECKING:
    from graphrisk.enforce.blast import BlastRadius
    from graphrisk.enforce.plan import PlanHeader
    from graphrisk.enforce.promise import Promise
    from graphrisk.enforce.state import PlanState

_ROWS = (
    Column("account"), Column("ring"), Column("bucket"), Column("now"), Column("proposed"),
    Column("risk", 3), Column("kinds", 0), Column("blocked by", fold=True),
    Column("reasons", fold=True),
)  # fmt: skip


def print_plan(plan_id: str, header: PlanHeader, canary_count: int) -> None:
    """What it would do, to how many, and what that risks. canary_count: accounts that go first."""
    print_facts(
        [
            ("plan", plan_id),
            ("made", header.order.made_at),
            ("by", header.order.author),
            ("good until", header.expires_at),
            ("run", header.run_id),
            ("run as of", header.as_of),
            ("rings", len(header.rings)),
            ("approvals asked for", header.approval_count),
            ("goes first (canary)", canary_count or None),
        ],
        title="plan",
    )
    print_table(
        [Column("what"), Column("accounts")],
        [(name, count) for name, count in header.counts if count],
        title="accounts",
    )
    print_blast(header.blast)


def print_blast(blast: BlastRadius) -> None:
    tiers = [(tier.value, count) for tier, count in blast.by_tier]
    if not tiers:
        note("the plan imposes nothing on anybody")
        return
    print_table([Column("tier"), Column("accounts")], tiers, title="imposed")
    print_table(
        [Column("independent kinds of evidence"), Column("accounts")], blast.by_sources, title="evidence"
    )
    print_facts(
        [
            ("honest accounts among them", _promised(blast.wrongful)),
            ("of those with more than a review", _promised(blast.wrongful_harmed)),
            ("share nothing but hubs", blast.by_hub_only),
            ("share one identifier alone", blast.by_one_identifier),
            ("share of all turnover", f"{blast.turnover_share:.2%}"),
            ("share of all losses", f"{blast.loss_share:.2%}"),
        ],
        title="blast radius",
    )
    print_money(blast.money)
    if blast.smallest:
        print_table(
            [Column("of the rings' losses"), Column("fewest accounts"), Column("of these in the plan")],
            [(f"{each.loss_share:.0%}", each.account_count, each.planned_count) for each in blast.smallest],
            title="smallest list that stops it",
        )


def print_money(money: Sequence[Money]) -> None:
    if money:
        print_table(
            [Column("currency"), Column("paid, minor units"), Column("lost"), Column("received")],
            [(each.currency or "?", each.paid_minor, each.lost_minor, each.received_minor) for each in money],
            title="money at stake",
        )


def print_rows(rows: Sequence[PlanRow]) -> None:
    """One line for each account."""
    cells = [
        (
            row.account_id or row.subject, row.ring_id, row.bucket.value, row.present, row.proposed, row.risk,
            len({each.source for each in row.evidence if each.counts}), ", ".join(row.blocked_by),
            row.reasons,
        )
        for row in rows
    ]  # fmt: skip
    print_table(_ROWS, cells)


def print_row(row: PlanRow) -> None:
    """One account, with each piece of evidence on a line of its own."""
    print_facts(
        [
            ("account", row.account_id or row.subject),
            ("ring", row.ring_id),
            ("ring score", row.ring_score),
            ("risk", f"{row.risk:.3f} (90 %: {row.risk_low:.3f} to {row.risk_high:.3f})"),
            ("bucket", row.bucket.value),
            ("in force now", row.present),
            ("by score and risk alone", row.wanted),
            ("proposed", row.proposed),
            ("blocked by", ", ".join(row.blocked_by) or None),
            ("from", row.from_at),
            ("until", row.until_at),
        ],
        title="account",
        digits=3,
    )
    print_table(
        [Column("kind"), Column("identifier"), Column("counts"), Column("what it says", fold=True)],
        [
            (each.source.value, each.identifier, "yes" if each.counts else "no", each.words)
            for each in row.evidence
        ],
        title="evidence",
    )
    print_money(row.money)


def plan_status(told: PlanState, header: PlanHeader, at: datetime) -> str:
    """In one word: rejected, reverted, applied, partly applied, expired, approved, or waiting."""
    if told.rejections:
        return "rejected"
    if told.reverted_by:
        return "reverted"
    if told.stages:
        return "partly applied" if set(told.stages) == {"canary"} else "applied"
    if at >= header.expires_at:
        return "expired"
    return "approved" if len({each.by for each in told.approvals}) >= header.approval_count else "waiting"


def header_json(plan_id: str, header: PlanHeader) -> dict[str, Json]:
    """Its fields by their names; counts and tiers as objects."""
    told = _builtins(header)
    blast = _builtins(header.blast)
    pairs = {name: {str(key): count for key, count in getattr(header.blast, name)} for name in _PAIRS}
    return {"plan_id": plan_id, **told, "counts": dict(header.counts), "blast": {**blast, **pairs}}


_PAIRS = ("by_tier", "by_sources")


def row_json(row: PlanRow) -> dict[str, Json]:
    """Its fields by their names."""
    return _builtins(row)


def _builtins(value: PlanHeader | PlanRow | BlastRadius) -> dict[str, Json]:
    found: dict[str, Json] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return found


def shown_first(rows: Sequence[PlanRow]) -> tuple[PlanRow, ...]:
    """What is done before what is not, the riskiest first."""
    order = list(Bucket)
    return tuple(
        sorted(rows, key=lambda row: (not row.acts, order.index(row.bucket), -row.risk, row.subject))
    )


def _promised(promise: Promise) -> str:
    return (
        f"{promise.expected:.1f} of {promise.account_count:,} expected;"
        f" {promise.low:,} to {promise.high:,} with 90 %"
    )
