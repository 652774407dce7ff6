"""The detectors beside identity, each alone and merged, on simulated worlds and on rings planted in them.

    python benchmarks/detectors.py --seeds 1,2,3 --accounts 20000 --hardness 0.5

A true ring is hit by a community with a Jaccard of .5. `pure`: of the communities, those with more than
half of their members from one ring; `bad`: of their members, those in any. Planted are, among honest
accounts, 20 groups of 8 that pay two payees within an hour each, 5 groups of 20 of whom each pays 80 % of
five payees within five days, and 20 rounds of four with amounts that differ by up to 10 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from worlds import run_on, simulated_world

from graphrisk.detect.candidates import Candidates
from graphrisk.detect.cash_out import CashOutParams, find_cash_out
from graphrisk.detect.circular import CircularParams, find_circular
from graphrisk.detect.dense_blocks import DenseBlockParams, find_dense_blocks
from graphrisk.detect.leiden import LeidenParams
from graphrisk.detect.lockstep import LockstepParams, find_lockstep
from graphrisk.detect.merge import MergedRings, MergeParams, merge_candidates
from graphrisk.graph.links import SharedLinks
from graphrisk.model.kinds import BUILT_IN_KINDS
from graphrisk.model.known import Trade
from graphrisk.model.rings import Detector
from graphrisk.sources.truth import TruthFiles
from graphrisk.stores.duckdb.known import KnownReader

Longs = NDArray[np.int64]
HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class World:
    """true: members of each true ring. ring: int64 [N], -1 for the honest. risk: [N]."""

    links: SharedLinks
    trade: Trade
    identity: Candidates
    risk: NDArray[np.float64]
    true: list[set[int]]
    ring: Longs


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3", help="worlds to simulate")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    given = parser.parse_args(arguments)
    for seed in (int(text) for text in given.seeds.split(",")):
        with simulated_world(given.accounts, given.hardness, seed) as folder:
            world = judge_world(folder)
        print(f"\nseed {seed}: {len(world.true)} true rings")
        for name, communities in found_communities(world):
            print(f"{name:34}", tell(world, communities))
        for name, hit_count, planted_count, told in plant_all(world, seed):
            print(f"planted, {name:25} hit {hit_count} of {planted_count}, told {told}")


def judge_world(folder: Path) -> World:
    """What `graphrisk run` says of it, with the truth beside."""
    truth = TruthFiles(folder / "truth").read_truth()
    with run_on(folder) as (shop, run, as_of), shop.reading() as connection:
        accounts, links, _ = KnownReader(connection).read_known(as_of, BUILT_IN_KINDS)
    members, risks = run.members, run.risks
    position = {account_id: at for at, account_id in enumerate(links.account_ids.to_pylist())}
    risk = np.zeros(links.account_count)
    risk[[position[account_id] for account_id in risks["account_id"].to_pylist()]] = risks["risk"].to_numpy()
    found = gather(members["ring_id"].to_pylist(), members["account_id"].to_pylist(), position)
    true = gather(truth.members["ring_id"].to_pylist(), truth.members["account_id"].to_pylist(), position)
    ring = np.full(links.account_count, -1, dtype=np.int64)
    for at, group in enumerate(true):
        ring[list(group)] = at
    identity = Candidates.of(Detector.IDENTITY, ((group, 1.0) for group in found))
    return World(links, accounts.trade, identity, risk, true, ring)


def gather(rings: list[str], accounts: list[str], position: dict[str, int]) -> list[set[int]]:
    groups: dict[str, set[int]] = {}
    for ring, account in zip(rings, accounts, strict=True):
        groups.setdefault(ring, set()).add(position[account])
    return [groups[ring] for ring in sorted(groups)]


def found_communities(world: World) -> Iterator[tuple[str, list[Longs]]]:
    yield "identity", world.identity.communities()
    candidates = [*detect_in(world, world.trade), *find_cash_outs(world)]
    names = ["lockstep", "dense_blocks", "circular", "cash_out at payees", "cash_out at shared things"]
    for name, one in zip(names, candidates, strict=True):
        yield name, one.communities()
    merged = merge_candidates(world.identity, candidates[:4], MergeParams())
    yield "merged", merged.communities()
    yield "  of these, found by cash_out too", supported(merged, Detector.CASH_OUT)
    wide = MergeParams(widening=frozenset({Detector.CASH_OUT}))
    yield "merged, cash_out widens", merge_candidates(world.identity, candidates[:4], wide).communities()
    trusting = MergeParams(alone=frozenset(Detector))
    yield (
        "merged, any detector alone",
        merge_candidates(world.identity, candidates[:4], trusting).communities(),
    )


def detect_in(world: World, trade: Trade) -> list[Candidates]:
    """Lockstep, dense blocks, circular payments."""
    count = world.links.account_count
    as_of = int(trade.paid_at.max(initial=0))
    return [
        find_lockstep(trade, world.links.account_ids, LeidenParams(), LockstepParams()),
        find_dense_blocks(trade, count, as_of, DenseBlockParams()),
        find_circular(trade, count, CircularParams()),
    ]


def find_cash_outs(world: World) -> list[Candidates]:
    """At payees, and at shared identifiers."""
    named = world.trade.payee >= 0
    owner = np.arange(int(world.trade.payee.max(initial=-1)) + 1, dtype=np.int32)
    owner[owner >= world.links.account_count] = -1
    params = CashOutParams()
    payers, payees = world.trade.payer[named], world.trade.payee[named]
    return [
        find_cash_out(payers, payees, world.risk, params, owner)[0],
        find_cash_out(world.links.account, world.links.identifier, world.risk, params)[0],
    ]


def supported(merged: MergedRings, detector: Detector) -> list[Longs]:
    pairs = zip(merged.communities(), merged.detectors, strict=True)
    return [group for group, names in pairs if detector in names]


def tell(world: World, communities: list[Longs]) -> str:
    if not communities:
        return "none"
    groups = [set(group.tolist()) for group in communities]
    members = np.concatenate(communities)
    most = [np.bincount(world.ring[group] + 1)[1:].max(initial=0) / len(group) for group in communities]
    precision = count_hits(groups, world.true) / len(groups)
    return (
        f"{len(groups):4} communities, hit {count_hits(world.true, groups)}, precision {precision:.2f}, "
        f"pure {np.mean(np.array(most) > 0.5):.2f}, bad {np.mean(world.ring[members] >= 0):.2f}"
    )


def count_hits(wanted: list[set[int]], found: list[set[int]]) -> int:
    """How many have a Jaccard of .5 or more with one that was found."""
    return sum(any(2 * len(one & other) >= len(one | other) for other in found) for one in wanted)


def plant_all(world: World, seed: int) -> Iterator[tuple[str, int, int, int]]:
    """(detector, groups hit, groups planted, communities told)."""
    rng = np.random.default_rng(seed)
    plans = [plant_lockstep(world, rng), plant_blocks(world, rng), plant_rounds(world, rng)]
    for at, (groups, rows) in enumerate(plans):
        found = detect_in(world, with_payments(world.trade, rows))[at]
        told = [set(group.tolist()) for group in found.communities()]
        yield found.detector, count_hits(groups, told), len(groups), len(told)


Rows = list[tuple[int, int, int, int]]  # payer, payee, paid_at, amount_minor


def draw_honest(world: World, rng: np.random.Generator, count: int) -> list[int]:
    honest = np.flatnonzero(world.ring < 0)
    return [int(account) for account in rng.choice(honest, count, replace=False)]


def plant_lockstep(world: World, rng: np.random.Generator) -> tuple[list[set[int]], Rows]:
    groups, rows = [draw_honest(world, rng, 8) for _ in range(20)], []
    payees = world.trade.payee[world.trade.payee >= 0]
    first, last = int(world.trade.paid_at.min()), int(world.trade.paid_at.max())
    for group in groups:
        for payee in rng.choice(payees, 2).tolist():
            at = int(rng.integers(first, last))
            rows += [(payer, payee, at + int(rng.integers(HOUR)), 1000) for payer in group]
    return [set(group) for group in groups], rows


def plant_blocks(world: World, rng: np.random.Generator) -> tuple[list[set[int]], Rows]:
    groups, rows = [], []
    payees = np.unique(world.trade.payee[world.trade.payee >= 0])
    last = int(world.trade.paid_at.max())
    for _ in range(5):
        payers, paid = draw_honest(world, rng, 20), rng.choice(payees, 5, replace=False).tolist()
        begun = last - int(rng.integers(5 * 24, 30 * 24)) * HOUR
        rows += [
            (payer, payee, begun + int(rng.integers(5 * 24 * HOUR)), 1000)
            for payer in payers
            for payee in paid
            if rng.random() < 0.8
        ]
        groups.append({*payers, *(payee for payee in paid if payee < world.links.account_count)})
    return groups, rows


def plant_rounds(world: World, rng: np.random.Generator) -> tuple[list[set[int]], Rows]:
    groups, rows = [draw_honest(world, rng, 4) for _ in range(20)], []
    first, last = int(world.trade.paid_at.min()), int(world.trade.paid_at.max())
    for group in groups:
        at = int(rng.integers(first, last - 10 * 24 * HOUR))
        for leg, payer in enumerate(group):
            amount = int(5000 * rng.uniform(0.95, 1.05))
            rows.append((payer, group[(leg + 1) % 4], at + 24 * leg * HOUR, amount))
    return [set(group) for group in groups], rows


def with_payments(trade: Trade, rows: Rows) -> Trade:
    """In the first currency, and by time."""
    new = np.array(rows, dtype=np.int64)
    at = np.concatenate((trade.paid_at, new[:, 2]))
    order = np.argsort(at, kind="stable")
    nothing = np.zeros(len(new), dtype=bool)
    return replace(
        trade,
        payer=np.concatenate((trade.payer, new[:, 0].astype(np.int32)))[order],
        payee=np.concatenate((trade.payee, new[:, 1].astype(np.int32)))[order],
        paid_at=at[order],
        amount_minor=np.concatenate((trade.amount_minor, new[:, 3]))[order],
        currency=np.concatenate((trade.currency, np.zeros(len(new), np.int32)))[order],
        is_loss=np.concatenate((trade.is_loss, nothing))[order],
        is_chargeback=np.concatenate((trade.is_chargeback, nothing))[order],
    )


if __name__ == "__main__":
    main()
