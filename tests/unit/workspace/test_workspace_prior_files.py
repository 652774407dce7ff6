"""The prior that is shipped, and how one is kept in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graphrisk.model.kinds import Nature
from graphrisk.risk.booster import BoosterParams, train_booster
from graphrisk.risk.calibration import Calibration
from graphrisk.risk.features import Features
from graphrisk.risk.prior import Prior
from graphrisk.risk.spread import Spread
from graphrisk.workspace import prior_files
from graphrisk.workspace.prior_files import prior_folder, read_prior, write_prior

PARTS = {f"{part}.txt.gz" for part in ("alone", "identifiers", "together", "cells", "rings")} | {
    "spread.json"
}
SPREAD = Spread((Calibration(0.9, 0.1), Calibration(1.0, 0.0), Calibration(1.1, -0.3)))


def small_prior() -> Prior:
    table = Features(("a",), np.arange(60, dtype=np.float32)[:, None])
    model = train_booster(table, np.arange(60) >= 30, np.ones(60), BoosterParams(1, round_count=2))
    return Prior(model, model, model, model, model, SPREAD)


def test_the_shipped_prior_has_all_its_parts() -> None:
    assert {each.name for each in prior_folder().iterdir()} == PARTS
    assert len(read_prior().digest()) == 64


def test_nothing_in_the_shipped_prior_is_a_name_or_a_label() -> None:
    prior = read_prior()
    boosters = (prior.alone, prior.identifiers, prior.together, prior.cells, prior.rings)
    names = {name for booster in boosters for name in booster.names}
    telling = ("label", "verdict", "id", "known_", "rate_", "account_id")
    assert not [name for name in names if name.startswith(telling)]
    assert {name.removeprefix("nature_") for name in prior.identifiers.names if "nature_" in name} == {
        each.value for each in Nature
    }


def test_what_is_written_is_read_and_equal_priors_give_equal_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prior = small_prior()
    write_prior(prior, tmp_path / "one" / "deep")
    write_prior(small_prior(), tmp_path / "two")
    for name in PARTS:
        assert (tmp_path / "one" / "deep" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    monkeypatch.setattr(prior_files, "prior_folder", lambda: tmp_path / "two")
    read_again = read_prior.__wrapped__()
    assert read_again.digest() == prior.digest()


def test_another_booster_in_any_part_is_another_prior() -> None:
    one, shipped = small_prior(), read_prior()
    others = [
        replace(one, alone=shipped.alone),
        replace(one, cells=shipped.cells),
        replace(one, rings=shipped.rings),
        replace(one, spread=shipped.spread),
    ]
    assert len({each.digest() for each in (one, shipped, *others)}) == 6
