"""A small market at two dates, scored by hand.

Day 0: ring R = abc (.9), S = gh (.6); risks a .9, b .8, c .7, d .6, g .2, h .2, the rest .1. Day 10: the
same, and d has joined R. Letters a to j. Horizon 30 days.
"""

from __future__ import annotations

import math

import pytest
from backtest_worlds import baselines, dated_run, outcome_tables, score, values

from graphrisk.evaluate.backtest.report import Backtest

RISKS = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "g": 0.2, "h": 0.2} | dict.fromkeys("efij", 0.1)
SHARED = {"g": 5, "h": 5, "e": 4, "a": 1}
FIRST = dated_run(0, {"R": (0.9, "abc"), "S": (0.6, "gh")}, RISKS, SHARED)
SECOND = dated_run(10, {"R2": (0.9, "abcd"), "S2": (0.6, "gh")}, RISKS, SHARED)
NOBODY = outcome_tables([])


def group(found: Backtest, table: str, name: str) -> tuple[int, int, int]:
    groups = {each.name: each for one in found.tables if one.name == table for each in one.groups}
    return groups[name].count, groups[name].labelled_count, groups[name].bad_count


def test_an_account_labelled_by_then_is_neither_found_nor_missed() -> None:
    """a was known at day 0; b and e come out: b is in a ring, e is not."""
    known = outcome_tables([("a", "bad", 0), ("b", "bad", 5), ("e", "bad", 6)])
    found = score([FIRST], known)
    assert found.dates[0].labelled_count == 1
    assert found.dates[0].bad_count == 2
    assert values(found)["recall_in_rings"] == pytest.approx(1 / 2)
    # Whoever else is in a ring and may count: b, c, g, h
    assert found.dates[0].ringed_count == 4
    assert values(found)["least_precision_in_rings"] == pytest.approx(1 / 4)


def test_a_further_label_of_an_account_labelled_before_counts_nothing() -> None:
    twice = outcome_tables([("a", "good", -3), ("a", "bad", 5), ("e", "bad", 6)])
    assert score([FIRST], twice).dates[0].bad_count == 1


def test_a_label_without_a_time_is_known_at_every_date() -> None:
    found = score([FIRST], outcome_tables([("a", "bad", None), ("e", "bad", 6)]))
    assert (found.dates[0].labelled_count, found.dates[0].bad_count) == (1, 1)
    assert dict(found.counts)["labels_without_a_time"] == 1


@pytest.mark.parametrize(("days", "counted"), [(0, 0), (1, 1), (30, 1), (31, 0)])
def test_a_label_counts_from_after_the_date_to_the_end_of_the_horizon(days: int, counted: int) -> None:
    assert score([FIRST], outcome_tables([("b", "bad", days)])).dates[0].bad_count == counted


def test_labels_that_contradict_each_other_make_nobody_bad_or_good() -> None:
    found = score([FIRST], outcome_tables([("b", "bad", 5), ("b", "good", 6)]))
    assert (found.dates[0].bad_count, found.dates[0].good_count) == (0, 0)


def test_a_verdict_of_unknown_is_no_label() -> None:
    found = score([FIRST], outcome_tables([("b", "unknown", -5), ("b", "bad", 6)]))
    assert (found.dates[0].labelled_count, found.dates[0].bad_count) == (0, 1)


def test_recall_at_a_budget_is_as_on_paper() -> None:
    """The two riskiest are a, b. By shared identifiers g, h. Bad: b, d, g."""
    found = score([FIRST], outcome_tables([(each, "bad", 5) for each in "bdg"]))
    assert values(found)["recall_at_2"] == pytest.approx(1 / 3)
    assert values(found)["least_precision_at_2"] == pytest.approx(1 / 2)
    assert baselines(found)["recall_at_2"] == pytest.approx(1 / 3)
    assert values(found)["recall_suspected"] == pytest.approx(2 / 3)


