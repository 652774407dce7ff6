"""A measure with its interval and with what it has to be compared with."""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.evaluate.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the measure would be without our work; `words` says by which rule."""

    value: float
    words: str


@dataclass(frozen=True, slots=True)
class Measure:
    """name: stable, for machines. words: what it is, for people."""

    name: str
    words: str
    estimate: Estimate
    baseline: Baseline | None = None
