"""Communities of accounts and what they share together, without pairs of accounts.

Leiden with CPM on the bipartite graph itself, each link of weight 1: a community of n holders and
identifiers keeps those that have more than `resolution` times n links into it. A hub of h accounts has h
links here, where a projection has h (h - 1) / 2 pairs: the work is linear in links. So outsiders can stand
in it as holders, and accounts that share nothing are one community by way of whom they deal with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, canonical_partition
from graphrisk.graph.links import SharedLinks
from graphrisk.graph.projection import AccountGraph
from graphrisk.graph.public_links import MOST_HOLDERS


def find_link_communities(
    links: SharedLinks,
    account_ids: Sequence[str],
    resolution: float,
    *,
    most_holders: int = MOST_HOLDERS,
    seed: int,
) -> Partition:
    """Of accounts; who is alone with identifiers and outsiders is in none. account_ids: [N]. most_holders: an
    identifier that more accounts and outsiders hold binds nobody."""
    count, tied = links.account_count, links.with_outsiders()
    holder_count = count + len(tied.outsider_ids)
    kept = np.flatnonzero(tied.holder_count[tied.identifier] <= most_holders)
    # An outsider with one thing left ties nobody, and a hundred of them would make its community too large.
    held = np.bincount(tied.holder[kept], minlength=holder_count)
    kept = kept[(tied.holder[kept] < count) | (held[tied.holder[kept]] >= 2)]
    kept = kept[np.argsort(tied.holder[kept], kind="stable")]
    graph = AccountGraph(
        holder_count + tied.identifiers.num_rows, tied.holder[kept],
        tied.identifier[kept] + np.int32(holder_count), np.zeros(len(kept)), np.ones(len(kept)),
    )  # fmt: skip
    # An account's id may read like an identifier; a kind never has a null character.
    things = (f"{kind}\x00{text}" for kind, text in zip(*tied.identifiers.to_pydict().values(), strict=True))
    names = [*account_ids, *tied.outsider_ids.to_pylist(), *things]
    found = find_communities(graph, names, LeidenParams(resolution, max_size=len(names), seed=seed))
    return canonical_partition(found.label[:count].astype(np.int64))