def test_equals_at_the_end_of_a_budget_share_its_last_place() -> None:
    """With a and b labelled, c and d are the two riskiest. Without shared things everybody is equal: 2 of
    8."""
    alone = dated_run(0, {}, RISKS)
    found = score([alone], outcome_tables([("a", "good", -1), ("b", "good", -1), ("j", "bad", 5)]))
    assert values(found)["recall_at_2"] == 0
    assert baselines(found)["recall_at_2"] == pytest.approx(2 / 8)


def test_precision_of_the_labelled_leaves_out_whom_nobody_labelled() -> None:
    found = score([FIRST], outcome_tables([("a", "bad", 5), ("g", "good", 5)]))
    assert values(found)["precision_in_rings"] == pytest.approx(1 / 2)
    assert group(found, "accounts_by_risk", "0.9 to 1") == (1, 1, 1)
    assert group(found, "accounts_by_risk", "0.1 to 0.3") == (6, 1, 0)
    assert group(found, "rings_by_score", "0.9 to 1") == (1, 1, 1)
    assert group(found, "rings_by_score", "0.5 to 0.7") == (1, 1, 0)
    assert group(found, "rings_by_size", "up to 4 members") == (2, 2, 1)


def test_a_ring_with_as_many_good_as_bad_members_is_not_right() -> None:
    found = score([FIRST], outcome_tables([("a", "bad", 5), ("b", "good", 5)]))
    assert group(found, "rings_by_score", "0.9 to 1") == (1, 1, 0)


def test_a_ring_of_labelled_accounts_alone_is_not_scored() -> None:
    found = score([FIRST], outcome_tables([("g", "bad", 0), ("h", "bad", 0), ("a", "bad", 5)]))
    assert group(found, "rings_by_score", "0.5 to 0.7") == (0, 0, 0)


def test_an_hour_of_reading_costs_what_the_model_says() -> None:
    """R takes 10 + 3 x 5 = 25 minutes, S 20. In an hour both are read: 45 minutes for a and g."""
    found = score([FIRST], outcome_tables([("a", "bad", 5), ("g", "bad", 5), ("e", "bad", 5)]))
    assert values(found)["hours_per_bad_1"] == pytest.approx(45 / 60 / 2)
    assert values(found)["recall_in_1_hours"] == pytest.approx(2 / 3)


def test_a_ring_that_the_budget_ends_in_is_read_in_part() -> None:
    """Two rings of eight cost 50 minutes each: of the second ten minutes, a fifth."""
    risks = dict.fromkeys("abcdefghijklmnop", 0.5)
    run = dated_run(0, {"R": (0.9, "abcdefgh"), "S": (0.8, "ijklmnop")}, risks)
    found = score([run], outcome_tables([("a", "bad", 5), ("i", "bad", 5)]))
    assert values(found)["recall_in_1_hours"] == pytest.approx((1 + 1 / 5) / 2)
    assert values(found)["hours_per_bad_1"] == pytest.approx(1 / (1 + 1 / 5))
    # By size the two are equals, and read side by side
    assert baselines(found)["recall_in_1_hours"] == pytest.approx(60 / 100)


def test_lead_time_runs_from_the_first_run_that_saw_the_account() -> None:
    """b stood in R from day 0, d from day 10. Labels at day 25. e never stood anywhere."""
    labels = outcome_tables([(each, "bad", 25) for each in "bde"], {"b": 12, "d": 4, "e": 3})
    found = values(score([FIRST, SECOND], labels))
    assert found["caught_before_label_by_ring"] == pytest.approx(2 / 3)
    assert found["days_to_label_by_ring"] == 15  # of 25 and 15 the lower
    assert found["caught_before_chargeback_by_ring"] == pytest.approx(1 / 3)  # d's ring came six days late
    assert found["days_to_chargeback_by_ring"] == -6
    # d's risk was .6 from day 0
    assert found["caught_before_chargeback_by_risk"] == pytest.approx(2 / 3)


def test_a_chargeback_from_before_the_first_run_could_not_be_prevented() -> None:
    labels = outcome_tables([("a", "bad", 25), ("b", "bad", 25)], {"a": -2, "b": 12})
    found = score([FIRST], labels)
    assert values(found)["caught_before_chargeback_by_ring"] == 1
    assert dict(found.counts)["of_them_with_a_chargeback_after_it"] == 1


