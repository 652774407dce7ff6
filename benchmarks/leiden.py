"""igraph's Leiden and leidenalg's on the same weighted pairs: which engine?

    python benchmarks/leiden.py [--accounts 100000] [--seeds 1,2,3] [--min-weight 0.025]

Pairs carry 1/(k-1) summed over what two accounts share (identifiers of 2 to 300 accounts), isolates are left
out, both engines run CPM at 0.05 for two iterations. Quality is the CPM objective of the partition, which
both maximise, and B-cubed F1 on the rings of the simulated world.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import igraph
import leidenalg
import numpy as np
from bare_script import GAMMA, MAX_DEGREE, USES
from baselines import Floats, Ints
from scipy import sparse
from worlds import simulated_world

from graphrisk.evaluate.metrics import divide, harmonic_mean, sum_over_rings

ITERATIONS = 2


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--seeds", default="1,2,3", help="of the engines, on one world")
    parser.add_argument("--min-weight", type=float, default=GAMMA / 2, help="leave out pairs below it")
    given = parser.parse_args(arguments)
    with simulated_world(given.accounts, given.hardness, seed=1) as world:
        graph, weights, truth = build_graph(world, given.min_weight)
    print(f"{graph.vcount():,} accounts with a pair, {graph.ecount():,} pairs")
    print(f"{'engine':10} {'seed':>4} {'seconds':>8} {'objective':>12} {'communities':>11} {'B3 F1':>6}")
    for seed in (int(text) for text in given.seeds.split(",")):
        for name, engine in ENGINES.items():
            begun = time.perf_counter()
            labels = engine(graph, weights, seed)
            seconds = time.perf_counter() - begun
            quality = f"{measure_cpm(graph, weights, labels):12.1f} {labels.max() + 1:11,}"
            print(f"{name:10} {seed:4} {seconds:8.2f} {quality} {measure_bcubed(truth, labels):6.3f}")


def split_by_igraph(graph: igraph.Graph, weights: Floats, seed: int) -> Ints:
    igraph.set_random_number_generator(random.Random(seed))
    found = graph.community_leiden("CPM", weights=weights, resolution=GAMMA, n_iterations=ITERATIONS)
    return np.array(found.membership, dtype=np.int64)


def split_by_leidenalg(graph: igraph.Graph, weights: Floats, seed: int) -> Ints:
    found = leidenalg.find_partition(
        graph, leidenalg.CPMVertexPartition, weights=weights.tolist(), n_iterations=ITERATIONS, seed=seed,
        resolution_parameter=GAMMA,
    )  # fmt: skip
    return np.array(found.membership, dtype=np.int64)


ENGINES: dict[str, Callable[[igraph.Graph, Floats, int], Ints]] = {
    "igraph": split_by_igraph,
    "leidenalg": split_by_leidenalg,
}


def build_graph(world: Path, min_weight: float) -> tuple[igraph.Graph, Floats, Ints]:
    """The pairs, their weights, and the true ring of each account that has a pair, -1 for none."""
    db = duckdb.connect()
    db.execute(f"CREATE TABLE used AS SELECT DISTINCT * FROM ({USES.format(world)}) WHERE value IS NOT NULL")
    links = db.sql(f"""
        SELECT dense_rank() OVER (ORDER BY account_id) - 1 AS a,
               dense_rank() OVER (ORDER BY kind, value) - 1 AS i, k
        FROM used JOIN (SELECT kind, value, count(*) AS k FROM used GROUP BY ALL) USING (kind, value)
        WHERE k BETWEEN 2 AND {MAX_DEGREE}""")
    a, i, k = links.fetchnumpy().values()
    true = db.sql(f"""
        WITH shared AS (SELECT kind, value FROM used GROUP BY ALL HAVING count(*) BETWEEN 2 AND {MAX_DEGREE}),
             sharer AS (SELECT DISTINCT account_id FROM used JOIN shared USING (kind, value)),
             ring AS (SELECT account_id, dense_rank() OVER (ORDER BY ring_id) - 1 AS r
                      FROM '{world}/truth/ring_members.parquet')
        SELECT coalesce(r, -1) AS r FROM sharer LEFT JOIN ring USING (account_id)
        ORDER BY account_id""").fetchnumpy()["r"]
    b = sparse.csr_array(((1 / np.sqrt(k - 1)), (a, i)))
    pairs = sparse.triu(b @ b.T, k=1).tocoo()
    kept = pairs.data >= min_weight
    ends = np.stack([pairs.row[kept], pairs.col[kept]])
    there, compact = np.unique(ends, return_inverse=True)
    graph = igraph.Graph(n=there.size, edges=compact.reshape(2, -1).T)
    return graph, pairs.data[kept].astype(np.float64), true[there].astype(np.int64)


def measure_cpm(graph: igraph.Graph, weights: Floats, labels: Ints) -> float:
    """Weight inside communities, less gamma for every pair of accounts inside one."""
    ends = np.array(graph.get_edgelist())
    inside = weights[labels[ends[:, 0]] == labels[ends[:, 1]]].sum()
    sizes = np.bincount(labels)
    return float(inside - GAMMA * (sizes * (sizes - 1) / 2).sum())


def measure_bcubed(truth: Ints, labels: Ints) -> float:
    """B-cubed F1 over the ring accounts that have a pair at all: it compares engines, not products."""
    rings, true = np.unique(truth, return_inverse=True)
    lowest = int(rings[0] == -1)
    true = true - lowest
    sums = sum_over_rings(true, labels, rings.size - lowest, int(labels.max()) + 1)
    total = sums.true_sizes.sum(keepdims=True)
    precision = divide(sums.bcubed_precision.sum(keepdims=True), total)
    return float(harmonic_mean(precision, divide(sums.bcubed_recall.sum(keepdims=True), total))[0])


if __name__ == "__main__":
    main()
