"""Whatever is planned, approved, applied, delivered, cut off, tried again, taken back, expired and appealed,
in any order: state is what simple book-keeping says, applying twice changes nothing, what is taken back is as
if it had not been, whoever got everything does what the ledger says, nobody on the allow-list is ever in a
package, and no cap is ever exceeded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from kept_delivery import KeptShop, deliver_to
from kept_ledger import KeptLedger, KeptPackages, PowerCut
from plan_grounds import KEY, NOW, member, run_facts, thing, token_of

from graphrisk.enforce.facts import MemberFacts, RunFacts
from graphrisk.enforce.plan import Plan, PlanOrder, PlanOutline
from graphrisk.enforce.policy import Cap, Caps, Guardrail, Limits, Policy, TierRule, Tiers
from graphrisk.enforce.spent import Payer
from graphrisk.enforce.state import replay
from graphrisk.errors import EnforcementRefusedError
from graphrisk.flows.enforcement.apply import ApplySides, apply_plan
from graphrisk.flows.enforcement.approve import Desk, Saying, approve_plan, reject_plan, view_plan
from graphrisk.flows.enforcement.expire import expire_actions
from graphrisk.flows.enforcement.make_plan import PlanSides, plan_actions
from graphrisk.flows.enforcement.revert import Reason, RevertSides, revert
from graphrisk.flows.enforcement.revert_target import RevertTarget
from graphrisk.flows.enforcement.switch import switch
from graphrisk.model.enforcement import Operation, PlanRow, Purpose, Tier, rank, strongest
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.ledger import Appealed, AppealStatus
from graphrisk.model.runs import RunRecord

ACCOUNTS = tuple(f"a{at}" for at in range(8))
SPARED = "a7"  # on the allow-list
DAY_CAP, RING_CAP, PLAN_CAP = 6, 3, 5
RISKS = st.lists(st.sampled_from([0.0, 0.15, 0.25, 0.35, 0.6, 0.8, 0.95]), min_size=8, max_size=8)
RUN = RunRecord("RUN-1", NOW, NOW, "{}", "data", 0, (), (), (), 0)


def _rule(score: float, approvals: int, days: float) -> TierRule:
    return TierRule(score, score, 1, approvals, days, "so")


POLICY = Policy(
    tiers=Tiers(
        _rule(0.1, 0, 30), _rule(0.2, 0, 3), _rule(0.3, 0, 30), _rule(0.5, 1, 5), _rule(0.7, 2, 10),
        _rule(0.9, 2, 0),
    ),
    limits=Limits(
        off=(Guardrail.ONE_IDENTIFIER, Guardrail.CAP_MARKET), least_sources=1, canary_share=0.4,
        canary_from=3, canary_hours=6, fresh_days=10_000,
    ),
    caps=Caps(
        100, ring=Cap(RING_CAP, 1.0, 1.0), day=Cap(DAY_CAP, 1.0, 1.0), plan=Cap(PLAN_CAP, 1.0, 1.0)
    ),
    allow_list=frozenset({SPARED}),
)  # fmt: skip


@dataclass(slots=True)
class Facts:
    """Fits flows.enforcement.make_plan.FactsReader and RingNames. What a run says changes from day to day."""

    run: RunFacts
    members: Sequence[MemberFacts] = ()

    def read_run_facts(self, run: RunRecord) -> RunFacts:
        return self.run

    def read_good(self, run: RunRecord) -> frozenset[str]:
        return frozenset(each.account_id for each in self.members if each.is_labelled_good)

    def read_member_facts(
        self, run: RunRecord, ring_ids: Sequence[str] | None = None
    ) -> Sequence[MemberFacts]:
        return [each for each in self.members if ring_ids is None or each.ring_id in ring_ids]

    def find_ring_ids(self, run_id: str, start: str) -> Sequence[str]:
        return [start]

    def near_ring_ids(self, run_id: str, name: str) -> Sequence[str]:
        return []


@dataclass(slots=True)
class KeptPlans:
    """Fits flows.enforcement.make_plan.Plans."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def read_plan(self, plan_id: str) -> Plan:
        return self.plans[plan_id]

    def read_outline(self, plan_id: str) -> PlanOutline:
        plan = self.plans[plan_id]
        return PlanOutline(plan_id, plan.header, tuple(row.digest for row in plan.rows))

    def read_rows(
        self, plan_id: str, *, ring_id: str | None = None, subject: str | None = None
    ) -> tuple[PlanRow, ...]:
        return tuple(
            row
            for row in self.plans[plan_id].rows
            if ring_id in (None, row.ring_id) and subject in (None, row.subject)
        )

    def read_payers(self, plan_id: str) -> tuple[Payer, ...]:
        rows = self.plans[plan_id].rows
        return tuple(Payer(row.subject, row.market, row.turnover_share) for row in rows)

    def list_plans(self) -> tuple[str, ...]:
        return tuple(sorted(self.plans))

    def write_plan(self, plan: Plan) -> Path:
        self.plans[plan.plan_id] = plan
        return Path(plan.plan_id)


