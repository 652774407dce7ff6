"""A second look at the accounts that risk reached: grouped again among themselves, at half the resolution.

A ring in camouflage shares thin things with many honest people, and the first partition cuts it apart between
them. Among risky accounts alone the honest are gone, so that thinner evidence may hold a ring together.
What it gave is in docs/method.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, find_components
from graphrisk.graph.projection import AccountGraph


def regroup_accounts(
    communities: Partition,
    chosen: NDArray[np.bool_],
    graph: AccountGraph,
    account_ids: Sequence[str],
    params: LeidenParams,
) -> Partition:
    """chosen: bool [N]. Chosen accounts leave their communities for those that they form among each other;
    one that finds no company stays alone. What is left of a community stays together as far as it is still
    connected. params: of the first partition."""
    if not chosen.any():
        return communities
    coarser = replace(params, resolution=params.resolution / 2)
    regrouped = find_communities(
        graph.only(chosen[graph.source] & chosen[graph.target]), account_ids, coarser
    )
    group = communities.label.astype(np.int64)
    group[chosen] = communities.group_count + regrouped.label[chosen]
    group[chosen & (regrouped.label < 0)] = -1
    together = (group[graph.source] == group[graph.target]) & (group[graph.source] >= 0)
    return find_components(graph.only(together))
