"""Time and memory of `graphrisk load`, `detect` and `export` beside a bare script over the same Parquet.

    python benchmarks/speed.py [--accounts 1000000] [--repeats 2]
    python benchmarks/speed.py --parts                                      where does detect spend it?
    python benchmarks/speed.py --accounts 5000000 --repeats 1 --no-bare     does it complete?

The two sides take turns, each repeat of graphrisk in a new workspace. Wall time, processor time and peak
resident memory are the operating system's, over the whole process. graphrisk's three commands are separate
processes: their times add up, their greatest peak is told.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
from processes import Cost, installed_command, run_measured

BARE_SCRIPT = Path(__file__).parent / "bare_script.py"
PARTS_SCRIPT = Path(__file__).parent / "speed_parts.py"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--no-bare", action="store_true", help="measure graphrisk alone")
    parser.add_argument("--parts", action="store_true", help="detect once more, and show its stages")
    parser.add_argument(
        "--min-weight", type=float, default=0.0, help="the bare script leaves out pairs below it"
    )
    parser.add_argument(
        "--world", type=Path, help="Parquet tables in the default layout, instead of simulating"
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="graphrisk-speed-") as folder:
        world = given.world or simulate(Path(folder) / "world", given.accounts, given.hardness, given.seed)
        print(f"{count_links(world)}\n{'':22} {'wall s':>8} {'cpu s':>8} {'peak GB':>8}", flush=True)
        ours: list[Cost] = []
        bare: list[Cost] = []
        for repeat in range(given.repeats):
            if not given.no_bare:
                bare.append(measure_bare(world, Path(folder) / f"bare-{repeat}.parquet", given.min_weight))
            ours.append(measure_ours(world, Path(folder) / f"shop-{repeat}"))
        if given.parts:
            parts = [sys.executable, str(PARTS_SCRIPT), str(Path(folder) / f"shop-{given.repeats - 1}")]
            subprocess.run(parts, check=True)
    if bare:
        wall, cpu = (min(c[i] for c in ours) / min(c[i] for c in bare) for i in (0, 1))
        best = f"graphrisk over bare script, best of {given.repeats}"
        print(f"{best}: {wall:.2f} of wall time, {cpu:.2f} of cpu time")
    print(f"greatest peak of graphrisk: {max(c.peak_bytes for c in ours) / 1e9:.2f} GB")


def simulate(world: Path, account_count: int, hardness: float, seed: int) -> Path:
    size = ["--accounts", str(account_count), "--hardness", str(hardness), "--seed", str(seed)]
    show("(simulate)", run_measured([installed_command(), "simulate", str(world), *size]))
    return world


def measure_bare(world: Path, out: Path, min_weight: float) -> Cost:
    command = [sys.executable, str(BARE_SCRIPT), str(world), str(out), "--min-weight", str(min_weight)]
    return show("bare script", run_measured(command))


def measure_ours(world: Path, workspace: Path) -> Cost:
    """`init` only writes graphrisk.toml and is not counted."""
    graphrisk, here = installed_command(), ["--workspace", str(workspace)]
    run_measured([graphrisk, "init", str(world), *here])
    load = show("  load", run_measured([graphrisk, "load", *here]))
    detect = show("  detect", run_measured([graphrisk, "detect", *here]))
    out = ["--format", "parquet", "--out", str(workspace / "rings.parquet")]
    export = show("  export", run_measured([graphrisk, "export", "rings", *out, *here]))
    return show("graphrisk", load.then(detect).then(export))


def show(name: str, cost: Cost) -> Cost:
    print(
        f"{name:22} {cost.wall_seconds:8.1f} {cost.cpu_seconds:8.1f} {cost.peak_bytes / 1e9:8.2f}", flush=True
    )
    return cost


def count_links(world: Path) -> str:
    """Distinct account-identifier pairs, as the bare script counts them."""
    from bare_script import USES  # noqa: PLC0415 - only its text is wanted, not its imports at start

    used = f"SELECT DISTINCT * FROM ({USES.format(world)}) WHERE value IS NOT NULL"
    accounts = f"SELECT count(*) FROM '{world}/accounts.parquet'"
    row = duckdb.connect().execute(f"SELECT ({accounts}), (SELECT count(*) FROM ({used}))").fetchall()[0]
    return f"{row[0]:,} accounts, {row[1]:,} links"


if __name__ == "__main__":
    main()
