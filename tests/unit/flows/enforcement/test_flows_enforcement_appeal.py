"""appeal import, as a flow: what stands in the ledger, on the shelf, among judgements and in proposals.

acc1 (T1) was watched by P1 and restricted by P2 on the ground of device d1; so was acc2 (T2). acc3 shares
nothing that counts with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from enforced import DAY, START, Desk, Imposed
from kept_ledger import KeptPackages, PowerCut
from plan_grounds import ground, member, order, run_facts

from graphrisk.enforce.appeals import AppealRow
from graphrisk.enforce.make_plan import make_plan
from graphrisk.enforce.plan import Plan
from graphrisk.enforce.policy import Tiers
from graphrisk.enforce.proposal import Proposal
from graphrisk.flows.enforcement.appeal import AppealReport, AppealSides, import_appeals
from graphrisk.flows.enforcement.overturn import Label
from graphrisk.flows.enforcement.revert import RevertSides
from graphrisk.flows.exchange_judgements import FileRows
from graphrisk.flows.judge import JudgeSides
from graphrisk.model.enforcement import Bucket, Evidence, Operation, PlanRow, Purpose, Source, Tier
from graphrisk.model.findings import KnownLabel
from graphrisk.model.judgements import Judgement, Ruling, Subject
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.ledger import AppealStatus, Stopped
from graphrisk.model.runs import RunRecord
from graphrisk.model.verdicts import Verdict
from graphrisk.registry.judgement_rows import PlacedRow, RowFault

NOW = START + 6 * DAY
TOKENS = {"acc1": "T1", "acc2": "T2", "acc3": "T3", "gone": "T4"}
RECEIVED = {
    "case_id": "C1", "account_id": "acc1", "status": "received", "received_at": "2026-03-03T12:00:00Z",
    "resolved_at": "", "reason": "not_me", "reviewer": "",
}  # fmt: skip
OVERTURNED = {
    **RECEIVED, "status": "overturned", "resolved_at": "2026-03-05T12:00:00Z", "reason": "shared_device",
    "reviewer": "carl",
}  # fmt: skip
UPHELD = {**OVERTURNED, "case_id": "C2", "account_id": "acc2", "status": "upheld"}


def plan_row(account: str, identifier: str) -> PlanRow:
    things = (Evidence(Source.DEVICE, "device", identifier, 3, 3, counts=True, words="same device"),)
    return PlanRow(
        TOKENS[account], account, "RING-A", None, Bucket.NEW, None, Tier.RESTRICT, Tier.RESTRICT, (), (), 0.9,
        0.9, 0.8, 0.95, 0.0, 0.0, (), things, "", START, None, is_canary=False,
    )  # fmt: skip


@dataclass(slots=True)
class Shop:
    """Fits every side of flows.enforcement.appeal.AppealSides but the ledger and the packages."""

    judgements: list[Judgement] = field(default_factory=list)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    spoilt: str = ""
    is_busy: bool = False
    labels: list[KnownLabel] = field(default_factory=list)

    def read_names(self) -> Mapping[str, str]:
        return {token: account for account, token in TOKENS.items()}

    def list_plans(self) -> tuple[str, ...]:
        return ("P2",)

    def read_plan(self, plan_id: str) -> Plan:
        rows = (plan_row("acc1", "d1"), plan_row("acc2", "d1"), plan_row("acc3", "d9"))
        return Plan(plan_id, None, rows)  # type: ignore[arg-type]  # nobody asks for its header

    def find_proposal(self, proposal_id: str) -> Path | None:
        return Path(proposal_id) if proposal_id in self.proposals else None

    def write_proposal(self, proposal: Proposal) -> Path:
        self.proposals[proposal.proposal_id] = proposal
        return Path(proposal.proposal_id)

    def discretion(self, rows: Sequence[AppealRow]) -> Sequence[RowFault]:
        return [RowFault(row.place, "reason", "", "names", "") for row in rows if row.reason == self.spoilt]

    @contextmanager
    def judging(self) -> Iterator[JudgeSides]:
        if self.is_busy:
            self.is_busy = False
            raise PowerCut
        yield JudgeSides(self, self, self, self, self, self)  # type: ignore[arg-type]  # no rings, no runs

    def read_judgements(self) -> tuple[Judgement, ...]:
        return tuple(self.judgements)

    def add_judgements(self, judgements: Sequence[Judgement]) -> None:
        self.judgements += judgements

    def read_runs(self) -> Sequence[RunRecord]:
        return []

    def read_labels(self, account_id: str) -> Sequence[KnownLabel] | None:
        return None if account_id == "gone" else self.labels

    def near_account_ids(self, name: str) -> Sequence[str]:
        return []


@dataclass(frozen=True, slots=True)
class File:
    rows: tuple[Mapping[str, str], ...]
    faults: tuple[RowFault, ...] = ()

    def read_rows(self) -> FileRows:
        placed = (PlacedRow(f"a.csv:{line}", (row,)) for line, row in enumerate(self.rows, start=2))
        return FileRows(tuple(placed), self.faults)


class Office:
    def __init__(self) -> None:
        self.desk, self.packages, self.shop = Desk(), KeptPackages(), Shop()
        self.desk.apply("P1", [Imposed("M1", "T1", Tier.MONITOR)])
        self.desk.apply("P2", [Imposed(f"R{n}", f"T{n}", Tier.RESTRICT) for n in (1, 2, 3, 4)])

    def hear(
        self, *rows: Mapping[str, str], at: datetime = NOW, faults: tuple[RowFault, ...] = ()
    ) -> AppealReport:
        reverts = RevertSides(self.desk.ledger, self.packages, self.shop, Tiers())
        shop = self.shop
        sides = AppealSides(
            reverts, shop, shop, lambda account: TOKENS.get(account, f"T-{account}"), shop.discretion,
            shop.judging, BUILT_IN_KINDS,
        )  # fmt: skip
        return import_appeals(File(rows, faults), sides, "eve", at)

    def tier(self, subject: str) -> Tier | None:
        return self.desk.state().tier(subject, NOW)


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_overturned_case_gives_the_account_back_what_it_had_before(office: Office) -> None:
    report = office.hear(RECEIVED, OVERTURNED)
    (case,) = report.overturned
    (package,) = case.taken_back.packages
    assert (package.purpose, package.plan_id, package.about) == (Purpose.OVERTURN, "P2", "C1")
    assert package.note == "appeal C1 was overturned (shared_device)"
    (row,) = case.taken_back.rows
    assert (row.action_id, row.operation, row.account_id) == ("R1", Operation.LIFT, "acc1")
    assert office.tier("T1") == case.taken_back.tier == Tier.MONITOR
    assert office.tier("T2") == Tier.RESTRICT


def test_the_case_is_entered_by_who_decided_it_from_when_its_cool_down_counts(office: Office) -> None:
    office.hear(RECEIVED, OVERTURNED)
    told, at = office.desk.state().appeals["C1"]
    assert (told.status, told.action_id, told.resolved_at) == (AppealStatus.OVERTURNED, "R1", START + 4 * DAY)
    assert (office.desk.ledger.entries[-1].by, at) == ("carl", NOW)


@pytest.mark.parametrize(("days", "is_left_alone"), [(1, True), (89, True), (91, False)])
def test_a_plan_leaves_the_account_alone_until_its_cool_down_is_over(
    office: Office, days: int, is_left_alone: bool
) -> None:
    office.hear(OVERTURNED)
    at = START + (4 + days) * DAY  # decided on the fourth day
    found = ground(state=office.desk.state(), run=run_facts(as_of=at))
    members = [member("acc1"), member("acc3", ring_id="RING-B")]
    plan = make_plan(members, replace(found, token_of=TOKENS.__getitem__), order(made_at=at))
    rows = {row.account_id: row for row in plan.rows}
    assert rows["acc1"].acts is not is_left_alone
    assert ("cool_down" in rows["acc1"].blocked_by) is is_left_alone
    assert "cool_down" not in rows["acc3"].blocked_by


def test_the_account_is_judged_good_from_when_it_was_decided(office: Office) -> None:
    report = office.hear(OVERTURNED)
    (said,) = office.shop.judgements
    assert (said.target.subject, said.target.account_id, said.ruling) == (
        Subject.ACCOUNT,
        "acc1",
        Ruling.REJECT,
    )
    assert (said.judged_by, said.judged_at) == ("carl", START + 4 * DAY)
    assert report.overturned[0].judged.label is Label.ADDED


def test_a_label_of_the_tables_that_says_the_opposite_is_told_because_then_no_run_takes_it_for_good(
    office: Office,
) -> None:
    bad = KnownLabel("acc1", Verdict.BAD, "chargeback", None)
    office.shop.labels = [bad, KnownLabel("acc1", Verdict.GOOD, "long known", None)]
    assert office.hear(OVERTURNED).overturned[0].judged.opposed == (bad,)


def test_who_was_held_by_the_same_is_told_and_a_reversal_waits_for_a_person(office: Office) -> None:
    report = office.hear(OVERTURNED)
    (case,) = report.overturned
    assert [(each.account_id, each.tier, each.action_ids) for each in case.siblings] == [
        ("acc2", Tier.RESTRICT, ("R2",))
    ]
    (proposal,) = office.shop.proposals.values()
    assert [account.subject for account in proposal.accounts] == ["T2"]
    assert (case.proposal, case.is_proposed_now) == (Path(proposal.proposal_id), True)
    assert office.tier("T2") == Tier.RESTRICT  # nothing was done to it
    assert report.ring_ids == ("RING-A",)


def test_an_upheld_case_changes_nothing_but_the_ledgers_knowledge_of_it(office: Office) -> None:
    tiers = office.desk.state().tiers(NOW)
    report = office.hear(UPHELD)
    assert (report.overturned, report.ring_ids, office.shop.judgements, office.packages.folders) == (
        (),
        (),
        [],
        {},
    )
    assert office.desk.state().tiers(NOW) == tiers
    assert office.desk.state().appeals["C2"][0].status is AppealStatus.UPHELD


def test_importing_twice_adds_nothing(office: Office) -> None:
    office.hear(RECEIVED, OVERTURNED, UPHELD)
    before = office.desk.ledger.entries, list(office.shop.judgements), dict(office.shop.proposals)
    again = office.hear(RECEIVED, OVERTURNED, UPHELD)
    assert (again.added, again.ring_ids, again.faults) == ((), (), ())
    assert (office.desk.ledger.entries, office.shop.judgements, office.shop.proposals) == before
    assert [(case.is_new, case.judged.label, case.is_proposed_now) for case in again.overturned] == [
        (False, Label.KNOWN, False)
    ]


def test_an_account_on_which_something_new_was_done_since_is_left_alone_by_a_second_import(
    office: Office,
) -> None:
    office.hear(OVERTURNED)
    office.desk.apply("P9", [Imposed("N1", "T1", Tier.SUSPEND)], at=NOW)
    office.hear(OVERTURNED)
    assert office.tier("T1") == Tier.SUSPEND


@pytest.mark.parametrize("appends", [0, 1])
def test_an_import_that_is_cut_short_in_the_ledger_is_finished_by_the_next(
    office: Office, appends: int
) -> None:
    office.desk.ledger.until_cut = appends
    with pytest.raises(PowerCut):
        office.hear(OVERTURNED)
    report = office.hear(OVERTURNED)
    assert office.tier("T1") == Tier.MONITOR
    assert len([each for each in office.desk.ledger.packaged() if each.purpose is Purpose.OVERTURN]) == 1
    assert len(office.shop.judgements) == len(office.shop.proposals) == len(report.added) == 1


def test_an_import_that_found_the_tables_busy_is_finished_by_the_next(office: Office) -> None:
    office.shop.is_busy = True
    with pytest.raises(PowerCut):
        office.hear(OVERTURNED)
    assert office.tier("T1") == Tier.MONITOR
    report = office.hear(OVERTURNED)
    assert [(case.is_new, case.judged.label, case.is_proposed_now) for case in report.overturned] == [
        (False, Label.ADDED, True)
    ]


def test_a_proposal_that_somebody_has_worked_on_is_not_written_over(office: Office) -> None:
    office.hear(OVERTURNED)
    (name,) = office.shop.proposals
    worked_on = Proposal(name, "C1", NOW, ())
    office.shop.proposals[name] = worked_on
    office.hear(OVERTURNED)
    assert office.shop.proposals == {name: worked_on}


def test_bad_rows_are_told_in_the_order_of_the_file_and_cost_the_good_ones_nothing(office: Office) -> None:
    office.shop.spoilt = "names_somebody"
    report = office.hear(
        {**RECEIVED, "account_id": "nobody"}, {**RECEIVED, "status": "lost"},
        {**RECEIVED, "reason": "names_somebody"}, OVERTURNED, {**OVERTURNED, "status": "upheld"},
        faults=(RowFault("a.csv:9", "", "acc1,x", "2 cells in a table of 7 columns", ""),),
    )  # fmt: skip
    assert [(fault.place, fault.column, fault.value) for fault in report.faults] == [
        ("a.csv:2", "account_id", "T-nobody"), ("a.csv:3", "status", "lost"), ("a.csv:4", "reason", ""),
        ("a.csv:6", "status", "upheld"), ("a.csv:9", "", ""),
    ]  # fmt: skip
    assert (report.row_count, len(report.added)) == (6, 1)
    assert office.tier("T1") == Tier.MONITOR


def test_an_account_that_the_tables_lost_is_freed_and_no_run_hears_that_it_is_good(office: Office) -> None:
    report = office.hear({**OVERTURNED, "account_id": "gone"})
    assert (office.tier("T4"), office.shop.judgements) == (None, [])
    assert report.overturned[0].judged.label is Label.NO_ACCOUNT


def test_two_cases_of_one_account_in_one_file_take_back_once(office: Office) -> None:
    report = office.hear(OVERTURNED, {**OVERTURNED, "case_id": "C9"})
    assert [len(case.taken_back.packages) for case in report.overturned] == [1, 0]
    assert (office.tier("T1"), len(office.shop.judgements)) == (Tier.MONITOR, 2)


def test_an_appeal_is_heard_while_the_kill_switch_is_on(office: Office) -> None:
    office.desk.ledger.append([Stopped("something is wrong")], "eve", START)
    office.hear(OVERTURNED)
    assert office.tier("T1") == Tier.MONITOR
