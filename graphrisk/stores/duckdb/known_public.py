"""What accounts hold together with outsiders, as known at an as-of time: graph.public_links.PublicLinks."""

from __future__ import annotations

import duckdb
import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.public_links import MOST_HOLDERS, PublicLinks
from graphrisk.stores.duckdb.arrays import int32s, one_chunk
from graphrisk.stores.duckdb.known_names import read_identifiers, read_outsiders

_LOW = 0x7FFFFFFF


def read_public(
    connection: duckdb.DuckDBPyConnection,
    pair: NDArray[np.int64],
    position: NDArray[np.int64],
    holder_count: NDArray[np.int64],
) -> PublicLinks | None:
    """None where no outsider holds two things that others hold too.

    pair: [n] all links of identifiers with several holders, identifier_key << 32 | account_key. position: by
    account key, -1 for an outsider. holder_count: by identifier key.
    """
    identifier, key = pair >> 32, pair & _LOW
    few, outside = holder_count[identifier] <= MOST_HOLDERS, position[key] < 0
    held = np.bincount(key[few & outside], minlength=len(position))
    ties = few & (~outside | (held[key] >= 2))  # who holds one thing alone ties nobody to anybody
    if not (ties & outside).any():
        return None
    together = np.bincount(identifier[ties], minlength=len(holder_count)) >= 2
    chosen = ties & together[identifier]
    identifier, key, outside = identifier[chosen], key[chosen], outside[chosen]
    outsiders = read_outsiders(connection, np.unique(key[outside]).astype(np.int32))
    holder = position.copy()
    holder[int32s(outsiders["account_key"])] = (position >= 0).sum() + np.arange(outsiders.num_rows)
    keys = np.unique(identifier).astype(np.int32)
    identifiers = read_identifiers(connection, keys, holder_count[keys])
    rank = np.zeros(len(holder_count), dtype=np.int64)
    rank[int32s(identifiers["identifier_key"])] = np.arange(identifiers.num_rows)
    ranked = np.sort((rank[identifier] << 32) | holder[key])
    return PublicLinks(
        outsider_ids=one_chunk(outsiders["account_id"]),
        identifiers=identifiers.select(["kind", "identifier"]).combine_chunks(),
        holder=(ranked & _LOW).astype(np.int32), identifier=(ranked >> 32).astype(np.int32),
        holder_count=int32s(identifiers["holder_count"]),
    )  # fmt: skip
