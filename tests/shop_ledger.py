"""A real ledger, keys and plans for a workspace, filled with what is done about it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from graphrisk.enforce.blast import measure_blast
from graphrisk.enforce.plan import Plan, PlanHeader, PlanOrder, count_rows, name_plan, seal_rows
from graphrisk.model.enforcement import Operation, PlanRow, Purpose
from graphrisk.model.ledger import Approved, Body, Changed, Erased, Packaged, Planned
from graphrisk.workspace import Workspace
from graphrisk.workspace.enforcing import Enforcement
from graphrisk.workspace.enforcing_begin import begin_enforcement


def beginning_at(rows: Sequence[PlanRow], at: datetime) -> list[PlanRow]:
    """The same rows, done from `at` on for 30 days."""
    until = at + timedelta(days=30)
    return [replace(row, from_at=at, until_at=until) if row.acts else row for row in rows]


@dataclass(slots=True)
class ShopLedger:
    """What commands would do, without what they would ask for before they do it."""

    enforcement: Enforcement
    package_count: int = 0

    @classmethod
    def begin(cls, shop: Workspace, keys: Path) -> ShopLedger:
        begin_enforcement(shop, keys, "ann")
        return cls(Enforcement.open(shop, keys))

    def plan(self, rows: Sequence[PlanRow], at: datetime, *, approval_count: int = 1) -> Plan:
        """By ann. rows: their subjects are put in."""
        desk = self.enforcement
        token_of, key = desk.token_of(), desk.keys.token_key()
        named = [replace(row, subject=token_of(row.account_id or "")) for row in rows]
        sealed, present = seal_rows(named, key), desk.present()
        header = PlanHeader(
            PlanOrder("ann", at), at + timedelta(days=3), present.run_id, present.as_of, desk.policy().digest,
            present.data_digest, present.judgements_digest, approval_count,
            tuple(sorted({row.ring_id for row in sealed})),
            tuple(sorted({row.ring_id for row in sealed if row.acts})), count_rows(sealed),
            measure_blast(sealed, 0),
        )  # fmt: skip
        plan = Plan(name_plan(header, (row.digest for row in sealed)), header, sealed)
        desk.plan_files.write_plan(plan)
        planned = Planned(
            plan.plan_id, header.run_id, header.policy_digest, header.data_digest, header.judgements_digest,
            len(plan.acting()), header.expires_at,
        )  # fmt: skip
        self._append([planned], "ann", at)
        return plan

    def approve(self, plan: Plan, by: str, at: datetime) -> None:
        self._append([Approved(plan.plan_id, "looked at it", plan.header.rings, (), "")], by, at)

    def apply(self, plan: Plan, at: datetime) -> None:
        changes = [
            (f"A-{plan.plan_id}-{row.subject}", Operation.IMPOSE, row)
            for row in plan.acting()
            if row.proposed is not None
        ]
        self._package(plan, changes, Purpose.APPLY, at)

    def revert(self, plan: Plan, at: datetime) -> None:
        changes = [
            (f"A-{plan.plan_id}-{row.subject}", Operation.LIFT, row)
            for row in plan.acting()
            if row.proposed is not None
        ]
        self._package(plan, changes, Purpose.REVERT, at)

    def erase(self, account_id: str, at: datetime) -> None:
        """In the ledger alone: plans have it still."""
        self._append([Erased(self.enforcement.token_of()(account_id), (), (), "asked to be")], "ann", at)

    def _package(
        self,
        plan: Plan,
        changes: Sequence[tuple[str, Operation, PlanRow]],
        purpose: Purpose,
        at: datetime,
    ) -> None:
        self.package_count += 1
        package = f"PKG-{self.package_count}"
        bodies: list[Body] = []
        for action_id, operation, row in changes:
            assert row.proposed is not None
            assert row.from_at is not None
            bodies.append(
                Changed(
                    package, action_id, operation, row.subject, row.ring_id, row.proposed, plan.plan_id,
                    row.from_at, row.until_at,
                )
            )  # fmt: skip
        done = Packaged(package, purpose, plan.plan_id, "all", plan.plan_id, "", "0" * 64, len(changes))
        self._append([*bodies, done], "eve", at)

    def _append(self, bodies: Sequence[Body], by: str, at: datetime) -> None:
        with self.enforcement.ledger.writing() as ledger:
            ledger.append(bodies, by, at)
