"""How judgements, and what comes of them, are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from graphrisk.cli.output import Cell, Column, Json, note, print_facts, print_table, warn
from graphrisk.errors import visible
from graphrisk.model.judgements import FIELDS, Judgement, Ruling, as_row

if TYPE_CHECKING:
    from graphrisk.flows.exchange_judgements import ImportReport
    from graphrisk.flows.judge import JudgeReport
    from graphrisk.registry.judgement_rows import RowFault

COLUMNS = (
    Column("judgement"), Column("verdict"), Column("subject"), Column("what", fold=True), Column("by"),
    Column("at"), Column("why", fold=True), Column("until"),
)  # fmt: skip


def cells(judgement: Judgement) -> Sequence[Cell]:
    target = judgement.target
    what = " ".join(getattr(target, name) for name in FIELDS[target.subject])
    return (
        judgement.judgement_id, judgement.ruling.value, target.subject.value, what, judgement.judged_by,
        judgement.judged_at, judgement.reason, judgement.expires_at,
    )  # fmt: skip


def print_report(report: JudgeReport) -> None:
    judgement = report.judgement
    names = [column.title for column in COLUMNS]
    print_facts(list(zip(names, cells(judgement), strict=True))[1:], title=judgement.judgement_id)
    if report.held:
        print_table(
            [Column("ring"), Column("account"), Column("role"), Column("risk"), Column("holds it")],
            [
                (
                    each.ring_id,
                    each.account_id,
                    each.role,
                    each.account_risk,
                    "yes" if each.holds_it else "no",
                )
                for each in report.held
            ],
            title=f"held by it in {report.run_id}, seen anew by the next run",
        )
    for each in report.contested:
        said = f"{each.judged_by} said {each.ruling}, {visible(each.reason)} ({each.judgement_id})"
        warn(f"{said}; so neither counts")
    for label in report.opposed:
        warn(
            f"the tables call {visible(label.account_id)} {label.verdict}; one against one counts as unknown"
        )
    if report.run_id is not None and judgement.ruling is not Ruling.UNSURE and not report.contested:
        note("it counts from the next run on: graphrisk detect")


def report_json(report: JudgeReport) -> Json:
    return {
        "judgement": as_row(report.judgement),
        "run_id": report.run_id,
        "held": [asdict(each) for each in report.held],
        "contested": [as_row(each) for each in report.contested],
        "opposed": [asdict(each) for each in report.opposed],
    }


def print_import(report: ImportReport) -> None:
    print_facts(
        [
            ("rows", report.row_count),
            ("added", len(report.added)),
            ("here already", report.row_count - len(report.faults) - len(report.added)),
            ("bad", len(report.faults)),
        ]
    )
    for fault in report.faults:
        note(fault_words(fault))
    for name, judgements in (("contested", report.contested), ("withdraws what is not here", report.open)):
        if judgements:
            print_table(COLUMNS, [cells(each) for each in judgements], title=name)
    for each, first in report.needless:
        note(
            f"{each.judgement_id} by {each.judged_by} changes nothing: {each.target.withdraws} was already"
            f" withdrawn by {first.judged_by} on {first.judged_at:%Y-%m-%d %H:%M}"
        )


def fault_words(fault: RowFault) -> str:
    """`file:12: column judged_at: not a time (saw 'soon') -> write it as ...`"""
    column = f"column {fault.column}: " if fault.column else ""
    saw = f" (saw {visible(fault.value)})" if fault.value else ""
    return f"{fault.place}: {column}{fault.what}{saw} -> {fault.remedy}"


def import_json(report: ImportReport) -> Json:
    return {
        "row_count": report.row_count,
        "added": [as_row(each) for each in report.added],
        "faults": [asdict(each) for each in report.faults],
        "contested": [as_row(each) for each in report.contested],
        "open_withdrawals": [as_row(each) for each in report.open],
        "needless_withdrawals": [
            {**as_row(each), "withdrawn_by": as_row(first)} for each, first in report.needless
        ],
    }
