"""The prior that is shipped: five boosters, each in a file of its own, as text, compressed; and how far its
risks were off, as JSON."""

from __future__ import annotations

import gzip
from dataclasses import fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from graphrisk.risk.booster import Booster
from graphrisk.risk.prior import Prior
from graphrisk.risk.spread import Spread

_SPREAD = "spread"
_BOOSTERS = tuple(field.name for field in fields(Prior) if field.name != _SPREAD)


@cache
def read_prior() -> Prior:
    """The one that came with this version, made by benchmarks/train_prior.py."""
    folder = prior_folder()
    texts = {part: gzip.decompress((folder / f"{part}.txt.gz").read_bytes()).decode() for part in _BOOSTERS}
    spread = Spread.from_json((folder / f"{_SPREAD}.json").read_text(encoding="utf-8"))
    return Prior(**{part: Booster(text) for part, text in texts.items()}, spread=spread)


def write_prior(prior: Prior, folder: Path) -> None:
    """Equal priors give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{_SPREAD}.json").write_text(prior.spread.to_json() + "\n", encoding="utf-8")
    for part in _BOOSTERS:
        booster: Booster = getattr(prior, part)
        (folder / f"{part}.txt.gz").write_bytes(gzip.compress(booster.text.encode(), mtime=0))


def prior_folder() -> Traversable:
    """Inside the wheel under _data, in a checkout beside the package."""
    packaged = files("graphrisk") / "_data" / "prior"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "prior"
