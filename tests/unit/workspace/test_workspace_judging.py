"""Judgements handed from workspace to workspace in Python: files out, files in, nothing but added."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from judged import account

from graphrisk.errors import ConfigError, InputError, NotFoundError
from graphrisk.flows.export import ExportFormat
from graphrisk.flows.judge import JudgeOrder
from graphrisk.model.judgements import Ruling, Subject, Target
from graphrisk.workspace import Workspace

HOSTILE = "=cmd|' /C calc'!A0'; DROP TABLE judgement;-- \x1b[2J\u202e"


@pytest.fixture
def other(shop_as_made: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(shop_as_made, tmp_path / "other"))


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_two_teams_that_import_each_others_file_have_the_same(
    shop: Workspace, other: Workspace, tmp_path: Path, ending: str
) -> None:
    first = shop.judge(JudgeOrder(account("acc1"), Ruling.CONFIRM, "eve", HOSTILE)).judgement
    shop.judge(
        JudgeOrder(Target(Subject.JUDGEMENT, withdraws=first.judgement_id), Ruling.WITHDRAW, "eve", "no")
    )
    other.judge(JudgeOrder(account("acc2"), Ruling.REJECT, "kim", "a regular"))
    ours, theirs = tmp_path / f"ours.{ending}", tmp_path / f"theirs.{ending}"
    assert (shop.export_judgements(ours), other.export_judgements(str(theirs))) == (2, 1)
    assert [len(shop.import_judgements(theirs).added) for _ in range(2)] == [1, 0]
    assert [len(other.import_judgements(str(ours)).added) for _ in range(2)] == [2, 0]
    assert shop.judgements() == other.judgements()
    assert [each.judgement_id for each in shop.judgements()] == [
        each.judgement_id for each in other.judgements()
    ]


def test_the_format_may_be_named_where_the_ending_says_another(shop: Workspace, tmp_path: Path) -> None:
    shop.judge(JudgeOrder(account("acc1"), Ruling.CONFIRM, "eve", "seen"))
    out = tmp_path / "judgements.txt"
    assert shop.export_judgements(out, ExportFormat.PARQUET) == 1
    assert out.read_bytes()[:4] == b"PAR1"
    assert shop.export_judgements(out) == 1
    assert out.read_text(encoding="utf-8").startswith('"judgement_id",')


def test_good_rows_are_kept_and_bad_ones_told_with_place_value_and_remedy(
    shop: Workspace, tmp_path: Path
) -> None:
    table = tmp_path / "theirs.csv"
    rows = [
        ["subject", "verdict", "account_id", "judged_by", "judged_at", "reason"],
        ["account", "maybe", "acc1", "kim", "2024-10-01", "seen"],
        ["account", "confirm", "acc2", "kim", "2024-10-01", "seen"],
    ]
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    report = shop.import_judgements(table)
    (fault,) = report.faults
    assert (fault.place, fault.column, fault.value) == (f"{table}:2", "verdict", "maybe")
    assert "one of confirm" in fault.remedy
    assert shop.judgements() == report.added
    assert [each.target for each in report.added] == [account("acc2")]


def test_a_file_that_is_no_table_of_judgements_is_refused_whole(shop: Workspace, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("subject,expires\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown column"):
        shop.import_judgements(tmp_path / "table.csv")
    with pytest.raises(NotFoundError, match="no such file"):
        shop.import_judgements(tmp_path / "absent.csv")
    with pytest.raises(ConfigError, match="a folder that exists"):
        shop.export_judgements(tmp_path / "absent" / "out.csv")
    assert shop.judgements() == ()
