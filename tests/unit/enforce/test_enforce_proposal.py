"""Who was held by what another was held by, and what is ready to be taken back; worked out by hand.

T1 was held by device d1 (card c1 did not count). P1 also acted on T2 and T3 and blocked T4; P2 acted on T5.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from enforced import DAY, START, Desk, Imposed

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.proposal import (
    HeldBy,
    Proposal,
    ProposedAccount,
    Sibling,
    counting_links,
    find_siblings,
    parts_of_proposal,
    propose,
)
from graphrisk.enforce.reversal import part_of_account, take_back
from graphrisk.model.enforcement import Bucket, Evidence, PlanRow, Source, Tier

D1, D2, C1 = ("device", "d1"), ("device", "d2"), ("instrument", "c1")


def evidence(link: tuple[str, str], *, counts: bool = True) -> Evidence:
    return Evidence(Source.DEVICE, *link, 4, 4, counts, "shares it")


def row(subject: str, *things: Evidence, bucket: Bucket = Bucket.NEW) -> PlanRow:
    return PlanRow(
        subject, f"acc-{subject}", "RING-A", None, bucket, None, Tier.RESTRICT, Tier.RESTRICT, (), (), 0.9,
        0.9, 0.8, 0.95, 0.0, 0.0, (), things, "", START, None, is_canary=False,
    )  # fmt: skip


LABEL = Evidence(Source.RECORD, "label", "", 0, 0, counts=True, words="labelled")
OWN = row("T1", evidence(D1), evidence(C1, counts=False), LABEL)
P1 = (
    OWN,
    row("T2", evidence(D1), evidence(D2)),
    row("T3", evidence(C1), LABEL),
    row("T4", evidence(D1), bucket=Bucket.BLOCKED),
    row("T6", evidence(D1, counts=False)),
)
P2 = (row("T5", evidence(D1)), row("T4", evidence(D2)))


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.apply("P1", [Imposed(f"A{n}", f"T{n}", Tier.RESTRICT) for n in (1, 2, 3, 6)])
    made.apply("P2", [Imposed("A5", "T5", Tier.SUSPEND), Imposed("A4", "T4", Tier.MONITOR)])
    return made


def siblings(desk: Desk, own: PlanRow = OWN) -> tuple[Sibling, ...]:
    cases = {"CASE-1": HeldBy("T1", frozenset(counting_links(own)))}
    return find_siblings(cases, [("P1", P1), ("P2", P2)], desk.state(), START)["CASE-1"]


def test_siblings_are_those_against_whom_the_same_counted_the_acted_on_first(desk: Desk) -> None:
    found = siblings(desk)
    assert [(each.subject, each.tier, each.shared, each.action_ids) for each in found] == [
        ("T5", Tier.SUSPEND, (D1,), ("A5",)),
        ("T2", Tier.RESTRICT, (D1,), ("A2",)),
        ("T4", Tier.MONITOR, (D1,), ()),  # what is in force on it is by P2, on other grounds
    ]


def test_of_an_account_that_was_erased_or_held_by_nothing_shared_there_are_no_siblings(desk: Desk) -> None:
    for own in (replace(OWN, account_id=None, evidence=()), replace(OWN, evidence=(LABEL,))):
        assert siblings(desk, own) == ()


def test_a_proposal_is_of_siblings_with_something_to_take_back_and_has_one_name_for_a_case(
    desk: Desk,
) -> None:
    found = siblings(desk)
    made = propose("CASE-1", found, START)
    assert made is not None
    assert made.accounts == (
        ProposedAccount("T5", "RING-A", Tier.SUSPEND, ("A5",)),
        ProposedAccount("T2", "RING-A", Tier.RESTRICT, ("A2",)),
    )
    later = propose("CASE-1", found[:1], START + DAY)
    other = propose("CASE-2", found, START)
    assert later is not None
    assert other is not None
    assert made.proposal_id == later.proposal_id != other.proposal_id
    assert propose("CASE-1", found[2:], START) is None


def test_a_proposal_takes_back_its_accounts_and_what_was_taken_back_since_stays_so(desk: Desk) -> None:
    found = siblings(desk)
    made = propose("CASE-1", found, START)
    assert made is not None
    desk.take_back(part_of_account(desk.state(), "P1", "T2"), about="T2")
    done = take_back(desk.state(), parts_of_proposal(desk.state(), made), START, Tiers())
    assert [(each.plan_id, row.action_id) for each in done for row in each.rows] == [("P2", "A5")]


def test_an_action_of_somebody_else_in_a_proposal_is_no_part_of_it(desk: Desk) -> None:
    account = ProposedAccount("T2", "RING-A", Tier.RESTRICT, ("A5",))
    with pytest.raises(KeyError):
        parts_of_proposal(desk.state(), Proposal("REV-1", "CASE-1", START, (account,)))


def test_each_case_has_siblings_of_its_own(desk: Desk) -> None:
    cases = {"C1": HeldBy("T1", frozenset({D1})), "C2": HeldBy("T2", frozenset({D2}))}
    found = find_siblings(cases, [("P1", P1), ("P2", P2)], desk.state(), START)
    assert {case: [each.subject for each in told] for case, told in found.items()} == {
        "C1": ["T5", "T2", "T4"], "C2": ["T4"],
    }  # fmt: skip
