"""Learns the prior that is shipped, from marketplaces that are made up, and writes it to prior/.

    python benchmarks/train_prior.py [--worlds 18] [--accounts 14000] [--out prior]

Each of the worlds has a twin: one is simulated, one sketched (sketch.py). The simulated differ in hardness (0
to 1), in the share of accounts in rings (.6 to 8 %) and in length (60 to 365 days), the sketched in nearly
everything, and one in five has a third of the accounts; their seeds begin at 1000, far from those that
anything is measured on. In one of three nobody is framed (framing.py), in one a few are, in one many. Each is
shown once more as a marketplace that tells less. A third as many more worlds calibrate the score of rings. As
many sketched ones again, in which rings work in shifts, teach which communities are cells of one ring.
About fifteen minutes on two cores; the same worlds give the same prior on one machine.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from framing import FramingParams, draw_framing, plant
from numpy.typing import NDArray
from sketch import Sketch
from worlds import BROUGHT, market_without_labels

import graphrisk as gr
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.flows.simulate import simulate
from graphrisk.flows.suspect import Marketplace, describe_market
from graphrisk.graph.links import SharedLinks
from graphrisk.model.known import NO_TIME
from graphrisk.risk import account_features, identifier_features, use_features
from graphrisk.risk.booster import BoosterParams
from graphrisk.risk.prior import Described
from graphrisk.risk.prior_training import Example, train_prior
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.stores.files import FileFormat, TableFolder
from graphrisk.workspace.init import propose_config
from graphrisk.workspace.prior_files import write_prior

FIRST_SEED = 1000
FIRST_SHIFT_SEED = 2000
PARAMS = BoosterParams(seed=0, round_count=120, leaf_count=31, learning_rate=0.15, column_share=0.3)
DAYS = (60, 90, 120, 180, 365)
DESCRIBING = (identifier_features, account_features, use_features)
SMALL_EVERY = 5
FRAMING = {1: (0.3, 2), 2: (0.8, 4)}  # by position modulo 3: share of rings, innocents of each at most


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=18, help="at least 8, so that there are two halves")
    parser.add_argument("--accounts", type=int, default=14_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "prior")
    given = parser.parse_args(arguments)
    examples: list[Example] = []
    fresh: list[Example] = []
    for position, drawn in enumerate(draw_worlds(given.worlds + given.worlds // 3, given.accounts)):
        for seed, write, told in drawn:
            framing = FramingParams(seed, *FRAMING[position % 3]) if position % 3 in FRAMING else None
            shown = show(position, build_world(write, framing))
            if position < given.worlds:
                examples.extend(shown)
            else:
                fresh.append(next(shown))
            print(f"world {position + 1}: {told}", flush=True)
    shifts = [
        next(show(position, build_world(sketch.write, None)))
        for position, sketch in enumerate(draw_shifts(given.worlds, given.accounts))
    ]
    prior = train_prior(examples, shifts, fresh, PARAMS)
    write_prior(prior, given.out)
    print(f"wrote {given.out}: {prior.digest()}")


class Drawn(NamedTuple):
    """write: tables and truth/ into a folder, giving the moment of which they tell. told: what it is."""

    seed: int
    write: Callable[[Path], datetime]
    told: str


def draw_worlds(count: int, account_count: int) -> Iterator[tuple[Drawn, Drawn]]:
    """Twins: one simulated, one sketched."""
    rng = np.random.default_rng(7)
    for position in range(count):
        hardness = round(float(rng.uniform(0, 1)), 2)
        share = round(float(np.exp(rng.uniform(np.log(0.006), np.log(0.08)))), 4)
        days = int(rng.choice(DAYS))
        size = account_count // 3 if position % SMALL_EVERY == SMALL_EVERY - 1 else account_count
        seed = FIRST_SEED + position
        params = SimulationParams(size, hardness, seed, days, share)
        sketch = Sketch(size, seed)
        yield (
            Drawn(seed, partial(write_simulated, params), f"hardness {hardness}, {share:.1%} in rings"),
            Drawn(seed, sketch.write, f"sketched, {sketch.habits.fraud_share:.1%} in rings"),
        )


def draw_shifts(count: int, account_count: int) -> Iterator[Sketch]:
    """Sketched marketplaces whose rings work in shifts."""
    for seed in range(FIRST_SHIFT_SEED, FIRST_SHIFT_SEED + count):
        yield Sketch(account_count, seed, in_shifts=True)


def write_simulated(params: SimulationParams, folder: Path) -> datetime:
    tables, truth = (TableFolder(each, FileFormat.PARQUET) for each in (folder, folder / "truth"))
    simulate(params, tables, truth, lambda _: None)
    return params.ends_at


@dataclass(frozen=True, slots=True)
class KnownWorld:
    """true_ring, is_framed: [N]. is_ring_thing: [M]. See prior_training.Example."""

    market: Marketplace
    true_ring: NDArray[np.int64]
    is_framed: NDArray[np.bool_]
    is_ring_thing: NDArray[np.bool_]


def build_world(write: Callable[[Path], datetime], framing: FramingParams | None) -> KnownWorld:
    with tempfile.TemporaryDirectory(prefix="graphrisk-prior-") as folder:
        world = Path(folder) / "world"
        as_of = write(world)
        planted = draw_framing(world, framing) if framing else []
        plant(world, planted)
        propose_config(world, Path(folder) / "shop")
        shop = gr.Workspace.open(Path(folder) / "shop")
        shop.load()
        kinds = shop.config.mapping.kinds
        with shop.reading() as connection:
            reader = KnownReader(connection)
            accounts, links, _ = reader.read_known(as_of, kinds)
            values, _ = reader.read_values(as_of, kinds.compared())
            brought = read_ring_things(connection, world / "truth")
        members = pq.read_table(world / "truth" / "ring_members.parquet")
    market = market_without_labels(accounts, links, kinds, values)
    true_ring = place_members(members, accounts.account_ids)
    framed = pa.array({each.account_id for each in planted}, pa.string())
    is_framed = pc.is_in(accounts.account_ids, framed).to_numpy(zero_copy_only=False)
    is_ring_thing = mark_ring_things(market.links, set(kinds.names()), brought, true_ring)
    return KnownWorld(market, true_ring, is_framed, is_ring_thing)


def show(position: int, world: KnownWorld) -> Iterator[Example]:
    """A world as it is, and once more as one that tells less: in turn nothing but links; no payments, and not
    what was used again after its middle; no uses but the first; no times."""
    market, links = world.market, world.market.links
    middle = np.median(links.last_seen_at[links.last_seen_at != NO_TIME])
    straddles = (links.first_seen_at <= middle) & (links.last_seen_at > middle)
    everywhere = np.ones(len(links.account), dtype=bool)
    forgotten = (everywhere, straddles, everywhere, np.zeros_like(straddles))[position % 4]
    hidden = (("TIME_NAMES", "TRADE_NAMES"), ("TRADE_NAMES",), (), ("TIME_NAMES",))[position % 4]
    yield _example(position, world, describe_market(market))
    less = describe_market(with_first_uses(market, forgotten))
    for names in hidden:
        less = blind(less, *(getattr(each, names) for each in DESCRIBING))
    yield _example(position, world, less)


def _example(position: int, world: KnownWorld, described: Described) -> Example:
    market = world.market
    return Example(
        position // 4 % 2, described, market.links, market.graph, market.llr, market.kinds, world.true_ring,
        world.is_framed, world.is_ring_thing,
    )  # fmt: skip


def with_first_uses(market: Marketplace, chosen: NDArray[np.bool_]) -> Marketplace:
    """Of the chosen links no more is told than the first use: see graph.links.SharedLinks."""
    links = market.links
    return replace(
        market,
        links=replace(
            links,
            last_seen_at=np.where(chosen, links.first_seen_at, links.last_seen_at),
            event_count=np.where(chosen, 1, links.event_count),
        ),
    )


def read_ring_things(connection: duckdb.DuckDBPyConnection, truth: Path) -> set[tuple[str, str]]:
    """(kind, identifier) as the workspace calls them, of all that a ring brought."""
    found = connection.sql(
        f"""WITH {BROUGHT}
        SELECT i.kind, i.identifier FROM brought JOIN identifier_key i USING (identifier_key)""",
        params={"brought": str(truth / "identifiers.parquet")},
    ).fetchall()
    return {(kind, identifier) for kind, identifier in found}


def place_members(members: pa.Table, account_ids: pa.Array) -> NDArray[np.int64]:
    """[N] the true ring of each account, -1 for none."""
    rings = sorted(set(members["ring_id"].to_pylist()))
    number = {ring: position for position, ring in enumerate(rings)}
    of_account = dict(
        zip(members["account_id"].to_pylist(), map(number.get, members["ring_id"].to_pylist()), strict=True)
    )
    return np.array([of_account.get(each, -1) for each in account_ids.to_pylist()], dtype=np.int64)


def mark_ring_things(
    links: SharedLinks, declared: set[str], brought: set[tuple[str, str]], true_ring: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """[M]: a declared kind's identifier that a ring brought; a family of which at least half of the holders,
    and two, are of one ring."""
    kinds, texts = (links.identifiers[name].to_pylist() for name in ("kind", "identifier"))
    is_brought = np.array([pair in brought for pair in zip(kinds, texts, strict=True)], dtype=bool)
    ring = true_ring[links.account]
    inside = ring >= 0
    width = int(true_ring.max(initial=0)) + 1
    pair, count = np.unique(
        links.identifier[inside].astype(np.int64) * width + ring[inside], return_counts=True
    )
    most = np.zeros(links.identifier_count, dtype=np.int64)
    np.maximum.at(most, pair // width, count)
    is_family = np.array([kind not in declared for kind in kinds], dtype=bool)
    mostly = (most >= 2) & (2 * most >= links.known_holder_count())
    return np.where(is_family, mostly, is_brought)


def blind(
    described: Described, of_identifiers: Sequence[str], of_accounts: Sequence[str], of_uses: Sequence[str]
) -> Described:
    """The same marketplace, which does not tell these."""
    passed_on = [f"{how}_{name}" for how in ("mean", "most") for name in of_identifiers]
    return Described(
        described.accounts.without((*of_accounts, *passed_on, *(f"use_{name}" for name in of_uses))),
        described.identifiers.without((*of_identifiers, *(f"users_{name}" for name in of_uses))),
        described.uses.without(of_uses),
    )


if __name__ == "__main__":
    main()
