"""Fixtures that several folders of tests share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from handmade_shop import make_shop

from graphrisk.workspace import Workspace


@pytest.fixture(scope="session")
def shop_as_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of tests/handmade_shop.py. Read it only; take `shop` to write."""
    folder = tmp_path_factory.mktemp("handmade") / "shop"
    make_shop(folder)
    return folder


@pytest.fixture
def shop(shop_as_made: Path, tmp_path: Path) -> Workspace:
    """A copy of the hand-made shop, to do with as one likes."""
    return Workspace.open(shutil.copytree(shop_as_made, tmp_path / "shop"))
