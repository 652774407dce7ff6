"""graphrisk init and graphrisk load, as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ACCOUNTS = "account_id,email,created_at\na1,x@y.de,2024-01-01\na2,x@y.de,2024-01-02\n"


def graphrisk(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "graphrisk", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    (folder / "truth").mkdir(parents=True)
    (folder / "accounts.csv").write_text(ACCOUNTS)
    (folder / "truth" / "labels.csv").write_text("account_id,label\na1,fraud\n")
    return folder


def test_a_folder_in_the_default_layout_is_loaded_without_a_question(tables: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    proposed = graphrisk("init", tables, "--workspace", shop)
    assert (proposed.returncode, proposed.stderr) == (0, "")
    assert "nothing is unsure" in proposed.stdout
    loaded = graphrisk("load", "--workspace", shop, "--json")
    assert loaded.returncode == 0
    report = json.loads(loaded.stdout)
    assert report["workspace"] == {"accounts": 2, "links": 2, "payments": 0, "labels": 0, "quarantined": 0}


def test_init_keeps_a_configuration_that_is_there(tables: Path, tmp_path: Path) -> None:
    config = tmp_path / "graphrisk.toml"
    config.write_text("# mine\n")
    refused = graphrisk("init", tables, "--workspace", tmp_path)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert config.read_text() == "# mine\n"
    assert graphrisk("init", tables, "--workspace", tmp_path, "--force").returncode == 0


def test_a_mapping_from_elsewhere_becomes_the_workspaces_own(tables: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'data = "nowhere"\n[tables.a]\nfiles = ["accounts.csv"]\n[tables.a.account]\nid = "account_id"\n'
    )
    shop = tmp_path / "shop"
    assert graphrisk("load", "-w", shop, "--config", mapping, "--data", tables).returncode == 0
    again = graphrisk("load", "-w", shop, "--json")
    assert json.loads(again.stdout)["tables"][0]["action"] == "unchanged"
    mapping.write_text(mapping.read_text().replace('id = "account_id"', 'id = "email"'))
    other = graphrisk("load", "-w", shop, "--config", mapping, "--data", tables)
    assert other.returncode == 2


def test_a_refused_table_ends_in_a_sentence_and_an_exit_code(tables: Path, tmp_path: Path) -> None:
    (tables / "accounts.csv").write_text("account_id,email,created_at\n\x1b[2J,x@y.de,2024-01-01\n")
    graphrisk("init", tables, "--workspace", tmp_path / "shop")
    refused = graphrisk("load", "--workspace", tmp_path / "shop")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "accounts.csv:2 column account_id: control_character" in refused.stderr
    assert "\x1b" not in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("arguments", [("load", "-w", "nowhere"), ("init", "nowhere")])
def test_what_is_not_there_is_said_with_its_own_exit_code(arguments: tuple[str, ...], tmp_path: Path) -> None:
    missing = graphrisk(arguments[0], *(tmp_path / a if a == "nowhere" else a for a in arguments[1:]))
    assert missing.returncode == 4
    assert "Traceback" not in missing.stderr
