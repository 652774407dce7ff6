"""What the benchmark of plans counts."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from handmade_shop import make_shop

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.promise import Promise
from graphrisk.stores.duckdb.enforcement_facts import EnforcementFacts
from graphrisk.stores.duckdb.results import ResultStore

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import enforcement
from enforcement_worlds import SIMULATED, JudgedWorld, WorldName, read_losses

RUN = RunFacts("RUN-1", datetime(2026, 3, 1), True, 7, (("", 7),), "data", "judgements")  # noqa: DTZ001
WORLD = JudgedWorld(
    name=WorldName(SIMULATED, 7, 0.5, 1), run=RUN, members=(),
    risks={"ann": 0.99, "bob": 0.9, "cyd": 0.85, "dan": 0.1},
    bad={"ann": True, "bob": True, "cyd": False, "dan": True, "eve": False, "flo": False, "gus": True},
    losses={"ann": 0.1, "dan": 0.3, "eve": 0.6}, framed=frozenset({"cyd"}),
)  # fmt: skip


def test_seeds_are_read_one_by_one_and_in_spans() -> None:
    assert enforcement.read_seeds("1-3,7,9-9") == [1, 2, 3, 7, 9]


def test_what_is_caught_is_of_all_fraud_and_of_what_fraud_lost() -> None:
    found = enforcement.measure("list", {"ann", "bob", "cyd"}, WORLD)
    assert (found.account_count, found.innocent_count, found.framed) == (3, 1, 1)
    assert found.fraud_share == 2 / 4
    assert found.loss_share == pytest.approx(0.1 / (0.1 + 0.3))  # what the innocent eve lost is not theirs
    assert found.innocent_share == pytest.approx(1 / 3)


def test_a_list_of_nobody_catches_nobody_and_wrongs_nobody() -> None:
    found = enforcement.measure("list", set(), WORLD)
    assert (found.fraud_share, found.loss_share, found.innocent_share) == (0.0, 0.0, 0.0)


def test_a_promise_is_kept_up_to_both_of_its_ends() -> None:
    found = enforcement.measure("list", {"ann", "cyd"}, WORLD, Promise(2, 0.5, 1, 1))
    assert found.is_kept
    assert not replace(found, promise=Promise(2, 0.5, 0, 0)).is_kept
    assert not replace(found, promise=Promise(2, 0.5, 2, 2)).is_kept
    assert not replace(found, promise=None).is_kept


def test_the_list_by_risk_alone_asks_for_what_a_restriction_asks_for() -> None:
    by_name = {each.name: each for each in enforcement.judge_plan(WORLD, Policy())}
    assert by_name.keys() == set(enforcement.LISTS)
    assert by_name[enforcement.BY_RISK].account_count == 3  # .8: without dan
    assert by_name[enforcement.ALL].account_count == 0  # nobody is in a ring


def test_losses_are_those_that_plans_are_made_of(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    with shop.reading() as connection:
        run = ResultStore(connection).read_runs()[0]
        members = list(EnforcementFacts(connection).read_member_facts(run))
        losses = read_losses(connection, run.as_of)
    assert losses == {"acc2": 1.0}
    assert {each.account_id: each.loss_share for each in members if each.loss_share} == losses
