"""Connected components of an account graph, with canonical labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from graphrisk.graph.links import Ints
from graphrisk.graph.projection import AccountGraph


@dataclass(frozen=True, slots=True)
class Partition:
    """Groups of accounts. Accounts in no group of two or more have label -1.

    label: int32 [N], 0..C-1 in the order of each group's least account; -1 for the rest.
    """

    label: Ints

    @property
    def group_count(self) -> int:
        return int(self.label.max(initial=-1)) + 1

    def sizes(self) -> NDArray[np.int64]:
        """[C] members of each group."""
        return np.bincount(self.label[self.label >= 0], minlength=self.group_count).astype(np.int64)

    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(accounts ordered by group, then position; starts [C + 1] into them)."""
        grouped = np.flatnonzero(self.label >= 0)
        accounts = grouped[np.argsort(self.label[grouped], kind="stable")]
        starts = np.zeros(self.group_count + 1, dtype=np.int64)
        np.cumsum(self.sizes(), out=starts[1:])
        return accounts, starts


def find_components(graph: AccountGraph) -> Partition:
    """Components of two or more accounts."""
    shape = (graph.account_count, graph.account_count)
    adjacency = sparse.coo_array(
        (np.ones(graph.edge_count, np.int8), (graph.source, graph.target)), shape=shape
    )
    _, raw = csgraph.connected_components(adjacency.tocsr(), directed=False)
    return canonical_partition(raw.astype(np.int64))


def keep_sizes(partition: Partition, min_size: int) -> Partition:
    """Groups of at least min_size; the others' accounts are in none."""
    kept = np.append(partition.sizes() >= min_size, False)  # -1, for none, reads the last
    return canonical_partition(np.where(kept[partition.label], partition.label, -1).astype(np.int64))


def canonical_partition(raw: NDArray[np.int64]) -> Partition:
    """raw: [N], equal numbers for equal groups, in any numbering, negative for no group. Groups of one are
    dropped."""
    label = np.full(len(raw), -1, dtype=np.int32)
    inside = np.flatnonzero(raw >= 0)
    if len(inside) == 0:
        return Partition(label)
    _, first, inverse, count = np.unique(
        raw[inside], return_index=True, return_inverse=True, return_counts=True
    )
    kept = count >= 2
    order = np.argsort(np.where(kept, first, len(raw)), kind="stable")
    rank = np.full(len(count), -1, dtype=np.int32)
    rank[order[: int(kept.sum())]] = np.arange(int(kept.sum()), dtype=np.int32)
    label[inside] = rank[inverse]
    return Partition(label)
