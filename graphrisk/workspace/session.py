"""A workspace opened: graphrisk.toml and graphrisk.duckdb of one folder, and what can be done with them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from graphrisk.errors import ConfigError, NotFoundError
from graphrisk.flows.answer import choose_run
from graphrisk.flows.follow import RingLife, RingStory, RunComparison, compare_runs, tell_story
from graphrisk.flows.load import LoadReport, Progress, load_tables
from graphrisk.flows.push import PushReport
from graphrisk.model.times import naive_utc
from graphrisk.stores.duckdb.connection import open_database, open_database_to_read
from graphrisk.stores.duckdb.names import NameStore
from graphrisk.stores.duckdb.results import ResultStore
from graphrisk.stores.duckdb.room import room_is_asked_for
from graphrisk.workspace.config import CONFIG_NAME, GRAPH_SECTION, Config, read_config
from graphrisk.workspace.detection import SystemMeter
from graphrisk.workspace.frozen import frozen_from_table
from graphrisk.workspace.init import adopt_config
from graphrisk.workspace.run import Run

if TYPE_CHECKING:
    from graphrisk.evaluate.backtest.report import Backtest
    from graphrisk.flows.backtest import BacktestOrder
    from graphrisk.flows.evaluate import TruthReader
    from graphrisk.flows.exchange_judgements import ImportReport
    from graphrisk.flows.export import ExportFormat
    from graphrisk.flows.judge import JudgeOrder, JudgeReport
    from graphrisk.model.judgements import Judgement
    from graphrisk.workspace.enforcing import Enforcement
    from graphrisk.workspace.pulling import PullReport, StoreRun

DATABASE_NAME = "graphrisk.duckdb"


@dataclass(slots=True)
class Silent:
    """The clock, and nobody told."""

    began: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def table(self, name: str, position: int, table_count: int) -> None:
        """Say nothing."""


def _tell_nobody(words: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One folder. The database is open only while a verb runs, so that others may use it in between."""

    folder: Path
    config: Config

    @classmethod
    def open(cls, folder: Path | str, *, config: Path | None = None, data: Path | None = None) -> Workspace:
        """config: a mapping from elsewhere, which becomes the graphrisk.toml of a folder that has none.
        data: where the tables are, if not where the configuration says. Raises NotFoundError,
        ConfigError."""
        place = Path(folder)
        if config is not None:
            adopt_config(config, place, data=data)
        elif not place.is_dir():
            raise NotFoundError(
                "there is no such workspace", where=str(place), remedy="make one with `graphrisk init`"
            )
        return cls(place, read_config(place / CONFIG_NAME, data=data))

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_NAME

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The database, ours alone. Raises WorkspaceBusyError while another process has it open."""
        with room_is_asked_for(), open_database(self.database) as connection:
            yield connection

    @contextmanager
    def reading(self, *, only: tuple[str, pa.Schema] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """The database, read only. only: see open_database_to_read. Raises NotFoundError before the first
        load, GraphriskError where another version wrote it."""
        with room_is_asked_for(), open_database_to_read(self.database, only=only) as connection:
            yield connection

    def load(self, *, rebuild: bool = False, progress: Progress | None = None) -> LoadReport:
        """Bring the workspace up to date with its tables; see flows.load.load_tables."""
        # Here, because it brings phonenumbers and all of sources/, which no answer needs
        from graphrisk.sources.outside import OutsideTables  # noqa: PLC0415
        from graphrisk.stores.duckdb.observed import ObservedWriter  # noqa: PLC0415

        mapping = self.config.mapping
        if not mapping.tables and GRAPH_SECTION in self.config.sections:
            raise ConfigError(
                "the rows of this workspace come from a graph in Neo4j",
                where=f"{CONFIG_NAME} [{GRAPH_SECTION}]",
                remedy="read them with `graphrisk neo4j pull`",
            )
        source = OutsideTables(mapping, self.config.data)
        with self.writing() as connection:
            store = ObservedWriter(connection, any(table.account is not None for table in mapping.tables))
            return load_tables(mapping, source, store, progress or Silent(), rebuild=rebuild)

    def detect(
        self,
        *,
        as_of: datetime | None = None,
        workers: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Run:
        """Find rings among what was known at as_of (UTC, or with a zone; None: the latest time in the tables,
        or of a judgement) and write them.

        workers: processes, None for one per processor; the rings do not depend on it. See
        flows.detect.detect_rings.
        """
        # Here, because igraph and scipy take longer to import than every other verb to answer
        from graphrisk.flows.detect import DetectParams, DetectSetting, detect_rings  # noqa: PLC0415
        from graphrisk.flows.liken import liken_rings  # noqa: PLC0415
        from graphrisk.stores.duckdb.doings import DoingsReader  # noqa: PLC0415
        from graphrisk.stores.duckdb.judgements import JudgementStore  # noqa: PLC0415
        from graphrisk.stores.duckdb.known import KnownReader  # noqa: PLC0415
        from graphrisk.stores.duckdb.likeness import LikenessStore  # noqa: PLC0415
        from graphrisk.stores.duckdb.runs import RunStore  # noqa: PLC0415
        from graphrisk.workspace.prior_files import read_prior  # noqa: PLC0415 - LightGBM, for it alone

        where = f"{CONFIG_NAME} [detect]"
        params = frozen_from_table(DetectParams, self.config.sections.get("detect", {}), where)
        meter = SystemMeter(progress or _tell_nobody)
        worker_count = workers or os.cpu_count() or 1
        kinds = self.config.mapping.kinds
        with self.writing() as connection:
            judgements, past = JudgementStore(connection).read_judgements(), NameStore(connection)
            moment = None if as_of is None else naive_utc(as_of)
            setting = DetectSetting(meter, moment, worker_count, read_prior(), judgements, past)
            source = KnownReader(connection, judgements)
            record = detect_rings(source, RunStore(connection), kinds, params, setting)
            meter.stage("liken")
            history = LikenessStore(connection)
            liken_rings(history, DoingsReader(connection), history, kinds, record)
        return Run(record, kinds, self.reading)

    def backtest(
        self,
        order: BacktestOrder | None = None,
        *,
        truth: TruthReader | None = None,
        workers: int | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Backtest:
        """Run as of past dates and score with what came out later; see workspace.backtesting. order: None for
        four dates and a horizon of 60 days."""
        # Here for the same reason as in detect
        from graphrisk.evaluate.backtest.params import BacktestParams  # noqa: PLC0415
        from graphrisk.evaluate.intervals import Resampling  # noqa: PLC0415
        from graphrisk.flows.backtest import BacktestOrder  # noqa: PLC0415
        from graphrisk.workspace.backtesting import backtest_workspace  # noqa: PLC0415

        asked = order or BacktestOrder(BacktestParams(Resampling(draw_count=1000, seed=0)))
        return backtest_workspace(self, asked, truth=truth, workers=workers, progress=progress)

    def judge(self, order: JudgeOrder) -> JudgeReport:
        """Put down what somebody says of an account, an identifier, a link or a ring, or withdraw a
        judgement; see flows.judge.judge."""
        from graphrisk.workspace.judging import judge_in_workspace  # noqa: PLC0415 - stores, for it alone

        return judge_in_workspace(self, order)

    def judgements(self) -> tuple[Judgement, ...]:
        """All that were ever passed, in order. registry.judgements.stand_at says which stand when."""
        from graphrisk.workspace.judging import read_workspace_judgements  # noqa: PLC0415 - see above

        return read_workspace_judgements(self)

    def export_judgements(self, out: Path | str, form: ExportFormat | None = None) -> int:
        """Write all judgements, withdrawn ones and withdrawals among them, to a file that another workspace
        imports; it is whole or absent. form: None for what the file's ending says, else CSV. Returns their
        number. Works in a workspace of another version, too. Raises ConfigError where there is no such
        folder, NotFoundError before the first load."""
        from graphrisk.flows.export import form_of  # noqa: PLC0415 - see above
        from graphrisk.workspace.judging import export_workspace_judgements  # noqa: PLC0415 - see above

        place = Path(out)
        return export_workspace_judgements(self, form or form_of(place), place)

    def import_judgements(self, file: Path | str) -> ImportReport:
        """Add the judgements of a .csv, .jsonl or .parquet file that are not here; nothing that is here
        changes. So importing twice adds nothing, and two teams that import each other's file have the same
        judgements, whoever began.

        Good rows are added whatever stands beside them: a bad one is no exception, but is told in
        `report.faults` with place (`file:line`), column, value, what is wrong and what to do (remedy).
        `report.contested` is what judges disagree about, so that neither counts. Raises NotFoundError, and
        InputError where the whole file is refused: for its format or its columns."""
        from graphrisk.workspace.judging import import_into_workspace  # noqa: PLC0415 - see above

        return import_into_workspace(self, Path(file))

    def enforcement(self, keys: Path | str | None = None) -> Enforcement:
        """Plans, the ledger and what is in force; see workspace.enforcing. keys: their folder, None for
        GRAPHRISK_KEYS or the one in the user's configuration. Raises NotFoundError before `enforce init`."""
        from graphrisk.workspace.enforcing import Enforcement, keys_folder  # noqa: PLC0415 - see above

        return Enforcement.open(self, keys_folder(keys))

    def push(self, *, progress: Callable[[str], None] | None = None) -> PushReport:
        """Make the graph in Neo4j what this workspace says; see workspace.pushing.push_workspace."""
        from graphrisk.workspace.pushing import push_workspace  # noqa: PLC0415 - brings the driver

        return push_workspace(self, progress=progress)

    def pull(self, *, progress: Callable[[str], None] | None = None) -> PullReport:
        """Read the graph in Neo4j that [graph] maps; see workspace.pulling.pull_workspace."""
        from graphrisk.workspace.pulling import pull_workspace  # noqa: PLC0415 - brings the driver

        return pull_workspace(self, progress=progress)

    def detect_in_store(
        self, *, as_of: datetime | None = None, progress: Callable[[str], None] | None = None
    ) -> StoreRun:
        """Find rings, and write them into the graph in Neo4j; see workspace.pulling.detect_in_store."""
        from graphrisk.workspace.pulling import detect_in_store  # noqa: PLC0415 - brings the driver

        return detect_in_store(self, as_of=as_of, progress=progress)

    def runs(self) -> tuple[Run, ...]:
        """Every finished run, the latest first."""
        with self.reading() as connection:
            records = ResultStore(connection).read_runs()
        return tuple(Run(record, self.config.mapping.kinds, self.reading) for record in records)

    def run(self, run_id: str | None = None) -> Run:
        """The run of that name, or of a name that starts so; None is the latest. Raises NotFoundError."""
        with self.reading() as connection:
            record = choose_run(ResultStore(connection), run_id)
        return Run(record, self.config.mapping.kinds, self.reading)

    def latest(self) -> Run:
        """The run that started last. Raises NotFoundError before the first one."""
        return self.run()

    def names(self) -> tuple[RingLife, ...]:
        """Every name that a ring was ever given, and what it is now; the last seen first."""
        with self.reading() as connection:
            return tuple(NameStore(connection).read_lives(None))

    def history(self, name: str) -> RingStory:
        """What every run said of the ring of that name, or of the only one whose name starts so, and where it
        leads now. Raises NotFoundError."""
        with self.reading() as connection:
            return tell_story(NameStore(connection), name)

    def compare(self, earlier: str, later: str) -> RunComparison:
        """Which rings of two runs have the same name, and where the others' accounts went. By the names of
        runs, or how these start. Raises NotFoundError."""
        with self.reading() as connection:
            return compare_runs(ResultStore(connection), earlier, later)
