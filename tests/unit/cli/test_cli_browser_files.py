"""docs/playbook.md and the style sheet say what the questions and the kinds say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk.cli.browser_files import PAGE, STYLE, render_files

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", [PAGE, STYLE])
def test_the_page_and_the_style_are_current(name: str) -> None:
    hint = "run `python -m graphrisk.cli.browser_files .`"
    assert (ROOT / name).read_text(encoding="utf-8") == render_files()[name], hint


def test_the_command_named_on_the_page_writes_both_files(tmp_path: Path) -> None:
    for name in render_files():
        (tmp_path / name).parent.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "graphrisk.cli.browser_files", str(tmp_path)], check=True)
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in render_files()} == render_files()
