"""The store of judgements: rows are added once, and come back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from judged import NOON, account, judgement_sets, ring_state, said, said_of_ring, thing

from graphrisk.model.judgements import Judgement, Ruling
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.stores.duckdb.judgements import JudgementStore
from graphrisk.stores.duckdb.labelled import LabelledAccounts


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(tmp_path / "graphrisk.duckdb") as opened:
        yield opened


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(judgement_sets())
def test_what_is_added_is_read_again_in_order_and_once(
    connection: duckdb.DuckDBPyConnection, judgements: list[Judgement]
) -> None:
    connection.execute("DELETE FROM judgement")
    store = JudgementStore(connection)
    for _ in range(2):
        store.add_judgements(judgements)
    expected = sorted(set(judgements), key=Judgement.order)
    assert list(store.read_judgements()) == expected


def test_a_rings_members_and_hostile_texts_come_back(connection: duckdb.DuckDBPyConnection) -> None:
    hostile = "'; DROP TABLE judgement;-- \x1b[2J \u202e =1+1"
    judgements = [
        said(thing("device", hostile), Ruling.REJECT, by=hostile, why=hostile),
        said_of_ring(hostile, Ruling.CONFIRM, ring_state((hostile,), ("cyd",), odds=-0.1), hour=1),
    ]
    store = JudgementStore(connection)
    store.add_judgements(judgements)
    assert list(store.read_judgements()) == judgements


def test_nothing_is_added_where_nothing_is_given(connection: duckdb.DuckDBPyConnection) -> None:
    store = JudgementStore(connection)
    store.add_judgements([])
    assert store.read_judgements() == ()


def test_who_was_judged_by_then_is_labelled_for_an_evaluation(connection: duckdb.DuckDBPyConnection) -> None:
    JudgementStore(connection).add_judgements(
        [said(account("ann"), Ruling.CONFIRM), said(account("bob"), Ruling.UNSURE),
         said(account("cyd"), Ruling.REJECT, hour=1)]
    )  # fmt: skip
    found = LabelledAccounts(connection).read_labelled_accounts(NOON)
    assert found["account_id"].to_pylist() == ["ann"]
