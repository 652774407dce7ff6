"""How far a small change of the tables reaches: what an incremental detection would have to do again.

    python benchmarks/locality.py --accounts 100000 --share 0.01

Of a share of the accounts of a simulated marketplace half of the shared links are taken away, and all
accounts are described and judged again by the prior, with the size of the marketplace as it was. Told are
accounts that lost a link, the largest component of accounts that share things, also without the things that
many hold, accounts of which any feature is another (in any bit, by more than a thousandth, by more than a
hundredth), and accounts of which the log odds are (in any bit, by .01, by .1).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph
from stability import open_world
from worlds import market_without_labels, simulated_world

from graphrisk.flows.suspect import describe_market
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.values import KindValues
from graphrisk.model.kinds import KindSet
from graphrisk.model.known import KnownAccounts
from graphrisk.risk.prior import Prior, form_opinion
from graphrisk.stores.duckdb.known import KnownReader
from graphrisk.workspace.prior_files import read_prior

MOST_HOLDERS = (10, 100, None)


@dataclass(frozen=True, slots=True)
class Seen:
    accounts: KnownAccounts
    links: SharedLinks
    values: tuple[KindValues, ...]
    kinds: KindSet


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--hardness", type=float, default=0.5)
    parser.add_argument("--share", type=float, default=0.01, help="of the accounts, those that lose links")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    prior = read_prior()
    if prior is None:
        raise SystemExit("the prior is not there: `make prior`")
    with simulated_world(given.accounts, given.hardness, given.seed) as tables:
        shop = open_world(tables)
        with shop.reading() as connection:
            source = KnownReader(connection)
            as_of = source.latest_time()
            if as_of is None:
                raise SystemExit("nothing in the tables has a time")
            accounts, links, _ = source.read_known(as_of, shop.config.mapping.kinds)
            values, _ = source.read_values(as_of, shop.config.mapping.kinds.compared())
    seen = Seen(accounts, links, values, shop.config.mapping.kinds)
    for most in MOST_HOLDERS:
        held = "all things" if most is None else f"things of at most {most} holders"
        print(f"accounts in the largest component, by {held}: {largest_component(links, most):.1%}")
    less = without_links(links, given.share, np.random.default_rng(given.seed))
    touched = np.bincount(links.account, minlength=links.account_count) != np.bincount(
        less.account, minlength=links.account_count
    )
    print(f"accounts that lost a link: {touched.mean():.1%}")
    before, odds_before = judge(seen, prior)
    after, odds_after = judge(replace(seen, links=less), prior)
    gap = np.abs(before - after)
    gap[np.isnan(before) & np.isnan(after)] = 0
    gap[np.isnan(before) != np.isnan(after)] = np.inf
    size = np.maximum(np.abs(before), np.abs(after))
    for least in (0.0, 1e-3, 1e-2):
        other = (gap > least * size).any(axis=1)
        print(f"accounts with a feature that is another by more than {least:.1%}: {other.mean():.1%}")
    for least in (0.0, 0.01, 0.1):
        other = np.abs(odds_before - odds_after) > least
        print(f"accounts whose log odds are others by more than {least}: {other.mean():.1%}")


def judge(seen: Seen, prior: Prior) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Features [N, F] and log odds [N] of all accounts, without labels."""
    market = market_without_labels(seen.accounts, seen.links, seen.kinds, seen.values)
    described = describe_market(market)
    opinion = form_opinion(prior, described, market.links, market.graph, market.kinds)
    return described.accounts.values.astype(np.float64), opinion.account_odds


def largest_component(links: SharedLinks, most_holders: int | None) -> float:
    """Share of the accounts that are in it."""
    held = links.incidence().tocsc()
    if most_holders is not None:
        held = held[:, np.diff(held.indptr) <= most_holders]
    count = links.account_count
    rows, columns = held.nonzero()
    size = count + held.shape[1]
    both = coo_array((np.ones(len(rows)), (rows, columns + count)), shape=(size, size))
    _, label = csgraph.connected_components(both, directed=False)
    return float(np.bincount(label[:count]).max() / count)


def without_links(links: SharedLinks, share: float, random: np.random.Generator) -> SharedLinks:
    """What nobody shares any more goes with it."""
    chosen = random.random(links.account_count) < share
    kept = ~(chosen[links.account] & (random.random(len(links.account)) < 0.5))
    lost = np.bincount(links.identifier[~kept], minlength=links.identifier_count)
    left = np.bincount(links.identifier[kept], minlength=links.identifier_count)
    shared = np.flatnonzero(left >= 2)
    place = np.full(links.identifier_count, -1, dtype=np.int32)
    place[shared] = np.arange(len(shared))
    kept &= place[links.identifier] >= 0
    return replace(
        links, identifiers=links.identifiers.take(shared), account=links.account[kept],
        identifier=place[links.identifier[kept]], kind_code=links.kind_code[shared],
        holder_count=(links.holder_count - lost)[shared].astype(np.int32),
        first_seen_at=links.first_seen_at[kept], last_seen_at=links.last_seen_at[kept],
        event_count=links.event_count[kept],
    )  # fmt: skip


if __name__ == "__main__":
    main()
