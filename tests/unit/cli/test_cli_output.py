"""What reaches a terminal, a pipe or a machine: the same facts, and never a character that is obeyed."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrisk.cli.output import (
    Column,
    format_cell,
    print_facts,
    print_json,
    print_lines,
    print_table,
    show_progress,
    warn,
)

ANY_TEXT = st.text(st.characters(), max_size=30)
AT = datetime(2026, 3, 1, 9, 30)  # noqa: DTZ001 - naive UTC, as everywhere


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def on_terminal() -> Iterator[Terminal]:
    """stdout and stderr are one terminal, 80 columns wide, while the block runs."""
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(Terminal()) as screen,
        redirect_stderr(screen),
    ):
        patch.setenv("COLUMNS", "80")
        patch.setenv("TERM", "xterm")
        yield screen


@given(ANY_TEXT)
def test_a_text_cell_is_one_printable_line(text: str) -> None:
    assert format_cell(text).isprintable()


@pytest.mark.parametrize(
    ("cell", "shown", "for_person"),
    [
        (None, "", ""),
        (math.nan, "", ""),
        (1234567, "1234567", "1,234,567"),
        (1234.5, "1234.50", "1,234.50"),
        (AT, "2026-03-01T09:30:00Z", "2026-03-01 09:30"),
        ("a\tb", "a\\tb", "a\\tb"),
    ],
)
def test_a_cell_is_exact_in_a_pipe_and_easy_on_the_eye_in_a_terminal(
    cell, shown: str, for_person: str
) -> None:
    assert format_cell(cell) == shown
    assert format_cell(cell, for_person=True) == for_person


def test_a_table_in_a_pipe_has_one_line_a_row_and_one_tab_between_cells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table([Column("a"), Column("b", 1)], [("x\n\ty", 1.25), ("[red]z[/]", None)], title="t\x1b")
    assert capsys.readouterr().out == "# t\\x1b\na\tb\nx\\n\\ty\t1.2\n[red]z[/]\t\n"


def test_a_table_on_a_terminal_interprets_no_markup() -> None:
    with on_terminal() as screen:
        print_table(
            [Column("name", fold=True)],
            [("[bold]x[/bold]",), (":smile:",), ("\x1b[2J\u202e",)],
            title="[red]t",
        )
    out = screen.getvalue()
    assert "[bold]x[/bold]" in out
    assert ":smile:" in out
    assert "[red]t" in out
    assert r"\x1b[2J\u202e" in out
    assert "\u202e" not in out


def test_no_column_is_lost_on_a_narrow_terminal() -> None:
    with on_terminal() as screen:
        print_table(
            [Column("id"), Column("words", fold=True), Column("n")], [("i" * 70, "some words " * 5, 1234567)]
        )
    out = screen.getvalue()
    assert "i" * 70 in out
    assert "some words" in out
    assert "1,234,567" in out


def test_facts_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_facts([("risk", 0.5), ("market", None), ("name", "a\rb")])
    assert capsys.readouterr().out == "risk\t0.50\nname\ta\\rb\n"


def test_lines_keep_their_indent_and_lose_their_power(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines(["  a\x07"])
    assert capsys.readouterr().out == "  a\\x07\n"


@given(
    st.dictionaries(
        ANY_TEXT, st.one_of(ANY_TEXT, st.integers(), st.floats(), st.none(), st.lists(ANY_TEXT, max_size=3))
    )
)
def test_json_parses_back_to_the_same_and_holds_nothing_that_a_terminal_obeys(value) -> None:
    with redirect_stdout(io.StringIO()) as printed:
        print_json(value)
    text = printed.getvalue()
    finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in value.items()}
    assert json.loads(text) == finite
    assert text.replace("\n", "").isprintable()


def test_warnings_and_progress_stay_off_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("first") as report:
        report("second", 0.5)
        warn("a\x1bb")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "warning: a\\x1bb\n"


def test_progress_on_a_terminal_shows_no_foreign_escape() -> None:
    with on_terminal() as screen, show_progress("first[red]\x07") as report:
        report("second", 0.5)
    assert "first[red]\\x07" in screen.getvalue()
    assert "\x07" not in screen.getvalue()