@dataclass(frozen=True, slots=True)
class Names:
    """Fits flows.enforcement.hand_over.AccountNames."""

    def read_names(self) -> Mapping[str, str]:
        return {token_of(each): each for each in ACCOUNTS}


@dataclass(frozen=True, slots=True)
class NoSign:
    def is_up(self) -> bool:
        return False


@dataclass(slots=True)
class Imposed:
    """An action as a child would keep book of it. ended: why it was ended, as often as it was."""

    subject: str
    tier: Tier
    plan_id: str
    from_at: datetime
    until_at: datetime | None
    ended: list[str] = field(default_factory=list)

    def holds(self, at: datetime) -> bool:
        return not self.ended and self.from_at <= at and (self.until_at is None or at < self.until_at)


class Enforcing(RuleBasedStateMachine):
    """One thing after another, at a desk with a clock."""

    plans: Bundle[str] = Bundle("plans")

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.ledger, self.packages, self.plan_files = KeptLedger(), KeptPackages(), KeptPlans()
        self.facts = Facts(run_facts(active_by_market=(("DE", 100),)))
        self.book: dict[str, Imposed] = {}
        self.booked: set[str] = set()
        self.cases = 0
        self.shop = KeptShop()

    # ---- what people do --------------------------------------------------------------------------------
    @rule(hours=st.sampled_from([1, 7, 30, 130]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        risks=RISKS,
        good=st.sets(st.sampled_from(ACCOUNTS), max_size=2),
        changes_tables=st.booleans(),
    )
    def run_again(self, risks: list[float], good: set[str], changes_tables: bool) -> None:
        self.facts.members = [
            member(name, ring_id=f"RING-{at % 2}", risk=risk, risk_low=risk, risk_high=risk,
                   is_labelled_good=name in good, things=(thing("device", f"d{at % 2}"),))
            for at, (name, risk) in enumerate(zip(ACCOUNTS, risks, strict=True))
        ]  # fmt: skip
        if changes_tables:
            number = int(self.facts.run.data_digest.removeprefix("data") or "0") + 1
            self.facts.run = replace(self.facts.run, data_digest=f"data{number}")

    @rule(
        target=plans,
        risks=RISKS,
        at_most=st.sampled_from([Tier.STEP_UP, Tier.RESTRICT, Tier.BAN]),
        spread=st.sampled_from([0.0, 60.0]),
        good=st.sets(st.sampled_from(ACCOUNTS), max_size=2),
        stages=st.integers(0, 2),
    )
    def carry_out(
        self, risks: list[float], at_most: Tier, spread: float, good: set[str], stages: int
    ) -> object:
        """As it is meant to be, as far as nothing stands against it."""
        self.ledger.until_cut = None
        self.run_again(risks, good, changes_tables=True)
        plan = self.plan(at_most, spread, "")
        if isinstance(plan, str):
            self.approve(plan, "eve", looks=True)
            self.approve(plan, "bob", looks=True)
            for stage in range(stages):
                self.apply(plan, wants_rest=stage == 1)
                self.now += timedelta(hours=7)
        return plan

    @rule(
        target=plans,
        at_most=st.sampled_from([Tier.STEP_UP, Tier.RESTRICT, Tier.BAN]),
        spread=st.sampled_from([0.0, 60.0]),
        ring=st.sampled_from(["", "RING-0"]),
    )
    def plan(self, at_most: Tier, spread: float, ring: str) -> object:
        rings = (ring,) if ring else ()
        order = PlanOrder("ann", self.now, rings, at_most, spread)
        sides = PlanSides(self.facts, self.facts, self.plan_files, self.ledger, token_of, KEY)
        made = self._cut_off_or(lambda: plan_actions(sides, RUN, POLICY, BUILT_IN_KINDS, order))
        if made is None or not made.plan.rows:
            return multiple()
        acting = [row for row in made.plan.acting() if rank(row.proposed) > rank(Tier.MONITOR)]
        assert len(acting) <= PLAN_CAP
        assert all(row.account_id != SPARED or row.proposed is None for row in made.plan.rows)
        return made.plan.plan_id

    @rule(plan=plans, by=st.sampled_from(["ann", "eve", "bob"]), looks=st.booleans())
    def approve(self, plan: str, by: str, looks: bool) -> None:
        if looks:
            for ring in self.plan_files.plans[plan].header.rings:
                self._cut_off_or(lambda ring=ring: view_plan(self._desk(), plan, None, ring, self._say(by)))
        told = replay(self.ledger.entries).plans[plan]
        before = {each.by for each in told.approvals}
        try:
            done = self._cut_off_or(lambda: approve_plan(self._desk(), plan, self._say(by)))
        except EnforcementRefusedError:
            return
        if done is not None:
            assert by != "ann"
            assert by not in before
            assert set(done.viewed_rings) == set(self.plan_files.plans[plan].header.rings)

    @rule(plan=consumes(plans))
    def reject(self, plan: str) -> None:
        try:
            self._cut_off_or(lambda: reject_plan(self._desk(), plan, self._say("eve")))
        except EnforcementRefusedError:
            assert replay(self.ledger.entries).plans[plan].stages

    @rule(plan=plans, wants_rest=st.booleans())
    def apply(self, plan: str, wants_rest: bool) -> None:
        try:
            done = self._cut_off_or(lambda: self._apply(plan, wants_rest=wants_rest))
        except EnforcementRefusedError:
            return
        if done is None:
            return
        told = replay(self.ledger.entries)
        header = self.plan_files.plans[plan].header
        assert len({each.by for each in told.plans[plan].approvals} - {"ann"}) >= header.approval_count
        entries = self.ledger.entries
        assert self._apply(plan, wants_rest=wants_rest).was_done
        assert self.ledger.entries == entries

    @rule(plan=plans, wants_rest=st.booleans())
    def apply_and_take_back(self, plan: str, wants_rest: bool) -> None:
        """Unless something of it was applied before: then more is taken back."""
        self.ledger.until_cut = None
        before = replay(self.ledger.entries)
        if before.plans[plan].stages:
            return
        try:
            self._apply(plan, wants_rest=wants_rest)
        except EnforcementRefusedError:
            return
        revert(self._revert_sides(), RevertTarget(plan_id=plan), Reason("so", "bob", self.now))
        after = replay(self.ledger.entries)
        for hours in (0, 1, 50, 100, 1_000):
            at = self.now + timedelta(hours=hours)
            assert after.tiers(at) == before.tiers(at)

    @rule(plan=plans)
    def revert_plan(self, plan: str) -> None:
        self._revert(RevertTarget(plan_id=plan))

    @rule(account=st.sampled_from(ACCOUNTS), everything=st.booleans())
    def revert_account(self, account: str, everything: bool) -> None:
        if token_of(account) in replay(self.ledger.entries).actions_of:
            was_done = self._revert(RevertTarget(subject=token_of(account), everything=everything))
            if was_done and everything:
                assert replay(self.ledger.entries).standing_tier(token_of(account), self.now) is None

    @rule(stops=st.booleans())
    def throw_switch(self, stops: bool) -> None:
        self._cut_off_or(lambda: switch(self.ledger, "eve", "so", self.now, stops=stops))

    @rule()
    def expire(self) -> None:
        before = replay(self.ledger.entries)
        reason = Reason("their time is over", "eve", self.now)
        self._cut_off_or(lambda: expire_actions(self._revert_sides(), reason))
        after = replay(self.ledger.entries)
        for hours in (0, 1, 100):
            at = self.now + timedelta(hours=hours)
            assert after.tiers(at) == before.tiers(at)

    @rule(account=st.sampled_from(ACCOUNTS), status=st.sampled_from(list(AppealStatus)))
    def appeal(self, account: str, status: AppealStatus) -> None:
        subject = token_of(account)
        mine = replay(self.ledger.entries).of_subject(subject)
        if mine:
            self.cases += 1
            resolved = None if status is AppealStatus.RECEIVED else self.now
            body = Appealed(
                f"C{self.cases}", subject, mine[-1].action_id, status, self.now, resolved, "not_me"
            )
            self._cut_off_or(lambda: self.ledger.append([body], "eve", self.now))

    @rule(mood=st.lists(st.sampled_from(["takes", "refuses", "cut"]), max_size=4))
    def deliver(self, mood: list[str]) -> None:
        """The oldest package that the shop has not whole, as the desk would."""
        self.shop.mood = mood
        for packaged in self.ledger.packaged():
            try:
                done = self._cut_off_or(
                    lambda one=packaged: deliver_to(
                        self.shop, self.ledger, self.packages, one.package_id, self.now
                    )
                )
            except EnforcementRefusedError:
                assert replay(self.ledger.entries).is_stopped
                return
            if done is None or not done.is_complete:
                return

    @rule()
    def deliver_everything(self) -> None:
        """Then the shop does what the ledger says is to be done, and was told everything once at most."""
        self.ledger.until_cut = None
        if replay(self.ledger.entries).is_stopped:
            switch(self.ledger, "eve", "so", self.now, stops=False)
        self.shop.mood = []
        for packaged in self.ledger.packaged():
            report = deliver_to(self.shop, self.ledger, self.packages, packaged.package_id, self.now)
            assert report.is_complete
        assert len(self.shop.done) == len(set(self.shop.done))
        count = len(self.shop.done)
        for packaged in self.ledger.packaged():
            deliver_to(self.shop, self.ledger, self.packages, packaged.package_id, self.now)
        assert len(self.shop.done) == count
        state = replay(self.ledger.entries)
        told = {token_of(name): tier for name, tier in self.shop.standing.items()}
        for subject in map(token_of, ACCOUNTS):
            # Whoever executes ends an action at its time by itself; nobody told him yet
            if not any(each.is_over(self.now) for each in state.of_subject(subject)):
                assert told.get(subject) == state.standing_tier(subject, self.now)

    @rule(appends=st.integers(0, 2))
    def power_fails_soon(self, appends: int) -> None:
        self.ledger.until_cut = appends

    # ---- what has to hold ------------------------------------------------------------------------------
    @invariant()
    def state_is_what_the_book_says(self) -> None:
        self._keep_book()
        state = replay(self.ledger.entries)
        for hours in (0, 2, 80):
            at = self.now + timedelta(hours=hours)
            expected = {
                account: strongest(
                    [each.tier for each in self.book.values() if each.subject == account and each.holds(at)]
                )
                for account in map(token_of, ACCOUNTS)
            }
            assert state.tiers(at) == {name: tier for name, tier in expected.items() if tier is not None}

    @invariant()
    def nobody_on_the_allow_list_is_in_a_package(self) -> None:
        for order in self.packages.folders.values():
            assert all(row.account_id != SPARED for row in order.rows)

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        counted = [each for each in self.book.values() if rank(each.tier) > rank(Tier.MONITOR)]
        days: Counter[date] = Counter(each.from_at.date() for each in counted)
        assert all(count <= DAY_CAP for count in days.values())
        in_rings = Counter((each.plan_id, each.subject in RING_ZERO) for each in counted)
        assert all(count <= RING_CAP for count in in_rings.values())

    @invariant()
    def every_package_of_the_ledger_is_there_once(self) -> None:
        packaged = [each.package_id for each in self.ledger.packaged()]
        assert len(packaged) == len(set(packaged))
        assert set(packaged) <= set(self.packages.folders)

    # ---- how ---------------------------------------------------------------------------------------------
    def _desk(self) -> Desk:
        return Desk(self.plan_files, self.ledger, POLICY, lambda: self.facts.run, KEY, lambda *_: False)

    def _say(self, by: str) -> Saying:
        return Saying(by, self.now, "looked at it")

    def _apply(self, plan: str, *, wants_rest: bool):
        sides = ApplySides(self._desk(), self.packages, NoSign())
        return apply_plan(sides, plan, self._say("ann"), wants_rest=wants_rest)

    def _revert_sides(self) -> RevertSides:
        return RevertSides(self.ledger, self.packages, Names(), POLICY.tiers)

    def _revert(self, target: RevertTarget) -> bool:
        reason = Reason("so", "bob", self.now)
        if self._cut_off_or(lambda: revert(self._revert_sides(), target, reason)) is None:
            return False
        entries = self.ledger.entries
        revert(self._revert_sides(), target, reason)
        if target.plan_id is not None or target.everything:
            assert self.ledger.entries == entries
        return True

    def _cut_off_or(self, work):
        """None where the power failed before it was done."""
        try:
            return work()
        except PowerCut:
            return None

    def _keep_book(self) -> None:
        """Of each new package, what it says it does; in the order of the ledger."""
        for packaged in self.ledger.packaged():
            if packaged.package_id in self.booked:
                continue
            self.booked.add(packaged.package_id)
            for row in self.packages.folders[packaged.package_id].rows:
                if row.operation is Operation.IMPOSE:
                    self.book[row.action_id] = Imposed(
                        row.subject, row.tier, row.plan_id, row.from_at, row.until_at
                    )
                elif row.operation is Operation.LIFT:
                    by_plan = packaged.plan_id if packaged.purpose is Purpose.APPLY else "taken back"
                    self.book[row.action_id].ended.append(by_plan)
                else:
                    self.book[row.action_id].ended.remove(packaged.plan_id)


RING_ZERO = {token_of(name) for at, name in enumerate(ACCOUNTS) if at % 2 == 0}

TestEnforcing = Enforcing.TestCase
TestEnforcing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
