"""graphrisk and simple baselines on the real airdrop wallets, without labels and with half of them.

    python benchmarks/airdrop.py DATA_DIR [--splits 1,2,3,4,5,6]

DATA_DIR holds accounts, transfers, labels_accounts, ring_members and ring_index (.csv.gz). All is scored
on the wallets whose labels are given (airdrop_truth.py says how); in labelled mode on the hidden ones
among them, the split being by component of rings (airdrop_truth.split_components), once per seed in
--splits.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import baselines
import numpy as np
import pandas as pd
from airdrop_truth import AirdropTruth, read_airdrop_truth, score_against, split_components
from baselines import Graph, Ints

import graphrisk as gr

MAPPINGS = Path(__file__).parent.parent / "mappings"
TABLES = ("accounts.csv.gz", "transfers.csv.gz")
SHOWN = (
    "auc",
    "ap",
    "rings_hit",
    "rings_hit_team",
    "rings_hit_reported",
    "false_alarms_hit",
    "wallets_in_rings_kept",
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument(
        "--splits", default="1,2,3,4,5,6", help="seeds of the splits of labelled mode, none: empty"
    )
    parser.add_argument("--baselines-only", action="store_true")
    given = parser.parse_args(arguments)
    truth = read_airdrop_truth(given.data_dir)
    others = list(measure_baselines(given.data_dir, truth))
    methods = [] if given.baselines_only else [find_rings(given.data_dir, MAPPINGS / "airdrop_sybils.toml")]
    rows = [(name, score_against(truth, risk, rings)) for name, risk, rings in [*methods, *others]]
    print_table("no labels", rows)
    for seed in (int(text) for text in given.splits.split(",") if text):
        known, hidden = split_components(truth, seed)
        methods = [] if given.baselines_only else [find_rings_from_labels(given.data_dir, truth, known)]
        rows = [
            (name, score_against(truth, risk, rings, hidden)) for name, risk, rings in [*methods, *others]
        ]
        print_table(
            f"labels of {len(known)} wallets known, scored on the other {len(hidden)} (split {seed})", rows
        )


def find_rings(data_dir: Path, mapping: Path) -> tuple[str, pd.Series, pd.DataFrame]:
    """The product itself, through its Python face and a mapping that comes with it."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-airdrop-") as folder:
        shop = gr.Workspace.open(folder, config=mapping, data=data_dir)
        shop.load()
        run = shop.detect()
        risk = run.accounts.set_index("account_id")["risk"]
        return "graphrisk", risk, run.members[["ring_id", "account_id"]]


def find_rings_from_labels(
    data_dir: Path, truth: AirdropTruth, known: pd.Index
) -> tuple[str, pd.Series, pd.DataFrame]:
    """The same with a labels table that holds the known wallets only."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-airdrop-") as folder:
        for name in TABLES:
            (Path(folder) / name).symlink_to((data_dir / name).resolve())
        labels = truth.eliminated.loc[known].rename_axis("address").reset_index()
        labels.to_csv(Path(folder) / "labels_accounts.csv.gz", index=False)
        return find_rings(Path(folder), MAPPINGS / "airdrop_sybils_labelled.toml")


def measure_baselines(data_dir: Path, truth: AirdropTruth) -> Iterator[tuple[str, pd.Series, pd.DataFrame]]:
    """(method, risk, communities): a wallet's risk is how many candidates its community has."""
    graph, positions = read_transfers(data_dir, truth)
    for name, labels in (
        ("components", baselines.connect(graph)),
        ("components, no wallet of degree > 50", baselines.connect(graph.without_busy(50))),
        (
            "Leiden CPM 0.01, no wallet of degree > 200",
            baselines.split_by_cpm(graph.without_busy(200), 0.01, seed=1),
        ),
    ):
        of_candidates = np.unique(labels[positions], return_inverse=True)[1]
        risk = pd.Series(baselines.sizes_of(of_candidates), index=truth.candidates)
        yield name, risk, pd.DataFrame({"ring_id": of_candidates, "account_id": truth.candidates})


def read_transfers(data_dir: Path, truth: AirdropTruth) -> tuple[Graph, Ints]:
    """Who ever sent to whom, undirected, each pair once; and where the candidates stand among the nodes."""
    transfers = pd.read_csv(data_dir / "transfers.csv.gz", usecols=["from", "to"])
    ids = pd.Index(pd.unique(pd.concat([transfers["from"], transfers["to"], truth.candidates.to_series()])))
    ends = np.stack([ids.get_indexer(transfers["from"]), ids.get_indexer(transfers["to"])])
    left, right = np.sort(ends[:, ends[0] != ends[1]], axis=0)
    left, right = np.divmod(np.unique(left * len(ids) + right), len(ids))
    return Graph(left, right, len(ids)), ids.get_indexer(truth.candidates).astype(np.int64)


def print_table(title: str, rows: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    first = rows[0][1]
    print(
        f"\n{title}: {first['wallets']} wallets, {first['wallets_bad']} of them bad; {first['rings']} rings"
        f" ({first['rings_team']} found by the team, {first['rings_reported']} reported by outsiders),"
        f" {first['false_alarms']} false alarms"
    )
    width = max(len(name) for name, _ in rows)
    print(f"{'method':{width}} " + " ".join(f"{name:>{max(len(name), 6)}}" for name in SHOWN))
    for name, score in rows:
        cells = (
            f"{score[key]:>{max(len(key), 6)}{'.3f' if isinstance(score[key], float) else 'd'}}"
            for key in SHOWN
        )
        print(f"{name:{width}} " + " ".join(cells))


if __name__ == "__main__":
    main()
