"""A small world scored by hand, and worlds in which there is nothing to score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.evaluate.truth import TRUE_ACCOUNT, TRUE_MEMBER, TRUE_TYPOLOGY, Truth
from graphrisk.model import tables

PARAMS = EvaluationParams((1, 2), Resampling(draw_count=40, seed=1))


def filled(schema: pa.Schema, rows: list[dict[str, object]]) -> pa.Table:
    """Columns that a row does not name are 0 or empty."""
    blank = {f.name: "" if f.type == pa.string() else 0 for f in schema}
    return pa.Table.from_pylist([blank | row for row in rows], schema=schema)


def found_run(rings: dict[str, tuple[float, str]], risks: dict[str, float], labelled: str = "") -> FoundRun:
    """rings: ring_id -> (score, members as letters)."""
    return FoundRun(
        "run",
        filled(tables.RING, [{"ring_id": r, "score": s, "size": len(m)} for r, (s, m) in rings.items()]),
        filled(
            tables.RING_MEMBER,
            [{"ring_id": r, "account_id": a} for r, (_, members) in rings.items() for a in members],
        ),
        filled(tables.ACCOUNT_RISK, [{"account_id": a, "risk": risk} for a, risk in risks.items()]),
        pa.table({"account_id": pa.array(list(labelled), pa.string())}),
    )


def truth_of(rings: dict[str, str], accounts: dict[str, bool] | None = None) -> Truth:
    members = [{"ring_id": r, "account_id": a} for r, ring in rings.items() for a in ring]
    judged = [{"account_id": a, "is_bad": b} for a, b in (accounts or {}).items()]
    return Truth(
        pa.Table.from_pylist(members, schema=TRUE_MEMBER),
        None if accounts is None else pa.Table.from_pylist(judged, schema=TRUE_ACCOUNT),
    )


ACCOUNTS = dict.fromkeys("abcdefghij", 0.1)


def values(evaluation: Evaluation) -> dict[str, float]:
    return {measure.name: measure.estimate.value for measure in evaluation.measures}


def test_the_small_world_gives_what_paper_gives() -> None:
    """True: abcd, ef. Found: abc+g (best), hij, nothing of ef. Risks: a-d .9, g .8, e .7, the rest .1; a
    is labelled.

    B-cubed: a, b, c: precision 3/4, recall 3/4; d alone: 1, 1/4; e, f alone: 1, 1/2.
      precision (3 * .75 + 3) / 6 = .875, recall (2.25 + .25 + 1) / 6 = 3.5 / 6
    Pairs: true 6 + 1, found 6 + 3, both 3: precision 1/3, recall 3/7.
    Jaccard abcd with abcg 3/5, so one ring of two; best ring right, second not; by majority likewise.
    Innocents g, h, i, j: all four swept in. Unlabelled bad b c d (.9) e (.7) f (.1); innocents g (.8) h i
    j (.1).
      AP: 3/5 * 1 + 1/5 * 4/5 + 1/5 * 5/9; AUROC: (3 * 4 + 3 + 3 * .5) / 20
    Calibration over these nine: .9 x 3 are .3 off, .8 (g) .8, .7 (e) .3, .1 x 4 hold one bad: |.4 - 1|.
      Of equal width: (.3 + .8 + .3 + .6) / 9. Squares: 3 * .01 + .64 + .09 + .81 + 3 * .01 = 1.6 of 9.
    Rings: .9 right, .4 wrong: (.1 + .4) / 2, squares (.01 + .16) / 2.
    """
    risks = ACCOUNTS | dict.fromkeys("abcd", 0.9) | {"g": 0.8, "e": 0.7}
    run = found_run({"R1": (0.9, "abcg"), "R2": (0.4, "hij")}, risks, labelled="a")
    found = values(evaluate_run(run, truth_of({"t1": "abcd", "t2": "ef"}), PARAMS))
    assert found == pytest.approx(
        {
            "bcubed_precision": 0.875,
            "bcubed_recall": 3.5 / 6,
            "bcubed_f1": 2 * 0.875 * (3.5 / 6) / (0.875 + 3.5 / 6),
            "pairwise_precision": 1 / 3,
            "pairwise_recall": 3 / 7,
            "pairwise_f1": 2 * 3 / (9 + 7),
            "ring_recall": 0.5,
            "innocents_swept": 4,
            "innocents_swept_per_1000": 1000,
            "precision_at_1": 1,
            "precision_at_2": 0.5,
            "majority_bad_at_1": 1,
            "majority_bad_at_2": 0.5,
            "account_ap": 0.6 + 0.2 * 0.8 + 0.2 * 5 / 9,
            "account_auroc": (12 + 3 + 1.5) / 20,
            "account_ece": 2.0 / 9,
            "account_ece_equal_width": 2.0 / 9,
            "account_brier": 1.6 / 9,
            "ring_ece": 0.25,
            "ring_ece_equal_width": 0.25,
            "ring_brier": 0.085,
        }
    )


def test_rows_in_another_order_give_the_same_numbers_and_intervals() -> None:
    run = found_run({"R1": (0.9, "abcg"), "R2": (0.4, "hij")}, ACCOUNTS, labelled="ah")
    turned = found_run(
        {"R2": (0.4, "jih"), "R1": (0.9, "gcba")}, dict(reversed(ACCOUNTS.items())), labelled="ha"
    )
    truth, turned_truth = truth_of({"t1": "abcd", "t2": "ef"}), truth_of({"t2": "fe", "t1": "dcba"})
    here, there = evaluate_run(run, truth, PARAMS), evaluate_run(turned, turned_truth, PARAMS)
    assert here == there
    assert (repr(here.reliabilities), repr(here.curves)) == (repr(there.reliabilities), repr(there.curves))


def test_members_that_the_run_does_not_know_count_as_missed() -> None:
    run = found_run({"R": (0.9, "ab")}, {"a": 0.9, "b": 0.9, "c": 0.0})
    evaluation = evaluate_run(run, truth_of({"t": "abxy"}), PARAMS)
    assert values(evaluation)["bcubed_recall"] == pytest.approx((2 * 2 / 4 + 2 * 1 / 4) / 4)
    assert dict(evaluation.counts)["true_members_unknown_to_run"] == 2


def test_an_accounts_table_limits_what_is_judged() -> None:
    """i and j are not judged, so the ring gij counts as g alone; h is bad without a ring."""
    run = found_run({"R": (0.9, "gij")}, ACCOUNTS | {"h": 0.9})
    truth = truth_of({"t": "ab"}, {"a": True, "b": True, "g": False, "h": True})
    evaluation = evaluate_run(run, truth, PARAMS)
    assert values(evaluation)["innocents_swept"] == 1
    assert dict(evaluation.counts)["accounts"] == 4
    assert dict(evaluation.counts)["accounts_bad"] == 3
    assert dict(evaluation.counts)["accounts_not_judged"] == 6


def test_a_ring_that_was_reported_twice_is_one_ring_for_pairs_and_two_for_recall() -> None:
    run = found_run({"R": (0.9, "abc")}, ACCOUNTS)
    found = values(evaluate_run(run, truth_of({"t1": "abc", "t2": "abc"}), PARAMS))
    assert found["pairwise_precision"] == found["bcubed_f1"] == found["ring_recall"] == 1


def test_no_rings_found_gives_recall_zero_and_no_precision() -> None:
    found = values(evaluate_run(found_run({}, ACCOUNTS), truth_of({"t": "abcd"}), PARAMS))
    assert found["ring_recall"] == found["pairwise_recall"] == found["pairwise_f1"] == 0
    assert found["innocents_swept"] == 0
    assert found["bcubed_precision"] == 1
    assert found["bcubed_recall"] == pytest.approx(1 / 4)
    assert np.isnan([found["pairwise_precision"], found["precision_at_1"]]).all()


def test_no_true_rings_gives_no_recall_but_counts_the_innocents() -> None:
    found = values(evaluate_run(found_run({"R": (0.9, "ab")}, ACCOUNTS), truth_of({}), PARAMS))
    assert found["innocents_swept"] == 2
    assert found["precision_at_1"] == found["pairwise_precision"] == 0
    assert np.isnan([found["bcubed_f1"], found["ring_recall"], found["account_ap"]]).all()


def test_an_empty_run_and_an_empty_truth_are_scored_without_complaint() -> None:
    found = values(evaluate_run(found_run({}, {}), truth_of({}), PARAMS))
    assert found.pop("innocents_swept") == 0
    assert np.isnan(list(found.values())).all()


def test_one_account_can_be_scored() -> None:
    found = values(evaluate_run(found_run({}, {"a": 0.5}), truth_of({"t": "a"}), PARAMS))
    assert found["bcubed_f1"] == 1
    assert found["account_ap"] == 1
    assert np.isnan(found["account_auroc"])


def test_baselines_stand_beside_the_measures_they_belong_to() -> None:
    """By size the ring of innocents comes first; at random, AP is the share of bad accounts."""
    run = found_run({"R1": (0.9, "abc"), "R2": (0.4, "ghij")}, ACCOUNTS)
    measures = {m.name: m for m in evaluate_run(run, truth_of({"t": "abc"}), PARAMS).measures}
    baselines = {name: m.baseline.value for name, m in measures.items() if m.baseline is not None}
    assert measures["precision_at_1"].estimate.value == 1
    assert baselines == pytest.approx(
        {
            "precision_at_1": 0,
            "precision_at_2": 0.5,
            "majority_bad_at_1": 0,
            "majority_bad_at_2": 0.5,
            "account_ap": 0.3,
            "account_auroc": 0.5,
            "account_brier": 0.3 * 0.7,
            "ring_brier": 0.25,
        }
    )


def auroc_width(ring_count: int, found_count: int) -> float:
    """40 bad accounts in `ring_count` true rings, 40 innocents in `found_count` found ones (0: in none),
    the first half of each side scored above the second."""
    bad, innocent = [f"b{i:02}" for i in range(40)], [f"i{i:02}" for i in range(40)]
    members = [{"ring_id": f"t{i * ring_count // 40}", "account_id": a} for i, a in enumerate(bad)]
    found = [{"ring_id": f"R{i * found_count // 40}", "account_id": a} for i, a in enumerate(innocent)]
    risks = [{"account_id": a, "risk": float(i < 20)} for side in (bad, innocent) for i, a in enumerate(side)]
    run = FoundRun(
        "run",
        filled(tables.RING, [{"ring_id": f"R{r}"} for r in range(found_count)]),
        filled(tables.RING_MEMBER, found if found_count else []),
        filled(tables.ACCOUNT_RISK, risks),
        pa.table({"account_id": pa.array([], pa.string())}),
    )
    truth = Truth(pa.Table.from_pylist(members, schema=TRUE_MEMBER))
    params = EvaluationParams((1,), Resampling(draw_count=400, seed=1))
    auroc = {m.name: m for m in evaluate_run(run, truth, params).measures}["account_auroc"].estimate
    assert auroc.value == 0.5
    return auroc.high - auroc.low


def test_few_large_rings_leave_wider_intervals_than_many_small_ones() -> None:
    independent = auroc_width(ring_count=40, found_count=0)
    assert auroc_width(ring_count=4, found_count=0) > 1.5 * independent
    assert auroc_width(ring_count=40, found_count=4) > 1.5 * independent


def test_recall_is_told_by_typology_where_the_truth_tells_it() -> None:
    """abcd farm: found as abcg, 3 of 4 members in a ring, two of the three unlabelled ones at .9. ef: mules,
    nothing. t3 has no typology and does not show."""
    risks = ACCOUNTS | dict.fromkeys("abc", 0.9)
    run = found_run({"R1": (0.9, "abcg")}, risks, labelled="a")
    truth = truth_of({"t1": "abcd", "t2": "ef", "t3": "i"})
    typologies = pa.Table.from_pylist(
        [{"ring_id": "t1", "typology": "farm"}, {"ring_id": "t2", "typology": "mules"}], schema=TRUE_TYPOLOGY
    )
    told = evaluate_run(run, replace(truth, typologies=typologies), PARAMS).typologies
    assert [(t.typology, t.ring_count, t.member_count) for t in told] == [("farm", 1, 4), ("mules", 1, 2)]
    recalls = [(t.ring_recall.value, t.member_recall.value, t.risk_recall.value) for t in told]
    assert recalls == [(1.0, 0.75, 2 / 3), (0.0, 0.0, 0.0)]
    assert evaluate_run(run, truth, PARAMS).typologies == ()


def test_curves_end_where_the_measures_say() -> None:
    """Unlabelled: bad b c (.9), d (.1); innocents g (.8), e f h i j (.1)."""
    risks = ACCOUNTS | dict.fromkeys("abc", 0.9) | {"g": 0.8}
    run = found_run({"R1": (0.9, "abcg"), "R2": (0.4, "efhij")}, risks, labelled="a")
    curves = evaluate_run(run, truth_of({"t1": "abcd"}), PARAMS).curves
    assert curves.recall.tolist() == pytest.approx([2 / 3, 1])
    assert curves.precision.tolist() == pytest.approx([1, 3 / 9])
    assert (curves.base_rate, curves.ks.tolist()) == (pytest.approx(3 / 9), [1, 2])
    assert (curves.ring_precision.tolist(), curves.size_precision.tolist()) == ([1, 0.5], [0, 0.5])
