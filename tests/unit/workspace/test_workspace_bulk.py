"""Which database files are for, and what the command says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk.errors import ConfigError
from graphrisk.workspace.bulk import find_database


def run(shop: Path, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "graphrisk", "neo4j", "bulk", folder, "--workspace", shop, *flags]
    return subprocess.run(
        command, env={}, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120
    )


def test_the_command_line_comes_before_the_environment_and_that_before_the_file() -> None:
    assert find_database("of-file", None, {}) == "of-file"
    assert find_database("of-file", None, {"NEO4J_DATABASE": "of.environment"}) == "of.environment"
    assert find_database("of-file", "told1", {"NEO4J_DATABASE": "of.environment"}) == "told1"


@pytest.mark.parametrize(
    "name", ["--verbose", "a b", "x;reboot", "$(reboot)", "neo4j\n", "ab", "é" * 9, "a" * 64]
)
def test_what_is_no_name_of_a_database_never_becomes_a_word_of_the_command(name: str) -> None:
    with pytest.raises(ConfigError, match="no name for a database"):
        find_database(name, None, {})


def test_files_rows_bytes_and_what_to_type_are_told(shop_as_made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "first load"
    done = run(shop_as_made, folder)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    size = (folder / "nodes-Account.parquet").stat().st_size
    assert f"Account\tnodes-Account.parquet\t11\t{size}" in lines
    assert f"  sh '{folder}/import.sh' --compose" in done.stdout
    assert "  neo4j-admin database import full neo4j --input-type=parquet" in done.stdout


def test_a_second_call_needs_force_and_tells_a_machine_the_same(shop_as_made: Path, tmp_path: Path) -> None:
    assert run(shop_as_made, tmp_path, "--json").returncode == 0
    refused = run(shop_as_made, tmp_path, "--json")
    assert refused.returncode == ConfigError.exit_code
    assert "--force" in refused.stderr
    told = json.loads(run(shop_as_made, tmp_path, "--json", "--force", "--database", "other").stdout)
    assert told["command"][:5] == ["neo4j-admin", "database", "import", "full", "other"]
    assert told["run_id"] == "run-new"
    assert {part["file"] for part in told["parts"]} == {path.name for path in tmp_path.glob("*.parquet")}
