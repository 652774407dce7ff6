"""graphrisk beside what a user would pick instead, and beside an oracle, on simulated worlds: one table.

    python benchmarks/quality.py --seeds 1,2,3 --accounts 20000 --hardness 0.5,0.8
    python benchmarks/quality.py --kind rotating      worlds of another generator: see unlike.py
    python benchmarks/quality.py --world DIR          a folder in the default layout with truth/

Every method sees the same links and labels: those that the workspace holds, known at the run's as-of
time. Rings of the baselines have at least three members and are ranked by size. The oracle is told which
identifiers the rings brought.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import baselines
import numpy as np
import pandas as pd
import pyarrow as pa
from baselines import Floats, Ints
from unlike import BUILDERS
from worlds import World, read_world, simulated_world, unlike_world

from graphrisk.evaluate.intervals import Resampling
from graphrisk.evaluate.report import Evaluation, EvaluationParams, evaluate_run
from graphrisk.evaluate.scoring import FoundRun, judge_run

MIN_RING_SIZE = 3
TOP_SHARE = 0.025  # of the accounts by personalised PageRank, from which its rings are made
BOOSTED_SHARE = 0.05  # of the accounts by the booster, among which Leiden looks
GAMMA = 0.05
DEGREE_CAP = 300
SWEPT_PER_1000 = 5.0  # innocents in the list of a baseline that is cut
OURS, ORACLE = "graphrisk", "oracle: what rings brought is known"
CUT = ", cut"
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
    ("account_ece", "ECE"),
)
OF_ACCOUNTS = frozenset({"account_ap", "account_auroc", "account_ece"})
CLOSED = (("bcubed_f1", "B-cubed F1"), ("ring_recall", "ring recall at J .5"), ("account_ap", "account AP"))


@dataclass(frozen=True, slots=True)
class Opponent:
    """risk: (accounts,). communities: (accounts,) labels, None for a method that makes no rings."""

    method: str
    risk: Floats
    communities: Ints | None


@dataclass(frozen=True, slots=True)
class Row:
    """One method on one world. has_rings, is_probability: whether those measures mean anything for it."""

    hardness: str
    world: str
    method: str
    evaluation: Evaluation
    has_rings: bool = True
    is_probability: bool = False

    def tells(self, name: str) -> bool:
        if name == "account_ece":
            return self.is_probability
        return self.has_rings or name in OF_ACCOUNTS


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3", help="worlds to simulate")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", default="0.5", help="one or several, separated by commas")
    parser.add_argument("--kind", choices=["simulated", *sorted(BUILDERS)], default="simulated")
    parser.add_argument("--world", type=Path, help="a folder with truth/ instead of simulated worlds")
    parser.add_argument("--draws", type=int, default=1000, help="of the bootstrap")
    given = parser.parse_args(arguments)
    params = EvaluationParams((50,), Resampling(given.draws, seed=0))
    packages = ("graphrisk", "igraph", "lightgbm", "numpy", "scipy")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{p} {version(p)}" for p in packages))
    print(f"{given.draws} draws, seed 0; {given.accounts} accounts where simulated\n")
    if given.world is not None:
        print_table(list(measure_world(read_world(given.world), params, "", given.world.name)))
        return
    for hardness in given.hardness.split(","):
        rows: list[Row] = []
        for seed in (int(text) for text in given.seeds.split(",")):
            with make_world(given.kind, given.accounts, float(hardness), seed) as folder:
                world = read_world(folder)
            rows += measure_world(world, params, hardness, f"seed {seed}")
        print_table(rows)
        print_gaps(rows, given.draws)


def make_world(kind: str, accounts: int, hardness: float, seed: int) -> AbstractContextManager[Path]:
    if kind == "simulated":
        return simulated_world(accounts, hardness, seed)
    return unlike_world(kind, accounts, hardness, seed)


def measure_world(world: World, params: EvaluationParams, hardness: str, name: str) -> Iterator[Row]:
    """graphrisk first, then the opponents, each as it is and cut, the oracle last."""
    ours = evaluate_run(world.found, world.truth, params)
    yield Row(hardness, name, OURS, ours, is_probability=True)
    for opponent in oppose(world):
        found = as_run(opponent, world)
        evaluation = evaluate_run(found, world.truth, params)
        is_probability = opponent.method.startswith("booster")
        has_rings = opponent.communities is not None
        yield Row(hardness, name, opponent.method, evaluation, has_rings, is_probability)
        if has_rings:
            cut = evaluate_run(cut_list(found, world), world.truth, params)
            yield Row(hardness, name, opponent.method + CUT, cut)
    if world.of_rings is not None:
        held = np.bincount(world.of_rings.account, minlength=len(world.ids)).astype(np.float64)
        oracle = Opponent(ORACLE, held, baselines.join_by_identifiers(world.of_rings))
        yield Row(hardness, name, ORACLE, evaluate_run(as_run(oracle, world), world.truth, params))


def oppose(world: World) -> Iterator[Opponent]:
    links, known_bad = world.links, world.known_bad
    strong = baselines.keep_quiet_identifiers(links, 10, ("device", "instrument", "address"))
    components = baselines.join_by_identifiers(strong)
    sizes = baselines.sizes_of(components)
    yield Opponent("components, device/card/address, degree <= 10", sizes, components)
    projected = baselines.project_cliques(baselines.keep_quiet_identifiers(links, 50))
    yield Opponent("degree: accounts that share a thing, degree <= 50", projected.degrees() * 1.0, None)
    modules = baselines.split_by_modularity(projected, seed=1)
    yield Opponent("modularity Leiden, unweighted, degree <= 50", baselines.sizes_of(modules), modules)
    weighted = baselines.weigh_cliques(baselines.keep_quiet_identifiers(links, DEGREE_CAP))
    communities = baselines.split_by_cpm(weighted, GAMMA, seed=1)
    name = f"CPM Leiden {GAMMA}, weights 1/(k-1), degree <= {DEGREE_CAP}"
    yield Opponent(name, baselines.sizes_of(communities), communities)
    mass = baselines.rank_by_pagerank(links, known_bad)
    top = baselines.take_riskiest(mass, TOP_SHARE)
    quiet = baselines.keep_quiet_identifiers(links, 10)
    among = top[quiet.account]
    risky = quiet._replace(account=quiet.account[among], identifier=quiet.identifier[among])
    name = f"personalised PageRank, components of its top {TOP_SHARE:.1%}"
    yield Opponent(name, mass, baselines.join_by_identifiers(risky))
    boosted = baselines.boost(links, world.behaviour, known_bad, seed=1)
    yield Opponent("booster alone", boosted, None)
    top = baselines.take_riskiest(boosted, BOOSTED_SHARE)
    kept = weighted.only(top[weighted.left] & top[weighted.right])
    name = f"booster, CPM Leiden {GAMMA} in its riskiest {BOOSTED_SHARE:.0%}"
    yield Opponent(name, boosted, baselines.split_by_cpm(kept, GAMMA, seed=1))


def as_run(opponent: Opponent, world: World) -> FoundRun:
    """A risk that leaves 0..1 is brought into it by dividing by its greatest, which changes no ranking."""
    count = len(world.ids)
    communities = opponent.communities if opponent.communities is not None else np.arange(count)
    size = baselines.sizes_of(communities)
    member = size >= MIN_RING_SIZE
    names = np.char.add("C", communities.astype(str))
    ids = world.ids.to_numpy(dtype=str)
    members = pa.table({"ring_id": pa.array(names[member], pa.string()), "account_id": ids[member]})
    there, first = np.unique(names[member], return_index=True)
    rings = pa.table({"ring_id": pa.array(there, pa.string()), "score": size[member][first]})
    risk = opponent.risk / max(1.0, opponent.risk.max(initial=0.0))
    risks = pa.table({"account_id": ids, "risk": risk})
    return FoundRun("baseline", rings, members, risks, world.found.labelled)


def cut_list(found: FoundRun, world: World) -> FoundRun:
    """The list from the largest ring down until SWEPT_PER_1000 of the innocents are swept in. A ring that
    would sweep more than is left is passed over: better than a user could do."""
    judged = judge_run(found, world.truth)
    innocent = ~judged.is_bad
    swept = np.bincount(
        judged.found.ring, weights=innocent[judged.found.account], minlength=judged.found.ring_count
    )
    left = SWEPT_PER_1000 / 1000 * innocent.sum()
    kept = np.zeros(judged.found.ring_count, dtype=bool)
    for ring, taken in enumerate(swept):
        if taken <= left:
            kept[ring] = True
            left -= taken
    ranked = found.rings.sort_by([("score", "descending"), ("ring_id", "ascending")])
    rings = ranked.filter(pa.array(kept))
    is_kept = pd.Index(rings["ring_id"].to_pandas()).get_indexer(found.members["ring_id"].to_pandas()) >= 0
    return FoundRun(found.run_id, rings, found.members.filter(pa.array(is_kept)), found.risks, found.labelled)


def print_table(rows: Sequence[Row]) -> None:
    """A line per world and method with 95 % intervals, then each method's mean over worlds."""
    width = max(len(row.method) for row in rows)
    print(f"{'hardness':8} {'world':8} {'method':{width}} " + " ".join(f"{title:>16}" for _, title in SHOWN))
    for row in rows:
        measures = {m.name: m.estimate for m in row.evaluation.measures}
        cells = (
            format_estimate(measures[name].value, measures[name].low, measures[name].high)
            if row.tells(name)
            else f"{'-':>16}"
            for name, _ in SHOWN
        )
        print(f"{row.hardness:8} {row.world:8} {row.method:{width}} " + " ".join(cells))
    if len({row.world for row in rows}) > 1:
        for method in dict.fromkeys(row.method for row in rows):
            of_method = [row for row in rows if row.method == method]
            means = (
                f"{np.mean([row.evaluation.value(name) for row in of_method]):16.3f}"
                if of_method[0].tells(name)
                else f"{'-':>16}"
                for name, _ in SHOWN
            )
            print(f"{rows[0].hardness:8} {'mean':8} {method:{width}} " + " ".join(means))
    base_rate = next(m.baseline for m in rows[0].evaluation.measures if m.name == "account_ap")
    print(f"AP of a random order: {base_rate.value if base_rate else float('nan'):.3f} (first world)\n")


