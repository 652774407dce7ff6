"""A workspace that another version wrote: every verb says so, and judgements can be taken along."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from handmade_shop import make_shop

from graphrisk.cli.app import main

QUESTIONS = [
    ("rings", "list"),
    ("rings", "history"),
    ("account", "acc1"),
    ("identifiers",),
    ("judge", "list"),
    ("detect",),
    ("load",),
]


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    """A shop with one judgement, of a version that knew nothing of roles and reasons."""
    make_shop(tmp_path / "shop")
    assert told(tmp_path / "shop", "judge", "account", "confirm", "acc1", "--why", "card testing") == 0
    with duckdb.connect(str(tmp_path / "shop" / "graphrisk.duckdb")) as connection:
        connection.execute("UPDATE schema_version SET version = 3")
        connection.execute("ALTER TABLE ring DROP COLUMN reasons")
    return tmp_path / "shop"


def told(shop: Path, *arguments: str) -> int:
    return main([*arguments, "--workspace", str(shop)])


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_verb_says_that_another_version_wrote_it_and_what_to_do(
    aged: Path, capsys: pytest.CaptureFixture[str], question: tuple[str, ...]
) -> None:
    capsys.readouterr()
    assert told(aged, *question) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {aged}/graphrisk.duckdb: the workspace was written by another")
    assert "judge export" in captured.err


def test_its_judgements_go_into_a_new_workspace(aged: Path, tmp_path: Path) -> None:
    table = tmp_path / "judgements.parquet"
    assert told(aged, "judge", "export", "--out", str(table)) == 0
    fresh = make_shop(tmp_path / "fresh")
    assert told(fresh.folder, "judge", "import", str(table)) == 0
    assert [each.reason for each in fresh.judgements()] == ["card testing"]


def test_without_a_table_of_judgements_there_is_nothing_to_take_along(
    aged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(aged / "graphrisk.duckdb")) as connection:
        connection.execute("ALTER TABLE judgement DROP COLUMN ring_state")
    assert told(aged, "judge", "export", "--out", str(tmp_path / "judgements.csv")) == 1
    assert "another version" in capsys.readouterr().err


def test_a_file_that_holds_nothing_of_ours_has_nothing_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "graphrisk.toml").write_text('data = "tables"\n', encoding="utf-8")
    duckdb.connect(str(tmp_path / "graphrisk.duckdb")).close()
    assert told(tmp_path, "rings", "list") == 4
    assert "nothing has been loaded" in capsys.readouterr().err
