"""Where `graphrisk detect` spends its time: one detection of a loaded workspace, stage by stage.

    python benchmarks/speed_parts.py WORKSPACE

A row for each stage as the run tells them, what is done between two of them counted with the former: seconds
of wall time and of processor time (all threads, and worker processes once they have ended), and the peak of
resident memory so far. `start` is what imports and reading the prior cost.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from graphrisk.workspace import Workspace


class Reading(NamedTuple):
    """What was used up when a stage began. cpu_seconds: user and system, of workers too."""

    stage: str
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--workers", type=int, default=None)
    given = parser.parse_args(arguments)
    readings: list[Reading] = []
    Workspace.open(given.workspace).detect(
        workers=given.workers, progress=lambda stage: readings.append(read_meters(stage))
    )
    readings.append(read_meters("end"))
    print(f"{'stage':22} {'wall s':>8} {'cpu s':>8} {'peak GB':>8}")
    for began, ended in pairwise(readings):
        show(
            began.stage, ended.wall_seconds - began.wall_seconds, ended.cpu_seconds - began.cpu_seconds, ended
        )
    first, last = readings[0], readings[-1]
    show("start", 0.0, first.cpu_seconds, first)
    show("all", last.wall_seconds - first.wall_seconds, last.cpu_seconds, last)


def read_meters(stage: str) -> Reading:
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(each).ru_maxrss for each in whose) * unit
    return Reading(stage, time.perf_counter(), cpu, peak)


def show(name: str, wall_seconds: float, cpu_seconds: float, ended: Reading) -> None:
    print(f"{name:22} {wall_seconds:8.1f} {cpu_seconds:8.1f} {ended.peak_bytes / 1e9:8.2f}", flush=True)


if __name__ == "__main__":
    main()
