"""Whether rings keep their names from one day to the next, and whether what became of them is said.

    python benchmarks/names.py --seeds 1,2,3 --accounts 20000 --turnover 0.5
    python benchmarks/names.py --seeds 11,12 --accounts 10000 --fraud-share 0.06 --snapshots 6 --turnover 0.3

Snapshots of one marketplace, loaded and searched one after the other in one workspace. A true ring is
found on a day where a found ring and all who belong to it, suspended members too, have a Jaccard of .5 or
more. Told are, of true rings that were found on a day and on the next:

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
    parser.add_argument("--fraud-share", type=float, default=0.025)
    parser.add_argument("--snapshots", type=int, default=2)
    given = parser.parse_args(arguments)
    hits: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    missed: list[str] = []
    for seed in given.seeds.split(","):
        with tempfile.TemporaryDirectory(prefix="graphrisk-names-") as folder:
            size = ["--accounts", str(given.accounts), "--hardness", str(given.hardness), "--seed", seed]
            size += ["--fraud-share", str(given.fraud_share)]
            days = ["--snapshots", str(given.snapshots), "--turnover", str(given.turnover)]
            market = Path(folder) / "market"
            run_measured([installed_command(), "simulate", str(market), *size, *days])
            before = search(market / "day-0", Path(folder) / "shop")
            print(f"seed {seed}: of rings that are alive {before.describe()} found", end="", flush=True)
            for day in range(1, given.snapshots):
                after = search(market / f"day-{day}", Path(folder) / "shop")
                truth = pd.read_parquet(market / f"day-{day}" / "truth" / "ring_events.parquet")
                for name, is_told, words in judge(truth, before, after):
                    asked[name] += 1
                    hits[name] += is_told
                    missed += [] if is_told else [f"seed {seed}, day {day}: {name}: {words}"]
                before = after
                print(f", then {after.describe()}", end="", flush=True)
            print()
    print("\n".join(missed))
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


def judge(truth: pd.DataFrame, before: Day, after: Day) -> Iterator[tuple[str, bool, str]]:
    """(what was asked, whether it is as it should be, which names it is about)."""
    for ring, event, other in truth[["ring_id", "event", "other_ring_id"]].itertuples(index=False):
        if event in STAYS | {"die"} and ring in before.found and ring in after.found:
            was, now = before.found[ring], after.found[ring]
            yield "down" if event == "die" else "kept", was == now, f"{was} is {now}"
        if event == "merge_into" and {ring, other} <= before.found.keys() and other in after.found:
            names, whole = {before.found[ring], before.found[other]}, after.found[other]
            if len(names) == 2:
                told = any((name, "merged", whole) in after.events for name in names)
                yield "merges", told, f"{' and '.join(sorted(names))} are {whole}"
        if event == "split_into" and ring in before.found and {ring, other} <= after.found.keys():
            names = {after.found[ring], after.found[other]}
            if len(names) == 2:
                told = any((name, "split", part) in after.events for name in names for part in names)
                yield "splits", told, f"{before.found[ring]} is {' and '.join(sorted(names))}"


if __name__ == "__main__":
    main()
