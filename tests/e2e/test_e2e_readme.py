"""What README.md shows can be done as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from graphrisk.workspace.config import CONFIG_NAME, read_config

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_python_of_the_readme_runs(
    shop_as_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shop_as_made, tmp_path / "demo")
    monkeypatch.chdir(tmp_path)
    told: dict[str, object] = {}
    exec(compile(block("python"), "README.md", "exec"), told)
    assert "<svg" in told["ring"]._repr_svg_()  # type: ignore[attr-defined]


def test_the_mapping_of_the_readme_is_one(tmp_path: Path) -> None:
    path = tmp_path / CONFIG_NAME
    path.write_text(block("toml"), encoding="utf-8")
    (table,) = read_config(path).mapping.tables
    assert [link.kind for link in table.links] == ["wallet"]
