"""`graphrisk detect`: links become rings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from graphrisk.cli.neo4j.options import StoreOption, store_flags
from graphrisk.cli.neo4j.pull import print_pull, pull_json
from graphrisk.cli.neo4j.push import print_push, report_json
from graphrisk.cli.options import HERE, JsonOption, WorkspaceOption
from graphrisk.cli.output import Json, note, print_facts, print_json, show_progress
from graphrisk.cli.rings import print_rings
from graphrisk.errors import ConfigError
from graphrisk.flows.answer import RingChoice
from graphrisk.model.runs import RunRecord
from graphrisk.model.times import naive_utc
from graphrisk.workspace import Workspace
from graphrisk.workspace.graph_server import GraphServerFlags
from graphrisk.workspace.run import Run

TOP_RINGS = RingChoice(limit=10)

AsOfOption = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Use only what was known then: 2026-03-01 (its first instant, UTC) or 2026-03-01T12:00+01:00.",
        show_default="the latest time in the tables",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, help="Processes; the rings do not depend on it.", show_default="one per processor"),
]


def register(app: typer.Typer) -> None:
    app.command("detect")(detect_rings)


def detect_rings(
    workspace: WorkspaceOption = HERE,
    as_of: AsOfOption = None,
    workers: WorkersOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find rings among the loaded accounts, score them, and say why.

    With --store, rings and scores are written into the graph in Neo4j; a workspace without tables is filled
    from that graph first, as [graph] in graphrisk.toml says.

    Example: graphrisk detect --as-of 2026-03-01 -w shop
    """
    flags = store_flags(store)
    if flags is not None:
        _detect_in_store(workspace, flags, DetectOrder(parse_as_of(as_of), workers), as_json=as_json)
        return
    shop = Workspace.open(workspace)
    with show_progress("reading the links") as progress:
        run = shop.detect(as_of=parse_as_of(as_of), workers=workers, progress=progress)
    if as_json:
        print_json(run_json(run))
        return
    print_run(run)


@dataclass(frozen=True, slots=True)
class DetectOrder:
    as_of: datetime | None
    workers: int | None


def _detect_in_store(workspace: Path, flags: GraphServerFlags, order: DetectOrder, *, as_json: bool) -> None:
    # Here, because the driver takes longer to import than other verbs to answer
    from graphrisk.workspace.pulling import detect_in_store, open_graph_workspace  # noqa: PLC0415

    shop = open_graph_workspace(workspace)
    with show_progress("connecting") as progress:
        done = detect_in_store(shop, flags, as_of=order.as_of, workers=order.workers, progress=progress)
    if as_json:
        pulled = None if done.pulled is None else pull_json(done.pulled)
        print_json({"pulled": pulled, "run": run_json(done.run), "pushed": report_json(done.pushed)})
        return
    if done.pulled is not None:
        print_pull(done.pulled)
    print_run(done.run)
    print_push(done.pushed)


def parse_as_of(text: str | None) -> datetime | None:
    """Naive UTC. Raises ConfigError for what is no ISO 8601 time."""
    return parse_moment(text, "--as-of")


def parse_moment(text: str | None, flag: str) -> datetime | None:
    """The same of any flag."""
    if text is None:
        return None
    try:
        return naive_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            "not a time", where=flag, value=text, remedy="write it as 2026-03-01 or 2026-03-01T12:00:00Z"
        ) from error


def print_run(run: Run) -> None:
    """Counts, times and the best rings."""
    record = run.record
    print_facts(
        [
            ("as_of", record.as_of),
            *record.counts,
            *((f"{stage}_seconds", seconds) for stage, seconds in record.seconds),
            ("peak_memory_mb", record.peak_memory_bytes // 1_000_000),
        ],
        title=record.run_id,
    )
    rings = run.find_rings(TOP_RINGS)
    if rings:
        print_rings(rings, title="best rings")
    else:
        note("no ring was found")


def run_json(run: Run) -> Json:
    """The run's record and its best rings."""
    return {**record_json(run.record), "best_rings": [asdict(ring) for ring in run.find_rings(TOP_RINGS)]}


def record_json(record: RunRecord) -> dict[str, Json]:
    return {
        **asdict(record),
        "versions": dict(record.versions),
        "counts": dict(record.counts),
        "seconds": dict(record.seconds),
    }
