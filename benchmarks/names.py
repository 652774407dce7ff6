"""Whether rings keep their names from one day to the next, and whether what became of them is said.

    python benchmarks/names.py --seeds 1,2,3 --accounts 20000 --turnover 0.5
    python benchmarks/names.py --seeds 11,12 --accounts 6000 --fraud-share 0.1 --snapshots 4 --turnover 0.4
    python benchmarks/names.py --told --seeds 1,2,3,4,5,6,7,8 --fraud-share 0.1 --snapshots 6

Snapshots of one marketplace, loaded and searched one after the other in one workspace. A true ring is
found on a day where a found ring and all who belong to it, suspended members too, have a Jaccard of .5 or
more. Told are, of true rings that were found on a day and on the next:

kept      of those that persist, grow or shrink, the share whose name is the same, or that of a ring that it
          took in
down      of those that were taken down, the same: the ring is known, and still called what it was
merges    of two that become one, and were found as two, those of which an event says so
splits    of one that becomes two, and are found as two, those of which an event says so

With --told nothing is searched: rings are the true ones of each day and the next, in which on either day 5 %
of the members are missed, at random, and as many strangers stand; so there are many merges and splits.

With 95 % intervals (Wilson), and how many were there to be found, since nothing is named that was not found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from processes import installed_command, run_measured
from scipy.stats import binomtest

import graphrisk as gr
from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.lives import NO_LINEAGE
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.snapshots import Days, build_days, tell_fates
from graphrisk.registry.carriers import RingCarriers
from graphrisk.registry.memory import Appearances, Memory, NamePast, remember_names
from graphrisk.registry.naming import name_rings
from graphrisk.registry.params import NameParams

LEAST_JACCARD = 0.5
NOISE_SHARE = 0.05  # of the members of rings that are told
DAY_PREFIX = "RING-DAY-"
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
    parser.add_argument("--told", action="store_true", help="rings as the truth has them, but for noise")
    given = parser.parse_args(arguments)
    hits: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    missed: list[str] = []
    for seed in given.seeds.split(","):
        params = SimulationParams(given.accounts, given.hardness, int(seed), 120, given.fraud_share)
        snapshots = SnapshotParams(given.snapshots, turnover_share=given.turnover)
        for name, is_told, words in (tell_days if given.told else search_days)(params, snapshots):
            asked[name] += 1
            hits[name] += is_told
            missed += [] if is_told else [f"seed {seed}: {name}: {words}"]
    print(*missed, sep="\n")
    for name in asked:
        told = binomtest(hits[name], asked[name])
        around = told.proportion_ci(method="wilson")
        share = f"{told.statistic:.3f} ({around.low:.3f} to {around.high:.3f})"
        print(f"{name:8} {hits[name]} of {asked[name]}: {share}")


def search_days(params: SimulationParams, snapshots: SnapshotParams) -> Iterator[tuple[str, bool, str]]:
    with tempfile.TemporaryDirectory(prefix="graphrisk-names-") as folder:
        market = Path(folder) / "market"
        flags = {
            "accounts": params.account_count, "hardness": params.hardness, "seed": params.seed,
            "fraud-share": params.fraud_share, "snapshots": snapshots.snapshot_count,
            "turnover": snapshots.turnover_share,
        }  # fmt: skip
        words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
        run_measured([installed_command(), "simulate", str(market), *words])
        before = search(market / "day-0", Path(folder) / "shop")
        print(f"seed {params.seed}: of rings that are alive {before.describe()} found", end="", flush=True)
        for day in range(1, snapshots.snapshot_count):
            after = search(market / f"day-{day}", Path(folder) / "shop")
            yield from judge(
                pd.read_parquet(market / f"day-{day}" / "truth" / "ring_events.parquet"), before, after
            )
            before = after
            print(f", then {after.describe()}", end="", flush=True)
        print()


def tell_days(params: SimulationParams, snapshots: SnapshotParams) -> Iterator[tuple[str, bool, str]]:
    days, rng = build_days(params, snapshots), np.random.default_rng(params.seed)
    for step in range(1, snapshots.snapshot_count):
        before, after = (see_through_noise(days, at, rng) for at in (step - 1, step))
        past, memory = remember_day(before)
        named = name_rings(after, past, memory, len(days.world.people), NameParams())
        events = frozenset((each.name, each.event.value, each.other_name) for each in named.changes)
        fates = [(str(fate.ring), fate.event.value, str(fate.other)) for fate in tell_fates(days, step)]
        truth = pd.DataFrame(fates, columns=["ring_id", "event", "other_ring_id"])
        own = dict(zip(before.names, before.names, strict=True))
        yield from judge(
            truth, told_day(days, step - 1, before, own), told_day(days, step, after, named.names, events)
        )


def see_through_noise(days: Days, step: int, rng: np.random.Generator) -> RingCarriers:
    """Rings of that day under names of their own; see the top."""
    account, lineage = days.world.rings.account, days.lives.lineage[step]
    inside = lineage != NO_LINEAGE
    missed = inside & (rng.random(len(account)) < NOISE_SHARE)
    others = np.setdiff1d(np.arange(len(days.world.people)), account)
    strangers = rng.choice(others, size=int(missed.sum()), replace=False)
    numbers, ring = np.unique(
        np.concatenate([lineage[inside & ~missed], lineage[missed]]), return_inverse=True
    )
    seen = np.concatenate([account[inside & ~missed], strangers])
    names = tuple(f"{DAY_PREFIX}{step}-{number}" for number in numbers.tolist())
    return RingCarriers.of(names, ring, seen, np.ones(len(seen)))


def remember_day(rings: RingCarriers) -> tuple[NamePast, Memory]:
    """What is remembered where these rings are all that was ever found."""
    count = rings.ring_count
    nothing, nowhere = np.zeros(count, dtype=np.int64), np.full(count, -1)
    past = NamePast(rings.names, nothing, rings.sizes(), nowhere, np.zeros(count, dtype=bool))
    latest, once = np.zeros(len(rings.ring), dtype=np.int64), np.ones(len(rings.ring), dtype=np.int64)
    seen = Appearances(rings.ring, rings.account, latest, once, rings.weight)
    return past, remember_names(past, seen, NameParams())


def told_day(
    days: Days,
    step: int,
    rings: RingCarriers,
    names: Mapping[str, str],
    events: frozenset[tuple[str, str, str | None]] = frozenset(),
) -> Day:
    lineage, account = days.lives.lineage[step], days.world.rings.account
    found = {}
    for at, name in enumerate(rings.names):
        true, seen = name.rpartition("-")[2], rings.account[rings.ring == at]
        belongs = account[lineage == int(true)]
        both = len(np.intersect1d(seen, belongs))
        if both >= LEAST_JACCARD * (len(seen) + len(belongs) - both):
            found[true] = names[name]
    return Day(events, found, frozenset(str(ring) for ring in np.unique(lineage[days.lives.active(step)])))


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
            # Of two that become one the heavier gives the name, as they are found.
            names = {was, before.found.get(other or "", was)}
            yield "down" if event == "die" else "kept", now in names, f"{was} is {now}"
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
