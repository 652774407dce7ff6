"""docs/schema.md and its picture say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphrisk.cli.graph_schema import PAGE, PICTURE, render_files

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", [PAGE, PICTURE])
def test_the_page_and_its_picture_are_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == render_files()[name], "run `make pages`"


def test_run_as_a_program_it_writes_both_files(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    subprocess.run([sys.executable, "-m", "graphrisk.cli.graph_schema", str(tmp_path)], check=True)
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in render_files()} == render_files()
