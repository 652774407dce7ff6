"""Which rows of a world's tables a snapshot shows."""

from __future__ import annotations

from dataclasses import dataclass

from graphrisk.evaluate.simulator.sampling import Bools, Ints
from graphrisk.evaluate.simulator.uses import Kind


@dataclass(frozen=True, slots=True)
class Span:
    """(rows,) int64 each: the first snapshot that shows a row, and the first that shows it no more."""

    begins: Ints
    ends: Ints

    def shown(self, step: int) -> Bools:
        return (self.begins <= step) & (step < self.ends)


@dataclass(frozen=True, slots=True)
class Spans:
    """Of every table of a world, row by row."""

    accounts: Span
    uses: dict[Kind, Span]
    sessions: Span
    payments: Span
    labels: Span


@dataclass(frozen=True, slots=True)
class View:
    """One snapshot, numbered from 0."""

    spans: Spans
    step: int

    def shows_use(self, kind: Kind, use: Ints, payment: Ints) -> Bools:
        """Whether a payment tells that it was made with the thing of that use: the use must have been known
        when the payment was, and not have fallen away since. use: rows, NOTHING for none, which tells nothing
        anyway."""
        uses = self.spans.uses[kind]
        known: Bools = (uses.begins[use] <= self.spans.payments.begins[payment]) & (
            uses.ends[use] > self.step
        )
        return known
