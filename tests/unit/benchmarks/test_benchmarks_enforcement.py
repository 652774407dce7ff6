"""What the benchmark of plans counts."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from handmade_shop import make_shop

from graphrisk.enforce.facts import RunFacts
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.promise import Promise
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.flows.simulate import simulate
from graphrisk.stores.duckdb.enforcement_facts import EnforcementFacts
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.files import FileFormat, TableFolder

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import enforcement
from enforcement_worlds import SIMULATED, JudgedWorld, WorldName, follow, read_losses
from framing import FramingParams, draw_framing

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


def test_followers_are_of_the_ring_and_pay_whom_the_framed_paid_soon_after_him(tmp_path: Path) -> None:
    tables, truth = (TableFolder(each, FileFormat.PARQUET) for each in (tmp_path, tmp_path / "truth"))
    simulate(SimulationParams(600, 0.3, 5, fraud_share=0.08), tables, truth, lambda _: None)
    planted = draw_framing(tmp_path, FramingParams(seed=3, ring_share=1.0, most_per_ring=3))
    before = pq.read_table(tmp_path / "payments.parquet")
    follow(tmp_path, planted, 7)
    after = pq.read_table(tmp_path / "payments.parquet")
    assert after.slice(0, before.num_rows) == before
    ring_of = dict(
        pq.read_table(tmp_path / "truth" / "ring_members.parquet")
        .select(["account_id", "ring_id"]).to_pandas().itertuples(index=False)
    )  # fmt: skip
    framed = {
        ring: {each.account_id for each in planted if each.use.ring_id == ring} for ring in ring_of.values()
    }
    own = before.to_pandas()
    added = after.slice(before.num_rows).to_pandas()
    assert len(added) > 20
    for row in added.itertuples():
        followed = own[
            own["payer_id"].isin(framed[ring_of[row.payer_id]]) & (own["payee_id"] == row.payee_id)
        ]
        waited = row.paid_at - followed["paid_at"]
        assert ((waited > pd.Timedelta(0)) & (waited <= pd.Timedelta(hours=3))).any()
