"""No cap is ever exceeded, and whoever is surest goes first."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_grounds import NOW, ground, many, member, order, run_facts, thing

from graphrisk.enforce.caps import Candidate, Spent, choose_within_caps, room_under
from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.policy import Cap, Caps, Guardrail, Limits, Policy
from graphrisk.model.enforcement import Tier

NOTHING = Spent(0, 0.0)
ALL = Cap(1_000_000, 1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "guardrail", "most"),
    [("plan", Guardrail.CAP_PLAN, 7), ("ring", Guardrail.CAP_RING, 21), ("day", Guardrail.CAP_DAY, 7)],
)
def test_a_cap_of_seven_lets_the_seven_surest_pass(name: str, guardrail: Guardrail, most: int) -> None:
    # Three rings of ten; nine times in ten the risk rises with the number of the account
    members = many(30)
    caps = Caps(**{"ring": ALL, "market": ALL, "day": ALL, "plan": ALL, name: Cap(7, 1.0, 1.0)})  # type: ignore[arg-type]
    plan = make_plan(members, ground(Policy(caps=caps)), order())
    assert sum(row.acts for row in plan.rows) == most
    blocked = [row for row in plan.rows if not row.acts]
    assert {row.blocked_by for row in blocked} == {(guardrail,)}
    assert dict(plan.header.counts)[f"blocked_by {guardrail}"] == 30 - most


def test_the_surest_go_first() -> None:
    members = [member(f"a{at}", risk=0.99 + at / 1_000) for at in range(9)]
    caps = Caps(plan=Cap(3, 1.0, 1.0))
    plan = make_plan(members, ground(Policy(caps=caps)), order())
    assert {row.account_id for row in plan.rows if row.acts} == {"a6", "a7", "a8"}


def test_turnover_is_bounded_and_the_next_may_still_fit() -> None:
    members = [
        member("big", risk=0.999, turnover_share=0.11), member("one", risk=0.998, turnover_share=0.06),
        member("two", risk=0.997, turnover_share=0.05), member("six", risk=0.996, turnover_share=0.04),
    ]  # fmt: skip
    caps = Caps(ring=ALL, market=ALL, day=ALL, plan=Cap(100, 1.0, 0.1))
    plan = make_plan(members, ground(Policy(caps=caps)), order())
    assert {row.account_id for row in plan.rows if row.acts} == {"one", "six"}


def test_what_was_done_today_counts_and_tomorrow_is_another_day() -> None:
    caps = Caps(ring=ALL, market=ALL, day=Cap(10, 1.0, 1.0), plan=ALL)
    tomorrow = NOW.date() + timedelta(days=1)
    spent = {
        (Guardrail.CAP_DAY, NOW.date().isoformat()): Spent(8, 0.0),
        (Guardrail.CAP_DAY, tomorrow.isoformat()): Spent(10, 0.0),
    }
    plan = make_plan(many(30), ground(Policy(caps=caps), spent=spent), order())
    assert sum(row.acts for row in plan.rows) == 2


def test_a_share_of_active_accounts_never_forbids_the_first_few() -> None:
    assert room_under(Cap(500, 0.02, 1.0), 100, small_count=10) == 10
    assert room_under(Cap(500, 0.02, 1.0), 1_000, small_count=10) == 20
    assert room_under(Cap(5, 0.02, 1.0), 100, small_count=10) == 5
    assert room_under(Cap(500, 0.02, 1.0), 0, small_count=0) == 0


def test_no_more_than_a_share_of_a_plan_hangs_on_one_identifier() -> None:
    # 60 accounts with evidence from three sides, 40 known to be bad who share one device alone
    sure, alone = many(60), (thing("device", "d-1", 40, 40),)
    hanging = [member(f"h{at:02}", things=alone, risk=0.9, is_labelled_bad=True) for at in range(40)]
    plan = make_plan([*sure, *hanging], ground(), order())
    acting = [row for row in plan.rows if row.acts]
    on_it = [row for row in acting if row.account_id and row.account_id.startswith("h")]
    assert len(on_it) == 20 == 0.25 * len(acting)
    assert plan.header.blast.by_one_identifier == 20
    assert all(row.acts for row in plan.rows if row.account_id and row.account_id.startswith("acc"))


candidates = st.lists(
    st.builds(
        Candidate,
        ring_id=st.sampled_from("AB"),
        market=st.sampled_from(["DE", "FR", ""]),
        day=st.sampled_from([date(2026, 3, 1), date(2026, 3, 2)]),
        turnover_share=st.sampled_from([0.0, 0.001, 0.02, 0.3]),
        hangs_on=st.sampled_from([None, ("device", "1"), ("device", "2")]),
        counts_already=st.booleans(),
    ),
    max_size=60,
)
some_caps = st.builds(
    Cap, accounts=st.integers(0, 30), active_share=st.sampled_from([0.0, 0.05, 0.2, 1.0]),
    turnover_share=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
)  # fmt: skip


@given(
    candidates, st.builds(Caps, st.integers(0, 5), some_caps, some_caps, some_caps, some_caps),
    st.integers(0, 20),
)  # fmt: skip
def test_no_cap_is_ever_exceeded(asked: list[Candidate], caps: Caps, used: int) -> None:
    run = run_facts(active_by_market=(("", 10), ("DE", 60), ("FR", 30)))
    spent = {
        (Guardrail.CAP_DAY, "2026-03-01"): Spent(used, 0.01),
        (Guardrail.CAP_RING, "A"): Spent(used // 2, 0.01),
        (Guardrail.CAP_MARKET, "FR"): Spent(used // 3, 0.02),
    }
    policy = Policy(caps=caps, limits=Limits(one_identifier_share=0.3))
    out = choose_within_caps(asked, policy, run, spent)
    staying = [each for each, why in zip(asked, out, strict=True) if why is None]
    active = dict(run.active_by_market)

    def holds(cap: Cap, active_count: int, those: list[Candidate], before: Spent = NOTHING) -> bool:
        if not those:
            return True
        most = min(cap.accounts, max(int(cap.active_share * active_count + 1e-9), caps.small_count))
        turnover = sum(each.turnover_share for each in those) + before.turnover_share
        return len(those) + before.accounts <= most and turnover <= cap.turnover_share + 1e-9

    assert holds(caps.plan, 100, staying)
    for ring in "AB":
        these = [each for each in staying if each.ring_id == ring and not each.counts_already]
        assert holds(caps.ring, 100, these, spent.get((Guardrail.CAP_RING, ring), NOTHING))
    for market, count in active.items():
        these = [each for each in staying if each.market == market]
        assert holds(caps.market, count, these, spent.get((Guardrail.CAP_MARKET, market), NOTHING))
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        these = [each for each in staying if each.day == day]
        assert holds(caps.day, 100, these, spent.get((Guardrail.CAP_DAY, day.isoformat()), NOTHING))
    hanging = Counter(each.hangs_on for each in staying if each.hangs_on)
    assert all(count <= max(caps.small_count, 0.3 * len(staying)) for count in hanging.values())


def test_a_ring_is_not_taken_in_slices() -> None:
    # Fifteen of a ring of twenty may be acted on; ten are
    caps = Caps(ring=Cap(15, 1.0, 1.0))
    spent = {(Guardrail.CAP_RING, "RING-A"): Spent(10, 0.0)}
    plan = make_plan([member(f"a{at}") for at in range(10)], ground(Policy(caps=caps), spent=spent), order())
    assert sum(row.acts for row in plan.rows) == 5


def test_an_address_and_its_door_are_one_thing_to_hang_on() -> None:
    door = (thing("address", "12 Row, flat 1", 40, 40), thing("address_door", "12 row", 45, 44))
    hanging = [member(f"h{at:02}", things=door, risk=0.9, is_labelled_bad=True) for at in range(40)]
    plan = make_plan([*many(60), *hanging], ground(), order())
    assert plan.header.blast.by_one_identifier == 20


@given(candidates)
def test_without_caps_everybody_passes(asked: list[Candidate]) -> None:
    off = tuple(each for each in Guardrail if each.startswith("cap") or each is Guardrail.ONE_IDENTIFIER)
    policy = Policy(limits=Limits(off=off), caps=Caps(0, *(Cap(0, 0.0, 0.0),) * 4))
    assert choose_within_caps(asked, policy, run_facts(), {}) == [None] * len(asked)


def test_monitoring_counts_against_no_cap() -> None:
    caps = Caps(0, *(Cap(0, 0.0, 0.0),) * 4)
    plan = make_plan(many(20), ground(Policy(caps=caps)), order(at_most=Tier.MONITOR))
    assert all(row.proposed is Tier.MONITOR for row in plan.rows)
