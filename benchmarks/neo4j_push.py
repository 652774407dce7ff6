"""Time of `graphrisk neo4j push` beside what tutorials do, on a real server; what a second push costs.

    python benchmarks/neo4j_push.py [--accounts 200000] [--repeats 1] [--heap 2g]

Every contender gets a server of its own, new and equally warm: a small world was pushed and loaded, each in
both ways, and removed. The order is turned round with every repeat. Wall time, processor time and peak
memory are those of the client's whole process, from the reading of the tables in DuckDB on.
The tutorial writes what stands in the tables; what a run has found is counted apart, and so is the time in
which the server, after a push, fills its full-text index, which the tutorial has none of.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
from processes import Cost, installed_command, run_measured

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from neo4j_server import Neo4jProcess, Neo4jServer, start_neo4j, wipe

from graphrisk.model.graph_schema import EVIDENCE, MEMBER_OF, RING, RUN

TUTORIAL = Path(__file__).parent / "neo4j_tutorial.py"
CONTENDERS = ("tutorial, driver in Python", "tutorial, neo4j-rust-ext", "graphrisk")
OURS = CONTENDERS[2]
SCORES = "scores"
FOUND = (RING, RUN, MEMBER_OF, EVIDENCE, SCORES)  # what a run has found; the rest stands in the tables
WARM_ACCOUNTS = 5_000
CHANGED_SHARE = 0.01


class Part(NamedTuple):
    """A label or a relationship type."""

    name: str
    rows: int
    seconds: float


class Loaded(NamedTuple):
    """One contender's load. table_seconds: without what a run has found. server_peak_bytes: resident."""

    cost: Cost
    parts: tuple[Part, ...]
    server_peak_bytes: int

    @property
    def table_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.name not in FOUND)

    @property
    def table_seconds(self) -> float:
        return self.cost.wall_seconds - sum(part.seconds for part in self.parts if part.name in FOUND)

    @property
    def table_rows(self) -> int:
        return sum(part.rows for part in self.table_parts)

    def rate(self, *, nodes: bool) -> float:
        """Rows a second of the nodes' parts, or of the relationships'."""
        chosen = [part for part in self.table_parts if is_label(part.name) == nodes]
        return sum(part.rows for part in chosen) / max(sum(part.seconds for part in chosen), 1e-9)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--heap", default="2g", help="of the server")
    parser.add_argument("--page-cache", default="1g", help="of the server")
    parser.add_argument("--only", choices=CONTENDERS, help="one contender")
    given = parser.parse_args(arguments)
    chosen = [each for each in CONTENDERS if given.only in (None, each)]
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory(prefix="graphrisk-neo4j-") as folder:
        here = Path(folder)
        make_shop(here / "warm", WARM_ACCOUNTS, given.hardness, given.seed)
        make_shop(here / "shop", given.accounts, given.hardness, given.seed)
        loads: dict[str, list[Loaded]] = {each: [] for each in chosen}
        contents: dict[str, list[tuple[str, int, int, int]]] = {}
        again: list[tuple[str, Loaded]] = []
        print_heading()
        for repeat in range(given.repeats):
            order = chosen if repeat % 2 == 0 else chosen[::-1]
            for contender in order:
                with warm_server(here, given.heap, given.page_cache) as process:
                    loads[contender].append(load(contender, here / "shop", process))
                    print_load(contender, loads[contender][-1])
                    if contender == OURS:
                        print(f"  full-text index filled {await_indexes(process.server):.1f} s later")
                    contents[contender] = read_contents(process.server)
                    if contender == OURS and repeat == given.repeats - 1:
                        again = push_again(here / "shop", process)
    compare_contents(contents)
    print_ratios(loads)
    print_again(again, loads.get(OURS, []))
    print(f"load of the machine: {os.getloadavg()[0]:.2f}")


def make_shop(folder: Path, account_count: int, hardness: float, seed: int) -> None:
    """A simulated marketplace in `folder`/world, loaded, with its rings, in the workspace `folder`."""
    size = ["--accounts", str(account_count), "--hardness", str(hardness), "--seed", str(seed)]
    run_measured([installed_command(), "simulate", str(folder / "world"), *size])
    run_measured([installed_command(), "run", str(folder / "world"), "--workspace", str(folder)])


