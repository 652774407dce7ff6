"""What each guardrail takes away, from somebody whom nothing else would spare."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from plan_grounds import FOUR_SIDES, NOW, ground, member, order, run_facts, thing, token_of

from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.policy import Guardrail, Limits, Policy
from graphrisk.enforce.state import EnforcementState, replay
from graphrisk.model.enforcement import Bucket, PlanRow, Source, Tier
from graphrisk.model.ledger import Appealed, AppealStatus, Body, Entry
from graphrisk.model.rings import Detector


def plan_one(
    policy: Policy | None = None,
    *,
    state: EnforcementState | None = None,
    run: object = None,
    **given: object,
) -> PlanRow:
    made = make_plan([member("acc1", **given)], ground(policy, state=state, run=run), order())  # type: ignore[arg-type]
    return made.rows[0]


def entries(*bodies: Body) -> EnforcementState:
    return replay(Entry(at, NOW, "eve", body, str(at)) for at, body in enumerate(bodies))


def test_whom_nothing_spares_is_banned() -> None:
    row = plan_one()
    assert (row.bucket, row.proposed, row.blocked_by) == (Bucket.NEW, Tier.BAN, ())


@pytest.mark.parametrize(
    ("guardrail", "left", "given"),
    [
        (Guardrail.KNOWN_GOOD, None, {"is_labelled_good": True}),
        (Guardrail.SOURCES, Tier.MONITOR, {"things": (thing("device"),), "lost_payment_count": 0}),
        (Guardrail.ASSOCIATION, Tier.REVIEW, {"lost_payment_count": 0}),
        (Guardrail.OWN_LIFE, Tier.REVIEW, {"event_count": 500, "shared_event_count": 3}),
        (Guardrail.NOT_AUTOMATIC, Tier.REVIEW, {"not_automatic": "at the edge of the ring"}),
    ],
)
def test_a_guardrail_leaves_only_so_much(
    guardrail: Guardrail, left: Tier | None, given: dict[str, object]
) -> None:
    row = plan_one(**given)
    assert guardrail in row.blocked_by
    assert row.proposed is left
    spared = plan_one(Policy(limits=Limits(off=(guardrail,))), **given)
    assert guardrail not in spared.blocked_by


def test_nothing_is_done_to_an_account_on_the_allow_list_whatever_is_off() -> None:
    off = tuple(each for each in Guardrail if each is not Guardrail.ALLOW_LIST)
    row = plan_one(Policy(limits=Limits(off=off), allow_list=frozenset({"acc1"})))
    assert (row.bucket, row.proposed, row.blocked_by) == (Bucket.BLOCKED, None, (Guardrail.ALLOW_LIST,))


def test_a_hub_is_no_evidence_unless_the_ring_holds_most_of_it() -> None:
    hub = thing("device", holders=60, in_ring=29)
    row = plan_one(things=(thing("address"), hub, thing("instrument"), thing("phone")))
    assert [each.counts for each in row.evidence if each.kind == "device"] == [False]
    assert "a hub" in next(each.words for each in row.evidence if each.kind == "device")
    assert Guardrail.HUB in row.blocked_by
    assert row.proposed is Tier.SUSPEND  # three kinds are left: address, instrument, phone
    for other in (replace(hub, ring_account_count=30), replace(hub, ring_brought=0.5)):
        held = plan_one(things=(thing("address"), other, thing("instrument"), thing("phone")))
        assert held.proposed is Tier.BAN
    for small in (replace(hub, account_count=10, ring_account_count=2), replace(hub, ring_brought=0.49)):
        row = plan_one(things=(thing("address"), small, thing("instrument"), thing("phone")))
        assert (row.proposed is Tier.BAN) is (small.account_count == 10)


def test_losses_speak_against_an_account_and_not_for_its_being_of_the_ring() -> None:
    # One kind shared, and half of its payments lost: as of somebody framed who returns things
    row = plan_one(things=(thing("device"),))
    assert (row.proposed, row.blocked_by) == (Tier.MONITOR, (Guardrail.SOURCES,))
    # Known to be bad is another matter
    assert plan_one(things=(thing("device"),), is_labelled_bad=True).proposed is Tier.RESTRICT


def test_a_home_and_its_ip_are_one_kind_of_evidence() -> None:
    row = plan_one(things=(thing("address"), thing("ip")), lost_payment_count=0)
    assert {each.source for each in row.evidence} == {Source.LOCATION}
    assert Guardrail.SOURCES in row.blocked_by


def test_what_was_an_accounts_own_for_a_month_is_no_evidence_when_others_come_to_it() -> None:
    joined = NOW - timedelta(days=10)
    own = thing("device", first_seen_at=joined - timedelta(days=30), others_first_seen_at=joined)
    row = plan_one(things=(thing("address"), own, thing("instrument")))
    assert not next(each for each in row.evidence if each.kind == "device").counts
    later = thing("device", first_seen_at=joined - timedelta(days=29), others_first_seen_at=joined)
    row = plan_one(things=(thing("address"), later, thing("instrument")))
    assert all(each.counts for each in row.evidence)


@pytest.mark.parametrize(
    "detector", [Detector.LOCKSTEP, Detector.CASH_OUT, Detector.DENSE_BLOCKS, Detector.CIRCULAR]
)
def test_behaviour_is_evidence_and_still_association(detector: Detector) -> None:
    # Ring members who follow an honest account to its merchants make it look so
    row = plan_one(lost_payment_count=0, detectors=(Detector.IDENTITY, detector))
    assert Source.BEHAVIOUR in {each.source for each in row.evidence}
    assert (row.proposed, row.blocked_by) == (Tier.REVIEW, (Guardrail.ASSOCIATION,))
    assert plan_one(detectors=(Detector.IDENTITY, detector)).proposed is Tier.BAN


@pytest.mark.parametrize(
    ("paid", "lost", "speaks"), [(6, 1, False), (9, 2, False), (8, 2, True), (6, 3, True)]
)
def test_a_loss_now_and_then_does_not_speak_against_an_account(paid: int, lost: int, speaks: bool) -> None:
    row = plan_one(payment_count=paid, lost_payment_count=lost)
    assert any(each.kind == "losses" for each in row.evidence) is speaks


def test_a_stale_run_does_nothing_to_anybody() -> None:
    week = timedelta(days=7)
    assert plan_one(run=run_facts(as_of=NOW - week)).proposed is Tier.BAN
    for as_of in (NOW - week - timedelta(seconds=1), NOW + timedelta(days=2)):
        row = plan_one(run=run_facts(as_of=as_of))
        assert (row.bucket, row.blocked_by) == (Bucket.BLOCKED, (Guardrail.STALE,))


def test_scores_that_are_no_probabilities_lead_to_a_review_at_most() -> None:
    row = plan_one(run=run_facts(is_calibrated=False))
    assert (row.proposed, row.blocked_by) == (Tier.REVIEW, (Guardrail.UNCALIBRATED,))


@pytest.mark.parametrize(
    ("status", "days_ago", "is_spared"),
    [
        (AppealStatus.OVERTURNED, 90, True),
        (AppealStatus.OVERTURNED, 91, False),
        (AppealStatus.UPHELD, 1, False),
        (AppealStatus.RECEIVED, 1, False),
    ],
)
def test_an_overturned_appeal_cools_down(status: AppealStatus, days_ago: int, is_spared: bool) -> None:
    then = NOW - timedelta(days=days_ago)
    resolved = None if status is AppealStatus.RECEIVED else then
    appeal = Appealed("case-1", token_of("acc1"), "A-1", status, then, resolved, "not_me")
    row = plan_one(state=entries(appeal))
    assert (Guardrail.COOL_DOWN in row.blocked_by) is is_spared
    assert (row.proposed is None) is is_spared


def test_reasons_name_what_counts_first_and_what_does_not_with_why() -> None:
    row = plan_one(things=(*FOUR_SIDES, thing("ip", holders=900, in_ring=4)))
    assert row.reasons.startswith(
        "in RING-A with 100% (4 independent kinds of evidence): same address as 3 others"
    )
    assert "does not count: a hub" in row.reasons
