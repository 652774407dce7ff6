"""`graphrisk evaluate`: a run's rings and risks against the truth; as a group, what else scores them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.options import (
    HERE,
    JsonOption,
    RunOption,
    WorkspaceOption,
    given_flags,
    refuse_unheard,
    require_place,
)
from graphrisk.cli.output import Column, Json, print_facts, print_json, print_table, show_progress
from graphrisk.errors import ConfigError
from graphrisk.workspace.session import Workspace

if TYPE_CHECKING:
    from graphrisk.evaluate.intervals import Estimate
    from graphrisk.evaluate.measures import Measure
    from graphrisk.evaluate.reliability import Reliability
    from graphrisk.evaluate.report import Evaluation
    from graphrisk.evaluate.typologies import TypologyRecall

MEASURE_COLUMNS = (
    Column("measure"),
    Column("value", 3),
    Column("low", 3),
    Column("high", 3),
    Column("baseline", 3),
    Column("baseline is"),
)
_RELIABILITY = (
    Column("from", 4),
    Column("to", 4),
    Column("how many"),
    Column("mean", 3),
    Column("share bad or right", 3),
)
_TYPOLOGIES = (
    Column("typology"),
    Column("rings"),
    Column("accounts"),
    Column("rings at Jaccard 0.5", 3),
    Column("low", 3),
    Column("high", 3),
    Column("members in a found ring", 3),
    Column("of unlabelled, risk >= 0.5", 3),
)


group = typer.Typer(rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    from graphrisk.cli import backtest  # noqa: PLC0415 - it prints measures as we do

    backtest.register(group)
    app.add_typer(group, name="evaluate", invoke_without_command=True, callback=evaluate_run)


def evaluate_run(
    context: typer.Context,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="Table of ring members (.csv, .csv.gz, .csv.zst, .parquet), or a folder with ring_members.*"
            " and perhaps accounts.*. Needed, unless a command is named.",
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    run: RunOption = None,
    json: JsonOption = False,
    k: Annotated[
        str, typer.Option("--k", metavar="K,...", help="How many of the best rings to judge.")
    ] = "50,100",
    accounts: Annotated[
        Path | None, typer.Option(help="A table saying of each account whether it is bad.")
    ] = None,
    ring_column: Annotated[str, typer.Option(help="The ring's column.")] = "ring_id",
    account_column: Annotated[str, typer.Option(help="The account's column, in both tables.")] = "account_id",
    bad_column: Annotated[
        str, typer.Option(help="The column of the accounts table that says so.")
    ] = "is_fraud",
    draws: Annotated[int, typer.Option(min=1, help="Bootstrap draws behind each interval.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a page with figures, and these as PNG beside it."),
    ] = None,
) -> None:
    """Score a run's rings and account risks against the truth, with 95 % intervals.

    Without an accounts table an account is bad exactly when it is in a true ring. With one, only the
    accounts that it names and the ring members are judged. Figures need the extra `plots`. Where the ring
    members have a column `typology`, recall is told by it as well.

    Example: graphrisk evaluate --truth market/truth --workspace shop --k 20,50
    """
    from graphrisk.evaluate.intervals import Resampling  # noqa: PLC0415 - scipy, for it alone
    from graphrisk.evaluate.report import EvaluationParams  # noqa: PLC0415 - the same
    from graphrisk.report.charts import require_matplotlib  # noqa: PLC0415 - for --html alone
    from graphrisk.sources.truth import TruthColumns, TruthFiles  # noqa: PLC0415 - the same
    from graphrisk.workspace.evaluation import evaluate_workspace  # noqa: PLC0415 - the same

    if context.invoked_subcommand is not None:
        _refuse_flags_before(context)
        return
    if truth is None:
        raise ConfigError(
            "the truth is missing", where="evaluate",
            remedy="give --truth TABLE, or score with labels that came later: graphrisk evaluate backtest",
        )  # fmt: skip
    if html is not None:
        require_matplotlib()
        require_place(html, "--html")
    params = EvaluationParams(parse_counts("--k", k), Resampling(draws, seed))
    files = TruthFiles(truth, accounts, TruthColumns(ring_column, account_column, bad_column))
    if not files.has_accounts():
        refuse_unheard(
            context,
            ["bad_column"],
            "there is no accounts table to read it from",
            remedy="give --accounts TABLE",
        )
    with show_progress("scoring the run"):
        evaluation = evaluate_workspace(Workspace.open(workspace), files, run, params)
    if html is not None:
        _write_page(evaluation, html)
    if json:
        print_json(_as_json(evaluation))
        return
    print_facts(
        [("run", evaluation.run_id), *((n.replace("_", " "), c) for n, c in evaluation.counts)],
        title="Judged",
    )
    print_table(
        MEASURE_COLUMNS, [measure_row(m) for m in evaluation.measures], title="Measures, with 95 % intervals"
    )
    for table in evaluation.reliabilities:
        title = f"{table.words[:1].upper()}{table.words[1:]}: ECE {table.error():.4f}"
        print_table(_RELIABILITY, [tuple(row.values()) for row in _filled_bins(table)], title=title)
    if evaluation.typologies:
        print_table(_TYPOLOGIES, [_typology_row(t) for t in evaluation.typologies], title="By typology")


def _refuse_flags_before(context: typer.Context) -> None:
    """They are ours, and the command that is named would not hear of them."""
    given = given_flags(context)
    if given:
        raise ConfigError(
            "flags stand behind the command",
            where=f"evaluate {context.invoked_subcommand}",
            value=", ".join(given),
        )


def _write_page(evaluation: Evaluation, out: Path) -> None:
    """Pictures stand beside the page under its name: report.html, report-reliability.png."""
    from graphrisk.flows.draw import draw_evaluation  # noqa: PLC0415 - for --html alone

    page, pictures = draw_evaluation(evaluation)
    for stem, png in pictures.items():
        out.with_name(f"{out.stem}-{stem}.png").write_bytes(png)
    out.write_text(page, encoding="utf-8")


def measure_row(measure: Measure) -> tuple[str | float | None, ...]:
    e, b = measure.estimate, measure.baseline
    return (measure.words, e.value, e.low, e.high, b.value if b else None, b.words if b else "")


def _filled_bins(table: Reliability) -> list[dict[str, float]]:
    """Of each bin that is not empty: its edges, how many, their mean score, their share of bad or right."""
    columns = (table.edges[:-1], table.edges[1:], table.counts, table.mean_scores, table.shares)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        {"low": low, "high": high, "count": int(count), "mean": mean, "share": share}
        for low, high, count, mean, share in rows
        if count
    ]


def _typology_row(told: TypologyRecall) -> tuple[str | float, ...]:
    rings = told.ring_recall
    return (
        told.typology,
        told.ring_count,
        told.member_count,
        rings.value,
        rings.low,
        rings.high,
        told.member_recall.value,
        told.risk_recall.value,
    )


def _as_json(evaluation: Evaluation) -> dict[str, Json]:
    measures: dict[str, Json] = {m.name: measure_json(m) for m in evaluation.measures}
    resampling = evaluation.params.resampling
    return {
        "run_id": evaluation.run_id,
        "draws": resampling.draw_count,
        "seed": resampling.seed,
        "counts": dict(evaluation.counts),
        "measures": measures,
        "reliability": {
            table.name: [dict[str, Json](row) for row in _filled_bins(table)]
            for table in evaluation.reliabilities
        },
        "typologies": {
            told.typology: {
                "rings": told.ring_count,
                "accounts": told.member_count,
                "ring_recall": estimate_json(told.ring_recall),
                "member_recall": estimate_json(told.member_recall),
                "risk_recall": estimate_json(told.risk_recall),
            }
            for told in evaluation.typologies
        },
    }


def measure_json(measure: Measure) -> dict[str, Json]:
    told: dict[str, Json] = {"words": measure.words} | estimate_json(measure.estimate)
    if measure.baseline is not None:
        told |= {"baseline": measure.baseline.value, "baseline_words": measure.baseline.words}
    return told


def estimate_json(estimate: Estimate) -> dict[str, Json]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def parse_counts(flag: str, text: str) -> tuple[int, ...]:
    """`50,100` -> (50, 100), ascending and once each. Raises ConfigError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) >= 1 for part in parts):
        raise ConfigError(f"{flag} takes whole numbers of 1 or more, separated by commas", value=text)
    return tuple(sorted({int(part) for part in parts}))
