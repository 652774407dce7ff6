"""The world around a detection: clock, memory, versions of what computes."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

_COMPUTING = ("graphrisk", "duckdb", "igraph", "lightgbm", "numpy", "pyarrow", "rapidfuzz", "scipy")


@dataclass(frozen=True, slots=True)
class SystemMeter:
    """Fits flows.stages.Meter. tell: hears each stage's name."""

    tell: Callable[[str], None]

    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def seconds(self) -> float:
        return time.perf_counter()

    def peak_memory_bytes(self) -> int:
        """Of this process so far, or of its largest worker if that took more."""
        unit = 1 if sys.platform == "darwin" else 1024
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit

    def versions(self) -> tuple[tuple[str, str], ...]:
        return (*((name, version(name)) for name in _COMPUTING), ("python", platform.python_version()))

    def stage(self, words: str) -> None:
        self.tell(words)
