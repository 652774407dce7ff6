"""A flag that the command would not heed as it was called is refused, whatever its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrisk.cli.app import main


@pytest.mark.parametrize(
    ("words", "named", "said"),
    [
        (("simulate", "{new}", "--days-apart", "1"), "--days-apart", "--snapshots"),
        (("simulate", "{new}", "--turnover", "0.3", "--snapshots", "1"), "--turnover", "--snapshots"),
        (("rings", "history", "RING-ALPHA", "--limit", "20", "-w", "{shop}"), "--limit", "whole"),
        (
            ("evaluate", "--truth", "{truth}", "--bad-column", "fraud", "-w", "{shop}"),
            "--bad-column",
            "--accounts",
        ),
        (
            ("evaluate", "backtest", "--as-of", "2026-01-01", "--dates", "3", "-w", "{shop}"),
            "--dates",
            "--as-of",
        ),
        (("neo4j", "guide", "--write", "{new}", "--port", "8001"), "--port", "--write"),
        (("neo4j", "playbook", "--show", "-p", "a=b"), "--param, --show", "no question is named"),
        (("neo4j", "playbook", "1", "--show", "--uri", "bolt://x"), "--uri", "--show"),
        (("neo4j", "playbook", "1", "--show", "--timeout", "30"), "--timeout", "--show"),
    ],
)
def test_a_flag_that_nothing_would_heed_is_refused(
    words: tuple[str, ...],
    named: str,
    said: str,
    shop_as_made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    truth, new = tmp_path / "truth.csv", tmp_path / "new"
    truth.write_text("ring_id,account_id\nR,acc1\n", encoding="utf-8")
    code = main([word.format(new=new, shop=shop_as_made, truth=truth) for word in words])
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert f"(saw '{named}')" in told.err
    assert said in told.err
    assert not new.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("rings", "history", "RING-ALPHA", "-w", "{shop}"),
        ("rings", "history", "--limit", "1", "-w", "{shop}"),
        ("neo4j", "playbook", "-w", "{shop}", "--json"),
        ("neo4j", "playbook", "1", "--show", "-w", "{shop}"),
    ],
)
def test_what_is_heeded_or_stands_there_by_itself_is_not_refused(
    words: tuple[str, ...], shop_as_made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(shop=shop_as_made) for word in words]) == 0
    assert capsys.readouterr().out


def test_what_if_of_an_account_in_no_ring_says_so(
    shop_as_made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["account", "acc5", "--what-if", "-w", str(shop_as_made)]) == 0
    assert capsys.readouterr().err == "--what-if: it is in no ring that it could leave\n"
