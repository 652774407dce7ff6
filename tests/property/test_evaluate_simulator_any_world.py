"""Small worlds of every hardness, seed and length hold together."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrisk.evaluate.simulator.desk import open_desk
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.tables import observed_tables
from graphrisk.evaluate.simulator.truth_tables import truth_tables
from graphrisk.evaluate.simulator.world import build_world

WORLDS = st.builds(
    SimulationParams,
    account_count=st.integers(50, 700),
    hardness=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**40),
    day_count=st.integers(14, 800),
    fraud_share=st.floats(0.001, 0.2),
)


@settings(max_examples=40, deadline=None)
@given(params=WORLDS)
def test_every_row_is_about_an_account_and_every_ring_has_three_members(params: SimulationParams) -> None:
    desk = open_desk(build_world(params))
    tables = {name: pa.concat_tables(parts) for name, parts in observed_tables(desk)}
    truth = {name: pa.concat_tables(parts) for name, parts in truth_tables(desk)}
    accounts = tables["accounts"]["account_id"]
    assert len(accounts) == params.account_count == pc.count_distinct(accounts).as_py()
    for table in (*tables.values(), *truth.values()):
        for column in ("account_id", "payer_id", "payee_id"):
            if column in table.column_names:
                assert pc.all(pc.is_in(table[column], value_set=accounts), min_count=0).as_py()
    sizes = truth["ring_members"].group_by("ring_id").aggregate([("account_id", "count_distinct")])
    assert pc.min(sizes["account_id_count_distinct"]).as_py() >= 3
    assert pc.min(tables["sessions"]["seen_at"]).as_py() >= params.starts_at
    assert pc.max(tables["sessions"]["seen_at"]).as_py() < params.ends_at
