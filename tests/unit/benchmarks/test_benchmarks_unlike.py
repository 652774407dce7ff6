"""The marketplaces unlike the simulator's: that they load, repeat, and are as hard as they are said to be."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from graphrisk.cli.app import main as graphrisk

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from unlike import BUILDERS, count_tied, main
from unlike_mix import Kind, allot
from unlike_tables import World, WorldParams

KINDS = sorted(BUILDERS)
TEXTS = {
    "device": ("sessions", ["device_id"]),
    "ip": ("sessions", ["ip"]),
    "address": ("addresses", ["line", "city", "postcode"]),
    "instrument": ("instruments", ["instrument_id"]),
}


def write(folder: Path, kind: str, seed: int = 3) -> dict[str, bytes]:
    main([str(folder), "--kind", kind, "--accounts", "1500", "--seed", str(seed)])
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.parquet"))}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_arguments_write_the_same_bytes_and_another_seed_others(tmp_path: Path, kind: str) -> None:
    first = write(tmp_path / "first", kind)
    assert write(tmp_path / "again", kind) == first
    other = write(tmp_path / "other", kind, seed=4)
    assert all(other[name] != content for name, content in first.items())


@pytest.mark.parametrize("kind", KINDS)
def test_tables_load_without_a_bad_row(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "tables", kind)
    workspace = tmp_path / "workspace"
    for command in (["init", str(tmp_path / "tables")], ["load"]):
        assert graphrisk([*command, "--workspace", str(workspace)]) == 0
    with duckdb.connect(str(workspace / "graphrisk.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM quarantine").fetchall() == [(0,)]
        assert connection.sql("SELECT count(*) FROM known_account").fetchall() == [(1500,)]


@pytest.mark.parametrize("kind", KINDS)
def test_truth_names_only_what_stands_in_the_tables(tmp_path: Path, kind: str) -> None:
    write(tmp_path, kind)
    truth = {name: read(tmp_path, f"truth/{name}") for name in ("ring_members", "accounts", "identifiers")}
    members = truth["ring_members"]["account_id"]
    assert members.is_unique
    assert set(members) <= set(truth["accounts"].loc[truth["accounts"]["is_fraud"], "account_id"])
    assert set(truth["accounts"]["account_id"]) == set(read(tmp_path, "accounts")["account_id"])
    assert set(truth["identifiers"]["kind"]) == set(TEXTS)
    for kind_of_thing, brought in truth["identifiers"].groupby("kind"):
        table, columns = TEXTS[str(kind_of_thing)]
        rows = read(tmp_path, table).dropna(subset=columns)
        rows["thing"] = rows[columns].agg(", ".join, axis=1)
        assert set(brought["identifier"]) <= set(rows["thing"])
        held = set(rows.loc[rows["account_id"].isin(members), "thing"])
        assert len(set(brought["identifier"]) & held) > 0.8 * brought["identifier"].nunique()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_seen_before_signing_up(kind: str) -> None:
    world = build(kind, 0.5)
    created = {account.account_id: account.created_at for account in world.accounts}
    assert all(session.seen_at >= created[session.account_id] for session in world.sessions)
    assert all(payment.paid_at >= created[payment.payer_id] for payment in world.payments)


@pytest.mark.parametrize("kind", KINDS)
def test_hardness_takes_from_rings_what_they_share(kind: str) -> None:
    open_world, hidden = (build(kind, hardness) for hardness in (0.0, 1.0))
    assert count_tied(hidden) / len(hidden.members) < count_tied(open_world) / len(open_world.members) - 0.1


def test_on_a_conveyor_only_neighbours_in_time_share_a_device() -> None:
    world = build("rotating", 0.0)
    born = {account.account_id: account.created_at for account in world.accounts}
    brought = {text for kind, text, _ in world.brought if kind == "device"}
    uses = [session for session in world.sessions if session.device_id in brought]
    rings = {ring_id for ring_id, _, typology in world.members if typology == "conveyor"}
    assert rings
    for ring_id in rings:
        line = sorted((each[1] for each in world.members if each[0] == ring_id), key=lambda each: born[each])
        held = [{use.device_id for use in uses if use.account_id == member} for member in line]
        assert np.mean([bool(one & two) for one, two in pairwise(held)]) > 0.5
        assert not any(one & two for at, one in enumerate(held) for two in held[at + 12 :])


def test_kinds_of_rings_get_their_shares_and_all_accounts_are_in_one() -> None:
    kinds = (Kind("small", 0.25, (3, 5)), Kind("large", 0.75, (10, 30)))
    rings = list(allot(np.random.default_rng(1), kinds, 1_000))
    assert sum(size for _, size in rings) == 1_000
    assert sum(size for kind, size in rings if kind.typology == "large") == pytest.approx(750, abs=30)
    assert all(kind.size[0] <= size <= kind.size[1] for kind, size in rings[:-1])
    assert not list(allot(np.random.default_rng(1), kinds, 0))


def build(kind: str, hardness: float) -> World:
    return BUILDERS[kind](WorldParams(1_500, 5, hardness))


def read(folder: Path, name: str) -> pd.DataFrame:
    return pq.read_table(folder / f"{name}.parquet").to_pandas()
