"""`graphrisk run` and `graphrisk detect` on the tables of the hand-made shop: the main job in one go."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk import open as open_workspace
from graphrisk.cli.app import main
from graphrisk.workspace import Workspace


@pytest.fixture
def tables(shop_as_made: Path) -> Path:
    return shop_as_made / "tables"


def test_one_command_takes_tables_to_exported_rings(tables: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    asked = subprocess.run(
        [sys.executable, "-m", "graphrisk", "run", str(tables), "-w", str(shop), "--json"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    said = json.loads(asked.stdout)
    assert list(said) == ["load", "run", "exports"]
    assert {export["kind"]: Path(export["out"]).is_file() for export in said["exports"]} == {
        "rings": True,
        "accounts": True,
    }
    with (shop / "exports" / "accounts.csv").open(encoding="utf-8", newline="") as file:
        risks = {row["account_id"]: float(row["risk"]) for row in csv.DictReader(file)}
    assert {"acc1", "acc5", "acc7"} <= set(risks)
    assert all(0 <= risk <= 1 for risk in risks.values())


def test_the_same_tables_as_of_and_parameters_give_the_same_run(tables: Path, tmp_path: Path, capsys) -> None:
    named = []
    for workers in ("1", "2"):
        assert main(["run", str(tables), "-w", str(tmp_path / workers), "--workers", workers, "--json"]) == 0
        named.append(json.loads(capsys.readouterr().out)["run"]["run_id"])
        assert main(["rings", "list", "-w", str(tmp_path / workers)]) == 0
        named.append(capsys.readouterr().out)
    assert named[:2] == named[2:]


def test_stdout_is_one_document_even_with_warnings(tables: Path, tmp_path: Path, capsys) -> None:
    copied = tmp_path / "tables"
    copied.mkdir()
    for path in tables.iterdir():
        (copied / path.name).write_bytes(path.read_bytes())
    (copied / "labels.csv").write_bytes(b"")
    assert main(["run", str(copied), "-w", str(tmp_path / "shop"), "--json"]) == 0
    captured = capsys.readouterr()
    assert "warning: " in captured.err
    json.loads(captured.out)


def test_only_what_was_known_at_as_of_is_used(shop: Workspace, capsys) -> None:
    assert main(["detect", "--as-of", "2026-03-01T01:00+01:00", "-w", str(shop.folder), "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert run["as_of"] == "2026-03-01T00:00:00Z"
    assert open_workspace(shop.folder).run(run["run_id"]).account("acc7").file.risk is None


def test_a_time_that_is_none_is_a_wrong_flag(shop: Workspace, capsys) -> None:
    assert main(["detect", "--as-of", "soon", "-w", str(shop.folder)]) == 2
    assert "write it as 2026-03-01" in capsys.readouterr().err


def test_a_workspace_that_knows_its_tables_needs_no_folder(shop: Workspace, capsys) -> None:
    assert main(["run", "-w", str(shop.folder), "--format", "parquet"]) == 0
    out = capsys.readouterr().out
    assert "# loaded" in out
    assert str(shop.folder / "exports" / "rings.parquet") in out
