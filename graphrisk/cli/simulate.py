"""graphrisk simulate: a synthetic marketplace with planted rings and its truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphrisk.cli.options import JsonOption, refuse_unheard
from graphrisk.cli.output import Column, Json, print_facts, print_json, print_table, show_progress
from graphrisk.errors import ConfigError
from graphrisk.stores.files import FileFormat, TableFolder

if TYPE_CHECKING:
    from graphrisk.evaluate.leaks import Leak
    from graphrisk.evaluate.simulator.params import SimulationParams
    from graphrisk.flows.simulate import DaysReport, SimulationReport

SHOWN_LEAKS = 10
TRUTH_FOLDER = "truth"


def register(app: typer.Typer) -> None:
    app.command("simulate")(run_simulate)


def run_simulate(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new or empty folder for the tables.")],
    accounts: Annotated[int, typer.Option(help="Number of accounts, at least 50.")] = 20_000,
    hardness: Annotated[float, typer.Option(help="0: rings in the open. 1: as well hidden as can be.")] = 0.5,
    seed: Annotated[int, typer.Option(help="Same seed and flags, same world.")] = 1,
    days: Annotated[int, typer.Option(help="Length of the observed window.")] = 120,
    fraud_share: Annotated[float, typer.Option(help="Of the accounts, those in rings; at most 0.2.")] = 0.025,
    snapshots: Annotated[
        int,
        typer.Option(
            min=1, help="More than 1: so many days of one marketplace, into OUT/day-0, OUT/day-1, ..."
        ),
    ] = 1,
    days_apart: Annotated[int, typer.Option(help="Days between two of several snapshots.")] = 1,
    turnover: Annotated[
        float,
        typer.Option(help="Of the rings, those to which something happens between two of several snapshots."),
    ] = 0.25,
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="How the tables are written.")
    ] = FileFormat.PARQUET,
    check: Annotated[
        bool, typer.Option("--check", help="Report what single columns and trivial counts give away.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the tables of a folder that is not empty.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a synthetic marketplace with planted rings into OUT, and the truth about them into OUT/truth.

    The tables are in the default layout, so that `graphrisk load` reads them without a mapping. The truth
    stands
    apart: a loader pointed at OUT does not see it.

    With --snapshots the rings grow, shrink, merge, split, are taken down, are born and come back; truth/ has
    lasting names for them and says what became of each. All else stays, but for what a day adds.

    Example: graphrisk simulate tables --accounts 20000 --hardness 0.5 --seed 1
    """
    from graphrisk.evaluate.simulator.fates import SnapshotParams  # noqa: PLC0415 - the same
    from graphrisk.evaluate.simulator.params import SimulationParams  # noqa: PLC0415 - pandas, for it alone
    from graphrisk.flows.simulate import simulate, simulate_days  # noqa: PLC0415 - the same

    if not force and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(
            "the folder for the tables is not empty",
            where=str(out),
            remedy="name a new folder, or give --force",
        )
    if snapshots == 1:
        refuse_unheard(
            context, ["days_apart", "turnover"], "there is one snapshot, and nothing comes after it",
            remedy="give --snapshots 2 or more",
        )  # fmt: skip
    params = SimulationParams(accounts, hardness, seed, days, fraud_share)
    if snapshots > 1:
        asked = SnapshotParams(snapshots, days_apart, turnover)
        with show_progress("simulate") as progress:
            told = simulate_days(params, asked, _DayFolders(out, file_format), progress, check=check)
        if as_json:
            print_json(_days_as_document(told, out))
        else:
            _print_days(told, out)
        return
    tables, truth = TableFolder(out, file_format), TableFolder(out / TRUTH_FOLDER, file_format)
    with show_progress("simulate") as progress:
        report = simulate(params, tables, truth, progress, check=check)
    if as_json:
        print_json(_as_document(report, out))
    else:
        _print_report(report, out)


