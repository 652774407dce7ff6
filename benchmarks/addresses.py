"""How well doors and buildings come back from the texts of addresses alone, on simulated marketplaces.

    python benchmarks/addresses.py --seeds 1,2 --accounts 20000 --hardness 0.2,0.5,0.8
    python benchmarks/addresses.py --accounts 1000000 --seeds 1 --hardness 0.5

Pairs of distinct texts: those said to be one door or building, against those that the simulator wrote for
one flat or house. `exact` is the sorted key that load compares addresses by.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphrisk.evaluate.simulator.address_text import FLAT_SHARE, _house, write_addresses
from graphrisk.evaluate.simulator.desk import open_desk
from graphrisk.evaluate.simulator.markets import MARKETS
from graphrisk.evaluate.simulator.opaque import mixed_share
from graphrisk.evaluate.simulator.params import SimulationParams
from graphrisk.evaluate.simulator.uses import Kind
from graphrisk.evaluate.simulator.world import build_world
from graphrisk.graph.address_families import group_addresses
from graphrisk.model.kinds import Normaliser
from graphrisk.sources.keys import key_rule

Longs = NDArray[np.int64]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--hardness", default="0.2,0.5,0.8")
    given = parser.parse_args(arguments)
    print(
        f"{'hardness':>8} {'seed':>4} {'texts':>7} {'cpu s':>6}  level     found     precision  recall"
        "  exact recall"
    )
    for hardness in map(float, given.hardness.split(",")):
        for seed in map(int, given.seeds.split(",")):
            measure(SimulationParams(given.accounts, hardness=hardness, seed=seed))


def measure(params: SimulationParams) -> None:
    texts, house, flat, holders = written_addresses(params)
    began = time.process_time()
    families = group_addresses(texts, holders)
    seconds = time.process_time() - began
    key = address_keys(texts)
    for level, found, truth in (("door", families.door, flat), ("building", families.building, house)):
        pairs, right, true = count_pairs(found, truth)
        _, by_key, _ = count_pairs(key, truth)
        print(
            f"{params.hardness:8.1f} {params.seed:4} {len(texts):7} {seconds:6.2f}  {level:8} {pairs:8}"
            f"  {right / max(pairs, 1):9.3f}  {right / max(true, 1):6.3f}  {by_key / max(true, 1):6.3f}"
        )


def written_addresses(params: SimulationParams) -> tuple[pa.Array, Longs, Longs, Longs]:
    """(distinct texts, the house and the flat that each was written for, how many accounts wrote it). A text
    written for two houses is left out."""
    desk = open_desk(build_world(params))
    uses, spellings = desk.world.uses[Kind.ADDRESS], desk.world.spellings
    market = desk.market_of_place[np.searchsorted(desk.places, uses.thing)]
    written = write_addresses(uses.thing, market, spellings, desk.keys.text)
    shared = _house(uses.thing)
    house = np.where(mixed_share(shared, desk.keys.text + 7) < FLAT_SHARE, shared, uses.thing)
    house = (
        house * len(MARKETS) + market
    )  # the flats of one house may lie in two countries, and then in two streets
    table = pa.table(  # noqa: F841 - named in the query
        {"line": written.line, "city": written.city, "postcode": written.postcode,
         "house": house, "flat": uses.thing, "account": uses.account}
    )  # fmt: skip
    found = duckdb.sql(
        """SELECT concat_ws(', ', line, city, postcode) AS text, min(house) AS house, min(flat) AS flat,
           count(DISTINCT account) AS holders FROM "table" GROUP BY 1
        HAVING min(house) = max(house) ORDER BY hash(text)"""
    ).to_arrow_table()
    numbers = (found[name].to_numpy().astype(np.int64) for name in ("house", "flat", "holders"))
    return (found["text"].combine_chunks(), *numbers)


def address_keys(texts: pa.Array) -> Longs:
    rule = key_rule(Normaliser.ADDRESS, "US")
    rows = pa.table({"text": texts, "row_at": np.arange(len(texts))})  # noqa: F841 - named in the query
    keys = duckdb.sql(f"SELECT {rule.key} AS key FROM rows ORDER BY row_at").to_arrow_table()["key"]
    return np.asarray(keys.combine_chunks().dictionary_encode().indices, dtype=np.int64)


def count_pairs(found: NDArray[np.integer], truth: Longs) -> tuple[int, int, int]:
    """(pairs in one found group, those of them that are true, true pairs)."""
    inside = found >= 0
    both = np.unique(np.stack((found[inside].astype(np.int64), truth[inside])), axis=1, return_counts=True)[1]
    return tuple(  # type: ignore[return-value]
        int((sizes * (sizes - 1) // 2).sum())
        for sizes in (np.bincount(found[inside]), both, np.unique(truth, return_counts=True)[1])
    )


if __name__ == "__main__":
    main()
