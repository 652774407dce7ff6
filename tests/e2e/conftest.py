"""What several end-to-end tests share: the command line in this process, and a shop with a parcel locker."""

from __future__ import annotations

from pathlib import Path

import pytest
from locker_shop import make_world

from graphrisk.cli.app import main


@pytest.fixture
def told(shop_as_made: Path, capsys: pytest.CaptureFixture[str]):
    """Runs the command line in this process; returns its exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--workspace", str(shop_as_made)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def locker_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of tests/locker_shop.py, loaded and searched once. Read it only."""
    folder = tmp_path_factory.mktemp("locker") / "shop"
    make_world(folder).detect(workers=1)
    return folder
