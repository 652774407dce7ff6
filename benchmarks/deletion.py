"""Do explanations name what rings rest on? Deleting what they name, against deleting as much at random.

    python benchmarks/deletion.py [--seeds 1,2,3] [--accounts 20000] [--named 3] [--draws 100]

On every ring that graphrisk finds in simulated worlds and whose members share more identifiers than are
named: those that explain it best (risk/deletion.py) are taken away, and so are as many drawn among all that
two or more members share. That is the harder opponent: what one member has alone holds nothing. Told are the
shares of rings that lose more without the named than without random ones on average, and the shares of
draws that cost less than, or no more than, the named; a draw may be what was named, or hold as much.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from baselines import Floats, Ints
from worlds import run_on, simulated_world

import graphrisk as gr
from graphrisk.evaluate.scoring import FoundRun
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.neighbourhood import gather_neighbourhood
from graphrisk.graph.weights import WeightParams, prior_log_odds, weigh_identifiers
from graphrisk.risk.deletion import (
    DeletionParams,
    RingHold,
    compare_deletion,
    gather_ring_evidence,
    rank_ring_identifiers,
)
from graphrisk.risk.explanation import rank_account_evidence, trace_to_anchors
from graphrisk.risk.relevance import RelevanceParams
from graphrisk.stores.duckdb.known import KnownReader

MEASURES = ("surprise, digits", "mean pair probability")
SAME = 1e-9
TIMED_ACCOUNTS = 300


class FoundWorld(NamedTuple):
    """What detect saw, and the members of each ring that it found."""

    links: SharedLinks
    llr: Floats
    prior: float
    rings: list[Ints]


class Losses(NamedTuple):
    """What one ring loses, in both measures. named: (2,). drawn: (draw_count, 2)."""

    named: Floats
    drawn: Floats


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3", help="worlds to simulate")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--named", type=int, default=3, help="identifiers taken away")
    parser.add_argument("--draws", type=int, default=100, help="random sets for each ring")
    given = parser.parse_args(arguments)
    every: list[Losses] = []
    for seed in (int(text) for text in given.seeds.split(",")):
        with detected_world(given.accounts, given.hardness, seed) as world:
            losses = list(delete_from_rings(world, DeletionParams(given.named, given.draws, seed)))
            seconds = time_explanations(world)
        print(f"\nseed {seed}: {len(losses)} of {len(world.rings)} rings share more than {given.named}")
        print_losses(losses)
        middle, late = 1000 * np.percentile(seconds, [50, 99])
        print(f"explaining one account: {middle:.0f} ms in the median, {late:.0f} ms at the 99th percentile")
        every += losses
    print(f"\nall: {len(every)} rings")
    print_losses(every)


@contextmanager
def detected_world(account_count: int, hardness: float, seed: int) -> Iterator[FoundWorld]:
    with simulated_world(account_count, hardness, seed) as tables, run_on(tables) as (shop, found, as_of):
        yield read_world(shop, found, as_of)


def read_world(shop: gr.Workspace, found: FoundRun, as_of: datetime) -> FoundWorld:
    kinds = shop.config.mapping.kinds
    with shop.reading() as connection:
        _, links, _ = KnownReader(connection).read_known(as_of, kinds)
    members = found.members.select(["ring_id", "account_id"]).to_pandas()
    members["position"] = pd.Index(links.account_ids.to_pylist()).get_indexer(pd.Index(members["account_id"]))
    rings = [of_ring["position"].to_numpy(np.int64) for _, of_ring in members.groupby("ring_id")]
    prior = prior_log_odds(WeightParams(), links.account_count)
    return FoundWorld(links, weigh_identifiers(links, kinds), prior, rings)


def delete_from_rings(world: FoundWorld, params: DeletionParams) -> Iterator[Losses]:
    for members in world.rings:
        ring = gather_ring_evidence(world.links, world.llr, world.prior, members)
        if len(ring.identifiers) > params.named_count:
            tested = compare_deletion(ring, rank_ring_identifiers(ring, RelevanceParams()), params)
            whole = as_array(tested.whole)
            drawn = np.array([as_array(hold) for hold in tested.without_random])
            yield Losses(whole - as_array(tested.without_named), whole - drawn)


def as_array(hold: RingHold) -> Floats:
    return np.array([hold.surprise_digits, hold.pair_probability])


def time_explanations(world: FoundWorld) -> Floats:
    """Seconds for each of some members: neighbourhood, evidence, path to the rest of its ring."""
    seconds = []
    pairs = chain.from_iterable(((account, ring) for account in ring.tolist()) for ring in world.rings)
    for account, ring in list(pairs)[:TIMED_ACCOUNTS]:
        begun = time.perf_counter()
        near = gather_neighbourhood(world.links, world.llr, account)
        rank_account_evidence(near, world.llr, RelevanceParams())
        trace_to_anchors(near, world.llr, world.prior, ring)
        seconds.append(time.perf_counter() - begun)
    return np.array(seconds)


def print_losses(losses: Sequence[Losses]) -> None:
    columns = ("rings lose more", "draws cost less", "or no more", "lost without named", "without random")
    print(f"{'':22}" + "".join(f"{name:>19}" for name in columns))
    for column, measure in enumerate(MEASURES):
        named = np.array([ring.named[column] for ring in losses])
        drawn = np.stack([ring.drawn[:, column] for ring in losses])
        cells = (
            np.mean(named > drawn.mean(axis=1) + SAME),
            np.mean(drawn < named[:, None] - SAME),
            np.mean(drawn <= named[:, None] + SAME),
            named.mean(),
            drawn.mean(),
        )
        print(f"{measure:22}" + "".join(f"{cell:19.3f}" for cell in cells))


if __name__ == "__main__":
    main()
