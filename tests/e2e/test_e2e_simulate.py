"""graphrisk simulate, as a person runs it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from graphrisk.workspace.init import propose_config
from graphrisk.workspace.session import Workspace


def simulate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "graphrisk", "simulate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("file_format", ["parquet", "csv", "jsonl"])
def test_the_same_flags_write_the_same_bytes(tmp_path: Path, file_format: str) -> None:
    flags = ("--accounts", "500", "--seed", "7", "--format", file_format)
    for name in ("a", "b"):
        assert simulate(tmp_path / name, *flags).returncode == 0
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    tables = {"accounts", "sessions", "addresses", "instruments", "payments", "labels"}
    truth = {"truth/ring_members", "truth/accounts", "truth/identifiers"}
    assert set(digests(tmp_path / "a")) == {f"{name}.{file_format}" for name in tables | truth}


def test_json_is_one_document_with_what_was_written_and_found(tmp_path: Path) -> None:
    done = simulate(tmp_path / "a", "--accounts", "800", "--check", "--json")
    document = json.loads(done.stdout)
    assert document["rows"]["accounts"] == document["accounts"] == 800
    assert document["rows"]["truth/ring_members"] == document["accounts_in_rings"] == 20
    assert {"table", "column", "statistic", "auroc", "average_precision"} == set(document["leaks"][0])
    assert done.stderr == ""


def test_snapshots_are_folders_that_a_workspace_reads_one_after_the_other(tmp_path: Path) -> None:
    flags = (
        "--accounts",
        "1500",
        "--seed",
        "3",
        "--snapshots",
        "2",
        "--days-apart",
        "2",
        "--turnover",
        "0.5",
    )
    done = simulate(tmp_path / "market", *flags, "--json")
    days = json.loads(done.stdout)["snapshots"]
    folders = [tmp_path / "market" / f"day-{day}" for day in (0, 1)]
    assert [day["out"] for day in days] == list(map(str, folders))
    assert [day["ends_at"] for day in days] == ["2024-04-30T00:00:00Z", "2024-05-02T00:00:00Z"]
    propose_config(folders[0], tmp_path / "shop")
    for day, folder in zip(days, folders, strict=True):
        shop = Workspace.open(tmp_path / "shop", data=folder)
        shop.load()
        with shop.reading() as connection:
            told = [connection.sql(f"SELECT count(*) FROM known_{name}").fetchall()[0][0]
                    for name in ("account", "label")]  # fmt: skip
        assert told == [day["rows"]["accounts"], day["rows"]["labels"]]
        events = pq.read_table(folder / "truth" / "ring_events.parquet")
        assert sum(day["events"].values()) == events.num_rows


def test_snapshots_that_cannot_be_are_refused_by_name(tmp_path: Path) -> None:
    refused = simulate(tmp_path / "a", "--snapshots", "2", "--days-apart", "0")
    assert refused.returncode == 2
    assert "days apart" in refused.stderr
    assert not (tmp_path / "a").exists()


def test_a_folder_in_use_is_left_alone_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("mine")
    refused = simulate(tmp_path, "--accounts", "100")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.csv"]
    assert simulate(tmp_path, "--accounts", "100", "--force").returncode == 0
    assert not (tmp_path / "accounts.csv").exists()
    assert (tmp_path / "accounts.parquet").exists()


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--accounts", "3"), "accounts"),
        (("--hardness", "2"), "hardness"),
        (("--days", "1"), "days"),
        (("--seed", "-4"), "seed"),
    ],
)
def test_an_impossible_flag_is_refused_by_name(tmp_path: Path, flags: tuple[str, ...], named: str) -> None:
    refused = simulate(tmp_path / "a", *flags)
    assert refused.returncode == 2
    assert named in refused.stderr
    assert not (tmp_path / "a").exists()


def test_a_loader_reads_each_identifier_of_the_truth_under_that_text(tmp_path: Path) -> None:
    assert simulate(tmp_path / "tables", "--accounts", "3000", "--seed", "2").returncode == 0
    propose_config(tmp_path / "tables", tmp_path / "shop")
    shop = Workspace.open(tmp_path / "shop")
    shop.load()
    brought = pq.read_table(tmp_path / "tables" / "truth" / "identifiers.parquet")
    with shop.reading() as connection:
        read = connection.sql(
            """SELECT i.kind, coalesce(l.raw, i.identifier) AS identifier
            FROM link l JOIN identifier_key i ON i.identifier_key = l.identifier_key"""
        ).to_arrow_table()
    assert brought.num_rows > 20
    assert brought.join(read, ["kind", "identifier"], join_type="left anti").num_rows == 0
