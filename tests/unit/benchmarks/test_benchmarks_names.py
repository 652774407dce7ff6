"""What the benchmark of names counts, on days made by hand, and where the truth is told without noise."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.params import SimulationParams

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import names
from names import Day, judge, tell_days

NOBODY = frozenset[str]()


def fates(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["ring_id", "event", "other_ring_id"])


def told(truth: pd.DataFrame, before: Day, after: Day) -> list[tuple[str, bool]]:
    return [(name, is_told) for name, is_told, _ in judge(truth, before, after)]


def day(*events: tuple[str, str, str | None], **found: str) -> Day:
    return Day(frozenset(events), found, NOBODY)


def test_a_name_is_kept_where_the_ring_has_it_on_both_days() -> None:
    truth = fates(("a", "persist", None), ("b", "die", None), ("c", "shrink", None), ("d", "grow", None))
    found = told(truth, day(a="A", b="B", c="C"), day(a="A", b="X", c="C", d="D"))
    assert found == [("kept", True), ("down", False), ("kept", True)]


def test_two_that_become_one_may_have_the_name_of_either_and_one_is_told_to_have_merged() -> None:
    truth = fates(("a", "grow", "b"), ("b", "merge_into", "a"))
    before = day(a="A", b="B")
    assert told(truth, before, day(("A", "merged", "B"), a="B")) == [("kept", True), ("merges", True)]
    assert told(truth, before, day(a="A")) == [("kept", True), ("merges", False)]
    assert told(truth, before, day(a="X")) == [("kept", False), ("merges", False)]


def test_a_split_is_told_by_an_event_between_the_two_names() -> None:
    truth = fates(("a", "split_into", "b"), ("b", "born", "a"))
    assert told(truth, day(a="A"), day(("A", "split", "B"), a="A", b="B")) == [("splits", True)]
    assert told(truth, day(a="A"), day(("A", "split", "C"), a="A", b="B")) == [("splits", False)]
    assert told(truth, day(a="A"), day(a="A", b="A")) == []


def test_the_truth_without_noise_is_named_without_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "NOISE_SHARE", 0.0)
    params = SimulationParams(8_000, hardness=0.5, seed=3, fraud_share=0.15)
    asked = list(tell_days(params, SnapshotParams(4, turnover_share=0.5)))
    assert {name for name, _, _ in asked} == {"kept", "down", "merges", "splits"}
    assert all(is_told for _, is_told, _ in asked)
