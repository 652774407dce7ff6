"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from handmade_shop import make_shop
from hypothesis import settings
from markets import Market, make_market

from graphrisk.workspace import Workspace

# The same examples in every run, so that a red test means a changed project;
# HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# What a shell starts in the background is deaf to Ctrl-C, and so would be what the tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A simulated marketplace of 3,000 accounts, 300 of them in rings. Its folder is for reading only."""
    return make_market(tmp_path_factory.mktemp("market"), 3000)