@dataclass(frozen=True, slots=True)
class _DayFolders:
    """Fits flows.simulate.DayFolders."""

    out: Path
    file_format: FileFormat

    def open_day(self, day: int) -> tuple[TableFolder, TableFolder]:
        folder = self.out / f"day-{day}"
        return TableFolder(folder, self.file_format), TableFolder(folder / TRUTH_FOLDER, self.file_format)


def _print_days(report: DaysReport, out: Path) -> None:
    columns = [
        Column("day"),
        Column("taken at"),
        Column("accounts"),
        Column("rings"),
        Column("labels"),
        Column("what became of the rings", fold=True),
    ]
    rows = [
        (
            f"day-{day.day}",
            day.ends_at,
            dict(day.row_counts)["accounts"],
            day.ring_count,
            day.label_count,
            ", ".join(f"{event.value} {count}" for event, count in day.events),
        )
        for day in report.days
    ]
    print_table(columns, rows, title=f"Wrote {out}")
    if report.leaks is not None:
        _print_leaks(report.leaks)


def _print_report(report: SimulationReport, out: Path) -> None:
    print_table([Column("table"), Column("rows")], report.row_counts, title=f"Wrote {out}")
    print_facts(
        [
            ("rings", report.ring_count),
            ("accounts in rings", report.ring_account_count),
            ("labels", report.label_count),
            ("window ends", report.params.ends_at),
        ]
    )
    if report.leaks is not None:
        _print_leaks(report.leaks)


def _print_leaks(leaks: tuple[Leak, ...]) -> None:
    """The statistics that rank accounts best, of hundreds; on a table that gives nothing away they rank
    badly.
    """
    from graphrisk.evaluate.leaks import BASELINE  # noqa: PLC0415 - scipy

    columns = [Column("table"), Column("column"), Column("statistic"), Column("AUROC", 3), Column("AP", 3)]
    rows = [(leak.table, leak.column, leak.statistic, leak.auroc, leak.average_precision) for leak in leaks]
    by_precision = sorted(rows, key=lambda row: -row[4])
    print_table(columns, rows[:SHOWN_LEAKS], title=f"By AUROC, the first {SHOWN_LEAKS} of {len(rows)}")
    print_table(columns, by_precision[:SHOWN_LEAKS], title=f"By average precision, the first {SHOWN_LEAKS}")
    print_table(columns, [row for row in rows if row[0] == BASELINE], title="Trivial baselines")


def _days_as_document(report: DaysReport, out: Path) -> dict[str, Json]:
    return {
        **_params_as_document(report.params, out),
        "days_apart": report.snapshots.days_apart,
        "turnover": report.snapshots.turnover_share,
        "snapshots": [
            {
                "day": day.day,
                "out": str(out / f"day-{day.day}"),
                "ends_at": day.ends_at.isoformat() + "Z",
                "rings": day.ring_count,
                "accounts_in_rings": day.ring_account_count,
                "labels": day.label_count,
                "events": {event.value: count for event, count in day.events},
                "rows": dict(day.row_counts),
            }
            for day in report.days
        ],
        "leaks": _leaks_as_document(report.leaks),
    }


def _as_document(report: SimulationReport, out: Path) -> dict[str, Json]:
    return {
        **_params_as_document(report.params, out),
        "rings": report.ring_count,
        "accounts_in_rings": report.ring_account_count,
        "labels": report.label_count,
        "rows": dict(report.row_counts),
        "leaks": _leaks_as_document(report.leaks),
    }


def _params_as_document(params: SimulationParams, out: Path) -> dict[str, Json]:
    return {
        "out": str(out),
        "accounts": params.account_count,
        "hardness": params.hardness,
        "seed": params.seed,
        "days": params.day_count,
        "fraud_share": params.fraud_share,
        "starts_at": params.starts_at.isoformat() + "Z",
        "ends_at": params.ends_at.isoformat() + "Z",
    }


def _leaks_as_document(leaks: tuple[Leak, ...] | None) -> Json:
    if leaks is None:
        return None
    return [
        {
            "table": leak.table,
            "column": leak.column,
            "statistic": leak.statistic,
            "auroc": leak.auroc,
            "average_precision": leak.average_precision,
        }
        for leak in leaks
    ]
