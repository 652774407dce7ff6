"""Families that somebody rejected (a door that is a parcel locker): neither they nor what lies in them ties
anybody."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from graphrisk.graph.family_links import FamilyLinks
from graphrisk.graph.links import SharedLinks


def bar_families(
    observed: SharedLinks, wide: FamilyLinks, barred: Collection[tuple[str, str]]
) -> tuple[SharedLinks, FamilyLinks]:
    """Both without the barred things, kind and name, and without all that lies in them. Coarser families
    stay, and so do other things of their holders."""
    dropped = np.zeros(wide.links.identifier_count, dtype=bool)
    dropped[wide.links.places_of(barred)] = True
    if not dropped.any():
        return observed, wide
    while True:  # once for each level of nesting
        inside = (wide.parent >= 0) & dropped[wide.parent] & ~dropped
        if not inside.any():
            break
        dropped |= inside
    rank = np.where(dropped, -1, np.cumsum(~dropped) - 1)
    parent = wide.parent[~dropped]
    left = FamilyLinks(
        wide.links.without(dropped), wide.kinds, np.where(parent >= 0, rank[parent], -1).astype(np.int32)
    )
    return observed.without(_same_things(observed, wide.links, dropped)), left


def _same_things(observed: SharedLinks, wide: SharedLinks, dropped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[M] of observed: whether the thing is one of the dropped of wide."""
    rows = wide.identifiers.filter(dropped).to_pylist()
    found = np.zeros(observed.identifier_count, dtype=bool)
    found[observed.places_of({(row["kind"], row["identifier"]) for row in rows})] = True
    return found
