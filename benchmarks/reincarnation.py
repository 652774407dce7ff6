"""How often a ring that was taken down is known again when it comes back, and how often a newborn ring is
taken for one.

    python benchmarks/reincarnation.py --seeds 201,202,203,204
    python benchmarks/reincarnation.py --detected --seeds 301,302 --accounts 12000
    python benchmarks/reincarnation.py --learn --seeds 101,102,103 --hardness 0.2,0.5,0.8

A marketplace is simulated over several days and loaded day by day. Without --detected the truth says who
belongs to which ring, those that were taken down among them, and who was suspended, so that only manners are
measured. With it each day is a run,
and a found ring is the true ring of which most of its members are. --learn fits the SHOWS of
registry/reincarnation.py, together, by the likelihood of which ring each newborn one is. Intervals are 95 %,
exact (Clopper and Pearson).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from processes import installed_command, run_measured
from scipy.optimize import minimize
from scipy.stats import beta

import graphrisk as gr
from graphrisk.evaluate.simulator.fates import SnapshotParams
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.flows.liken import Asked, LikenessTables, liken_rings
from graphrisk.model.rings import MATCH_PROBABILITY
from graphrisk.model.runs import RunRecord
from graphrisk.registry.comparison import measure_chance
from graphrisk.registry.likeness import ASPECTS
from graphrisk.registry.reincarnation import MOST_SHOWN, RETURN_SHARE
from graphrisk.registry.taken_down import RingSeen
from graphrisk.stores.duckdb.doings import DoingsReader

Floats = NDArray[np.float64]
LEAST_SHOWS = 0.2


@dataclass(frozen=True, slots=True)
class Truth:
    """members: account -> true ring. suspended: accounts among them. returns: ring -> the one that it is
    come back, of this day."""

    members: dict[str, str]
    suspended: frozenset[str]
    returns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Newborn:
    """One newborn ring of one day. former: the right answer, None where there is none. rank: of the right
    answer among those told, from 0; None where it is not. best, right: probabilities, 0 for none."""

    former: str | None
    rank: int | None
    best: float
    right: float
    wrong: float


@dataclass(slots=True)
class ToldRings:
    """Fits flows.liken.RingHistory and LikenessWriter: rings as the truth has them."""

    seen: list[RingSeen] = field(default_factory=list)
    taken_down: dict[str, datetime] = field(default_factory=dict)
    manners: dict[tuple[str, str], list[dict[str, object]]] = field(default_factory=dict)
    told: list[dict[str, object]] = field(default_factory=list)

    def read_rings(self, run_id: str, limit: int) -> Sequence[RingSeen]:
        return [ring for ring in self.seen if ring.run_id == run_id][:limit]

    def read_earlier_rings(self, as_of: datetime, limit: int) -> Sequence[RingSeen]:  # noqa: ARG002 - all
        return [ring for ring in self.seen if ring.as_of < as_of]

    def read_manners(self, rings: Sequence[RingSeen]) -> pa.Table:
        rows = [
            {**row, "ring_id": str(at)}
            for at, ring in enumerate(rings)
            for row in self.manners[ring.run_id, ring.ring_id]
        ]
        schema = [("ring_id", pa.string()), ("aspect", pa.string()), ("feature", pa.string()),
                  ("value", pa.string()), ("weight", pa.float64())]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=pa.schema(schema))

    def read_found_out(self, account_ids: Sequence[str], as_of: datetime) -> Mapping[str, datetime]:
        asked = set(account_ids)
        return {one: at for one, at in self.taken_down.items() if at <= as_of and one in asked}

    def write_likeness(self, run_id: str, found: LikenessTables) -> None:
        for row in found.ring_manner.to_pylist():
            self.manners.setdefault((run_id, row["ring_id"]), []).append(row)
        self.told = found.ring_likeness.to_pylist()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="201,202,203,204")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--hardness", default="0.5")
    parser.add_argument("--fraud-share", type=float, default=0.06)
    parser.add_argument("--snapshots", type=int, default=6)
    parser.add_argument("--days-apart", type=int, default=3)
    parser.add_argument("--turnover", type=float, default=0.3)
    parser.add_argument("--detected", action="store_true", help="rings as runs find them")
    parser.add_argument("--learn", action="store_true", help="fit how habits show instead")
    given = parser.parse_args(arguments)
    asked: list[tuple[Asked, Truth]] = []
    newborn: list[Newborn] = []
    losses: Counter[str] = Counter()
    snapshots = SnapshotParams(given.snapshots, given.days_apart, given.turnover)
    for hardness in given.hardness.split(","):
        for seed in given.seeds.split(","):
            params = SimulationParams(given.accounts, float(hardness), int(seed), 120, given.fraud_share)
            with simulated_days(params, snapshots) as folder:
                if given.detected:
                    newborn += judge_detected(folder, snapshots, losses)
                else:
                    newborn += judge_told(folder, params, snapshots, asked)
    if given.learn:
        learn(asked)
    else:
        print_judgement(newborn, losses)


def simulated_days(params: SimulationParams, snapshots: SnapshotParams) -> tempfile.TemporaryDirectory[str]:
    home = tempfile.TemporaryDirectory(prefix="graphrisk-reincarnation-")
    flags = {
        "accounts": params.account_count, "hardness": params.hardness, "seed": params.seed,
        "fraud-share": params.fraud_share, "snapshots": snapshots.snapshot_count,
        "days-apart": snapshots.days_apart, "turnover": snapshots.turnover_share,
    }  # fmt: skip
    words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
    run_measured([installed_command(), "simulate", f"{home.name}/market", *words])
    return home


def read_truth(day: Path) -> Truth:
    members = pq.read_table(day / "truth" / "ring_members.parquet").to_pylist()
    events = pq.read_table(day / "truth" / "ring_events.parquet").to_pylist()
    return Truth(
        {row["account_id"]: row["ring_id"] for row in members},
        frozenset(row["account_id"] for row in members if row["standing"] == "suspended"),
        {row["ring_id"]: row["other_ring_id"] for row in events if row["event"] == "reincarnation"},
    )


def judge_told(
    home: str, params: SimulationParams, snapshots: SnapshotParams, kept: list[tuple[Asked, Truth]]
) -> Iterator[Newborn]:
    market, rings = Path(home) / "market", ToldRings()
    run_measured([installed_command(), "init", str(market / "day-0"), "--workspace", f"{home}/shop"])
    for day in range(snapshots.snapshot_count):
        folder = market / f"day-{day}"
        truth = read_truth(folder)
        shop = gr.Workspace.open(f"{home}/shop", data=folder)
        shop.load()
        as_of = datetime.fromtimestamp(params.starts_at.timestamp() + snapshots.end(params.window, day))  # noqa: DTZ006 - naive throughout, there and back
        record = RunRecord(f"day-{day}", as_of, as_of, "", "", 0, (), (), (), 0)
        rings.taken_down |= dict.fromkeys(truth.suspended - rings.taken_down.keys(), as_of)
        for ring in sorted(set(truth.members.values())):
            inside = tuple(sorted(account for account, of in truth.members.items() if of == ring))
            rings.seen.append(RingSeen(record.run_id, ring, as_of, inside))
        with shop.reading() as connection:
            asked = liken_rings(rings, DoingsReader(connection), rings, shop.config.mapping.kinds, record)
        kept.append((asked, truth))
        matches: dict[str, list[tuple[str, float]]] = {}
        for row in rings.told:
            told = (str(row["former_ring_id"]), float(str(row["probability"])))
            matches.setdefault(str(row["ring_id"]), []).append(told)
        names = asked.comparison.manners.names
        for at in np.unique(asked.comparison.newborn).tolist():
            yield judge(matches.get(names[at], []), truth.returns.get(names[at]))


def judge(matches: list[tuple[str, float]], former: str | None) -> Newborn:
    """matches: (former ring, probability), the best first."""
    at = [name for name, _ in matches].index(former) if former in dict(matches) else None
    wrong = max((probability for name, probability in matches if name != former), default=0.0)
    best = matches[0][1] if matches else 0.0
    return Newborn(former, at, best, 0.0 if at is None else matches[at][1], wrong)


def judge_detected(home: str, snapshots: SnapshotParams, losses: Counter[str]) -> Iterator[Newborn]:
    market, true_ring = Path(home) / "market", {}
    before: set[str] = set()
    returned: dict[str, str] = {}  # a ring may be found days after it came back
    for day in range(snapshots.snapshot_count):
        folder = market / f"day-{day}"
        run_measured([installed_command(), "run", str(folder), "--workspace", f"{home}/shop"])
        truth, run = read_truth(folder), gr.open(f"{home}/shop").latest()
        returned |= truth.returns
        members: dict[str, list[str]] = {}
        for row in run.arrow("ring_member").to_pylist():
            members.setdefault(row["ring_id"], []).append(row["account_id"])
        for ring, inside in members.items():
            true_ring[run.run_id, ring] = majority(truth, inside)
        for ring, inside in members.items():
            if not before or 3 * sum(member in before for member in inside) >= len(inside):
                continue
            found = [
                (true_ring[each.former_run_id, each.former_ring_id] or each.former_ring_id, each.probability)
                for each in run.likeness(ring)
            ]
            former = returned.get(true_ring[run.run_id, ring] or "")
            known = any(name == former for (of, _), name in true_ring.items() if of != run.run_id)
            if former is not None and not known:
                losses["come back, and found, but never found before it was taken down"] += 1
            yield judge(found, former if known else None)
        hit = {true_ring[run.run_id, ring] for ring in members}
        losses["come back"] += len(truth.returns)
        losses["come back, and not found on the first day"] += len(set(truth.returns) - hit)
        before |= {member for inside in members.values() for member in inside}


def majority(truth: Truth, accounts: list[str]) -> str | None:
    """The true ring of more than half of the accounts."""
    counted = Counter(truth.members[account] for account in accounts if account in truth.members)
    return next((ring for ring, times in counted.most_common(1) if 2 * times > len(accounts)), None)


def print_judgement(newborn: list[Newborn], losses: Counter[str]) -> None:
    back = [each for each in newborn if each.former is not None]
    new = [each for each in newborn if each.former is None]
    print(f"newborn rings: {len(back)} come back, {len(new)} not")
    for words, hits, number in (
        (
            f"come back, told among the first {MOST_SHOWN}",
            sum(each.rank is not None for each in back),
            len(back),
        ),
        ("come back, told first", sum(each.rank == 0 for each in back), len(back)),
        *(
            (f"{words} with {least} or more", sum(getattr(each, side) >= least for each in asked), len(asked))
            for words, side, asked in (("come back,", "right", back), ("not, taken for one", "wrong", new))
            for least in (0.5, 0.7, MATCH_PROBABILITY)
        ),
    ):
        low, high = interval(hits, number)
        print(f"{words}: {hits} of {number}, {hits / max(number, 1):.3f} ({low:.3f} to {high:.3f})")
    for words, times in losses.items():
        print(f"{words}: {times}")


def interval(hits: int, number: int) -> tuple[float, float]:
    low = beta.ppf(0.025, hits, number - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, number - hits) if hits < number else 1.0
    return float(low), float(high)


def learn(asked: list[tuple[Asked, Truth]]) -> None:
    """Maximum of the likelihood, with a little towards .82, the a of a habit that hardly shows."""
    cases: list[tuple[Floats, NDArray[np.bool_], int]] = []
    for one, truth in asked:
        comparison = one.comparison
        chance, names = measure_chance(comparison), comparison.manners.names
        born = np.unique(comparison.newborn)
        for ring in born.tolist():
            rows = np.flatnonzero(comparison.newborn == ring)
            right = [names[at] == truth.returns.get(names[ring]) for at in comparison.former[rows].tolist()]
            cases.append((chance[rows], np.array(right), max(len(rows), len(born))))

    def loss(free: Floats) -> float:
        shows = 1.0 / (1.0 + np.exp(free))
        total = 0.05 * float(((free + 1.5) ** 2).sum())
        for chance, right, number in cases:
            nats = np.nan_to_num(np.log(shows) + (shows - 1.0) * np.log(chance)).sum(axis=1)
            prior = RETURN_SHARE / number
            odds = np.exp(np.clip(nats, -50, 50)) * prior / (1.0 - prior * len(right))
            total += np.log(1.0 + odds.sum()) - (np.log(odds[right][0]) if right.any() else 0.0)
        return total

    found = minimize(loss, np.full(len(ASPECTS), -1.0), method="L-BFGS-B").x
    print(f"{len(cases)} newborn rings, {sum(right.any() for _, right, _ in cases)} of them come back")
    for aspect, shows in zip(ASPECTS, np.maximum(1.0 / (1.0 + np.exp(found)), LEAST_SHOWS), strict=True):
        print(f"    Aspect.{aspect.name}: {shows:.2f},")


if __name__ == "__main__":
    main()
