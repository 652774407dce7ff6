"""draw_backtest: what a backtest looks like, as charts and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from graphrisk.evaluate.backtest.precision import GroupTable
from graphrisk.evaluate.backtest.report import Backtest
from graphrisk.evaluate.measures import Measure
from graphrisk.report.chart_page import PageTable, Picture, render_chart_page
from graphrisk.report.charts import Bar, Chart, Look, Series, draw_png

_MEASURE_COLUMNS = ("measure", "value", "low", "high", "baseline", "baseline is")


def draw_backtest(found: Backtest) -> tuple[str, dict[str, bytes]]:
    """The page, and the pictures in it by the stem of their names. Raises ConfigError without matplotlib."""
    charts = tuple(chart_backtest(found))
    drawn = {chart.stem: draw_png(chart) for chart in charts}
    pictures = [Picture(chart.title, drawn[chart.stem]) for chart in charts]
    first, last = found.dates[0].as_of, found.dates[-1].as_of
    title = f"Backtest of {len(found.dates)} dates, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return render_chart_page(title, pictures, tuple(table_backtest(found))), drawn


def chart_backtest(found: Backtest) -> Iterator[Chart]:
    told = {measure.name: measure for measure in found.measures}
    of_ks = [(k, told[f"recall_at_{k}"]) for k in found.params.ks]
    yield Chart(
        "recall",
        "Accounts that came out bad, among the k riskiest at each date",
        "k",
        "recall",
        (
            Series("by risk", _finite([(k, each.estimate.value) for k, each in of_ks]), Look.DOTS),
            Series(
                "by shared identifiers", _finite([(k, _baseline(each)) for k, each in of_ks]), Look.DASHES
            ),
        ),
    )
    for table in found.tables:
        stem = table.name.replace("_", "-")
        yield Chart(
            stem, f"Bad, {table.words}", "share of all, with its 95 % interval", "", bars=_bars(table)
        )
    if found.stability:
        yield Chart(
            "stability",
            "Accounts that stay in their ring until the next date",
            "share, with its 95 % interval",
            "",
            bars=tuple(
                Bar(f"{each.earlier:%Y-%m-%d} ({each.account_count})", e.value, e.low, e.high)
                for each in found.stability
                for e in (each.stayed,)
            ),
        )


def table_backtest(found: Backtest) -> Iterator[PageTable]:
    resampling, params = found.params.resampling, found.params
    yield PageTable(
        "Runs, as of",
        ("as of", "run", "accounts", "labelled then", "bad later", "good later", "rings",
         "unlabelled in rings"),
        tuple(
            (f"{d.as_of:%Y-%m-%d %H:%M}", d.run_id, d.account_count, d.labelled_count, d.bad_count,
             d.good_count, d.ring_count, d.ringed_count)
            for d in found.dates
        ),
    )  # fmt: skip
    yield PageTable(
        "Over all dates",
        ("what", "how many"),
        (("horizon, days", params.horizon_days), *((n.replace("_", " "), c) for n, c in found.counts)),
    )
    yield PageTable(
        f"Measures, with 95 % intervals ({resampling.draw_count} draws, seed {resampling.seed})",
        _MEASURE_COLUMNS,
        _measure_rows(found.measures),
    )
    yield from (_table_groups(table) for table in found.tables)
    if found.kinds:
        yield PageTable(
            "By typology" if found.kinds_are_typologies else "By reason of the label",
            ("kind", "bad later", "in a ring", "low", "high", "baseline", "suspected", "low", "high",
             "baseline", "rings", "bad of labelled members", "low", "high"),
            tuple(
                (k.name, k.bad_count, k.ring_recall.value, k.ring_recall.low, k.ring_recall.high,
                 k.ring_recall_baseline, k.risk_recall.value, k.risk_recall.low, k.risk_recall.high,
                 k.risk_recall_baseline, k.ring_count, k.ring_precision.value, k.ring_precision.low,
                 k.ring_precision.high)
                for k in found.kinds
            ),
        )  # fmt: skip
    if found.stability:
        yield PageTable(
            "From date to date",
            ("from", "to", "accounts in rings", "same ring", "low", "high", "dealt anew", "any ring"),
            tuple(
                (f"{s.earlier:%Y-%m-%d %H:%M}", f"{s.later:%Y-%m-%d %H:%M}", s.account_count, s.stayed.value,
                 s.stayed.low, s.stayed.high, s.baseline, s.still_in_ring.value)
                for s in found.stability
            ),
        )  # fmt: skip
    for date in found.dates:
        yield PageTable(
            f"As of {date.as_of:%Y-%m-%d %H:%M} alone", _MEASURE_COLUMNS, _measure_rows(date.measures)
        )


def _table_groups(table: GroupTable) -> PageTable:
    return PageTable(
        f"Bad, {table.words}; baseline: {table.baseline_words}",
        ("group", "how many", "labelled later", "bad", "of labelled", "low", "high", "baseline", "of all",
         "low", "high", "baseline"),
        tuple(
            (g.name, g.count, g.labelled_count, g.bad_count, g.precision.value, g.precision.low,
             g.precision.high, g.baseline, g.least.value, g.least.low, g.least.high, g.least_baseline)
            for g in table.groups
            if g.count
        ),
    )  # fmt: skip


def _measure_rows(measures: Sequence[Measure]) -> tuple[tuple[str | float, ...], ...]:
    return tuple(
        (m.words, m.estimate.value, m.estimate.low, m.estimate.high, _baseline(m),
         m.baseline.words if m.baseline else "")
        for m in measures
    )  # fmt: skip


def _bars(table: GroupTable) -> tuple[Bar, ...]:
    return tuple(
        Bar(f"{group.name} ({group.count})", group.least.value, group.least.low, group.least.high)
        for group in table.groups
        if group.count
    )


def _baseline(measure: Measure) -> float:
    return measure.baseline.value if measure.baseline else math.nan


def _finite(points: Sequence[tuple[int, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), y) for x, y in points if math.isfinite(y))
