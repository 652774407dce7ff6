"""What has to be stopped does not wait for a detection, and still names nobody as far as can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrisk.cli.app import main
from graphrisk.workspace import Workspace


def command(shop: Workspace, *arguments: str) -> int:
    return main([*arguments, "--workspace", str(shop.folder), "--by", "eve"])


def test_the_kill_switch_works_while_the_workspace_is_written(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAPHRISK_KEYS", str(tmp_path / "keys"))
    assert command(shop, "enforce", "init") == 0
    assert command(shop, "enforce", "stop", "--why", "acc1 complains") == 2
    with shop.writing():
        assert command(shop, "enforce", "stop", "--why", "mail to eve@shop.example") == 2
        capsys.readouterr()
        assert command(shop, "enforce", "stop", "--why", "a wave of complaints") == 0
        assert "texts were not searched" in capsys.readouterr().err
        assert command(shop, "enforce", "restart", "--why", "all well") == 0