@contextmanager
def warm_server(here: Path, heap: str, page_cache: str) -> Iterator[Neo4jProcess]:
    """A new server that has seen a small world twice in each way; the environment says where it is."""
    with tempfile.TemporaryDirectory(dir=here, prefix="server-") as home:
        settings = {"server.memory.pagecache.size": page_cache}
        with start_neo4j(Path(home), settings=settings, heap=heap, java_options=()) as process:
            os.environ["NEO4J_URI"] = process.server.uri
            os.environ["NEO4J_PASSWORD"] = process.server.password
            for contender in (CONTENDERS[1], OURS) * 2:
                load(contender, here / "warm", process)
                wipe(process.server)
            yield process


def load(contender: str, workspace: Path, process: Neo4jProcess) -> Loaded:
    """The environment says where the server is."""
    if contender == OURS:
        cost, told = run_told([installed_command(), "neo4j", "push", "--json", "--workspace", str(workspace)])
        assert isinstance(told, dict)
        parts = tuple(
            Part(
                each["name"],
                sum(each[f"{how}_count"] for how in ("new", "changed", "removed")),
                each["seconds"],
            )
            for each in told["parts"]
        )
    else:
        codec = "python" if contender == CONTENDERS[0] else "rust"
        cost, told = run_told([sys.executable, str(TUTORIAL), str(workspace), "--codec", codec])
        assert isinstance(told, list)
        parts = tuple(Part(each["part"], each["rows"], each["seconds"]) for each in told)
    return Loaded(cost, parts, peak_bytes(process.pid))


def await_indexes(server: Neo4jServer) -> float:
    """Seconds until all are online."""
    began = time.perf_counter()
    server.run("CALL db.awaitIndexes(600)")
    return time.perf_counter() - began


def run_told(command: Sequence[str]) -> tuple[Cost, object]:
    """Measured, and the JSON that it printed."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-neo4j-") as folder:
        told = Path(folder) / "told.json"
        cost = run_measured(["/bin/sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh", str(told), *command])
        return cost, json.loads(told.read_text(encoding="utf-8"))


def peak_bytes(pid: int) -> int:
    """The greatest resident set of a running process so far; 0 where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = status.read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def read_contents(server: Neo4jServer) -> list[tuple[str, int, int, int]]:
    """(label or type, count, sum of digests, properties) of all that does not come from a run."""
    nodes = server.run(
        "MATCH (n) WHERE NOT n:Ring AND NOT n:Run"
        " WITH [l IN labels(n) WHERE NOT l IN ['HighRisk', 'KnownBad', 'KnownGood', 'Outsider']] AS labels, n"
        " UNWIND labels AS name WITH name, n, size([k IN keys(n) WHERE NOT k IN $found]) AS properties"
        " RETURN name, count(n) AS many, sum(n.content_digest % 1000003) AS digests,"
        " sum(properties) AS properties ORDER BY name",
        found=["verdict", "risk", "propagated", "reason", "ring_id", "score_digest"],
    )
    links = server.run(
        "MATCH ()-[r]->() WHERE NOT type(r) IN $found RETURN type(r) AS name, count(r) AS many,"
        " sum(r.content_digest % 1000003) AS digests, sum(size(keys(r))) AS properties ORDER BY name",
        found=[MEMBER_OF, EVIDENCE],
    )
    return [
        (str(row["name"]), *(int(str(row[key])) for key in ("many", "digests", "properties")))  # type: ignore[misc]
        for row in (*nodes, *links)
    ]


def compare_contents(contents: dict[str, list[tuple[str, int, int, int]]]) -> None:
    """Ends this program where two contenders wrote different graphs."""
    first = next(iter(contents))
    for contender, content in contents.items():
        if differing := set(content) ^ set(contents[first]):
            sys.exit(f"{contender} and {first} wrote different graphs: {sorted(differing)}")
    for name, many, _, properties in contents[first]:
        print(f"  {name:16} {many:>10,} {properties:>12,} properties")
    if len(contents) > 1:
        print("all wrote the same: counts, digests and properties of each label and type are equal")


