"""Communities that most of several partitions agree on.

Where two groups hang together by about the resolution, one partition joins them and the next, with a link
more or less, does not; and what it then does with the accounts between them is chance. So the graph is
partitioned several times, with other seeds and resolutions about the one that is asked for, and two accounts
that share an edge stay together if they are together in more than half of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphrisk.detect.leiden import LeidenParams, find_communities
from graphrisk.graph.components import Partition, find_components
from graphrisk.graph.projection import AccountGraph


@dataclass(frozen=True, slots=True)
class AgreementParams:
    """run_count: partitions, at least 1; one alone is taken as it is. widest_ratio: of the greatest
    resolution to the one that is asked for, and of that to the least, over 1. enough_edges: gone through in
    all partitions together; where three go through more, there is one partition."""

    run_count: int = 8
    widest_ratio: float = 1.5
    enough_edges: int = 2_000_000

    def affordable_count(self, edge_count: int) -> int:
        """How many partitions of so many edges are made. Of two that differ nothing could be said."""
        count = min(self.run_count, self.enough_edges // max(edge_count, 1))
        return count if count > 2 else 1


def find_agreed(
    graph: AccountGraph,
    account_ids: Sequence[str],
    leiden: LeidenParams,
    params: AgreementParams,
    *,
    worker_count: int = 1,
) -> Partition:
    """As leiden.find_communities. Resolutions are spread evenly, by their logarithm, about the one of
    `leiden`."""
    count = params.affordable_count(graph.edge_count)
    if count == 1:
        return find_communities(graph, account_ids, leiden, worker_count=worker_count)
    together = np.zeros(graph.edge_count, dtype=np.int64)
    for run, step in enumerate(np.linspace(-1.0, 1.0, count).tolist()):
        varied = replace(
            leiden, seed=leiden.seed + run, resolution=min(leiden.resolution * params.widest_ratio**step, 1.0)
        )
        found = find_communities(graph, account_ids, varied, worker_count=worker_count)
        together += _joins(found, graph)
    return find_components(graph.only(2 * together > count))


def _joins(found: Partition, graph: AccountGraph) -> NDArray[np.bool_]:
    """[E] whether the ends of an edge are in one community."""
    label = found.label
    return np.asarray((label[graph.source] == label[graph.target]) & (label[graph.source] >= 0))
