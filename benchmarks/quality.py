"""graphrisk beside what a user would pick instead, on simulated worlds: one table.

    python benchmarks/quality.py --seeds 1,2,3 --accounts 20000 --hardness 0.5
    python benchmarks/quality.py --world DIR          a folder in the default layout with truth/

Every method sees the same links and labels: those that the workspace holds, known at the run's as-of
time. Rings of the baselines have at least three members and are ranked by size.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import baselines
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from baselines import Floats, Ints, Links
from processes import installed_command, run_measured

import graphrisk as gr
from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.evaluate.truth import Truth
from graphrisk.model.verdicts import Verdict
from graphrisk.sources.truth import TruthFiles
from graphrisk.stores.duckdb.labelled import LabelledAccounts

MIN_RING_SIZE = 3
TOP_SHARE = 0.025  # of the accounts by personalised PageRank, from which its rings are made
SHOWN = (
    ("bcubed_f1", "B3 F1"),
    ("bcubed_precision", "B3 P"),
    ("bcubed_recall", "B3 R"),
    ("pairwise_f1", "pair F1"),
    ("ring_recall", "rings J.5"),
    ("precision_at_50", "P@50"),
    ("account_ap", "AP"),
    ("account_auroc", "AUROC"),
    ("innocents_swept_per_1000", "swept/1000"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3", help="worlds to simulate")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--world", type=Path, help="a folder with truth/ instead of simulated worlds")
    parser.add_argument("--draws", type=int, default=1000, help="of the bootstrap")
    given = parser.parse_args(arguments)
    params = EvaluationParams((50,), Resampling(given.draws, seed=0))
    rows: list[tuple[str, str, Evaluation]] = []
    if given.world is not None:
        rows += [(given.world.name, *row) for row in measure_world(given.world, params)]
    else:
        for seed in (int(text) for text in given.seeds.split(",")):
            with simulated_world(given.accounts, given.hardness, seed) as world:
                rows += [(f"seed {seed}", *row) for row in measure_world(world, params)]
    print_table(rows)


@contextmanager
def simulated_world(account_count: int, hardness: float, seed: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="graphrisk-quality-") as folder:
        world = Path(folder) / "world"
        size = ["--accounts", str(account_count), "--hardness", str(hardness), "--seed", str(seed)]
        run_measured([installed_command(), "simulate", str(world), *size])
        yield world


def measure_world(world: Path, params: EvaluationParams) -> Iterator[tuple[str, Evaluation]]:
    """(method, its evaluation), graphrisk first."""
    truth = TruthFiles(world / "truth").read_truth()
    with tempfile.TemporaryDirectory(prefix="graphrisk-quality-") as folder:
        run_measured([installed_command(), "run", str(world), "--workspace", folder])
        shop = gr.open(folder)
        run = shop.latest()
        with shop.reading() as connection:
            labelled = LabelledAccounts(connection).read_labelled_accounts(run.record.as_of)
            ids, links, known_bad = read_links(connection, run.record.as_of)
        tables = (run.arrow("ring"), run.arrow("ring_member"), run.arrow("account_risk"))
    yield "graphrisk", evaluate_run(FoundRun("graphrisk", *tables, labelled), truth, params)
    for method, risk, communities in measure_baselines(links, known_bad):
        yield method, evaluate_baseline(ids, risk, communities, labelled, truth, params)


def read_links(connection: duckdb.DuckDBPyConnection, as_of: object) -> tuple[pd.Index, Links, Ints]:
    """The account ids in order, the links known at as-of, and the positions of the accounts known to be
    bad."""
    values = {"as_of": as_of}
    known = connection.sql(
        "SELECT DISTINCT account_id, kind, identifier FROM known_link"
        " WHERE first_seen_at IS NULL OR first_seen_at <= $as_of", params=values,
    ).df()  # fmt: skip
    bad = connection.sql(
        "SELECT DISTINCT account_id FROM known_label"
        " WHERE verdict = $bad AND (reported_at IS NULL OR reported_at <= $as_of)",
        params=values | {"bad": Verdict.BAD.value},
    ).df()["account_id"]
    ids = pd.Index(
        connection.sql("SELECT account_id FROM known_account ORDER BY account_id").df()["account_id"]
    )
    identifier, names = pd.factorize(pd.MultiIndex.from_frame(known[["kind", "identifier"]]))
    links = Links(
        ids.get_indexer(pd.Index(known["account_id"])).astype(np.int64),
        identifier.astype(np.int64),
        known["kind"].to_numpy(dtype=str),
        len(ids),
        len(names),
    )
    positions = ids.get_indexer(pd.Index(bad))
    return ids, links, positions[positions >= 0].astype(np.int64)


def measure_baselines(links: Links, known_bad: Ints) -> Iterator[tuple[str, Floats, Ints]]:
    """(method, account risk, communities)."""
    strong = baselines.keep_quiet_identifiers(links, 10, ("device", "instrument", "address"))
    components = baselines.join_by_identifiers(strong)
    yield "components, device/card/address, degree <= 10", baselines.sizes_of(components), components
    projected = baselines.project_cliques(baselines.keep_quiet_identifiers(links, 50))
    modules = baselines.split_by_modularity(projected, seed=1)
    yield "modularity Leiden, unweighted, degree <= 50", baselines.sizes_of(modules), modules
    mass = baselines.rank_by_pagerank(links, known_bad)
    top = np.zeros(links.account_count, dtype=bool)
    top[np.argsort(-mass, kind="stable")[: round(TOP_SHARE * links.account_count)]] = True
    quiet = baselines.keep_quiet_identifiers(links, 10)
    among = top[quiet.account]
    risky = quiet._replace(account=quiet.account[among], identifier=quiet.identifier[among])
    yield (
        f"personalised PageRank, components of its top {TOP_SHARE:.1%}",
        mass,
        baselines.join_by_identifiers(risky),
    )


def evaluate_baseline(
    ids: pd.Index, risk: Floats, communities: Ints, labelled: pa.Table, truth: Truth, params: EvaluationParams
) -> Evaluation:
    """risk is brought into 0..1 by dividing by its greatest, which changes no ranking."""
    size = baselines.sizes_of(communities)
    member = size >= MIN_RING_SIZE
    names = np.char.add("C", communities.astype(str))
    members = pa.table({"ring_id": names[member], "account_id": ids.to_numpy(dtype=str)[member]})
    there, first = np.unique(names[member], return_index=True)
    rings = pa.table({"ring_id": there, "score": size[member][first]})
    risks = pa.table(
        {"account_id": ids.to_numpy(dtype=str), "risk": risk / max(risk.max(initial=0.0), 1e-300)}
    )
    return evaluate_run(FoundRun("baseline", rings, members, risks, labelled), truth, params)


def print_table(rows: Sequence[tuple[str, str, Evaluation]]) -> None:
    """A line per world and method with 95 % intervals, then each method's mean over worlds."""
    width = max(len(method) for _, method, _ in rows)
    print(f"{'world':8} {'method':{width}} " + " ".join(f"{title:>16}" for _, title in SHOWN))
    for world, method, evaluation in rows:
        measures = {m.name: m.estimate for m in evaluation.measures}
        cells = (
            format_estimate(measures[name].value, measures[name].low, measures[name].high)
            for name, _ in SHOWN
        )
        print(f"{world:8} {method:{width}} " + " ".join(cells))
    if len({world for world, _, _ in rows}) > 1:
        for method in dict.fromkeys(method for _, method, _ in rows):
            of_method = [evaluation for _, other, evaluation in rows if other == method]
            means = (np.mean([evaluation.value(name) for evaluation in of_method]) for name, _ in SHOWN)
            print(f"{'mean':8} {method:{width}} " + " ".join(f"{mean:16.3f}" for mean in means))
    base_rate = next(m.baseline for m in rows[0][2].measures if m.name == "account_ap")
    print(f"AP of a random order: {base_rate.value if base_rate else float('nan'):.3f} (first world)")


def format_estimate(value: float, low: float, high: float) -> str:
    digits = 3 if abs(value) < 10 else 1
    return f"{f'{value:.{digits}f} {low:.{digits - 1}f}-{high:.{digits - 1}f}':>16}"


if __name__ == "__main__":
    main()