def print_gaps(rows: Sequence[Row], draw_count: int) -> None:
    """Of the gap between the best baseline and the oracle, what graphrisk closes."""
    worlds = list(dict.fromkeys(row.world for row in rows))
    print(f"hardness {rows[0].hardness}: share of the gap closed, {len(worlds)} worlds, 95 % over worlds")
    for name, words in CLOSED:
        lists = [False] if name in OF_ACCOUNTS else [False, True]
        for is_cut in lists:
            by_method = {
                method: np.array([row.evaluation.value(name) for row in rows if row.method == method])
                for method in dict.fromkeys(row.method for row in rows if row.tells(name))
                if method in (OURS, ORACLE) or method.endswith(CUT) == is_cut
            }
            if ORACLE in by_method:
                told = describe_gap(by_method, draw_count)
                print(f"  {words:20} {'cut lists' if is_cut else 'whole lists':12} {told}")
    print(flush=True)


def describe_gap(by_method: Mapping[str, Floats], draw_count: int) -> str:
    """by_method: (worlds,) each. Worlds are drawn again, the best baseline is chosen anew in each draw."""
    others = {name: values for name, values in by_method.items() if name not in (OURS, ORACLE)}
    count = len(by_method[OURS])
    point = close_gap(by_method, others, np.arange(count))
    rng = np.random.default_rng(0)
    draws = [close_gap(by_method, others, rng.integers(count, size=count)) for _ in range(draw_count)]
    low, high = np.percentile(draws, [2.5, 97.5])
    best = max(others, key=lambda name: float(others[name].mean()))
    ours, oracle = by_method[OURS].mean(), by_method[ORACLE].mean()
    return (
        f"{point:6.2f} ({low:.2f} to {high:.2f}): graphrisk {ours:.3f}, oracle {oracle:.3f},"
        f" best baseline {others[best].mean():.3f} ({best})"
    )


def close_gap(by_method: Mapping[str, Floats], others: Mapping[str, Floats], drawn: Ints) -> float:
    """NaN where the oracle is no better than the best baseline."""
    best = max(float(values[drawn].mean()) for values in others.values())
    gap = float(by_method[ORACLE][drawn].mean()) - best
    return (float(by_method[OURS][drawn].mean()) - best) / gap if gap > 0 else float("nan")


def format_estimate(value: float, low: float, high: float) -> str:
    digits = 3 if abs(value) < 10 else 1
    return f"{f'{value:.{digits}f} {low:.{digits - 1}f}-{high:.{digits - 1}f}':>16}"


if __name__ == "__main__":
    main()
