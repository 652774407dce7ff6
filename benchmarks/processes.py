"""Runs a command and measures it from outside: wall time, processor time, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """cpu_seconds: user and system, over all threads. peak_bytes: greatest resident set of the process."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int

    def then(self, later: Cost) -> Cost:
        """One after the other: times add up, the greater peak stays."""
        return Cost(
            self.wall_seconds + later.wall_seconds,
            self.cpu_seconds + later.cpu_seconds,
            max(self.peak_bytes, later.peak_bytes),
        )


def installed_command() -> str:
    """The `graphrisk` beside the Python that runs this."""
    return str(Path(sysconfig.get_path("scripts")) / "graphrisk")


def run_measured(command: Sequence[str]) -> Cost:
    """Standard output is dropped, standard error is shown. Ends this program if the command fails."""
    begun = time.perf_counter()
    with subprocess.Popen(list(command), stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if process.returncode != 0:
        sys.exit(f"failed with exit code {process.returncode}: {' '.join(command)}")
    in_bytes = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * in_bytes)
