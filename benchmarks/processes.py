"""Runs a command and measures it from outside: wall time, processor time, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
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


# On Linux a peak includes what the process was before exec, a copy of its parent: a small one stands between.
_LAUNCHER = """
import json, os, sys, time
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
told = [time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status]
with open(sys.argv[1], "w") as out:
    json.dump(told, out)
"""


def run_measured(command: Sequence[str]) -> Cost:
    """Standard output is dropped, standard error is shown. Ends this program if the command fails."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-measure-") as folder:
        told = Path(folder) / "cost.json"
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(told), *command]
        subprocess.run(launcher, check=True)
        wall, cpu, peak, status = json.loads(told.read_text(encoding="utf-8"))
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"failed with exit code {code}: {' '.join(command)}")
    in_bytes = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return Cost(wall, cpu, peak * in_bytes)
