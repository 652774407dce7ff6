"""An erasure that is killed before any of its steps on the disk is finished by calling it again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from canary_shop import ERASED, OTHER, POLICY, Office, files_with, make_shop, own_things

from graphrisk.workspace import Workspace

pytestmark = pytest.mark.slow

OWN = (ERASED, *own_things(60 + 2).values())  # what the account alone holds
WHY = ("--why", "asked for, case C-1", "--by", "eve")
# Kills itself before its n-th step on the disk; tells on stderr how many it took
RUNNER = """
import os, signal, sys
place, count = int(sys.argv[1]), 0
def counted(step):
    def run(*given, **named):
        global count
        count += 1
        if count == place:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*given, **named)
    return run
for name in ("replace", "rename", "fsync", "unlink", "link", "rmdir"):
    setattr(os, name, counted(getattr(os, name)))
from graphrisk.cli.app import main
code = main(sys.argv[2:])
sys.stderr.write(f"steps {count}\\n")
sys.exit(code)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shop whose one plan is carried out, and keys."""
    folder = tmp_path_factory.mktemp("aviary")
    office = Office(make_shop(folder / "shop"), folder / "keys")
    assert office.run("enforce", "init", by="ann").code == 0
    (office.shop.folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    plan = office.told("enforce", "plan", by="ann")["plan_id"]
    assert office.run("enforce", "show", plan, "--account", ERASED, by="eve").code == 0
    assert office.run("enforce", "approve", plan, "--note", "opened one ring", by="eve").code == 0
    assert office.run("enforce", "apply", plan, by="ann").code == 0
    return folder


def copy(made: Path, folder: Path) -> Office:
    shutil.copytree(made, folder)
    return Office(Workspace.open(folder / "shop"), folder / "keys")


def run_until(office: Office, place: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    told = [*arguments, "--workspace", str(office.shop.folder), *WHY]
    return subprocess.run(
        [sys.executable, "-c", RUNNER, str(place), *told], capture_output=True, text=True, timeout=120,
        check=False, env={**os.environ, "GRAPHRISK_KEYS": str(office.keys)},
    )  # fmt: skip


def test_whenever_it_is_killed_the_next_call_finishes_it(made: Path, tmp_path: Path) -> None:
    whole = run_until(copy(made, tmp_path / "whole"), 0, "enforce", "erase", "--account", ERASED)
    assert whole.returncode == 0, whole.stderr
    step_count = int(whole.stderr.rsplit("steps ", 1)[1])
    assert step_count > 20
    for place in range(1, step_count + 1, max(step_count // 6, 1)):
        office = copy(made, tmp_path / f"killed-{place}")
        killed = run_until(office, place, "enforce", "erase", "--account", ERASED)
        assert killed.returncode == -signal.SIGKILL
        assert office.run("enforce", "erase", "--account", ERASED, *WHY).code == 0
        assert files_with(office.enforce, *OWN) == [], place
        left = set(files_with(office.shop.folder, ERASED)) - {"accounts.csv", "seen.csv", "payments.csv"}
        assert left == {"graphrisk.duckdb"}, place
        assert office.run("audit", "verify").code == 0, place


def test_what_a_killed_plan_left_behind_is_erased_too(made: Path, tmp_path: Path) -> None:
    office = copy(made, tmp_path / "office")
    (plan,) = (office.enforce / "plans").glob("P-*")
    rows = (plan / "rows.parquet").read_bytes()
    (plan / ".rows.parquet.123.unfinished").write_bytes(rows)
    half = plan.with_name("P-HALF")
    half.mkdir()
    (half / "rows.parquet").write_bytes(rows)
    state = office.shop.folder / "enforcement.duckdb"
    (office.shop.folder / ".enforcement-x").mkdir()
    shutil.copy(state, office.shop.folder / ".enforcement-x")
    assert office.run("enforce", "erase", "--account", ERASED, *WHY).code == 0
    assert [path.name for path in office.enforce.rglob("*") if "unfinished" in path.name] == []
    assert not half.exists()
    assert not (office.shop.folder / ".enforcement-x").exists()
    assert OTHER.encode() in state.read_bytes()
