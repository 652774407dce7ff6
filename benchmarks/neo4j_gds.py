"""Rings beside Neo4j Graph Data Science in the same server: time, memory and quality, one table.

    python benchmarks/neo4j_gds.py [--accounts 20000,100000] [--heap 4g]

A simulated marketplace is loaded and pushed once for each size. Every contender gets a server of its own on a
copy of that graph, and does all of its work twice: the first time warms the server, the second is told.
Work begins with a graph in Neo4j and ends with what was found written there. Wall time and the client's
memory are those of its whole process; processor time is that of client and server; the server's memory is its
greatest resident set, with heap and page cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import baselines
import numpy as np
import pandas as pd
from neo4j_gds_user import COMMUNITY
from neo4j_push import peak_bytes, run_told
from processes import Cost, installed_command, run_measured
from quality import evaluate_baseline, format_estimate

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from neo4j_programs import ServerMissingError, fetch_programs
from neo4j_server import Neo4jProcess, Neo4jServer, start_neo4j

import graphrisk as gr
from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.model.verdicts import Verdict
from graphrisk.sources.truth import TruthFiles
from graphrisk.stores.duckdb.labelled import LabelledAccounts

USER = Path(__file__).parent / "neo4j_gds_user.py"
GDS_METHODS = {
    "GDS components, identifiers of <= 50": "wcc",
    "GDS components, device/card/address of <= 10": "strict",
    "GDS Leiden, identifiers of <= 50": "leiden",
}
OURS, PULLED = "graphrisk detect --store, from its tables", "graphrisk detect --store, from the graph"
WORKSPACES = {OURS: "from-tables", PULLED: "from-graph"}
PASSWORD = "benchmark-only"
SHOWN = (("bcubed_f1", "B3 F1"), ("bcubed_precision", "B3 P"), ("bcubed_recall", "B3 R"),
         ("ring_recall", "rings J.5"), ("precision_at_50", "P@50"))  # fmt: skip


class Done(NamedTuple):
    """One contender's second round. cpu_seconds: of client and server. steps: (name, seconds). found: what
    `evaluate` takes: communities of the accounts, or the workspace with the run."""

    cost: Cost
    cpu_seconds: float
    steps: tuple[tuple[str, float], ...]
    server_peak_bytes: int
    found: pd.Series | Path


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", default="20000,100000", help="sizes of the worlds")
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--heap", default="4g", help="of the server")
    parser.add_argument("--page-cache", default="1g", help="of the server")
    given = parser.parse_args(arguments)
    try:
        fetch_programs(gds=True)
    except ServerMissingError as missing:
        sys.exit(f"NOT MEASURED: Graph Data Science cannot be had here: {missing}")
    memory = (given.heap, given.page_cache)
    for account_count in map(int, given.accounts.split(",")):
        print(f"load of the machine: {os.getloadavg()[0]:.2f}")
        with tempfile.TemporaryDirectory(prefix="graphrisk-gds-") as folder:
            here = Path(folder)
            size = ["--accounts", str(account_count), "--hardness", str(given.hardness)]
            prepare(here, [*size, "--seed", str(given.seed)], memory)
            done = {name: measure(name, here, memory) for name in (*GDS_METHODS, OURS, PULLED)}
            print_table(account_count, done, evaluate(here, done))
        print(f"load of the machine: {os.getloadavg()[0]:.2f}", flush=True)


def prepare(here: Path, size: Sequence[str], memory: tuple[str, str]) -> None:
    """`world`, `shop` (loaded, no run yet) and `home` (a stopped server with the shop's graph)."""
    graphrisk = installed_command()
    run_measured([graphrisk, "simulate", str(here / "world"), *size])
    run_measured([graphrisk, "init", str(here / "world"), "--workspace", str(here / "shop")])
    run_measured([graphrisk, "load", "--workspace", str(here / "shop")])
    with server(here / "home", memory) as process:
        pushed = run_measured([graphrisk, "neo4j", "push", "--workspace", str(here / "shop")])
        tell_verdicts(here / "shop", process.server)
        process.stop()
    store = sum(path.stat().st_size for path in (here / "home" / "data" / "databases" / "neo4j").rglob("*"))
    print(f"push of the tables: {pushed.wall_seconds:.1f} s; the store has {store / 1e6:,.0f} MB", flush=True)


def tell_verdicts(shop: Path, server: Neo4jServer) -> None:
    """What is known of accounts, as a property, for whoever has only the graph."""
    with gr.open(shop).reading() as connection:
        rows = connection.sql(
            "SELECT account_id AS id, arg_max(verdict, reported_at) AS verdict FROM known_label"
            f" WHERE verdict IN ('{Verdict.BAD.value}', '{Verdict.GOOD.value}') GROUP BY account_id"
        ).df()
    server.run(
        "UNWIND $rows AS row MATCH (a:Account {id: row.id}) SET a.verdict = row.verdict",
        rows=rows.to_dict("records"),
    )


@contextmanager
def server(home: Path, memory: tuple[str, str]) -> Iterator[Neo4jProcess]:
    """With the plugin, whoever uses it; the environment says where it is."""
    heap, page_cache = memory
    settings = {"server.memory.pagecache.size": page_cache}
    with start_neo4j(
        home, settings=settings, heap=heap, gds=True, password=PASSWORD, java_options=()
    ) as process:
        os.environ["NEO4J_URI"], os.environ["NEO4J_PASSWORD"] = process.server.uri, PASSWORD
        yield process


def measure(name: str, here: Path, memory: tuple[str, str]) -> Done:
    """The second of two rounds, on a server of its own."""
    home = shutil.copytree(here / "home", here / "copy")
    try:
        with server(home, memory) as process:
            for _ in range(2):
                forget(process.server)
                shop = here / WORKSPACES.get(name, "none")
                shutil.rmtree(shop, ignore_errors=True)
                began = server_cpu_seconds(process.pid)
                cost, steps = work(name, here / "shop", shop, process.server)
                cpu_seconds = cost.cpu_seconds + server_cpu_seconds(process.pid) - began
            found = shop if name in WORKSPACES else read_communities(process.server)
            return Done(cost, cpu_seconds, steps, peak_bytes(process.pid), found)
    finally:
        shutil.rmtree(home)


def work(
    name: str, loaded: Path, shop: Path, server: Neo4jServer
) -> tuple[Cost, tuple[tuple[str, float], ...]]:
    if name in GDS_METHODS:
        cost, told = run_told([sys.executable, str(USER), GDS_METHODS[name]])
        assert isinstance(told, list)
        for step in told:
            print(f"  {name}: {step['step']}: {step['told']}", file=sys.stderr)
        return cost, tuple((step["step"], step["seconds"]) for step in told)
    if name == OURS:
        shutil.copytree(loaded, shop)
    else:
        shop.mkdir()
    command = [installed_command(), "detect", "--json", "--store", server.uri, "--workspace", str(shop)]
    cost, told = run_told(command)
    assert isinstance(told, dict)
    steps = {
        "detect": sum(told["run"]["seconds"].values()),
        "write": sum(part["seconds"] for part in told["pushed"]["parts"]),
    }
    pulled = cost.wall_seconds - sum(steps.values())
    return cost, (("start, read" if name == OURS else "start, pull, load", pulled), *steps.items())


def server_cpu_seconds(pid: int) -> float:
    """User and system time of a running process so far; 0 where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    told = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def forget(server: Neo4jServer) -> None:
    """Whatever a round has written."""
    server.run("MATCH (n:Ring|Run) DETACH DELETE n")
    server.run("MATCH ()-[e:EVIDENCE]->() DELETE e")
    scores = f"a.{COMMUNITY}, a.risk, a.propagated, a.reason, a.ring_id, a.score_digest, a:HighRisk"
    server.run(f"MATCH (a:Account) REMOVE {scores}, a:KnownBad, a:KnownGood")
    server.run(f"MATCH (i:Identifier) REMOVE i.{COMMUNITY}")


def read_communities(server: Neo4jServer) -> pd.Series:
    rows = server.run(f"MATCH (a:Account) RETURN a.id AS id, a.{COMMUNITY} AS community")
    told = pd.DataFrame(rows)
    return told.set_index("id")["community"].dropna().astype(np.int64)


def evaluate(here: Path, done: dict[str, Done]) -> dict[str, Evaluation]:
    """Groups of at least three; those of Graph Data Science are ranked by size."""
    truth = TruthFiles(here / "world" / "truth").read_truth()
    params = EvaluationParams((50,), Resampling(1000, seed=0))
    ours = done[OURS].found
    assert isinstance(ours, Path)
    with gr.open(ours).reading() as connection:
        as_of: datetime = gr.open(ours).latest().record.as_of
        labelled = LabelledAccounts(connection).read_labelled_accounts(as_of)
        known = connection.sql("SELECT account_id FROM known_account ORDER BY account_id").df()
    ids = pd.Index(known["account_id"])
    evaluations = {}
    for name, each in done.items():
        if isinstance(each.found, Path):
            run = gr.open(each.found).latest()
            tables = (run.arrow("ring"), run.arrow("ring_member"), run.arrow("account_risk"))
            evaluations[name] = evaluate_run(FoundRun(name, *tables, labelled), truth, params)
        else:
            alone = -1 - np.arange(len(ids))  # no community: not in the projected graph
            told = each.found.reindex(ids)
            labels = np.where(told.isna(), alone, told.fillna(0).to_numpy(dtype=np.int64))
            communities = np.unique(labels, return_inverse=True)[1].astype(np.int64)
            sizes = baselines.sizes_of(communities)
            evaluations[name] = evaluate_baseline(ids, sizes, communities, labelled, truth, params)
    return evaluations


def print_table(account_count: int, done: dict[str, Done], evaluations: dict[str, Evaluation]) -> None:
    width = max(map(len, done))
    columns = (
        ("wall s", 8),
        ("cpu s", 8),
        ("client GB", 10),
        ("server GB", 10),
        *((t, 16) for _, t in SHOWN),
    )
    heading = " ".join(f"{title:>{room}}" for title, room in columns)
    print(f"\n{f'{account_count:,} accounts':{width}} {heading}")
    for name, each in done.items():
        measures = {m.name: m.estimate for m in evaluations[name].measures}
        cells = (format_estimate(measures[m].value, measures[m].low, measures[m].high) for m, _ in SHOWN)
        cost = each.cost
        print(
            f"{name:{width}} {cost.wall_seconds:8.1f} {each.cpu_seconds:8.1f} {cost.peak_bytes / 1e9:10.2f}"
            f" {each.server_peak_bytes / 1e9:10.2f} " + " ".join(cells)
        )
    for name, each in done.items():
        print(f"  {name}: " + ", ".join(f"{step} {seconds:.1f} s" for step, seconds in each.steps))


if __name__ == "__main__":
    main()
