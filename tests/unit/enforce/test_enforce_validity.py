"""Who may approve what, and what may follow a first part."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from plan_grounds import NOW, ground, many, member, order, run_facts, token_of

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.people import approval_text, plain_name, plan_text
from graphrisk.enforce.plan import Plan
from graphrisk.enforce.policy import Limits, Policy
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.enforce.validity import (
    ALL,
    CANARY,
    REST,
    find_void,
    next_stage,
    object_to_approval,
    object_to_approvals,
    object_to_rest,
    rows_of_stage,
)
from graphrisk.model.enforcement import Bucket, Operation, Purpose, Tier
from graphrisk.model.ledger import Approved, Body, Changed, Entry, Packaged, Planned, Viewed

LATER = NOW + timedelta(hours=13)


def state_of(plan: Plan, *said: tuple[str, Body], signature: str = "") -> EnforcementState:
    header = plan.header
    planned = Planned(
        plan.plan_id, header.run_id, header.policy_digest, header.data_digest, header.judgements_digest,
        len(plan.acting()), header.expires_at, signature,
    )  # fmt: skip
    entries = [Entry(0, NOW, header.order.author, planned, "")]
    entries += [Entry(at, NOW, by, body, "") for at, (by, body) in enumerate(said, 1)]
    return replay(entries)


def approved(plan: Plan, signature: str = "") -> Approved:
    return Approved(plan.plan_id, "looked at it", (), (), signature)


def first_part(plan: Plan, package: str = "PKG-1") -> list[tuple[str, Body]]:
    rows = rows_of_stage(plan, CANARY)
    changes: list[Body] = [
        Changed(package, f"A-{row.subject}", Operation.IMPOSE, row.subject, row.ring_id, Tier.BAN,
                plan.plan_id, NOW, None)
        for row in rows
    ]  # fmt: skip
    done = Packaged(package, Purpose.APPLY, plan.plan_id, CANARY, plan.plan_id, "", "m", len(rows))
    return [("ann", body) for body in [*changes, done]]


@pytest.mark.parametrize("other", ["ann", " Ann ", "a\u200bnn", "\uff41\uff4e\uff4e", "an\u00adn", "ANN"])
def test_a_name_that_looks_the_same_is_the_same_person(other: str) -> None:
    plan = make_plan([member("a")], ground(), order())
    told = state_of(plan).plans[plan.plan_id]
    objection = object_to_approval(plan.header, told, Policy(), other)
    assert objection is not None
    assert objection.guardrail == "four_eyes"


def test_blanks_make_no_second_person() -> None:
    assert plain_name("eve  Smith") == plain_name("Eve smith")
    plan = make_plan([member("a")], ground(), order())
    told = state_of(plan, ("eve smith", approved(plan)), ("eve  smith", approved(plan))).plans[plan.plan_id]
    assert object_to_approvals(plan.header, told, Policy(), _nobody_signed) is not None


def test_rings_in_which_nothing_is_done_are_no_rings_to_look_at() -> None:
    acting = member("a", ring_id="RING-ACTS")
    spared = [member(f"s{at}", ring_id=f"RING-{at}", is_labelled_good=True) for at in range(3)]
    plan = make_plan([acting, *spared], ground(), order())
    looks = [("eve", Viewed(plan.plan_id, f"RING-{at}", None)) for at in range(3)]
    told = state_of(plan, *looks).plans[plan.plan_id]
    assert object_to_approval(plan.header, told, Policy(), "eve") is not None
    seen = state_of(plan, ("eve", Viewed(plan.plan_id, "RING-ACTS", None))).plans[plan.plan_id]
    assert object_to_approval(plan.header, seen, Policy(), "eve") is None


def _nobody_signed(_key: str, _text: bytes, _signature: str) -> bool:
    return False


def test_where_the_policy_has_keys_only_what_they_signed_counts() -> None:
    plan = make_plan([member("a")], ground(), order())
    keys = {name: name[0] * 64 for name in ("ann", "bob", "eve")}
    policy = Policy(approvers=tuple(keys.items()))

    def is_signed(key: str, text: bytes, signature: str) -> bool:
        by = next(name for name in keys if keys[name] == key)
        texts = (approval_text(plan.plan_id, by, "looked at it", NOW), plan_text(plan.plan_id, by, NOW))
        return signature == "by " + by and text in texts

    def missing(*said: tuple[str, str], author: str = "by ann") -> bool:
        entries = ((by, approved(plan, signature)) for by, signature in said)
        told = state_of(plan, *entries, signature=author)
        return object_to_approvals(plan.header, told.plans[plan.plan_id], policy, is_signed) is not None

    assert missing(("bob", ""), ("eve", ""))
    assert missing(("bob", "by bob"), ("mallory", "by eve"))
    assert missing(("bob", "by bob"), ("eve", "by bob"))
    assert missing(("bob", "by bob"), ("ann", "by ann"))
    assert not missing(("bob", "by bob"), ("eve", "by eve"))
    # Who made the plan is no word either: one of both may have
    assert missing(("bob", "by bob"), ("eve", "by eve"), author="")
    assert missing(("bob", "by bob"), ("eve", "by eve"), author="by bob")


def test_whoever_is_freed_does_not_wait_for_the_canary() -> None:
    state = replay(
        Entry(at, NOW, "ann", body, "")
        for at, body in enumerate(
            [
                Changed("PKG-0", "A-0", Operation.IMPOSE, token_of("good"), "RING-G", Tier.BAN, "P-0", NOW,
                        None),
                Packaged("PKG-0", Purpose.APPLY, "P-0", "all", "P-0", "", "m", 1),
            ]
        )
    )  # fmt: skip
    good = member("good", ring_id="RING-G", is_labelled_good=True)
    plan = make_plan([*many(60), good], ground(state=state), order())
    first, rest = rows_of_stage(plan, CANARY), rows_of_stage(plan, REST)
    assert [row.account_id for row in first if row.bucket is Bucket.REMOVED] == ["good"]
    assert not any(row.bucket is Bucket.REMOVED for row in rest)
    assert {*first, *rest} == set(plan.acting())


def test_a_plan_whose_first_part_was_erased_goes_at_once() -> None:
    plan = make_plan(many(60), ground(), order())
    told = state_of(plan).plans[plan.plan_id]
    first = {row.subject for row in rows_of_stage(plan, CANARY)}
    assert next_stage(plan, told, (), wants_rest=False) == CANARY
    assert next_stage(plan, told, first, wants_rest=False) == ALL
    assert len(rows_of_stage(plan, ALL, first)) == 60 - len(first)
    # Once it was applied, the rest is the rest
    applied = state_of(plan, *first_part(plan)).plans[plan.plan_id]
    assert next_stage(plan, applied, first, wants_rest=True) == REST


def test_the_rest_does_not_follow_what_was_taken_back_in_part() -> None:
    plan = make_plan(many(60), ground(), order())
    done = first_part(plan)
    state = state_of(plan, *done)
    told = state.plans[plan.plan_id]
    assert object_to_rest(told, state, Policy(), LATER) is None
    row = rows_of_stage(plan, CANARY)[0]
    lift = Changed(
        "PKG-2",
        f"A-{row.subject}",
        Operation.LIFT,
        row.subject,
        row.ring_id,
        Tier.BAN,
        plan.plan_id,
        NOW,
        None,
    )
    back = Packaged("PKG-2", Purpose.REVERT, "", "all", row.ring_id, "", "m", 1)
    state = state_of(plan, *done, ("eve", lift), ("eve", back))
    objection = object_to_rest(state.plans[plan.plan_id], state, Policy(), LATER)
    assert objection is not None
    assert "1 were taken back" in objection.words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"run_id": "RUN-2"}, "the latest run"),
        ({"data_digest": "new"}, "the tables"),
        ({"judgements_digest": "new"}, "what people judged"),
    ],
)
def test_a_plan_is_void_when_the_ground_moved(changed: dict[str, str], words: str) -> None:
    plan = make_plan([member("a")], ground(), order())
    told = state_of(plan).plans[plan.plan_id]
    assert find_void(plan.header, told, run_facts(), Policy(), NOW) is None
    objection = find_void(plan.header, told, replace(run_facts(), **changed), Policy(), NOW)  # type: ignore[arg-type]
    assert objection is not None
    assert objection.words.startswith(words)


def test_a_plan_is_void_after_its_time_and_under_another_policy() -> None:
    plan = make_plan([member("a")], ground(), order())
    told = state_of(plan).plans[plan.plan_id]
    late = NOW + timedelta(hours=72)
    assert find_void(plan.header, told, run_facts(), Policy(), late - timedelta(seconds=1)) is None
    assert find_void(plan.header, told, run_facts(), Policy(), late) is not None
    other = Policy(limits=Limits(plan_hours=1_000))
    assert find_void(plan.header, told, run_facts(), other, NOW) is not None
