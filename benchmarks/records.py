"""Records that stand for one person, found by configuration alone: nothing is trained on the truth.

    python benchmarks/records.py DATA_DIR             the folder with dataset3.csv, RLdata10000.tsv,
    fake_1000.csv

A record is an account; two records are one person where they are in one ring, that is in one community of
Leiden over the pair probabilities. Pairwise precision, recall and F1 with 95 % intervals of a bootstrap over
persons, beside components over records that are equal in one strong field, and in any two fields.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from graphrisk.workspace.session import Workspace

MAPPINGS = Path(__file__).parent.parent / "mappings"
DRAW_COUNT = 1000
Longs = NDArray[np.int64]
Truth = dict[str, str]


@dataclass(frozen=True, slots=True)
class RecordSet:
    """strong: the kind that exact linking would take by itself. prepare: makes a folder that the mapping
    reads, and says which person each record is."""

    name: str
    mapping: str
    strong: str
    prepare: Callable[[Path, Path], tuple[Path, Truth]]


def prepare_febrl3(data: Path, _folder: Path) -> tuple[Path, Truth]:
    with (data / "dataset3.csv").open(newline="") as file:
        return data, {row["rec_id"]: row["rec_id"].split("-")[1] for row in csv.DictReader(file)}


def prepare_rldata10000(data: Path, folder: Path) -> tuple[Path, Truth]:
    """A number for each row, and nothing where R writes NA."""
    persons = (data / "identity.RLdata10000.tsv").read_text().split()[1:]
    header, *rows = (data / "RLdata10000.tsv").read_text().splitlines()
    with (folder / "RLdata10000.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", *header.split("\t")])
        writer.writerows(
            [at, *("" if cell == "NA" else cell for cell in row.split("\t"))] for at, row in enumerate(rows)
        )
    return folder, {str(at): person for at, person in enumerate(persons)}


def prepare_fake_1000(data: Path, _folder: Path) -> tuple[Path, Truth]:
    with (data / "fake_1000.csv").open(newline="") as file:
        return data, {row["unique_id"]: row["cluster"] for row in csv.DictReader(file)}


SETS = (
    RecordSet("FEBRL 3", "febrl3.toml", "social_security", prepare_febrl3),
    RecordSet("RLdata10000", "rldata10000.toml", "date_of_birth", prepare_rldata10000),
    RecordSet("fake_1000", "fake_1000.toml", "mailbox", prepare_fake_1000),
)


@dataclass(frozen=True, slots=True)
class Row:
    """precision, recall, f1: (value, low, high). seconds: of processor time; None where it was not taken."""

    method: str
    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    f1: tuple[float, float, float]
    seconds: float | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    given = parser.parse_args(arguments)
    print(f"{'records':12} {'method':28} {'precision':>18} {'recall':>18} {'F1':>18}  detect cpu s")
    for records in SETS:
        with tempfile.TemporaryDirectory(prefix="graphrisk-records-") as folder:
            for row in measure(records, given.data, Path(folder)):
                cells = (
                    f"{v:.4f} {low:.3f}-{high:.3f}" for v, low, high in (row.precision, row.recall, row.f1)
                )
                seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
                print(
                    f"{records.name:12} {row.method:28} "
                    + " ".join(f"{c:>18}" for c in cells)
                    + f"  {seconds}"
                )


def measure(records: RecordSet, data: Path, folder: Path) -> list[Row]:
    """graphrisk first."""
    tables, truth = records.prepare(data, folder)
    shop = Workspace.open(folder / "workspace", config=MAPPINGS / records.mapping, data=tables)
    shop.load()
    began = time.process_time()
    run = shop.detect()
    seconds = time.process_time() - began
    ids = sorted(truth)
    person = number([truth[record] for record in ids])
    ring_of = dict(zip(run.members["account_id"], run.members["ring_id"], strict=True))
    rows = [score("graphrisk", person, number([ring_of.get(id_, id_) for id_ in ids]), seconds)]
    with shop.reading() as connection:
        for method, kinds, least in (
            (f"equal {records.strong}", (records.strong,), 1),
            ("equal in any two fields", None, 2),
        ):
            rows.append(score(method, person, join_equal(connection, ids, kinds, least)))
    return rows


def number(names: Sequence[str]) -> Longs:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def join_equal(
    connection: duckdb.DuckDBPyConnection, ids: Sequence[str], kinds: Sequence[str] | None, least: int
) -> Longs:
    """Components over records that are equal in `least` or more of the kinds; None for all kinds."""
    found = connection.sql("SELECT DISTINCT account_id, kind, identifier FROM known_link").df()
    if kinds is not None:
        found = found[found["kind"].isin(kinds)]
    position = {id_: at for at, id_ in enumerate(ids)}
    rows = found["account_id"].map(position).to_numpy()
    columns = found.groupby(["kind", "identifier"]).ngroup().to_numpy()
    held = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(ids), int(columns.max()) + 1))
    pairs = sparse.triu(held @ held.T, k=1).tocoo()
    near = pairs.data >= least
    graph = sparse.coo_array((np.ones(near.sum()), (pairs.row[near], pairs.col[near])), (len(ids), len(ids)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def score(method: str, person: Longs, found: Longs, seconds: float | None = None) -> Row:
    true, right, said = pair_counts(person, found)
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(true), np.full(len(true), 1 / len(true)), size=DRAW_COUNT)
    drawn = scores(*(draws @ counts for counts in (true, right, said)))
    point = scores(true.sum(), right.sum(), said.sum())
    told = [
        (float(value), *(float(end) for end in np.quantile(of, (0.025, 0.975))))
        for value, of in zip(point, drawn, strict=True)
    ]
    return Row(method, *told, seconds)


def pair_counts(person: Longs, found: Longs) -> tuple[NDArray[np.float64], ...]:
    """For each person: its true pairs; those of them that were found; the found pairs with one of its
    records, a pair of two persons counted half for each."""
    count = int(person.max()) + 1
    both, sizes = np.unique(np.stack((person, found)), axis=1, return_counts=True)
    group_size = np.bincount(found)
    true = pairs_of(np.bincount(person)).astype(np.float64)
    right = np.bincount(both[0], weights=pairs_of(sizes), minlength=count)
    across = np.bincount(both[0], weights=sizes * (group_size[both[1]] - sizes) / 2, minlength=count)
    return true, right, right + across


def pairs_of(sizes: Longs) -> Longs:
    return sizes * (sizes - 1) // 2


def scores(
    true: NDArray[np.float64], right: NDArray[np.float64], said: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Precision, recall, F1."""
    return right / np.maximum(said, 1), right / np.maximum(true, 1), 2 * right / np.maximum(true + said, 1)


if __name__ == "__main__":
    main()
