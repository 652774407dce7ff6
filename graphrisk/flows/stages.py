"""The stages of a long run: timed, and told to somebody who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Meter(Protocol):
    """The world outside: time, memory, versions, and somebody who watches."""

    def now(self) -> datetime: ...

    def seconds(self) -> float: ...

    def peak_memory_bytes(self) -> int: ...

    def versions(self) -> tuple[tuple[str, str], ...]: ...

    def stage(self, words: str) -> None: ...


@dataclass(slots=True)
class Stages:
    """Times each stage by the meter's clock."""

    meter: Meter
    seconds: list[tuple[str, float]] = field(default_factory=list)

    def run(self, name: str, work: Callable[[], Result]) -> Result:
        self.meter.stage(name)
        began = self.meter.seconds()
        result = work()
        self.seconds.append((name, round(self.meter.seconds() - began, 3)))
        return result
