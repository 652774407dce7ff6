"""`graphrisk account ID`: why is this account where it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from graphrisk.cli.explanation import (
    counterfactual_json,
    judgement_lines,
    path_json,
    path_lines,
    seed_line,
)
from graphrisk.cli.options import (
    HERE,
    JsonOption,
    RunOption,
    SeedsOption,
    WhatIfOption,
    WorkspaceOption,
)
from graphrisk.cli.output import (
    Column,
    note,
    print_facts,
    print_json,
    print_lines,
    print_table,
    show_progress,
)
from graphrisk.flows.answer import AccountAnswer, AccountFile
from graphrisk.flows.explain import counterfactual_words
from graphrisk.model.money import amount_words
from graphrisk.workspace import Workspace


def register(app: typer.Typer) -> None:
    app.command("account")(show_account)


def show_account(
    account: Annotated[str, typer.Argument(metavar="ID", help="The account's id, exactly as in the tables.")],
    what_if: WhatIfOption = False,
    seeds: SeedsOption = False,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one account: its risk and why, its ring, what it shares and with how many, labels, payments.

    --what-if: the fewest identifiers without which it leaves its ring.

    Example: graphrisk account acc17 -w shop
    """
    chosen = Workspace.open(workspace).run(run)
    answer = chosen.account(account)
    found = None
    if what_if and answer.ring is None:
        note("--what-if: it is in no ring that it could leave")
    if what_if and answer.ring is not None:
        with show_progress("detect again"):
            found = chosen.what_if(answer.ring.ring_id, account)
    given = None
    if seeds:
        with show_progress("spread again"):
            given = chosen.seeds([account])
    if as_json:
        print_json(
            {
                "run_id": answer.run_id,
                **asdict(answer.file),
                "ring": None if answer.ring is None else asdict(answer.ring),
                "path": None if answer.path is None else path_json(answer.path),
                "seeds": None if given is None else [asdict(each) for each in given],
                "what_if": None
                if found is None or answer.ring is None
                else counterfactual_json(found, answer.ring.ring_id),
            }
        )
        return
    _print_answer(answer)
    if given is not None:
        print_lines([seed_line(given)])
    if found is not None and answer.ring is not None:
        print_lines([counterfactual_words(found, answer.ring.ring_id)])


def _print_answer(answer: AccountAnswer) -> None:
    file = answer.file
    print_facts(
        [
            ("risk", file.risk if file.risk is not None else "unknown to this run"),
            ("between", _between(file)),
            ("why", file.reason),
            ("propagated", file.propagated),
            (
                "ring",
                "in no ring"
                if answer.ring is None
                else f"{answer.ring.ring_id}, score {answer.ring.score:.2f}",
            ),
            ("role", file.role),
            ("created_at", file.created_at),
            ("market", file.market),
            ("display_name", file.display_name),
            ("run", answer.run_id),
        ],
        title=file.account_id,
    )
    if answer.path is not None:
        print_lines(["", "path to the core", *path_lines(answer.path)[1:]])
    if file.judgements:
        print_lines(["", *judgement_lines(file.judgements)])
    _print_tables(file)


def _between(file: AccountFile) -> str:
    if file.risk_low is None or file.risk_high is None:
        return "unknown: the risk ranks, it is no probability"
    return f"{file.risk_low:.3f} and {file.risk_high:.3f} in nine marketplaces of ten"


def _print_tables(file: AccountFile) -> None:
    print_table(
        [
            Column("kind"),
            Column("identifier", fold=True),
            Column("accounts"),
            Column("in_ring"),
            Column("first_seen_at"),
            Column("last_seen_at"),
            Column("events"),
        ],
        [
            (
                i.kind,
                i.raw or i.identifier,
                i.account_count,
                i.ring_account_count,
                i.first_seen_at,
                i.last_seen_at,
                i.event_count,
            )
            for i in file.identifiers
        ],
        title="identifiers",
    )
    if file.sources:
        print_table(
            [
                Column("kind"), Column("identifier", fold=True), Column("belief"), Column("most_from"),
                Column("of_that"),
            ],
            [(s.kind, s.identifier, s.belief, s.neighbour_id, s.neighbour_belief) for s in file.sources],
            title="where its propagated belief comes from",
        )  # fmt: skip
    if file.labels:
        print_table(
            [Column("verdict"), Column("reason", fold=True), Column("reported_at")],
            [(label.verdict, label.reason, label.reported_at) for label in file.labels],
            title="labels known at as-of",
        )
    if file.payments:
        print_table(
            [Column("direction"), Column("status"), Column("payments"), Column("amount")],
            [
                (
                    total.direction,
                    total.status,
                    total.payment_count,
                    None if total.amount_minor is None else amount_words(total.amount_minor, total.currency),
                )
                for total in file.payments
            ],
            title="payments up to as-of",
        )
