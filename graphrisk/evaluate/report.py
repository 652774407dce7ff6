"""The measures of one run against the truth, each with its interval and what it has to be compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphrisk.evaluate.curves import Curves, trace_curves
from graphrisk.evaluate.intervals import (
    Estimate,
    JudgedAccounts,
    Resampling,
    Stream,
    resample_ranking,
    resample_sums,
    resample_top,
)
from graphrisk.evaluate.measures import Baseline, Measure
from graphrisk.evaluate.membership import NO_RING, BoolArray, FloatArray, IntArray, find_best_jaccards
from graphrisk.evaluate.metrics import count_into, divide, harmonic_mean, sum_over_rings
from graphrisk.evaluate.reliability import (
    Reliability,
    measure_account_calibration,
    measure_ring_calibration,
)
from graphrisk.evaluate.scoring import FoundRun, JudgedRun, judge_run
from graphrisk.evaluate.truth import Truth
from graphrisk.evaluate.typologies import TypologyRecall, recall_typologies

HIT_JACCARD = 0.5


@dataclass(frozen=True, slots=True)
class EvaluationParams:
    """ks: how many of the best rings precision at k looks at, each at least 1."""

    ks: tuple[int, ...]
    resampling: Resampling


@dataclass(frozen=True, slots=True)
class Evaluation:
    """counts: (name, count) of what was judged, in the order in which they are shown. reliabilities: of
    account risk, then of ring scores. typologies: by name, none where the truth does not tell them."""

    run_id: str
    measures: tuple[Measure, ...]
    counts: tuple[tuple[str, int], ...]
    params: EvaluationParams
    reliabilities: tuple[Reliability, ...] = field(compare=False)  # arrays are not compared by ==
    typologies: tuple[TypologyRecall, ...]
    curves: Curves = field(compare=False)

    def value(self, name: str) -> float:
        """The number of one measure. Raises KeyError where there is none of that name."""
        return {measure.name: measure.estimate.value for measure in self.measures}[name]


def evaluate_run(run: FoundRun, truth: Truth, params: EvaluationParams) -> Evaluation:
    """Score a run against the truth. An account in several true (found) rings counts, for B-cubed and
    pairs, in the first by id (by score); ring recall and precision at k take rings as they are."""
    judged = judge_run(run, truth)
    true = judged.true.first_rings(judged.risk.size)
    found = judged.found.first_rings(judged.risk.size)
    best_true, best_found = find_best_jaccards(judged.true, judged.found)
    is_hit, is_right = best_true >= HIT_JACCARD, best_found >= HIT_JACCARD
    of_accounts, account_tables = measure_account_calibration(judged, true, found, params.resampling)
    of_rings, ring_tables = measure_ring_calibration(judged, params.resampling)
    measures = (
        *_measure_partition(judged, true, found, is_hit, params.resampling),
        *_measure_top(judged, is_right, params),
        *_measure_accounts(judged, true, found, params.resampling),
        *of_accounts,
        *of_rings,
    )
    return Evaluation(
        run.run_id,
        measures,
        _count(judged, found),
        params,
        (*account_tables, *ring_tables),
        recall_typologies(judged, found, is_hit, params.resampling),
        trace_curves(judged, is_right),
    )


def _measure_partition(
    judged: JudgedRun, true: IntArray, found: IntArray, is_hit: BoolArray, resampling: Resampling
) -> list[Measure]:
    sums = sum_over_rings(true, found, judged.true.ring_count, judged.found.ring_count)
    swept = count_into(found[(found != NO_RING) & ~judged.is_bad], judged.found.ring_count)
    of_true = np.stack(
        [sums.bcubed_precision, sums.bcubed_recall, sums.true_sizes, sums.true_pairs_in_both, sums.true_pairs,
         is_hit.astype(np.float64), np.ones(judged.true.ring_count)],
        axis=1,
    )  # fmt: skip
    of_found = np.stack([sums.found_pairs_in_both, sums.found_pairs, swept], axis=1)
    # Row 0 is the point, the other rows are draws.
    t = np.vstack([of_true.sum(axis=0), resample_sums(of_true, resampling, Stream.TRUTH)])
    f = np.vstack([of_found.sum(axis=0), resample_sums(of_found, resampling, Stream.CLAIM)])
    bcubed = divide(t[:, 0], t[:, 2]), divide(t[:, 1], t[:, 2])
    pairwise = divide(f[:, 0], f[:, 1]), divide(t[:, 3], t[:, 4])
    innocents = f[:, 2] + ((found == NO_RING) & ~judged.is_bad).sum()  # those in no ring are not drawn again
    return [
        _measure("bcubed_precision", "B-cubed precision over accounts in true rings", bcubed[0]),
        _measure("bcubed_recall", "B-cubed recall over accounts in true rings", bcubed[1]),
        _measure("bcubed_f1", "B-cubed F1", harmonic_mean(*bcubed)),
        _measure("pairwise_precision", "pairs in a found ring that share a true one", pairwise[0]),
        _measure("pairwise_recall", "pairs in a true ring that share a found one", pairwise[1]),
        _measure("pairwise_f1", "pairwise F1", harmonic_mean(*pairwise)),
        _measure("ring_recall", f"true rings found at Jaccard {HIT_JACCARD}", divide(t[:, 5], t[:, 6])),
        _measure("innocents_swept", "innocent accounts in a found ring", f[:, 2]),
        _measure(
            "innocents_swept_per_1000", "the same per 1,000 innocents", divide(1000 * f[:, 2], innocents)
        ),
    ]


def _measure(name: str, words: str, point_and_draws: FloatArray) -> Measure:
    return Measure(name, words, Estimate.of(float(point_and_draws[0]), point_and_draws[1:]))


def _measure_top(judged: JudgedRun, is_right: BoolArray, params: EvaluationParams) -> list[Measure]:
    sizes = judged.found.sizes().astype(np.float64)
    bad_members = np.bincount(
        judged.found.ring, weights=judged.is_bad[judged.found.account], minlength=judged.found.ring_count
    )
    versions = (
        ("precision_at", f"of the {{}} best rings, those at Jaccard {HIT_JACCARD} with a true one", is_right),
        (
            "majority_bad_at",
            "of the {} best rings, those with more than half their members bad",
            bad_members * 2 > sizes,
        ),
    )
    measures = []
    for name, words, right in versions:
        ours = resample_top(judged.found_score, right, params.ks, params.resampling, Stream.TOP_BY_SCORE)
        by_size = resample_top(sizes, right, params.ks, params.resampling, Stream.TOP_BY_SIZE)
        for k, estimate, other in zip(params.ks, ours, by_size, strict=True):
            baseline = Baseline(other.value, "the same rings by size")
            measures.append(Measure(f"{name}_{k}", words.format(k), estimate, baseline))
    return measures


def _measure_accounts(
    judged: JudgedRun, true: IntArray, found: IntArray, resampling: Resampling
) -> list[Measure]:
    bad = np.flatnonzero(judged.is_bad & ~judged.is_labelled)
    innocent = np.flatnonzero(~judged.is_bad & ~judged.is_labelled)
    alone = judged.true.ring_count + np.arange(
        judged.risk.size
    )  # a bad account in no ring is a cluster of its own
    accounts = JudgedAccounts(
        bad_scores=judged.risk[bad],
        bad_cluster=np.where(true[bad] == NO_RING, alone[bad], true[bad]),
        innocent_scores=judged.risk[innocent],
        innocent_cluster=found[innocent],
    )
    ap, auroc = resample_ranking(accounts, resampling)
    base_rate = float(divide(np.array([bad.size]), np.array([bad.size + innocent.size]))[0])
    return [
        Measure(
            "account_ap",
            "average precision, accounts unlabelled at as-of",
            ap,
            Baseline(base_rate, "random order"),
        ),
        Measure("account_auroc", "AUROC, accounts unlabelled at as-of", auroc, Baseline(0.5, "random order")),
    ]


def _count(judged: JudgedRun, found: IntArray) -> tuple[tuple[str, int], ...]:
    return (
        ("accounts", judged.risk.size),
        ("accounts_bad", int(judged.is_bad.sum())),
        ("accounts_labelled", int(judged.is_labelled.sum())),
        ("accounts_in_found_rings", int((found != NO_RING).sum())),
        ("rings_true", judged.true.ring_count),
        ("rings_found", judged.found.ring_count),
        ("true_members_unknown_to_run", judged.unknown_count),
        ("accounts_not_judged", judged.elsewhere_count),
    )
