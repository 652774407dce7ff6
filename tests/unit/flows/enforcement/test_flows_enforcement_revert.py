"""revert and expire, as flows: what stands in the ledger and on the shelf afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from enforced import DAY, START, Desk, Imposed
from kept_ledger import KeptPackages, PowerCut

from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.proposal import Proposal, ProposedAccount
from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.enforcement.expire import expire_actions
from graphrisk.flows.enforcement.revert import Reason, Reverted, RevertSides, revert
from graphrisk.flows.enforcement.revert_target import RevertTarget
from graphrisk.model.enforcement import Operation, Purpose, Tier
from graphrisk.model.ledger import Rejected, Stopped

REASON = Reason("the device was a shop's own", "eve", START + DAY)
ONE = Imposed("A-X1", "T1", Tier.RESTRICT, ring="RING-ALPHA")
TWO = Imposed("A-X2", "T2", Tier.SUSPEND, until_day=2, ring="RING-BETA")


class Names:
    def read_names(self) -> Mapping[str, str]:
        return {"T1": "acc1"}  # T2 was erased


class Office:
    """A desk, a shelf, and what a person says to them."""

    def __init__(self) -> None:
        self.desk, self.packages = Desk(), KeptPackages()
        self.sides = RevertSides(self.desk.ledger, self.packages, Names(), Tiers())

    def revert(self, target: RevertTarget, reason: Reason = REASON, *, is_dry: bool = False) -> Reverted:
        return revert(self.sides, target, reason, is_dry=is_dry)


@pytest.fixture
def office() -> Office:
    made = Office()
    made.desk.apply("P-ONE", [ONE, TWO])
    made.desk.apply("P-TWO", [Imposed("A-Y1", "T1", Tier.SUSPEND, ring="RING-ALPHA")])
    return made


def test_a_revert_is_a_package_and_says_whose_what_and_why(office: Office) -> None:
    done = office.revert(RevertTarget(plan_id="p-one"))
    (packaged,) = done.packages
    assert (packaged.purpose, packaged.plan_id, packaged.about) == (Purpose.REVERT, "P-ONE", "P-ONE")
    assert packaged.note == "the device was a shop's own"
    assert {(row.subject, row.account_id, row.operation) for row in done.rows} == {
        ("T1", "acc1", Operation.LIFT), ("T2", None, Operation.LIFT),
    }  # fmt: skip
    assert done.state.plans["P-ONE"].reverted_by == (packaged.package_id,)
    assert done.state.tiers(START + DAY) == {"T1": Tier.SUSPEND}
    assert list(office.packages.folders) == [packaged.package_id]


def test_the_same_revert_again_writes_nothing(office: Office) -> None:
    office.revert(RevertTarget(plan_id="P-ONE"))
    before = office.desk.ledger.entries
    again = office.revert(RevertTarget(plan_id="P-ONE"))
    assert (again.packages, again.rows, office.desk.ledger.entries) == ((), (), before)


def test_a_revert_works_while_the_kill_switch_is_on(office: Office) -> None:
    office.desk.ledger.append([Stopped("something is wrong")], "eve", START)
    assert office.revert(RevertTarget(plan_id="P-TWO")).rows


def test_a_dry_run_says_what_would_be_done_and_does_nothing(office: Office) -> None:
    before = office.desk.ledger.entries
    done = office.revert(RevertTarget(plan_id="P-ONE"), is_dry=True)
    assert ([row.action_id for row in done.rows], done.packages) == (["A-X2", "A-X1"], ())
    assert (office.desk.ledger.entries, office.packages.folders) == (before, {})


def test_a_revert_of_several_plans_that_is_cut_short_is_finished_by_the_same_call(office: Office) -> None:
    target = RevertTarget(subject="T1", everything=True)
    office.desk.ledger.until_cut = 1
    with pytest.raises(PowerCut):
        office.revert(target)
    assert office.desk.state().tier("T1", START + DAY) == Tier.RESTRICT
    done = office.revert(target)
    assert [row.action_id for row in done.rows] == ["A-X1"]
    assert done.state.tier("T1", START + DAY) is None
    assert sorted(office.packages.folders) == sorted(
        each.package_id for each in office.desk.ledger.packaged()[2:]
    )


@pytest.mark.parametrize(
    ("target", "lifted"),
    [
        (RevertTarget(subject="T1"), ["A-Y1"]),
        (RevertTarget(subject="T1", everything=True), ["A-Y1", "A-X1"]),
        (RevertTarget(plan_id="P-ONE", subject="T1"), ["A-X1"]),
        (RevertTarget(ring_id="beta"), ["A-X2"]),
        (RevertTarget(ring_id="RING-ALPHA", everything=True), ["A-Y1", "A-X1"]),
        (RevertTarget(action_id="y1"), ["A-Y1"]),
    ],
)
def test_what_is_named_is_taken_back_and_nothing_else(
    office: Office, target: RevertTarget, lifted: list[str]
) -> None:
    assert [row.action_id for row in office.revert(target).rows] == lifted


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (RevertTarget(plan_id="P-THREE"), "no such plan"),
        (RevertTarget(subject="T9"), "nothing was ever done to the account"),
        (RevertTarget(ring_id="RING-X"), "nothing was ever done"),
        (RevertTarget(ring_id="RING"), "more than one ring"),
        (RevertTarget(ring_id=""), "nothing was ever done"),
        (RevertTarget(action_id="A-"), "more than one action"),
    ],
)
def test_what_is_not_there_cannot_be_taken_back(office: Office, target: RevertTarget, words: str) -> None:
    with pytest.raises(NotFoundError, match=words):
        office.revert(target)


@pytest.mark.parametrize(
    "target",
    [
        RevertTarget(),
        RevertTarget(plan_id="P-ONE", ring_id="alpha"),
        RevertTarget(subject="T1", action_id="y1"),
        RevertTarget(plan_id="P-ONE", everything=True),
        RevertTarget(plan_id="P-ONE", subject="T1", everything=True),
        RevertTarget(action_id="y1", everything=True),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(office: Office, target: RevertTarget) -> None:
    with pytest.raises(ConfigError):
        office.revert(target)


def test_a_revert_without_a_reason_is_refused(office: Office) -> None:
    with pytest.raises(ConfigError, match="says why"):
        office.revert(RevertTarget(plan_id="P-ONE"), replace(REASON, why=" "))


def test_a_plan_of_whose_canary_nothing_is_left_is_closed_once(office: Office) -> None:
    office.desk.apply("P-THREE", [Imposed("A-Z3", "T3", Tier.MONITOR)], stage="canary")
    office.revert(RevertTarget(action_id="z3"))
    for _ in range(2):
        office.revert(RevertTarget(plan_id="P-THREE"))
    state = office.desk.state()
    assert state.plans["P-THREE"].rejections == (("eve", Rejected("P-THREE", REASON.why)),)


def test_a_proposal_takes_back_what_it_names_and_nobody_who_was_struck_out(office: Office) -> None:
    accounts = (
        ProposedAccount("T1", "RING-ALPHA", Tier.SUSPEND, ("A-Y1",)),
        ProposedAccount("T2", "RING-BETA", Tier.SUSPEND, ("A-X2",)),
    )
    proposal = Proposal("REV-1", "CASE-1", START, accounts[1:])
    done = office.revert(RevertTarget(proposal=proposal))
    assert ([row.action_id for row in done.rows], done.packages[0].about) == (["A-X2"], "REV-1")
    assert (
        office.revert(RevertTarget(proposal=replace(proposal, accounts=accounts))).rows[0].action_id == "A-Y1"
    )


@pytest.mark.parametrize(("subject", "action"), [("T1", "A-X2"), ("T2", "A-NONE")])
def test_a_proposal_to_which_somebody_added_what_is_not_so_is_refused(
    office: Office, subject: str, action: str
) -> None:
    accounts = (ProposedAccount(subject, "RING-ALPHA", Tier.SUSPEND, (action,)),)
    with pytest.raises(NotFoundError, match="no such action of that account"):
        office.revert(RevertTarget(proposal=Proposal("REV-1", "CASE-1", START, accounts)))


def test_what_is_over_is_one_package_and_is_told_once(office: Office) -> None:
    late = replace(REASON, at=START + 5 * DAY)
    done = expire_actions(office.sides, late)
    assert done.packaged is not None
    assert (done.packaged.purpose, done.packaged.action_count) == (Purpose.EXPIRE, 1)
    assert [(row.action_id, row.operation) for row in done.rows] == [("A-X2", Operation.LIFT)]
    again = expire_actions(office.sides, late)
    assert (again.packaged, again.rows) == (None, ())


def test_what_expired_is_not_lifted_by_a_revert_of_its_plan(office: Office) -> None:
    late = replace(REASON, at=START + 5 * DAY)
    expire_actions(office.sides, late)
    assert [row.action_id for row in office.revert(RevertTarget(plan_id="P-ONE"), late).rows] == ["A-X1"]
