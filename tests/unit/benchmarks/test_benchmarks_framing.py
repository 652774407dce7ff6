"""Planted uses: on whom, of what, and when."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.flows.simulate import simulate
from graphrisk.stores.files import FileFormat, TableFolder

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from framing import KINDS, FramingParams, Planted, draw_framing, list_innocents, list_uses, plant

EVERYBODY = FramingParams(seed=3, ring_share=1.0, most_per_ring=3)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    tables, truth = (TableFolder(each, FileFormat.PARQUET) for each in (tmp_path, tmp_path / "truth"))
    simulate(SimulationParams(600, 0.3, 5, fraud_share=0.08), tables, truth, lambda _: None)
    return tmp_path


def test_only_innocents_are_framed_each_by_one_ring_and_by_things_of_every_kind(world: Path) -> None:
    planted = draw_framing(world, EVERYBODY)
    by_account: dict[str, set[str]] = {}
    for each in planted:
        by_account.setdefault(each.account_id, set()).add(each.use.ring_id)
    assert by_account.keys() <= set(list_innocents(world))
    assert {len(rings) for rings in by_account.values()} == {1}
    assert {each.use.kind for each in planted} == set(KINDS)
    assert draw_framing(world, EVERYBODY) == planted


def test_what_is_planted_comes_after_the_use_and_adds_to_no_other_account(world: Path) -> None:
    planted = draw_framing(world, EVERYBODY)
    names = ("sessions", "addresses", "payments", "instruments")
    before = {name: pq.read_table(world / f"{name}.parquet") for name in names}
    plant(world, planted)
    added = 0
    for name in names:
        after = pq.read_table(world / f"{name}.parquet")
        assert after.slice(0, before[name].num_rows) == before[name]
        new = after.slice(before[name].num_rows)
        who = new["payer_id" if name == "payments" else "account_id"].to_pylist()
        assert set(who) <= {each.account_id for each in planted}
        added += new.num_rows
    assert added == len(planted)


def test_a_use_is_one_of_a_ring_s_member_and_of_a_thing_that_has_a_name(world: Path) -> None:
    members = pq.read_table(world / "truth" / "ring_members.parquet").to_pandas()
    ring_of = members.drop_duplicates("account_id").set_index("account_id")["ring_id"]
    uses = list(list_uses(world, KINDS, first_only=True))
    assert {use.kind for use in uses} == {"device", "ip", "address", "instrument"}
    for use in uses:
        assert ring_of[use.row["account_id"]] == use.ring_id
        assert use.member_count >= 1


def test_a_use_in_a_payment_repeats_the_innocent_s_own_with_the_ring_s_thing(world: Path) -> None:
    payments = pq.read_table(world / "payments.parquet").to_pandas()
    payer = next(each for each in list_innocents(world) if each in set(payments["payer_id"]))
    use = next(use for use in list_uses(world, ("device",), first_only=True) if use.is_brought)
    plant(world, [Planted(payer, use, in_payment=True)])
    last = pq.read_table(world / "payments.parquet").to_pandas().iloc[-1]
    assert (last["payer_id"], last["device_id"]) == (payer, use.row["device_id"])
    assert last["paid_at"] > pd.Timestamp(use.row["seen_at"])
