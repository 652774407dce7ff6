"""What plans with the default policy do on simulated worlds, and whether what they promise holds.

    python benchmarks/enforcement.py --seeds 7001-7020 --accounts 10000 --hardness 0.5,0.8
    python benchmarks/enforcement.py --seeds 7001-7010 --accounts 10000 --hardness 0.5,0.8 --framing framed
    python benchmarks/enforcement.py --seeds 7001-7005 --accounts 10000 --hardness 0.5 --kind plain

For each tier, and for all that take something away from a person (above review): fraud caught, its losses,
innocents acted on; the interval of wrongful actions that the plan named beforehand, and in how many worlds
the truth lay in it. Beside it two lists without guardrails: everybody in a ring of the score that a
restriction asks for, and everybody of its risk. --framing: innocents are tied to rings on purpose, one to
three things of a ring on each, some in payments (framing.py); `followed`: and members of the ring pay whom he
pays. Then it is counted who of them gets which tier.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from enforcement_worlds import KINDS, SIMULATED, Framing, JudgedWorld, WorldName, read_world
from scipy.stats import binomtest

from graphrisk.enforce.make_plan import Ground, make_plan
from graphrisk.enforce.plan import Plan, PlanOrder
from graphrisk.enforce.policy import Policy
from graphrisk.enforce.promise import Promise
from graphrisk.enforce.state import replay
from graphrisk.model.enforcement import HARMLESS_UP_TO, TIERS, Bucket, PlanRow, rank
from graphrisk.model.kinds import BUILT_IN_KINDS

ALL, HARMED = "all", f"above {HARMLESS_UP_TO.value}"
BY_SCORE, BY_RISK = "ring score alone", "risk alone"
LISTS = (*(tier.value for tier in TIERS), ALL, HARMED, BY_SCORE, BY_RISK)
DRAW_COUNT = 2_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one list in one world. fraud_share, loss_share: of all fraud accounts, and of what these lost the
    shop. innocent_share: of all innocents. framed: of the framed, those on it. promise: None where none was
    made."""

    name: str
    account_count: int
    innocent_count: int
    fraud_share: float
    loss_share: float
    innocent_share: float
    framed: int
    promise: Promise | None

    @property
    def is_kept(self) -> bool:
        return self.promise is not None and self.promise.low <= self.innocent_count <= self.promise.high


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="7001-7003", help="first-last, or several separated by commas")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--hardness", default="0.5", help="one or several, separated by commas")
    parser.add_argument("--kind", choices=KINDS, default=SIMULATED)
    parser.add_argument("--framing", choices=list(Framing), default=Framing.NONE, type=Framing)
    parser.add_argument("--cache", type=Path, help="a folder to keep judged worlds in")
    given = parser.parse_args(arguments)
    policy = Policy()
    for hardness in (float(text) for text in given.hardness.split(",")):
        found, framed_count = [], 0
        for seed in read_seeds(given.seeds):
            name = WorldName(given.kind, given.accounts, hardness, seed, given.framing)
            world = read_world(name, given.cache)
            outcomes = list(judge_plan(world, policy))
            print_world(world, outcomes)
            found.append(outcomes)
            framed_count += len(world.framed)
        print_table(hardness, found)
        if given.framing is not Framing.NONE:
            print_framed(framed_count, found)


def read_seeds(text: str) -> list[int]:
    """'1-3,7' is 1, 2, 3, 7."""
    ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
    return [seed for first, *last in ends for seed in range(first, (last[0] if last else first) + 1)]


def plan_world(world: JudgedWorld, policy: Policy) -> Plan:
    """With nothing in force yet, an hour after the run's as-of."""
    ground = Ground(
        world.run,
        BUILT_IN_KINDS,
        policy,
        replay(()),
        {},
        lambda account_id: account_id,
        b"key of a benchmark",
    )
    return make_plan(world.members, ground, PlanOrder("benchmark", world.run.as_of + timedelta(hours=1)))


def judge_plan(world: JudgedWorld, policy: Policy) -> Iterator[Outcome]:
    plan = plan_world(world, policy)
    rows = [row for row in plan.rows if row.bucket in (Bucket.NEW, Bucket.ESCALATED)]
    for tier in TIERS:
        yield measure(tier.value, ids_of(row for row in rows if row.proposed is tier), world)
    blast = plan.header.blast
    harmed = (row for row in rows if rank(row.proposed) > rank(HARMLESS_UP_TO))
    yield measure(ALL, ids_of(rows), world, blast.wrongful)
    yield measure(HARMED, ids_of(harmed), world, blast.wrongful_harmed)
    rule = policy.tiers.restrict
    by_score = {each.account_id for each in world.members if each.ring_score >= rule.least_ring_score}
    by_risk = {account_id for account_id, risk in world.risks.items() if risk >= rule.least_risk}
    yield measure(BY_SCORE, by_score, world)
    yield measure(BY_RISK, by_risk, world)


