"""The world around detect_rings: a source of one small world, a writer that keeps, a meter that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from small_worlds import World, known_accounts, shared_links

from graphrisk.flows.detect import DetectParams, DetectSetting, detect_rings
from graphrisk.flows.findings import RunTables
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import BUILT_IN_KINDS, IdentifierKind, KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.model.runs import RunRecord

NOON = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as everywhere


@dataclass(slots=True)
class OneWorld:
    """Fits flows.detect.KnownSource."""

    world: World
    verdict: Mapping[int, int] = field(default_factory=dict)
    digest: str = "digest"
    latest: datetime | None = NOON
    asked: list[datetime] = field(default_factory=list)
    values: tuple[KindValues, ...] = ()
    values_digest: str = "values"
    compared: list[tuple[str, ...]] = field(default_factory=list)

    def latest_time(self) -> datetime | None:
        return self.latest

    def read_known(self, as_of: datetime, kinds: KindSet) -> tuple[KnownAccounts, SharedLinks, str]:
        self.asked.append(as_of)
        return (
            known_accounts(self.world, self.verdict),
            shared_links(self.world, private_count=2),
            self.digest,
        )

    def read_values(
        self, as_of: datetime, kinds: Sequence[IdentifierKind]
    ) -> tuple[tuple[KindValues, ...], str]:
        self.compared.append(tuple(kind.name for kind in kinds))
        return self.values, self.values_digest


@dataclass(slots=True)
class Kept:
    """Fits flows.detect.RunWriter."""

    runs: list[tuple[RunRecord, RunTables]] = field(default_factory=list)

    def write_run(self, record: RunRecord, tables: RunTables) -> None:
        self.runs.append((record, tables))


@dataclass(slots=True)
class CountingMeter:
    """Fits flows.stages.Meter. Every look at the clock takes a second."""

    began: datetime = NOON + timedelta(days=1)
    looks: int = 0
    told: list[str] = field(default_factory=list)
    version: str = "1"

    def now(self) -> datetime:
        return self.began

    def seconds(self) -> float:
        self.looks += 1
        return float(self.looks)

    def peak_memory_bytes(self) -> int:
        return 1000 + self.looks

    def versions(self) -> tuple[tuple[str, str], ...]:
        return (("graphrisk", self.version),)

    def stage(self, words: str) -> None:
        self.told.append(words)


def detect_world(
    world: World, verdict: Mapping[int, int] | None = None, params: DetectParams | None = None
) -> tuple[RunRecord, RunTables]:
    kept = Kept()
    source = OneWorld(world, verdict or {})
    detect_rings(source, kept, BUILT_IN_KINDS, params or DetectParams(), DetectSetting(CountingMeter()))
    (run,) = kept.runs
    return run
