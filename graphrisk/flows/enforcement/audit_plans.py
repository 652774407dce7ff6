"""Whether plans are what was decided about: those that the ledger says somebody approved, rejected or carried
out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from graphrisk.enforce.faults import Fault, FaultKind
from graphrisk.enforce.plan import Plan, find_changed
from graphrisk.errors import NotFoundError, TamperedError, printable
from graphrisk.model.ledger import Approved, Entry, Erased, Packaged, Planned, Rejected

PLANS = "plans"


class PlanShelf(Protocol):
    def list_plans(self) -> Sequence[str]: ...

    def read_plan(self, plan_id: str) -> Plan:
        """Raises NotFoundError, TamperedError."""
        ...


def decided_plans(entries: Sequence[Entry]) -> dict[str, int]:
    """Plan -> the entry that names it first; only those that somebody decided about. A plan that nobody did
    anything with may go."""
    planned = {
        entry.body.plan_id: entry.seq for entry in reversed(entries) if isinstance(entry.body, Planned)
    }
    decided = {
        entry.body.plan_id for entry in entries if isinstance(entry.body, Approved | Rejected | Packaged)
    }
    return {plan_id: seq for plan_id, seq in planned.items() if plan_id in decided}


def plan_faults(
    plans: PlanShelf, key: bytes, decided: Mapping[str, int], entries: Sequence[Entry]
) -> Iterator[Fault]:
    """key: of pseudonyms, by which rows have their digests."""
    erased = {entry.body.subject for entry in entries if isinstance(entry.body, Erased)}
    for plan_id, seq in decided.items():
        words = _find_fault(plans, key, plan_id, erased)
        if words:
            yield Fault(FaultKind.PLAN, f"{PLANS}/{printable(plan_id)}", words, seq=seq)


def _find_fault(plans: PlanShelf, key: bytes, plan_id: str, erased: set[str]) -> str | None:
    try:
        plan = plans.read_plan(plan_id)
    except NotFoundError:
        return "it is gone; the ledger says that it was decided about"
    except TamperedError as error:
        return error.what
    changed = find_changed(plan, key)
    if changed is not None:
        return f"{changed} was changed since the plan was made"
    # Of a stub nothing can be checked but its digest: so only an erasure may make one
    if any(row.account_id is None and row.subject not in erased for row in plan.rows):
        return "a row was emptied, and the ledger knows of no erasure; if one was interrupted, repeat it"
    return None
