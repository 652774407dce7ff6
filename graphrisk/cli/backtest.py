"""`graphrisk evaluate backtest`: runs of past dates against what came out later."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.detect import WorkersOption, parse_as_of
from graphrisk.cli.evaluate import MEASURE_COLUMNS, measure_json, measure_row, parse_counts
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption, refuse_unheard, require_place
from graphrisk.cli.output import Cell, Column, Json, note, print_facts, print_json, print_table, show_progress
from graphrisk.workspace.session import Workspace

if TYPE_CHECKING:
    from graphrisk.evaluate.backtest.kinds_found import KindScore
    from graphrisk.evaluate.backtest.precision import Group
    from graphrisk.evaluate.backtest.report import Backtest, DateScore
    from graphrisk.evaluate.backtest.stability import Stability
    from graphrisk.flows.backtest import BacktestOrder

MOST_DAYS = 36_500  # beyond, the calendar ends
_DATES = tuple(
    Column(title)
    for title in (
        "as of",
        "accounts",
        "labelled then",
        "bad later",
        "good later",
        "rings",
        "unlabelled in rings",
    )
)
_GROUPS = (
    Column("group"), Column("how many"), Column("labelled later"), Column("bad"), Column("of labelled", 3),
    Column("low", 3), Column("high", 3), Column("baseline", 3), Column("of all", 3), Column("low", 3),
    Column("high", 3), Column("baseline", 3),
)  # fmt: skip
_KINDS = (
    Column("kind"), Column("bad later"), Column("in a ring", 3), Column("low", 3), Column("high", 3),
    Column("baseline", 3), Column("suspected", 3), Column("low", 3), Column("high", 3), Column("baseline", 3),
    Column("rings"), Column("bad of labelled members", 3), Column("low", 3), Column("high", 3),
)  # fmt: skip
_STABILITY = (
    Column("from"), Column("to"), Column("accounts in rings"), Column("same ring", 3), Column("low", 3),
    Column("high", 3), Column("dealt anew", 3), Column("any ring", 3), Column("low", 3), Column("high", 3),
)  # fmt: skip


def register(group: typer.Typer) -> None:
    group.command("backtest")(backtest_workspace)


def backtest_workspace(
    context: typer.Context,
    workspace: WorkspaceOption = HERE,
    as_of: Annotated[
        list[str] | None,
        typer.Option(metavar="TIME", help="As of when; may be given again.", show_default="spread evenly"),
    ] = None,
    dates: Annotated[int, typer.Option(min=1, help="How many dates to spread, without --as-of.")] = 4,
    horizon: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_DAYS, metavar="DAYS", help="A label counts if reported so long after a date."
        ),
    ] = 60,
    dispute_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_DAYS,
            metavar="DAYS",
            help="How younger payments ended is hidden from a run; 0 hides nothing.",
        ),
    ] = 45,
    k: Annotated[
        str, typer.Option("--k", metavar="K,...", help="How many of the riskiest accounts to look at.")
    ] = "50,100,200",
    hours: Annotated[
        str, typer.Option(metavar="H,...", help="Hours of a reviewer who reads rings.")
    ] = "8,40,160",
    minutes_per_ring: Annotated[
        float, typer.Option(min=0, help="A reviewer's, to open one and decide.")
    ] = 10.0,
    minutes_per_member: Annotated[
        float, typer.Option(min=0.01, help="A reviewer's, for each account in it.")
    ] = 2.0,
    least_risk: Annotated[
        float, typer.Option(min=0.01, max=1, help="From which risk on an account is suspected.")
    ] = 0.5,
    truth: Annotated[
        Path | None,
        typer.Option(help="Table of ring members with a column `typology`: tells what is found by it."),
    ] = None,
    workers: WorkersOption = None,
    draws: Annotated[int, typer.Option(min=1, help="Bootstrap draws behind each interval.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a page with figures, and these as PNG beside it."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run detection as of past dates, on what was known then, and score it with labels that came later.

    No run is written. An account that had a label at a date scores nothing there. Intervals are of 95 %, over
    whole rings. What each number means: docs/backtest.md.

    Example: graphrisk evaluate backtest --as-of 2026-01-01 --as-of 2026-02-01 --horizon 90 -w shop
    """
    from graphrisk.evaluate.backtest.params import BacktestParams, ReviewCost  # noqa: PLC0415 - scipy
    from graphrisk.evaluate.intervals import Resampling  # noqa: PLC0415 - the same
    from graphrisk.flows.backtest import BacktestOrder  # noqa: PLC0415 - the same
    from graphrisk.report.charts import require_matplotlib  # noqa: PLC0415 - for --html alone
    from graphrisk.sources.truth import TruthFiles  # noqa: PLC0415 - pyarrow.compute

    if as_of:
        refuse_unheard(context, ["dates"], "the dates are those of --as-of", remedy="give one of the two")
    if html is not None:
        require_matplotlib()
        require_place(html, "--html")
    params = BacktestParams(
        resampling=Resampling(draws, seed),
        horizon_days=horizon,
        ks=parse_counts("--k", k),
        hours=parse_counts("--hours", hours),
        least_risk=least_risk,
        cost=ReviewCost(minutes_per_ring, minutes_per_member),
    )
    order = BacktestOrder(params, _parse_dates(as_of or []), dates, dispute_days)
    files = None if truth is None else TruthFiles(truth)
    shop = Workspace.open(workspace)
    with show_progress("reading what came out") as progress:
        found = shop.backtest(order, truth=files, workers=workers, progress=progress)
    if json:
        print_json(_as_json(found, order))
    else:
        _print(found)
    if html is not None:
        _write_page(found, html)
    if not any(date.bad_count for date in found.dates):
        note("nobody came out bad within the horizon of any date: there is nothing to score with")


