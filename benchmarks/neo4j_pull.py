"""Rate of reading a graph out of Neo4j in columns, beside `session.run` record by record; a pull as a whole.

    python benchmarks/neo4j_pull.py [--accounts 200000] [--heap 2g]

The graph is a pushed marketplace. Each reader is a process of its own on the same warm server, reads every
account and every link with its times, and has in the end the same pairs of texts: their digests are compared.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from neo4j_push import make_shop, run_told, warm_server
from neo4j_readers import OURS, READERS
from processes import installed_command, run_measured

PROGRAM = Path(__file__).with_name("neo4j_readers.py")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--heap", default="2g", help="of the server")
    parser.add_argument("--page-cache", default="1g", help="of the server")
    given = parser.parse_args(arguments)
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="graphrisk-neo4j-") as folder:
        here = Path(folder)
        make_shop(here / "warm", 5_000, given.hardness, given.seed)
        make_shop(here / "shop", given.accounts, given.hardness, given.seed)
        with warm_server(here, given.heap, given.page_cache):
            run_measured([installed_command(), "neo4j", "push", "--workspace", str(here / "shop")])
            compare_readers(given.repeats)
            pull_whole(here / "pulled")
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")


def compare_readers(repeats: int) -> None:
    """The order is turned round with every repeat; the best of each counts."""
    best: dict[str, float] = {}
    digests: dict[str, object] = {}
    run_told([sys.executable, str(PROGRAM), OURS])  # the server had not read it from disk yet
    for repeat in range(repeats):
        for reader in READERS if repeat % 2 == 0 else READERS[::-1]:
            _, told = run_told([sys.executable, str(PROGRAM), reader])
            assert isinstance(told, dict)
            digests[reader] = told["digest"]
            best[reader] = min(told["seconds"], best.get(reader, told["seconds"]))
            print(
                f"{reader:36} {told['rows']:>10,} rows {told['seconds']:8.2f} s"
                f" {told['rows'] / told['seconds']:12,.0f} rows/s",
                flush=True,
            )
    if len(set(digests.values())) != 1:
        sys.exit(f"the readers read different graphs: {digests}")
    for reader, seconds in best.items():
        if reader != OURS:
            print(f"{reader}: {seconds / best[OURS]:.1f} times the seconds of columns")


def pull_whole(folder: Path) -> None:
    """With checking, normalising and loading into the workspace."""
    cost, told = run_told([installed_command(), "neo4j", "pull", "--workspace", str(folder), "--json"])
    assert isinstance(told, dict)
    read = sum(part["seconds"] for part in told["parts"])
    print(
        f"graphrisk neo4j pull {cost.wall_seconds:.1f} s, of which reading {read:.1f} s;"
        f" {cost.peak_bytes / 1e9:.2f} GB"
    )


if __name__ == "__main__":
    main()
