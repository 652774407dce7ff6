"""How long it takes to read what earlier runs named, by how many there are.

    python benchmarks/registry.py --rings 10000 --runs 10,50,200

A registry that is made up: in each run so many rings of five; one ring in fifty is missed in a run, and one
in a hundred is gone for good and another is born in its place. Then one more run is made, and the past is
read for the next. Told are the seconds of

whole     reading everything that was ever written
first     what is kept of it made for the first time, or anew
next      what a detection waits for from then on: the last run taken up, and what is kept read
rows      of members that are remembered
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from graphrisk.model.tables import RING
from graphrisk.registry.params import NameParams
from graphrisk.stores.duckdb.connection import open_database
from graphrisk.stores.duckdb.names import NameStore

START = datetime(2020, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere
MEMBER_COUNT, MISSED_ONE_IN, LIFE_RUNS = 5, 50, 100
Result = TypeVar("Result")

# A slot is a place for a ring; every LIFE_RUNS runs another ring of other accounts stands there
_SLOTS = f"""
    SELECT slot, slot * 1000 + ($run + slot) // {LIFE_RUNS} AS ring
    FROM range($rings) t(slot) WHERE hash(slot * 100003 + $run) % {MISSED_ONE_IN} <> 0"""
_NAME = "'RING-' || upper(printf('%08x', hash(ring) % 4294967295))"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rings", type=int, default=10_000)
    parser.add_argument("--runs", default="10,50,200")
    given = parser.parse_args(arguments)
    print(f"{'runs':>6} {'whole':>7} {'first':>7} {'next':>7} {'rows':>10}")
    for count in map(int, given.runs.split(",")):
        with tempfile.TemporaryDirectory(prefix="graphrisk-registry-") as folder:
            measure(Path(folder) / "graphrisk.duckdb", given.rings, count)


def measure(database: Path, ring_count: int, run_count: int) -> None:
    with open_database(database) as connection:
        for run in range(run_count):
            write_run(connection, ring_count, run)
        connection.execute("CHECKPOINT")
        store, params = NameStore(connection), NameParams()
        at = START + timedelta(days=run_count)
        whole, _ = timed(lambda: store.read_whole_past(at, params))
        first, _ = timed(lambda: store.read_past(at, params))
        write_run(connection, ring_count, run_count)
        following, past = timed(lambda: store.read_past(at + timedelta(days=1), params))
    rows = past.appearances.num_rows
    print(f"{run_count:6} {whole:7.2f} {first:7.2f} {following:7.2f} {rows:10,}", flush=True)


def write_run(connection: duckdb.DuckDBPyConnection, ring_count: int, run: int) -> None:
    told = {"run": run, "rings": ring_count}
    at, run_id = START + timedelta(days=run), f"RUN-{run:06d}"
    connection.execute("INSERT INTO run VALUES (?, ?, ?, '{}', '', 0, '{}', '{}', '{}', 0)", [run_id, at, at])
    columns = [
        f"{_NAME} AS ring_id"
        if name == "ring_id"
        else f"{MEMBER_COUNT} AS size"
        if name == "size"
        else filler
        for field in RING
        for name, filler in [(field.name, f"{_filler(field)} AS {field.name}")]
    ]
    names = ", ".join(RING.names)
    connection.execute(
        f"INSERT INTO ring (run_id, {names}) SELECT '{run_id}', {', '.join(columns)} FROM ({_SLOTS})", told
    )
    connection.execute(
        f"""INSERT INTO ring_carrier
        SELECT '{run_id}', {_NAME}, printf('acc%010d', ring * {MEMBER_COUNT} + place), 0.5 + 0.1 * place, 'd'
        FROM ({_SLOTS}), range({MEMBER_COUNT}) m(place)""",
        told,
    )


def _filler(field: pa.Field) -> str:
    if field.nullable:
        return "NULL"
    return "''" if pa.types.is_string(field.type) else "0"


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
