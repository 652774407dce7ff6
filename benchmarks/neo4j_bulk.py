"""Time of a first load through Neo4j's importer, beside a push of the same workspace.

    python benchmarks/neo4j_bulk.py [--accounts 200000] [--heap 2g] [--no-push]

`graphrisk neo4j bulk` writes the files, import.sh runs the real importer on them, a server is started on what
it made, and `graphrisk neo4j push` makes the indexes and must find nothing else to do. The push beside it is
that of benchmarks/neo4j_push.py, into a warm server that is empty. Wall time, processor time and peak memory
are those of the whole command with the processes that it starts.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from neo4j_push import OURS, Loaded, load, make_shop, run_told, warm_server
from processes import Cost, installed_command, run_measured

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from neo4j_server import admin_command, start_neo4j

WARM_ACCOUNTS = 5_000


class Files(NamedTuple):
    """What `bulk` told of them."""

    node_count: int
    relationship_count: int
    byte_count: int

    @property
    def row_count(self) -> int:
        return self.node_count + self.relationship_count


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--heap", default="2g", help="of the importer, and of the server")
    parser.add_argument("--page-cache", default="1g", help="of the server")
    parser.add_argument("--no-push", action="store_true", help="leave out the push into an empty server")
    given = parser.parse_args(arguments)
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="graphrisk-neo4j-") as folder:
        here = Path(folder)
        make_shop(here / "shop", given.accounts, given.hardness, given.seed)
        cost, files = write_files(here / "shop", here / "files")
        print(
            f"{files.node_count:,} nodes, {files.relationship_count:,} relationships,"
            f" {files.byte_count / 1e6:,.0f} MB"
        )
        print_heading()
        print_cost("bulk", cost, files.row_count)
        imported = run_import(here / "files", here / "home", given.heap)
        print_cost("importer", imported, files.row_count)
        print_cost("bulk and importer", cost.then(imported), files.row_count)
        after, again = push_after(here, given.heap, given.page_cache)
        print_cost("push after it", after.cost, files.row_count)
        compared = sum(part.seconds for part in after.parts)
        print(f"  {compared:.1f} s of it to compare; the rest to start, to connect, to make and fill indexes")
        print_cost("push again", again.cost, files.row_count)
        if not given.no_push:
            make_shop(here / "warm", WARM_ACCOUNTS, given.hardness, given.seed)
            with warm_server(here, given.heap, given.page_cache) as process:
                print_cost(
                    "push into an empty server", load(OURS, here / "shop", process).cost, files.row_count
                )
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")


def write_files(workspace: Path, folder: Path) -> tuple[Cost, Files]:
    cost, told = run_told(
        [installed_command(), "neo4j", "bulk", str(folder), "--json", "--workspace", str(workspace)]
    )
    assert isinstance(told, dict)
    rows = {
        kind: sum(each["row_count"] for each in told["parts"] if each["kind"] == kind)
        for kind in ("nodes", "relationships")
    }
    size = sum(each["byte_count"] for each in told["parts"])
    return cost, Files(rows["nodes"], rows["relationships"], size)


def run_import(folder: Path, home: Path, heap: str) -> Cost:
    """import.sh, where `neo4j-admin` is the importer of a server in `home`. It starts a process of its own,
    whose heap HEAP_SIZE is."""
    command, variables = admin_command(home, heap=heap, java_options=())
    programs = home / "bin"
    programs.mkdir()
    (programs / "neo4j-admin").write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    (programs / "neo4j-admin").chmod(0o755)
    os.environ |= variables | {"HEAP_SIZE": heap, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    return run_measured(["/bin/sh", str(folder / "import.sh")])


def push_after(here: Path, heap: str, page_cache: str) -> tuple[Loaded, Loaded]:
    """The first makes constraints and indexes. Ends this program where one of them wrote anything."""
    settings = {"server.memory.pagecache.size": page_cache}
    with start_neo4j(here / "home", settings=settings, heap=heap, java_options=()) as process:
        os.environ["NEO4J_URI"], os.environ["NEO4J_PASSWORD"] = process.server.uri, process.server.password
        pushes = load(OURS, here / "shop", process), load(OURS, here / "shop", process)
    for push in pushes:
        if written := [part for part in push.parts if part.rows]:
            sys.exit(f"the push after the import found something to do: {written}")
    return pushes


def print_heading() -> None:
    print(f"{'':26} {'wall s':>8} {'cpu s':>8} {'peak GB':>8} {'rows/s':>10}", flush=True)


def print_cost(name: str, cost: Cost, row_count: int) -> None:
    print(
        f"{name:26} {cost.wall_seconds:8.1f} {cost.cpu_seconds:8.1f} {cost.peak_bytes / 1e9:8.2f}"
        f" {row_count / cost.wall_seconds:10,.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
