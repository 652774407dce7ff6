"""How appeals, what comes of them, and their rates are shown."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from graphrisk.cli.enforce.revert import print_rows
from graphrisk.cli.judge_output import fault_words
from graphrisk.cli.output import Cell, Column, Json, note, print_facts, print_table, warn
from graphrisk.errors import visible
from graphrisk.flows.enforcement.overturn import Label
from graphrisk.model.judgements import as_row

if TYPE_CHECKING:
    from graphrisk.enforce.proposal import Sibling
    from graphrisk.enforce.rates import AppealRates, Share
    from graphrisk.flows.enforcement.appeal import AppealReport
    from graphrisk.flows.enforcement.overturn import Overturned

_SHOWN = 20
_JUDGED = {Label.ADDED: "yes", Label.KNOWN: "yes, before", Label.NO_ACCOUNT: "no"}
_SIBLINGS = (
    Column("account"), Column("in force"), Column("ring"), Column("to take back"),
    Column("held by", fold=True),
)  # fmt: skip
RATE_COLUMNS = (
    Column("of"), Column("actions"), Column("appealed"), Column("share (95 %)"), Column("cases"),
    Column("open"), Column("decided"), Column("overturned"), Column("share (95 %)"), Column("median days", 1),
)  # fmt: skip


def print_report(report: AppealReport) -> None:
    print_facts(
        [
            ("rows", report.row_count),
            ("entered", len(report.added)),
            ("entered before", report.row_count - len(report.added) - len(report.faults)),
            ("bad", len(report.faults)),
        ]
    )
    for fault in report.faults:
        note(fault_words(fault))
    for each in report.overturned:
        if each.is_new or each.judged.label is Label.ADDED or each.is_proposed_now:
            _print_overturned(each)


def _print_overturned(each: Overturned) -> None:
    print_facts(
        [
            ("account", each.row.account_id),
            ("ring", each.ring_id),
            ("reason", each.entry.reason_code),
            ("decided by", each.row.reviewer),
            ("in force now", each.taken_back.tier or "nothing"),
            ("judged good", _JUDGED[each.judged.label]),
        ],
        title=f"overturned: {each.entry.case_id}",
    )
    for words in _spoilt(each):
        warn(words)
    print_rows(each.taken_back.rows)
    if not each.siblings:
        note("nobody else was held by what it was held by")
        return
    print_table(_SIBLINGS, [_sibling_cells(s) for s in each.siblings[:_SHOWN]], title="held by the same")
    if len(each.siblings) > _SHOWN:
        note(f"and {len(each.siblings) - _SHOWN:,} more; --json tells all")
    if each.proposal is not None:
        note(f"to take back what was done to them, look at {each.proposal}, and then:")
        note(f"  graphrisk enforce revert --proposal {each.proposal} --why TEXT")


def _spoilt(each: Overturned) -> list[str]:
    """Why no run will take the account for good, judged so or not."""
    account, judged = visible(each.row.account_id), each.judged
    if judged.label is Label.NO_ACCOUNT:
        return [f"the tables know no account {account}: no run will hear that it is good"]
    told = [f"{said.judged_by} called {account} bad ({said.judgement_id})" for said in judged.contested]
    told += [f"the tables call {account} {label.verdict}" for label in judged.opposed]
    return [
        f"{words}; one against one counts as unknown, so withdraw the judgement or mend the table"
        for words in told
    ]


def _sibling_cells(sibling: Sibling) -> tuple[Cell, ...]:
    return (
        sibling.account_id or sibling.subject, sibling.tier or "nothing", sibling.ring_id,
        len(sibling.action_ids), "; ".join(f"{kind} {identifier}" for kind, identifier in sibling.shared),
    )  # fmt: skip


def report_json(report: AppealReport) -> dict[str, Json]:
    return {
        "row_count": report.row_count,
        "added": [asdict(each) for each in report.added],
        "faults": [asdict(each) for each in report.faults],
        "rings_to_score_again": report.ring_ids,
        "overturned": [_overturned_json(each) for each in report.overturned],
    }


def _overturned_json(each: Overturned) -> Json:
    return {
        "case_id": each.entry.case_id, "account_id": each.row.account_id, "subject": each.entry.subject,
        "action_id": each.entry.action_id, "ring_id": each.ring_id, "is_new": each.is_new,
        "packages": [package.package_id for package in each.taken_back.packages],
        "rows": [asdict(row) for row in each.taken_back.rows], "tier": each.taken_back.tier,
        "label": each.judged.label.value, "opposed": [asdict(label) for label in each.judged.opposed],
        "contested": [as_row(said) for said in each.judged.contested],
        "siblings": [asdict(sibling) for sibling in each.siblings],
        "proposal": None if each.proposal is None else str(each.proposal),
    }  # fmt: skip


def rate_cells(each: AppealRates) -> tuple[Cell, ...]:
    appealed, overturned = each.appealed, each.overturned
    return (
        each.name or "all", each.action_count, None if appealed is None else appealed.part_count,
        "" if appealed is None else _share(appealed), each.case_count, each.open_count, overturned.of_count,
        overturned.part_count, _share(overturned), each.median_days,
    )  # fmt: skip


def _share(share: Share) -> str:
    if share.value is None:
        return ""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
