"""The installed command: tables of judgements that teams hand to each other."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from locker_shop import LOCKER, REJECT_LOCKER, RENTERS, command, results, rings, told

from graphrisk.workspace import Workspace

HOSTILE = "=cmd|' /C calc'!A0'; DROP TABLE judgement;-- \x1b[2J\u202e"


@pytest.fixture
def shop(locker_as_made: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(locker_as_made, tmp_path / "shop"))


@pytest.mark.slow
def test_two_teams_merge_their_tables_and_are_told_where_they_disagree(
    shop: Workspace, locker_as_made: Path, tmp_path: Path
) -> None:
    other = Workspace.open(shutil.copytree(locker_as_made, tmp_path / "other"))
    assert command(shop, *REJECT_LOCKER, "--by", "eve").returncode == 0
    assert (
        command(
            other, "judge", "identifier", "confirm", "address", LOCKER, "--by", "kim", "--why", "theirs"
        ).returncode
        == 0
    )
    assert (
        command(other, "judge", "account", "confirm", "crew0", "--by", "kim", "--why", HOSTILE).returncode
        == 0
    )
    tables = {}
    for team, form in ((shop, "csv"), (other, "parquet")):
        tables[form] = tmp_path / f"judgements.{form}"
        assert command(team, "judge", "export", "--out", str(tables[form])).returncode == 0
    for team, form, added in (
        (shop, "parquet", 2),
        (other, "csv", 1),
        (shop, "parquet", 0),
        (other, "csv", 0),
    ):
        report = told(team, "judge", "import", str(tables[form]))
        assert (len(report["added"]), report["faults"]) == (added, [])
        assert {each["judged_by"] for each in report["contested"]} == {"eve", "kim"}
    assert shop.judgements() == other.judgements()
    assert results(shop.detect(workers=1)) == results(other.detect(workers=1))
    assert any(set(RENTERS) <= ring for ring in rings(shop.latest()))  # neither word counts


def test_a_second_withdrawal_is_refused_and_of_another_team_told(
    shop: Workspace, locker_as_made: Path, tmp_path: Path
) -> None:
    other = Workspace.open(shutil.copytree(locker_as_made, tmp_path / "other"))
    name = told(shop, *REJECT_LOCKER)["judgement"]["judgement_id"]
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    assert command(shop, "judge", "export", "--out", str(ours)).returncode == 0
    assert command(other, "judge", "import", str(ours)).returncode == 0
    withdraw = ("judge", "withdraw", name, "--why", "mistook the street", "--by")
    assert command(shop, *withdraw, "eve").returncode == 0
    refused = command(shop, *withdraw, "eve")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "already withdrawn by eve on 20" in refused.stderr
    assert len(shop.judgements()) == 2

    assert command(other, *withdraw, "kim").returncode == 0
    assert command(other, "judge", "export", "--out", str(theirs)).returncode == 0
    done = command(shop, "judge", "import", str(theirs))
    assert done.returncode == 0
    assert f"by kim changes nothing: {name} was already withdrawn by eve on 20" in done.stderr
    assert "changes nothing" not in command(shop, "judge", "import", str(theirs)).stderr
    report = told(other, "judge", "import", str(ours))
    assert report["needless_withdrawals"] == []


@pytest.mark.slow
def test_bad_rows_are_told_and_good_rows_beside_them_count(shop: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "theirs.csv"
    rows = [
        ["subject", "verdict", "account_id", "judged_by", "judged_at", "reason", "expires_at"],
        ["account", "confirm", "crew0", "kim", "2024-10-01", "seen", ""],
        ["account", "maybe", "crew1", "kim", "2024-10-01", "seen", ""],
        ["account", "confirm", "crew2", "kim", "\x1b[2Jsoon", "seen", ""],
        ["account", "confirm", "crew3", HOSTILE, "2024-10-01", HOSTILE, "2099-01-01"],
    ]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    done = command(shop, "judge", "import", str(table))
    assert done.returncode == 3
    assert f"{table}:3: column verdict: unknown word (saw 'maybe') -> one of confirm" in done.stderr
    assert f"{table}:4: column judged_at: not a time (saw '\\x1b[2Jsoon') -> write it as" in done.stderr
    assert "added\t2" in done.stdout
    assert {each.target.account_id for each in shop.judgements()} == {"crew0", "crew3"}
    shown = command(shop, "judge", "list")
    assert "\x1b" not in done.stderr + done.stdout + shown.stdout
    assert "\u202e" not in shown.stdout
    out = tmp_path / "out.csv"
    assert command(shop, "judge", "export", "--out", str(out)).returncode == 0
    cells = [cell for row in csv.reader(out.read_text(encoding="utf-8").splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
