"""A workspace recalls the run before, and only where it goes forward."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from markets import Market

from graphrisk.model.counterfactuals import Counterfactual
from graphrisk.workspace import Workspace
from graphrisk.workspace.run import Run

LONG = timedelta(days=30)
EVER = 1e9  # a margin beyond all evidence: what was two rings stays two


def shop_of(market: Market, folder: Path, margin_share: float | None = None) -> Workspace:
    shutil.copytree(market.folder, folder)
    if margin_share is not None:
        with (folder / "graphrisk.toml").open("a", encoding="utf-8") as config:
            config.write(f"\n[detect]\nring_margin_share = {margin_share}\n")
    return Workspace.open(folder)


def recalled_by(run: Run) -> list[str]:
    told: list[str] = json.loads(run.record.parameters)["rings_before"]
    return told


def rings_of(run: Run) -> set[frozenset[str]]:
    return {frozenset(members) for _, members in run.members.groupby("ring_id")["account_id"]}


@pytest.mark.slow
def test_a_run_recalls_the_one_before_and_is_the_same_when_it_is_made_again(
    market: Market, tmp_path: Path
) -> None:
    shop = shop_of(market, tmp_path / "shop")
    first = shop.detect()
    latest = first.record.as_of
    second = shop.detect(as_of=latest + LONG)
    assert (recalled_by(first), recalled_by(second)) == ([], [first.run_id])
    again = shop.detect(as_of=latest + LONG)
    assert again.run_id == second.run_id
    assert again.members.equals(second.members)


@pytest.mark.slow
def test_who_goes_back_asks_what_was_known_and_nothing_else(market: Market, tmp_path: Path) -> None:
    shop, fresh = (shop_of(market, tmp_path / name, EVER) for name in ("shop", "fresh"))
    latest = shop.detect().record.as_of
    shop.detect(as_of=latest - LONG)
    back = shop.detect(as_of=latest - LONG / 2)  # there is one before, and one after
    assert recalled_by(back) == []
    assert rings_of(back) == rings_of(fresh.detect(as_of=latest - LONG / 2))


@pytest.mark.slow
def test_what_if_is_asked_of_the_rings_that_the_run_found(market: Market, tmp_path: Path) -> None:
    shop, fresh = (shop_of(market, tmp_path / name, EVER) for name in ("shop", "fresh"))
    latest = fresh.detect().record.as_of
    shop.detect(as_of=latest - LONG)
    run = shop.detect(as_of=latest)
    assert len(recalled_by(run)) == 1
    own = rings_of(run) - rings_of(fresh.latest())
    assert own, "the run before made no difference here, so this shows nothing"
    ring = min(own, key=lambda members: (len(members), sorted(members)))
    told = run.what_if(str(run.account(min(ring)).ring.ring_id))
    assert isinstance(told, Counterfactual)