def push_again(workspace: Path, process: Neo4jProcess) -> list[tuple[str, Loaded]]:
    """What a push costs where the graph is there already."""
    again = [("nothing changed", load(OURS, workspace, process))]
    forget_scores(process.server)
    again.append(("every account's scores", load(OURS, workspace, process)))
    change_accounts(workspace / "world" / "accounts.parquet", CHANGED_SHARE)
    run_measured([installed_command(), "load", "--workspace", str(workspace)])
    again.append((f"{CHANGED_SHARE:.0%} of the accounts changed", load(OURS, workspace, process)))
    return again


def forget_scores(server: Neo4jServer) -> None:
    """As if a run had said something else of every account."""
    with server.driver() as driver, driver.session() as session:
        session.run(
            "MATCH (a:Account) CALL (a) { SET a.score_digest = 0, a.risk = -1.0, a.reason = 'other' }"
            " IN TRANSACTIONS OF 10000 ROWS"
        ).consume()


def change_accounts(table: Path, share: float) -> None:
    """Every so many accounts get another name and another phone."""
    every = round(1 / share)
    new = table.with_suffix(".new")
    duckdb.connect().execute(
        f"""COPY (SELECT * EXCLUDE chosen REPLACE (
                CASE WHEN chosen THEN 'renamed ' || display_name ELSE display_name END AS display_name,
                CASE WHEN chosen THEN '+1 415 555 ' || lpad(CAST(hash(account_id) % 10000 AS VARCHAR), 4, '0')
                     ELSE phone END AS phone)
            FROM (SELECT *, row_number() OVER (ORDER BY account_id) % {every} = 0 AS chosen FROM '{table}'))
        TO '{new}' (FORMAT parquet)"""
    )
    shutil.move(new, table)


def is_label(name: str) -> bool:
    """Labels are in PascalCase, relationship types in upper case."""
    return not name.isupper()


def print_heading() -> None:
    columns = (
        "wall s",
        "tables s",
        "cpu s",
        "rows",
        "rows/s",
        "nodes/s",
        "links/s",
        "client GB",
        "server GB",
    )
    print(f"{'':30} " + " ".join(f"{column:>10}" for column in columns), flush=True)


def print_load(name: str, loaded: Loaded) -> None:
    cost = loaded.cost
    print(
        f"{name:30} {cost.wall_seconds:10.1f} {loaded.table_seconds:10.1f} {cost.cpu_seconds:10.1f}"
        f" {loaded.table_rows:10,} {loaded.table_rows / loaded.table_seconds:10,.0f}"
        f" {loaded.rate(nodes=True):10,.0f} {loaded.rate(nodes=False):10,.0f}"
        f" {cost.peak_bytes / 1e9:10.2f} {loaded.server_peak_bytes / 1e9:10.2f}"
    )
    print("  " + ", ".join(f"{p.name} {p.rows:,} in {p.seconds:.1f} s" for p in loaded.parts), flush=True)


def print_ratios(loads: dict[str, list[Loaded]]) -> None:
    """Best of the repeats over the best of ours, tables only."""
    best = {name: min(each.table_seconds for each in of) for name, of in loads.items()}
    for name, seconds in best.items():
        if name != OURS and OURS in best:
            print(f"{name}: {seconds / best[OURS]:.2f} times the seconds of graphrisk")


def print_again(again: Sequence[tuple[str, Loaded]], full: Sequence[Loaded]) -> None:
    if not again:
        return
    whole = min(each.cost.wall_seconds for each in full)
    for name, loaded in again:
        scores = next((part for part in loaded.parts if part.name == SCORES), Part(SCORES, 0, 0.0))
        rows = sum(part.rows for part in loaded.parts)
        print(
            f"push, {name:32} {loaded.cost.wall_seconds:8.1f} s, {loaded.cost.wall_seconds / whole:.2f} of"
            f" the full push; {rows:,} rows; scores {scores.rows:,} in {scores.seconds:.1f} s"
            f" ({scores.seconds / whole:.2f}); client {loaded.cost.peak_bytes / 1e9:.2f} GB"
        )
        print("  " + ", ".join(f"{p.name} {p.rows:,} in {p.seconds:.1f} s" for p in loaded.parts))


if __name__ == "__main__":
    main()
