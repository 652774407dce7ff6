"""Account risk where most labels are known: other people's data, split as they split it.

    python benchmarks/labelled.py DATA_DIR [--seeds 1,2,3,4,5] [--only card_transactions]

DATA_DIR holds card_transactions, registrations and storefront_signups. In each, 60 % of the labelled rows
keep their label, at random (stratified, once per seed) or the earliest; the others' are taken out of the
tables, which the product then loads and judges. Baselines see the same labels: a booster on the raw columns,
and how many accounts share an account's things.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score  # type: ignore[import-untyped]

import graphrisk as gr

MAPPINGS = Path(__file__).parents[1] / "mappings"
KNOWN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class DataSet:
    """id: column of the account, None for the number of the row. bad, good: the label's words. raw: numeric
    columns that a booster alone is given; words are given as codes. busy: columns whose number of rows is the
    other baseline."""

    folder: str
    file: str
    mapping: str
    id: str | None
    label: str
    bad: str
    good: str
    time: str
    raw: tuple[str, ...]
    busy: str


DATA_SETS = (
    DataSet(
        "card_transactions", "transactions.csv.gz", "card_transactions_rows.toml", None, "Labels", "1", "0",
        "Time", ("Time", "Source", "Target", "Amount", "Location", "Type"), "Source",
    ),
    DataSet(
        "registrations", "registrations.csv.gz", "registrations_rows.toml", None, "EVENT_LABEL", "fraud",
        "legit", "EVENT_TIMESTAMP", ("ip_address", "email_address"), "ip_address",
    ),
    DataSet(
        "storefront_signups", "Fraud_Data.csv.gz", "storefront_signups.toml", "user_id", "class", "1", "0",
        "signup_time", ("purchase_value", "device_id", "source", "browser", "sex", "age"), "device_id",
    ),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--only", choices=[each.folder for each in DATA_SETS])
    given = parser.parse_args(arguments)
    seeds = [int(text) for text in given.seeds.split(",")]
    for data_set in DATA_SETS:
        if given.only in (None, data_set.folder):
            measure(given.data_dir, data_set, seeds)


def measure(data_dir: Path, data_set: DataSet, seeds: Sequence[int]) -> None:
    rows = pd.read_csv(data_dir / data_set.folder / data_set.file, dtype=str)
    rows.index = rows[data_set.id] if data_set.id else pd.Index(np.arange(1, len(rows) + 1).astype(str))
    labelled = rows[data_set.label].isin((data_set.bad, data_set.good)).to_numpy()
    bad = (rows[data_set.label] == data_set.bad).to_numpy()
    splits = {
        "random": [split_at_random(labelled, bad, seed) for seed in seeds],
        "by time": [split_by_time(labelled, read_time(rows[data_set.time]))],
    }
    for split, all_known in splits.items():
        found: dict[str, list[tuple[float, float]]] = {}
        for known in all_known:
            hidden = labelled & ~known
            scores = {
                "graphrisk": find_risk(rows, data_set, known),
                "booster on the raw columns": boost_raw(rows, data_set, known, bad),
                f"rows with the same {data_set.busy}": rows[data_set.busy].map(
                    rows[data_set.busy].value_counts()
                ),
            }
            for method, score in scores.items():
                values = score.to_numpy(dtype=float)[hidden]
                auc, ap = roc_auc_score(bad[hidden], values), average_precision_score(bad[hidden], values)
                found.setdefault(method, []).append((auc, ap))
        for method, pairs in found.items():
            mean, spread = np.mean(pairs, axis=0), np.std(pairs, axis=0)
            print(
                f"{data_set.folder:20} {split:8} {method:34} AUC {mean[0]:.3f} (sd {spread[0]:.3f})"
                f"  AP {mean[1]:.3f} (sd {spread[1]:.3f})", flush=True,
            )  # fmt: skip


def split_at_random(labelled: NDArray[np.bool_], bad: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """Stratified: the known share of the bad, and of the good."""
    rng = np.random.default_rng(seed)
    known = np.zeros(len(labelled), dtype=bool)
    for chosen in (labelled & bad, labelled & ~bad):
        positions = np.flatnonzero(chosen)
        known[rng.permutation(positions)[: round(KNOWN_SHARE * len(positions))]] = True
    return known


def split_by_time(labelled: NDArray[np.bool_], time: NDArray[np.float64]) -> NDArray[np.bool_]:
    positions = np.flatnonzero(labelled)
    known = np.zeros(len(labelled), dtype=bool)
    known[positions[np.argsort(time[positions], kind="stable")][: round(KNOWN_SHARE * len(positions))]] = True
    return known


def read_time(column: pd.Series) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().all():
        return numbers.to_numpy(dtype=float)
    moments = pd.to_datetime(column, format="mixed", utc=True)
    return moments.astype("int64").to_numpy(dtype=float)


def find_risk(rows: pd.DataFrame, data_set: DataSet, known: NDArray[np.bool_]) -> pd.Series:
    """The product itself, on a folder in which the hidden labels are not."""
    with tempfile.TemporaryDirectory(prefix="graphrisk-labelled-") as folder:
        shown = rows.copy()
        shown.loc[~known, data_set.label] = ""
        shown.to_csv(Path(folder) / data_set.file, index=False)
        shop = gr.Workspace.open(Path(folder) / "shop", config=MAPPINGS / data_set.mapping, data=Path(folder))
        shop.load()
        risk = shop.detect().accounts.set_index("account_id")["risk"]
    return risk.reindex(rows.index)


def boost_raw(
    rows: pd.DataFrame, data_set: DataSet, known: NDArray[np.bool_], bad: NDArray[np.bool_]
) -> pd.Series:
    columns = []
    for name in data_set.raw:
        numbers = pd.to_numeric(rows[name], errors="coerce")
        columns.append(numbers if numbers.notna().all() else pd.Series(pd.factorize(rows[name])[0]))
    table = np.column_stack([column.to_numpy(dtype=float) for column in columns])
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "learning_rate": 0.05, "seed": 0}
    model = lightgbm.train(settings, lightgbm.Dataset(table[known], bad[known].astype(float)), 200)
    return pd.Series(np.asarray(model.predict(table)), index=rows.index)


if __name__ == "__main__":
    main()
