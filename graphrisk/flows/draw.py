"""draw: what an evaluation looks like, as charts and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator

from graphrisk.evaluate.membership import FloatArray, IntArray
from graphrisk.evaluate.reliability import Reliability
from graphrisk.evaluate.report import HIT_JACCARD, Evaluation
from graphrisk.report.chart_page import PageTable, Picture, render_chart_page
from graphrisk.report.charts import Bar, Chart, Look, Series, draw_png


def draw_evaluation(evaluation: Evaluation) -> tuple[str, dict[str, bytes]]:
    """The page, and the pictures in it by the stem of their names. Raises ConfigError without matplotlib."""
    charts = tuple(chart_evaluation(evaluation))
    drawn = {chart.stem: draw_png(chart) for chart in charts}
    pictures = [Picture(chart.title, drawn[chart.stem]) for chart in charts]
    title = f"Run {evaluation.run_id} against the truth"
    return render_chart_page(title, pictures, tuple(table_evaluation(evaluation))), drawn


def chart_evaluation(evaluation: Evaluation) -> Iterator[Chart]:
    curves = evaluation.curves
    yield _chart_reliability(
        "reliability", "Reliability of account risk, no label", "risk", "bad", evaluation.reliabilities[:2]
    )
    yield _chart_reliability(
        "ring-reliability", "Reliability of ring scores", "score", "right", evaluation.reliabilities[2:]
    )
    yield Chart(
        "precision-recall",
        "Accounts without a label, by falling risk",
        "recall of bad accounts",
        "precision",
        (
            Series("by risk", _points(curves.recall, curves.precision)),
            Series("random order", ((0.0, curves.base_rate), (1.0, curves.base_rate)), Look.DASHES),
        ),
    )
    yield Chart(
        "precision-at-k",
        f"Rings at Jaccard {HIT_JACCARD} with a true one, of the k best",
        "k",
        "precision",
        (
            Series("by score", _points(curves.ks, curves.ring_precision)),
            Series("by size", _points(curves.ks, curves.size_precision), Look.DASHES),
        ),
    )
    if evaluation.typologies:
        yield Chart(
            "typologies",
            f"True rings found at Jaccard {HIT_JACCARD}, by typology",
            "recall, with its 95 % interval",
            "",
            bars=tuple(
                Bar(f"{told.typology} ({told.ring_count})", e.value, e.low, e.high)
                for told in evaluation.typologies
                for e in (told.ring_recall,)
            ),
        )


def table_evaluation(evaluation: Evaluation) -> Iterator[PageTable]:
    resampling = evaluation.params.resampling
    yield PageTable(
        f"Measures, with 95 % intervals ({resampling.draw_count} draws, seed {resampling.seed})",
        ("measure", "value", "low", "high", "baseline", "baseline is"),
        tuple(
            (m.words, m.estimate.value, m.estimate.low, m.estimate.high,
             m.baseline.value if m.baseline else math.nan, m.baseline.words if m.baseline else "")
            for m in evaluation.measures
        ),
    )  # fmt: skip
    yield PageTable(
        "Judged",
        ("what", "how many"),
        tuple((name.replace("_", " "), count) for name, count in evaluation.counts),
    )
    for table in evaluation.reliabilities:
        columns = (table.edges[:-1], table.edges[1:], table.counts, table.mean_scores, table.shares)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        yield PageTable(
            f"{table.words[:1].upper()}{table.words[1:]}: ECE {table.error():.4f}",
            ("from", "to", "how many", "mean", "share bad or right"),
            tuple(row for row in rows if row[2]),
        )
    if evaluation.typologies:
        yield PageTable(
            "By typology",
            ("typology", "rings", "accounts", "rings found", "members in a ring", "unlabelled, risk >= .5"),
            tuple(
                (t.typology, t.ring_count, t.member_count, t.ring_recall.value, t.member_recall.value,
                 t.risk_recall.value)
                for t in evaluation.typologies
            ),
        )  # fmt: skip


def _chart_reliability(stem: str, title: str, of: str, right: str, tables: tuple[Reliability, ...]) -> Chart:
    bins = [
        Series(table.words.rpartition(", ")[2], _points(table.mean_scores, table.shares), Look.DOTS)
        for table in tables
    ]
    diagonal = Series("as it should be", ((0.0, 0.0), (1.0, 1.0)), Look.DASHES)
    return Chart(stem, title, f"{of}, mean of a bin", f"share that is {right}", (*bins, diagonal))


def _points(x: FloatArray | IntArray, y: FloatArray) -> tuple[tuple[float, float], ...]:
    """Without those where there is nothing."""
    told = zip(x.tolist(), y.tolist(), strict=True)
    return tuple((float(a), float(b)) for a, b in told if math.isfinite(a) and math.isfinite(b))
