"""What is written into a ledger when plans are carried out and taken back, for tests of what comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kept_ledger import KeptLedger

from graphrisk.enforce.expiry import expire
from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.reversal import PlanPart, PlanReversal, take_back
from graphrisk.enforce.state import EnforcementState
from graphrisk.model.enforcement import ActionRow, Operation, Purpose, Tier
from graphrisk.model.ledger import Appealed, AppealStatus, Changed, Packaged, Planned

START = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Imposed:
    """action: its name. days: after START, from and until."""

    action: str
    subject: str
    tier: Tier
    from_day: float = 0
    until_day: float | None = 30
    ring: str = "RING-A"


@dataclass(slots=True)
class Desk:
    """Carries out and takes back, one day after another."""

    ledger: KeptLedger = field(default_factory=KeptLedger)
    count: int = 0

    def state(self) -> EnforcementState:
        return self.ledger.state()

    def apply(
        self,
        plan: str,
        imposed: Iterable[Imposed] = (),
        lifted: Iterable[str] = (),
        *,
        stage: str = "all",
        at: datetime = START,
    ) -> None:
        state, package = self.state(), f"PKG-{plan}-{stage}"
        if plan not in state.plans:
            self.ledger.append([Planned(plan, "RUN-1", "policy", "data", "said", 1, at + 3 * DAY)], "ann", at)
        changes = [
            Changed(
                package, each.action, Operation.IMPOSE, each.subject, each.ring, each.tier, plan,
                START + each.from_day * DAY,
                None if each.until_day is None else START + each.until_day * DAY,
            )
            for each in imposed
        ]  # fmt: skip
        for name in lifted:
            action = state.actions[name]
            changes.append(
                Changed(
                    package, name, Operation.LIFT, action.subject, action.ring_id, action.tier,
                    action.plan_id, action.from_at, action.until_at,
                )
            )  # fmt: skip
        packaged = Packaged(package, Purpose.APPLY, plan, stage, plan, "", "m", len(changes))
        self.ledger.append([*changes, packaged], "ann", at)

    def take_back(
        self, parts: Iterable[PlanPart], *, about: str, at: datetime = START
    ) -> tuple[PlanReversal, ...]:
        done = take_back(self.state(), tuple(parts), at, Tiers())
        for each in done:
            self._put_down(each.rows, Purpose.REVERT, each.plan_id, about, at)
        return done

    def expire(self, at: datetime) -> tuple[ActionRow, ...]:
        rows = expire(self.state(), at, Tiers())
        if rows:
            self._put_down(rows, Purpose.EXPIRE, "", "", at)
        return rows

    def appeal(
        self,
        case: str,
        action: str,
        status: AppealStatus,
        reason: str = "not_me",
        days: tuple[float, float | None] = (1, None),
    ) -> None:
        received, resolved = days
        body = Appealed(
            case, self.state().actions[action].subject, action, status, START + received * DAY,
            None if resolved is None else START + resolved * DAY, reason,
        )  # fmt: skip
        self.ledger.append([body], "eve", START + received * DAY)

    def _put_down(
        self, rows: tuple[ActionRow, ...], purpose: Purpose, plan: str, about: str, at: datetime
    ) -> None:
        self.count += 1
        package = f"PKG-{purpose}-{self.count}"
        changes = [
            Changed(
                package, row.action_id, row.operation, row.subject, row.ring_id, row.tier, row.plan_id,
                row.from_at, row.until_at,
            )
            for row in rows
        ]  # fmt: skip
        packaged = Packaged(package, purpose, plan, "all", about, "", "m", len(rows))
        self.ledger.append([*changes, packaged], "eve", at)
