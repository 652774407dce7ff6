"""Communities of accounts and what they share together, without pairs of accounts.

Leiden with CPM on the bipartite graph itself, each link of weight 1: a community of n accounts and
identifiers keeps those that have more than `resolution` times n links into it. A hub of h accounts has h
links here, where a projection has h (h - 1) / 2 pairs: the work is linear in links.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph


def find_link_communities(
    links: SharedLinks, account_ids: Sequence[str], resolution: float, *, most_holders: int = 200, seed: int
) -> Partition:
    """Of accounts; who is alone with identifiers is in none. account_ids: [N]. most_holders: an identifier
    that more accounts and outsiders hold binds nobody."""
    count = links.account_count
    kept = np.flatnonzero(links.holder_count[links.identifier] <= most_holders)
    kept = kept[np.argsort(links.account[kept], kind="stable")]
    graph = AccountGraph(
        count + links.identifier_count, links.account[kept], links.identifier[kept] + np.int32(count),
        np.zeros(len(kept)), np.ones(len(kept)),
    )  # fmt: skip
    # An account's id may read like an identifier; a kind never has a null character.
    things = (f"{kind}\x00{text}" for kind, text in zip(*links.identifiers.to_pydict().values(), strict=True))
    whole = len(account_ids) + links.identifier_count
    params = LeidenParams(resolution, max_size=whole, seed=seed)
    found = find_communities(graph, [*account_ids, *things], params)
    return canonical_partition(found.label[:count].astype(np.int64))
