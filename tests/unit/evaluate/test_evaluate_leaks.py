"""The search for leaks finds those that are there, and a simulated world has none worth the name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from graphrisk.evaluate.column_statistics import count_holders, state_columns
from graphrisk.evaluate.leaks import BASELINE, Leak, find_leaks, state_baselines
from graphrisk.evaluate.simulator.desk import open_desk
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.tables import observed_tables
from graphrisk.evaluate.simulator.truth_tables import truth_tables
from graphrisk.evaluate.simulator.world import build_world

Tables = dict[str, pa.Table]


def simulate_tables(account_count: int, hardness: float, seed: int) -> tuple[Tables, pa.Table]:
    desk = open_desk(build_world(SimulationParams(account_count, hardness, seed)))
    tables = {name: pa.concat_tables(parts) for name, parts in observed_tables(desk)}
    return tables, {name: pa.concat_tables(parts) for name, parts in truth_tables(desk)}["accounts"]


@pytest.fixture(scope="module")
def small() -> tuple[Tables, pa.Table]:
    return simulate_tables(2_000, 0.5, 5)


def named(leaks: tuple[Leak, ...], table: str, column: str, statistic: str) -> Leak:
    return next(
        leak for leak in leaks if (leak.table, leak.column, leak.statistic) == (table, column, statistic)
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_column_and_no_trivial_count_gives_the_rings_away(seed: int) -> None:
    tables, truth = simulate_tables(20_000, 0.5, seed)
    leaks = find_leaks(tables, truth)
    assert max(leak.auroc for leak in leaks) < 0.75
    assert max(leak.average_precision for leak in leaks) < 0.25
    assert {leak.table for leak in leaks} >= {"accounts", "sessions", "payments by payer_id", BASELINE}


def test_a_column_that_gives_them_away_is_found(small: tuple[Tables, pa.Table]) -> None:
    tables, truth = small
    bad = truth["account_id"].filter(truth["is_fraud"]).to_pylist()
    accounts = tables["accounts"]
    told = ["ring " if account in set(bad) else "honest" for account in accounts["account_id"].to_pylist()]
    found = find_leaks({**tables, "accounts": accounts.append_column("note", pa.array(told))}, truth)
    assert found[0].column == "note"
    assert found[0].auroc == found[0].average_precision == 1.0


def test_rows_sorted_by_guilt_are_found(small: tuple[Tables, pa.Table]) -> None:
    tables, truth = small
    accounts = tables["accounts"].join(truth.select(["account_id", "is_fraud"]), "account_id")
    in_order = accounts.sort_by("is_fraud").drop_columns("is_fraud")
    found = find_leaks({**tables, "accounts": in_order}, truth)
    assert named(found, "accounts", "row position", "mean").auroc == 1.0


def test_the_labels_are_not_evidence(small: tuple[Tables, pa.Table]) -> None:
    tables, truth = small
    assert not [leak for leak in find_leaks(tables, truth) if leak.table.startswith("labels")]


def test_a_statistic_ranks_as_scikit_learn_says(small: tuple[Tables, pa.Table]) -> None:
    tables, truth = small
    leak = named(find_leaks(tables, truth), "sessions", "account_id", "rows")
    rows = tables["sessions"]["account_id"].to_pandas().value_counts()
    scores = truth["account_id"].to_pandas().map(rows).fillna(0).to_numpy()
    bad = truth["is_fraud"].to_numpy()
    assert leak.auroc == pytest.approx(max(roc_auc_score(bad, scores), roc_auc_score(bad, -scores)))
    expected = max(average_precision_score(bad, scores), average_precision_score(bad, -scores))
    assert leak.average_precision == pytest.approx(expected)


def test_aggregates_are_those_of_pandas(small: tuple[Tables, pa.Table]) -> None:
    tables, truth = small
    payments = tables["payments"].to_pandas()
    payments["amount"] = payments["amount"].astype(float)
    by_payer = payments.groupby("payer_id")["amount"].agg(["mean", "min", "max"])
    ids = truth["account_id"].combine_chunks()
    stated = {
        s.name: s.values
        for s in state_columns({"payments": tables["payments"]}, ids)
        if (s.table, s.column) == ("payments by payer_id", "amount")
    }
    for aggregate in ("mean", "min", "max"):
        expected = pd.Series(ids.to_pylist()).map(by_payer[aggregate]).to_numpy()
        np.testing.assert_allclose(stated[f"{aggregate} number"], expected)


def test_holders_are_distinct_accounts() -> None:
    codes, place = np.array([0, 0, 0, 1, -1]), np.array([7, 7, 8, 7, 9])
    assert count_holders(codes, place).tolist()[:4] == [2.0, 2.0, 2.0, 1.0]
    assert np.isnan(count_holders(codes, place)[4])


def test_the_naive_component_joins_those_who_share_a_device_and_leaves_the_others_alone() -> None:
    empty = pa.table({"account_id": pa.array([], pa.string())})
    text = pa.array([], pa.string())
    tables = {
        "sessions": pa.table(
            {"account_id": ["a", "b", "c"], "device_id": ["d", "d", "e"], "ip": ["1", "1", "1"]}
        ),
        "addresses": empty.append_column("line", text)
        .append_column("city", text)
        .append_column("postcode", text),
        "instruments": empty.append_column("instrument_id", text),
    }
    stated = {
        (s.column, s.name): s.values.tolist() for s in state_baselines(tables, pa.array(["a", "b", "c"]))
    }
    assert stated["all", "component size"] == [2.0, 2.0, 1.0]
    assert stated["device", "shared by 2 or more"] == [1.0, 1.0, 0.0]
    assert stated["all", "identifiers"] == [2.0, 2.0, 2.0]
