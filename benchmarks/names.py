"""Whether rings keep their names from one day to the next, and whether what became of them is said.

    python benchmarks/names.py --seeds 1,2,3 --accounts 20000 --turnover 0.5

Two snapshots of one marketplace, loaded and searched one after the other in one workspace. A true ring is
found on a day where a found ring and all who belong to it, suspended members too, have a Jaccard of .5 or
more. Told are, of true rings that were found on both days:

kept      of those that persist, grow or shrink, the share whose name is the same
down      of those that were taken down, the same: the ring is known, and still called what it was
merges    of two that become one, and were found as two, those of which an event says so
splits    of one that becomes two, and are found as two, those of which an event says so

with 95 % intervals (Wilson), and how many were there to be found, since nothing is named that was not found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from processes import installed_command, run_measured
from scipy.stats import binomtest

import graphrisk as gr

LEAST_JACCARD = 0.5
STAYS = {"persist", "grow", "shrink"}


@dataclass(frozen=True, slots=True)
class Day:
    """events: what the run says became of names. found: true ring -> the name of the ring that it is found
    as. alive: true rings that have an active member."""

    events: frozenset[tuple[str, str, str | None]]
    found: Mapping[str, str]
    alive: frozenset[str]

    def describe(self) -> str:
        return f"{len(self.found.keys() & self.alive)} of {len(self.alive)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--turnover", type=float, default=0.5, help="of rings that something happens to")
    given = parser.parse_args(arguments)
    hits: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for seed in given.seeds.split(","):
        with tempfile.TemporaryDirectory(prefix="graphrisk-names-") as folder:
            size = ["--accounts", str(given.accounts), "--hardness", str(given.hardness), "--seed", seed]
            days = ["--snapshots", "2", "--days-apart", "1", "--turnover", str(given.turnover)]
            market = Path(folder) / "market"
            run_measured([installed_command(), "simulate", str(market), *size, *days])
            before, after = (search(market / f"day-{day}", Path(folder) / "shop") for day in (0, 1))
            truth = pd.read_parquet(market / "day-1" / "truth" / "ring_events.parquet")
            truth = truth[truth["day"] == 1]
            for name, is_told in judge(truth, before, after):
                asked[name] += 1
                hits[name] += is_told
            print(
                f"seed {seed}: of rings that are alive {before.describe()} found, then {after.describe()}",
                flush=True,
            )
    for name in asked:
        told = binomtest(hits[name], asked[name])
        around = told.proportion_ci(method="wilson")
        share = f"{told.statistic:.3f} ({around.low:.3f} to {around.high:.3f})"
        print(f"{name:8} {hits[name]} of {asked[name]}: {share}")


def search(tables: Path, shop: Path) -> Day:
    run_measured([installed_command(), "run", str(tables), "--workspace", str(shop)])
    run = gr.open(shop).latest()
    members = run.members.groupby("ring_id")["account_id"].agg(set)
    belongs = pd.read_parquet(tables / "truth" / "ring_members.parquet")
    true = belongs.groupby("ring_id")["account_id"].agg(set)
    alive = frozenset(belongs.loc[belongs["standing"] == "active", "ring_id"])
    found = {}
    for ring, accounts in true.items():
        best = max(members.items(), key=lambda each: len(each[1] & accounts) / len(each[1] | accounts))
        if len(best[1] & accounts) >= LEAST_JACCARD * len(best[1] | accounts):
            found[str(ring)] = str(best[0])
    events = run.arrow("ring_event").to_pylist()
    told = frozenset((each["ring_id"], each["event"], each["other_ring_id"]) for each in events)
    return Day(told, found, alive)


def judge(truth: pd.DataFrame, before: Day, after: Day) -> Iterator[tuple[str, bool]]:
    for ring, event, other in truth[["ring_id", "event", "other_ring_id"]].itertuples(index=False):
        if event in STAYS and ring in before.found and ring in after.found:
            yield "kept", before.found[ring] == after.found[ring]
        if event == "die" and ring in before.found and ring in after.found:
            yield "down", before.found[ring] == after.found[ring]
        if event == "merge_into" and {ring, other} <= before.found.keys() and other in after.found:
            names = {before.found[ring], before.found[other]}
            if len(names) == 2:
                yield "merges", any((name, "merged", after.found[other]) in after.events for name in names)
        if event == "split_into" and ring in before.found and {ring, other} <= after.found.keys():
            names = {after.found[ring], after.found[other]}
            if len(names) == 2:
                yield "splits", any((name, "split", part) in after.events for name in names for part in names)


if __name__ == "__main__":
    main()