def ids_of(rows: Iterator[PlanRow] | Sequence[PlanRow]) -> set[str]:
    return {row.account_id for row in rows if row.account_id is not None}


def measure(name: str, chosen: set[str], world: JudgedWorld, promise: Promise | None = None) -> Outcome:
    fraud = {account_id for account_id, is_bad in world.bad.items() if is_bad}
    caught = chosen & fraud
    lost = sum(world.losses.get(account_id, 0.0) for account_id in fraud)
    stopped = sum(world.losses.get(account_id, 0.0) for account_id in caught)
    innocent_count = len(chosen) - len(caught)
    return Outcome(
        name, len(chosen), innocent_count, len(caught) / max(len(fraud), 1), stopped / lost if lost else 0.0,
        innocent_count / max(len(world.bad) - len(fraud), 1), len(chosen & world.framed), promise,
    )  # fmt: skip


def print_world(world: JudgedWorld, outcomes: Sequence[Outcome]) -> None:
    told = [
        f"{each.name}: {each.innocent_count} of {each.account_count} innocent, promised"
        f" {each.promise.expected:.1f} ({each.promise.low} to {each.promise.high})"
        for each in outcomes
        if each.promise is not None
    ]
    print(f"{world.name}: " + "; ".join(told), flush=True)


def print_table(hardness: float, found: Sequence[Sequence[Outcome]]) -> None:
    """Means over worlds, 95 % by drawing worlds again; of the promise, the worlds in which it held."""
    print(f"\nhardness {hardness}, {len(found)} worlds")
    print(
        f"{'list':17} {'accounts':>9} {'innocent':>9} {'fraud caught':>20} {'of its losses':>20}"
        f" {'innocents per 1,000':>22}  promise"
    )
    for at, name in enumerate(LISTS):
        of_list = [outcomes[at] for outcomes in found]
        cells = (
            estimate([each.fraud_share for each in of_list]),
            estimate([each.loss_share for each in of_list]),
            estimate([1_000 * each.innocent_share for each in of_list], digits=2),
        )
        print(
            f"{name:17} {sum(each.account_count for each in of_list):9}"
            f" {sum(each.innocent_count for each in of_list):9}"
            f" {cells[0]:>20} {cells[1]:>20} {cells[2]:>22}  {tell_promise(of_list)}"
        )
    print(flush=True)


def tell_promise(outcomes: Sequence[Outcome]) -> str:
    promises = [each.promise for each in outcomes if each.promise is not None]
    if not promises:
        return ""
    held = sum(each.is_kept for each in outcomes)
    low, high = binomial_interval(held, len(outcomes))
    expected = sum(each.expected for each in promises)
    width = float(np.mean([each.high - each.low for each in promises]))
    return (
        f"held in {held} of {len(outcomes)} ({low:.0%} to {high:.0%}); {expected:.1f} expected in all,"
        f" mean width {width:.1f}"
    )


def estimate(values: Sequence[float], digits: int = 3) -> str:
    numbers = np.array(values)
    drawn = np.random.default_rng(0).integers(len(numbers), size=(DRAW_COUNT, len(numbers)))
    low, high = np.percentile(numbers[drawn].mean(axis=1), [2.5, 97.5])
    return f"{numbers.mean():.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def binomial_interval(count: int, of_count: int) -> tuple[float, float]:
    """95 %, exact (Clopper and Pearson 1934)."""
    found = binomtest(count, of_count).proportion_ci(method="exact")
    return float(found.low), float(found.high)


def print_framed(count: int, found: Sequence[Sequence[Outcome]]) -> None:
    got = Counter({name: sum(outcomes[at].framed for outcomes in found) for at, name in enumerate(LISTS)})
    low, high = binomial_interval(got[HARMED], count)
    told = ", ".join(f"{name} {got[name]}" for name in LISTS)
    print(
        f"{count} framed: {told}; above review {got[HARMED] / max(count, 1):.2%} ({low:.2%} to {high:.2%})\n"
    )


if __name__ == "__main__":
    main()
