"""Pairs that somebody said are no ring: taken out of the graph that holds rings together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graphrisk.graph.projection import AccountGraph


def keep_apart(graph: AccountGraph, groups: Sequence[NDArray[np.int64]]) -> AccountGraph:
    """Without the edges whose two ends are in one of the groups. groups: account positions, any order."""
    if not groups:
        return graph
    members = np.concatenate(groups)
    group = np.repeat(np.arange(len(groups)), [len(each) for each in groups])
    shape = (graph.account_count, len(groups))
    inside = sparse.csr_array((np.ones(len(members), np.int64), (members, group)), shape=shape)
    touched = np.zeros(graph.account_count, dtype=bool)
    touched[members] = True
    asked = np.flatnonzero(touched[graph.source] & touched[graph.target])
    both: NDArray[np.int64] = inside[graph.source[asked]].multiply(inside[graph.target[asked]]).sum(axis=1)
    kept = np.ones(graph.edge_count, dtype=bool)
    kept[asked[np.asarray(both).ravel() > 0]] = False
    return graph.only(kept)
