"""A ring by the name that somebody gave."""

from __future__ import annotations

from graphrisk.cli.output import note
from graphrisk.workspace.run import Ring, Run


def open_named_ring(run: Run, name: str) -> Ring:
    """Says so where the name leads to another."""
    ring = run.ring(name)
    if not ring.ring_id.lower().startswith((name.lower(), f"ring-{name.lower()}")):
        note(f"{name} was merged into {ring.ring_id}")
    return ring
