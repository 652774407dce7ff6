"""Whatever is done, taken back and let expire, in any order: who is held by what is as a slow twin says.

The twin keeps no lifts. It knows what each plan did to each account, which of that was taken back, and which
actions were taken back alone; an action holds where its time is and nobody who ended it stands.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime

from enforced import DAY, START, Desk, Imposed
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.enforce.reversal import (
    PlanPart,
    all_of_account,
    latest_of_account,
    one_action,
    part_of_account,
    whole_plan,
)
from graphrisk.model.enforcement import TIERS, Tier, strongest

SUBJECTS = ("T1", "T2", "T3")
TIMES = [START + days * DAY for days in range(0, 45, 4)]


@dataclass(frozen=True, slots=True)
class Planned:
    """For each account: imposed: tier, from, until (days after now). ends: which of what stands on it."""

    imposed: tuple[tuple[str, Tier, int, int | None], ...]
    ended: frozenset[str]


plans = st.builds(
    Planned,
    st.lists(
        st.tuples(
            st.sampled_from(SUBJECTS), st.sampled_from(TIERS), st.integers(0, 6),
            st.none() | st.integers(7, 30),
        ),
        max_size=3, unique_by=lambda each: each[0],
    ).map(tuple),
    st.frozensets(st.sampled_from(SUBJECTS)),
)  # fmt: skip
steps = st.one_of(
    st.tuples(st.just("apply"), plans),
    st.tuples(
        st.sampled_from(["plan", "part", "account", "all", "action", "expire", "wait"]), st.integers(0, 99)
    ),
)


@dataclass(slots=True)
class Twin:
    imposed: dict[str, tuple[str, str, Tier, datetime, datetime | None]] = field(default_factory=dict)
    ended_by: dict[str, list[str]] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)  # plan and account, taken back
    gone_alone: set[str] = field(default_factory=set)

    def holds(self, action: str, at: datetime) -> bool:
        plan, subject, _, begins, ends = self.imposed[action]
        if action in self.gone_alone or (plan, subject) in self.gone:
            return False
        if any((other, subject) not in self.gone for other in self.ended_by.get(action, [])):
            return False
        return begins <= at and (ends is None or at < ends)

    def tiers(self, at: datetime) -> dict[str, Tier]:
        found = {
            subject: strongest(
                [
                    each[2]
                    for name, each in self.imposed.items()
                    if each[1] == subject and self.holds(name, at)
                ]
            )
            for subject in SUBJECTS
        }
        return {subject: tier for subject, tier in found.items() if tier is not None}


@dataclass(slots=True)
class Both:
    """The same steps for the ledger and for its twin."""

    desk: Desk = field(default_factory=Desk)
    twin: Twin = field(default_factory=Twin)
    at: datetime = START
    names: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def apply(self, plan: Planned) -> str:
        name, state = f"P{next(self.names)}", self.desk.state()
        day = (self.at - START) / DAY
        imposed = [
            Imposed(f"A{next(self.names)}", subject, tier, day + begins, None if ends is None else day + ends)
            for subject, tier, begins, ends in plan.imposed
        ]
        ended = [
            each.action_id for subject in sorted(plan.ended) for each in state.standing(subject, self.at)
        ]
        self.desk.apply(name, imposed, ended, at=self.at)
        for each in imposed:
            until = None if each.until_day is None else START + each.until_day * DAY
            self.twin.imposed[each.action] = (
                name, each.subject, each.tier, START + each.from_day * DAY, until,
            )  # fmt: skip
        for action in ended:
            self.twin.ended_by.setdefault(action, []).append(name)
        return name

    def step(self, verb: str, number: int) -> None:
        state = self.desk.state()
        subject = SUBJECTS[number % len(SUBJECTS)]
        plan = sorted(state.plans)[number % len(state.plans)] if state.plans else ""
        actions = sorted(state.actions)
        match verb:
            case "wait":
                self.at += (number % 5) * DAY
            case "expire":
                self.desk.expire(self.at)
            case "plan":
                self.take_back(whole_plan(plan), plan)
                self.twin.gone |= {(plan, each) for each in SUBJECTS}
            case "part":
                self.take_back(part_of_account(state, plan, subject), subject)
                self.twin.gone.add((plan, subject))
            case "account" | "all":
                choose = latest_of_account if verb == "account" else all_of_account
                parts = choose(state, subject, self.at)
                self.take_back(parts, subject)
                self.twin.gone |= {(part.plan_id, subject) for part in parts}
            case "action" if actions:
                action = state.actions[actions[number % len(actions)]]
                self.take_back(one_action(action), action.action_id)
                self.twin.gone_alone.add(action.action_id)

    def take_back(self, parts: tuple[PlanPart, ...], about: str) -> None:
        self.desk.take_back(parts, about=about, at=self.at)
        assert self.desk.take_back(parts, about=about, at=self.at) == ()  # twice is once

    def agree(self) -> None:
        state = self.desk.state()
        for at in [self.at, *(each for each in TIMES if each > self.at)]:
            assert state.tiers(at) == self.twin.tiers(at)


@given(st.lists(steps, max_size=12))
def test_accounts_are_held_by_what_the_twin_says(told: list[tuple[str, Planned | int]]) -> None:
    both = Both()
    for verb, what in told:
        if isinstance(what, Planned):
            both.apply(what)
        else:
            both.step(verb, what)
        both.agree()


@given(st.lists(steps, max_size=6), plans, st.integers(0, 20), st.booleans())
def test_a_revert_after_an_apply_is_the_identity_at_every_later_time(
    told: list[tuple[str, Planned | int]], plan: Planned, wait: int, expires: bool
) -> None:
    both = Both()
    for verb, what in told:
        if isinstance(what, Planned):
            both.apply(what)
        else:
            both.step(verb, what)
    before = both.desk.state()
    name = both.apply(plan)
    both.at += wait * DAY
    if expires:
        both.desk.expire(both.at)
    both.take_back(whole_plan(name), name)
    after = both.desk.state()
    for at in [both.at, *(each for each in TIMES if each > both.at)]:
        assert after.tiers(at) == before.tiers(at)


@given(st.lists(plans, min_size=2, max_size=4), st.data())
def test_the_order_of_reverts_does_not_matter(chosen: list[Planned], data: st.DataObject) -> None:
    one, other = Both(), Both()
    names = [(one.apply(plan), other.apply(plan))[0] for plan in chosen]
    taken = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    for name in taken:
        one.take_back(whole_plan(name), name)
    for name in data.draw(st.permutations(taken)):
        other.take_back(whole_plan(name), name)
    for at in TIMES:
        assert one.desk.state().tiers(at) == other.desk.state().tiers(at)


@given(st.lists(steps, max_size=12))
def test_rows_say_what_holds_before_and_after(told: list[tuple[str, Planned | int]]) -> None:
    both = Both()
    for verb, what in told:
        if isinstance(what, Planned):
            both.apply(what)
        else:
            both.step(verb, what)
    for name in sorted(both.desk.state().plans):
        before = both.desk.state()
        done = both.desk.take_back(whole_plan(name), about=name, at=both.at)
        after = both.desk.state()
        for row in (row for each in done for row in each.rows):
            assert row.state_before == before.standing_tier(row.subject, both.at)
            assert row.state_after == after.standing_tier(row.subject, both.at)
