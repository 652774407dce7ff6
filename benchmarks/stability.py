"""How many accounts in rings get another name when links come and go at random.

    python benchmarks/stability.py --seeds 1,2,3 --accounts 20000 --share 0.02 --times 20
    python benchmarks/stability.py --in-a-row     # what was removed is put back only as the next is removed
    python benchmarks/stability.py --forgetful    # names by the last run alone
    python benchmarks/stability.py --no-prior     # rings by company
    python benchmarks/stability.py --no-margin    # earlier rings do not hold

A share of all links, drawn anew each time, is removed from the workspace, rings are found; the links are put
back, rings are found again. All runs are a microsecond apart, so that only the links change. Told are, in
per cent of the accounts that are in a ring in both of two runs:

away      whose name is another than in the run before, while links are missing
back      whose name is another than in the first run, once they are put back
same      as away, of accounts that share the same things in both runs
core      as away, of accounts that are core in both runs
bound     as away, at least, whatever the names: rings come apart and go together
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from worlds import simulated_world

import graphrisk as gr
from graphrisk.flows import detect
from graphrisk.registry.params import NameParams
from graphrisk.workspace import Workspace, prior_files
from graphrisk.workspace.init import propose_config

FORGETFUL = partial(NameParams, memory_count=1, margin_share=0.0)
NO_MARGIN = "\n[detect]\nring_margin_share = 0.0\n"
SHOWN = ("away", "same", "core", "bound")


@dataclass(frozen=True, slots=True)
class Noise:
    share: float
    times: int
    seed: int
    in_a_row: bool


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3", help="worlds to simulate")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--share", type=float, default=0.02, help="of the links that are removed each time")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--in-a-row", action="store_true", help="do not find rings in between")
    parser.add_argument(
        "--forgetful", action="store_true", help="remember the last run alone, without a margin"
    )
    parser.add_argument("--no-prior", action="store_true", help="judge by company")
    parser.add_argument("--no-margin", action="store_true", help="rings that know no past")
    given = parser.parse_args(arguments)
    if given.forgetful:
        detect.NameParams = FORGETFUL
    if given.no_prior:
        prior_files.read_prior = lambda: None
    print(f"{'seed':>5}{'rings':>7}{'accounts':>10}", *(f"{name + ' max':>16}" for name in (*SHOWN, "back")))
    for seed in (int(text) for text in given.seeds.split(",")):
        noise = Noise(given.share, given.times, seed, given.in_a_row)
        with simulated_world(given.accounts, given.hardness, seed) as tables:
            told = measure(open_world(tables, NO_MARGIN if given.no_margin else ""), noise)
        sizes = f"{seed:5}{told['rings'].mean():7.0f}{told['accounts'].mean():10.0f}"
        print(sizes, *(f"{100 * told[n].mean():9.2f} {100 * told[n].max():6.2f}" for n in (*SHOWN, "back")))


def open_world(tables: Path, config: str = "") -> Workspace:
    """config: what is added to the proposed one."""
    folder = tables.with_name("shop")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    propose_config(tables, folder)
    with (folder / "graphrisk.toml").open("a", encoding="utf-8") as proposed:
        proposed.write(config)
    shop = gr.open(folder)
    shop.load()
    return shop


def measure(shop: Workspace, noise: Noise) -> pd.DataFrame:
    """One row for each time; the columns as above, and what rings there were."""
    first, latest = find(shop, None)
    before, rows = first, []
    for at, _ in enumerate(without_links(shop, noise), start=1):
        away, _ = find(shop, latest + timedelta(microseconds=2 * at - 1))
        row = compare(before, away)
        before = away
        if not noise.in_a_row or at == noise.times:
            with shop.writing() as connection:
                put_back(connection)
            before, _ = find(shop, latest + timedelta(microseconds=2 * at))
            row["back"] = changed_share(pair_up(first, before))
        rows.append(row)
    return pd.DataFrame(rows)


def without_links(shop: Workspace, noise: Noise) -> Iterator[None]:
    """Each time with other links away. What an account has with an identifier is one link, however many rows
    tell it."""
    random = np.random.default_rng(noise.seed)
    for _ in range(noise.times):
        with shop.writing() as connection:
            put_back(connection)
            pairs = connection.sql(
                """SELECT account_key, identifier_key
                FROM (SELECT DISTINCT account_key, identifier_key FROM link)
                JOIN account_key USING (account_key) JOIN identifier_key USING (identifier_key)
                ORDER BY account_id, kind, by_alias, identifier"""
            ).to_arrow_table()
            chosen = random.choice(pairs.num_rows, round(noise.share * pairs.num_rows), replace=False)
            connection.register("chosen", pairs.take(chosen))
            connection.execute("""CREATE TABLE link_away AS
                SELECT l.* FROM link l SEMI JOIN chosen USING (account_key, identifier_key)""")
            connection.execute("""DELETE FROM link USING chosen c
                WHERE link.account_key = c.account_key AND link.identifier_key = c.identifier_key""")
        yield


def put_back(connection: duckdb.DuckDBPyConnection) -> None:
    if connection.execute("FROM duckdb_tables() WHERE table_name = 'link_away'").fetchall():
        connection.execute("INSERT INTO link SELECT * FROM link_away")
        connection.execute("DROP TABLE link_away")


def find(shop: Workspace, as_of: datetime | None) -> tuple[pd.DataFrame, datetime]:
    """Members of rings by account: ring_id, role, links_digest; and the as-of time."""
    run = shop.detect(as_of=as_of, workers=1)
    carriers = run.arrow("ring_carrier").to_pandas().set_index("account_id")["links_digest"]
    return run.members.set_index("account_id")[["ring_id", "role"]].join(carriers), run.record.as_of


def pair_up(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    return before.add_suffix("_before").join(after, how="inner")


def compare(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    both = pair_up(before, after)
    return {
        "rings": after["ring_id"].nunique(),
        "accounts": len(both),
        "away": changed_share(both),
        "same": changed_share(both[both["links_digest"] == both["links_digest_before"]]),
        "core": changed_share(both[(both["role"] == "core") & (both["role_before"] == "core")]),
        "bound": least_changed_share(both),
    }


def changed_share(both: pd.DataFrame) -> float:
    return float((both["ring_id"] != both["ring_id_before"]).mean())


def least_changed_share(both: pd.DataFrame) -> float:
    """By the one-to-one assignment of rings to rings that keeps most accounts."""
    common = both.groupby(["ring_id_before", "ring_id"]).size().unstack(fill_value=0).to_numpy()
    rows, columns = linear_sum_assignment(common, maximize=True)
    return 1 - float(common[rows, columns].sum()) / len(both)


if __name__ == "__main__":
    main()