def test_who_was_labelled_before_the_first_run_gives_no_warning_whatever_is_said_later() -> None:
    found = score(
        [FIRST], outcome_tables([("a", "bad", -3), ("a", "bad", 20), ("b", "good", 0), ("b", "bad", 20)])
    )
    assert dict(found.counts)["accounts_labelled_bad_after_the_first_date"] == 0
    assert math.isnan(values(found)["caught_before_label_by_ring"])


def test_a_label_after_the_horizon_still_tells_how_long_the_warning_was() -> None:
    found = score([FIRST], outcome_tables([("a", "bad", 90)]))
    assert found.dates[0].bad_count == 0
    assert values(found)["days_to_label_by_ring"] == 90


def test_kinds_are_told_by_the_labels_reason() -> None:
    labels = outcome_tables([("a", "bad", 5), ("e", "bad", 5)], reasons={"a": "farm", "e": "stolen"})
    found = {kind.name: kind for kind in score([FIRST], labels).kinds}
    assert sorted(found) == ["farm", "stolen"]
    assert (found["farm"].ring_recall.value, found["stolen"].ring_recall.value) == (1, 0)
    assert (found["farm"].ring_count, found["stolen"].ring_count) == (1, 0)


def test_each_date_counts_an_account_anew_but_as_one_witness() -> None:
    """The same run ten times over is no more certain than once."""
    labels = outcome_tables([("a", "bad", 20), ("g", "bad", 20), ("e", "bad", 20)])
    runs = [dated_run(days, {"R": (0.9, "abc"), "S": (0.6, "gh")}, RISKS, SHARED) for days in range(10)]
    once, often = score(runs[:1], labels), score(runs, labels)
    first, pooled = (each.measures[0].estimate for each in (once, often))
    assert pooled.value == first.value
    assert (pooled.low, pooled.high) == (first.low, first.high)
    assert dict(often.counts)["cases_of_them"] == 3


def test_bad_accounts_that_share_a_thing_are_one_case() -> None:
    labels = outcome_tables([("e", "bad", 5), ("f", "bad", 5), ("i", "bad", 5)])
    apart = dated_run(0, {}, RISKS)
    # e and f share one; j is not bad, and does not join i to them
    joined = dated_run(0, {}, RISKS, things=("ef", "fj", "ij"))
    assert dict(score([apart], labels).counts)["cases_of_them"] == 3
    assert dict(score([joined], labels).counts)["cases_of_them"] == 2


def test_a_share_of_one_has_an_interval_all_the_same() -> None:
    """Wilson, two cases, both found: from n / (n + z^2)."""
    estimate = score([FIRST], outcome_tables([("a", "bad", 5), ("g", "bad", 5)])).measures[0].estimate
    assert (estimate.value, estimate.high) == (1, pytest.approx(1))
    assert estimate.low == pytest.approx(2 / (2 + 1.959964**2), abs=1e-6)


def test_where_nobody_came_out_there_is_nothing_to_tell() -> None:
    found = score([FIRST, SECOND], NOBODY)
    assert math.isnan(values(found)["recall_in_rings"])
    assert math.isnan(values(found)["days_to_label_by_ring"])
    assert values(found)["least_precision_in_rings"] == 0
    assert found.kinds == ()


def test_a_market_without_rings_is_scored() -> None:
    found = score([dated_run(0, {}, {"a": 0.9, "b": 0.1})], outcome_tables([("a", "bad", 5)]))
    assert values(found)["recall_in_rings"] == 0
    assert math.isnan(values(found)["hours_per_bad_1"])
    assert found.stability == ()


def test_an_account_that_came_later_counts_from_then_on() -> None:
    early = dated_run(0, {}, {"a": 0.9})
    late = dated_run(10, {"R": (0.9, "ab")}, {"a": 0.9, "b": 0.8})
    found = score([early, late], outcome_tables([("b", "bad", 20)]))
    assert [date.bad_count for date in found.dates] == [0, 1]
    assert values(found)["recall_in_rings"] == 1