def _parse_dates(texts: list[str]) -> tuple[datetime, ...]:
    parsed = [parse_as_of(text) for text in texts]
    return tuple(at for at in parsed if at is not None)


def _write_page(found: Backtest, out: Path) -> None:
    from graphrisk.flows.draw_backtest import draw_backtest  # noqa: PLC0415 - for --html alone

    page, pictures = draw_backtest(found)
    for stem, png in pictures.items():
        out.with_name(f"{out.stem}-{stem}.png").write_bytes(png)
    out.write_text(page, encoding="utf-8")


def _print(found: Backtest) -> None:
    print_table(_DATES, [_date_row(each) for each in found.dates], title="Runs, as of")
    print_facts([(name.replace("_", " "), count) for name, count in found.counts], title="Over all dates")
    print_table(
        MEASURE_COLUMNS, [measure_row(m) for m in found.measures], title="Measures, with 95 % intervals"
    )
    for table in found.tables:
        title = f"Bad, {table.words}; baseline: {table.baseline_words}"
        print_table(_GROUPS, [_group_row(each) for each in table.groups if each.count], title=title)
    if found.kinds:
        title = "By typology" if found.kinds_are_typologies else "By reason of the label"
        print_table(_KINDS, [_kind_row(each) for each in found.kinds], title=title)
    if found.stability:
        print_table(_STABILITY, [_stability_row(each) for each in found.stability], title="From date to date")


def _date_row(date: DateScore) -> tuple[Cell, ...]:
    return (
        date.as_of, date.account_count, date.labelled_count, date.bad_count, date.good_count, date.ring_count,
        date.ringed_count,
    )  # fmt: skip


def _group_row(group: Group) -> tuple[Cell, ...]:
    of_labelled, of_all = group.precision, group.least
    return (
        group.name, group.count, group.labelled_count, group.bad_count, of_labelled.value, of_labelled.low,
        of_labelled.high, group.baseline, of_all.value, of_all.low, of_all.high, group.least_baseline,
    )  # fmt: skip


def _kind_row(kind: KindScore) -> tuple[Cell, ...]:
    rings, risks, beside = kind.ring_recall, kind.risk_recall, kind.ring_precision
    return (
        kind.name, kind.bad_count, rings.value, rings.low, rings.high, kind.ring_recall_baseline, risks.value,
        risks.low, risks.high, kind.risk_recall_baseline, kind.ring_count, beside.value, beside.low,
        beside.high,
    )  # fmt: skip


def _stability_row(each: Stability) -> tuple[Cell, ...]:
    stayed, still = each.stayed, each.still_in_ring
    return (
        each.earlier, each.later, each.account_count, stayed.value, stayed.low, stayed.high, each.baseline,
        still.value, still.low, still.high,
    )  # fmt: skip


def _as_json(found: Backtest, order: BacktestOrder) -> dict[str, Json]:
    params = found.params
    return {
        "horizon_days": params.horizon_days,
        "dispute_days": order.dispute_days,
        "least_risk": params.least_risk,
        "minutes_per_ring": params.cost.minutes_per_ring,
        "minutes_per_member": params.cost.minutes_per_member,
        "draws": params.resampling.draw_count,
        "seed": params.resampling.seed,
        "counts": dict(found.counts),
        "dates": [_date_json(date) for date in found.dates],
        "measures": {m.name: measure_json(m) for m in found.measures},
        "groups": {
            table.name: {"baseline": table.baseline_words, "rows": [asdict(each) for each in table.groups]}
            for table in found.tables
        },
        "by": "typology" if found.kinds_are_typologies else "reason",
        "kinds": [asdict(kind) for kind in found.kinds],
        "stability": [asdict(each) for each in found.stability],
    }


def _date_json(date: DateScore) -> dict[str, Json]:
    told: dict[str, Json] = {name: value for name, value in asdict(date).items() if name != "measures"}
    return told | {"measures": {m.name: measure_json(m) for m in date.measures}}
